// Majority vote: the class that most members put first; of those with equally many, the one with the greatest sum of the
// members' numbers for it; of equal sums, the lowest. A block's labels are bytes, counted for sixteen samples at once.

import { answered, at, memberAt } from "./lists";

/** Samples a block; scratch holds a byte a member and sample of it, 18 bytes a class and 32 more. */
export const VOTE_BLOCK: i32 = 4096;
const MISSING: i32 = 255;

/** First class with the greatest number; numbers that are none are never greatest. */
@inline function firstGreatest<T>(row: usize, classes: i32): i32 {
  let best = at<T>(row, 0);
  let label = 0;
  for (let c = 1; c < classes; c++) {
    const x = at<T>(row, c);
    if (x > best) { best = x; label = c; }
  }
  return label;
}

/** One more class of four rows: a later class is a larger number, and wins only by more. */
@inline function labelled(label: v128, x: v128, best: v128, c: i32): v128 {
  return i32x4.max_s(label, v128.and(f32x4.gt(x, best), i32x4.splat(c)));
}

/** Labels of four rows of at least four classes; the last four may overlap those before, which changes nothing. */
@inline function fourLabels(row: usize, classes: i32): v128 {
  const bytes = <usize>classes << 2;
  let label = i32x4.splat(0);
  let best = f32x4.splat(-Infinity);
  let c = 0;
  while (true) {
    const r = row + (<usize>c << 2);
    const x0 = v128.load(r);
    const x1 = v128.load(r + bytes);
    const x2 = v128.load(r + bytes * 2);
    const x3 = v128.load(r + bytes * 3);
    // transposed: one class of four rows
    const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
    let x = v128.shuffle<i64>(low01, low23, 0, 2);
    label = labelled(label, x, best, c);
    best = f32x4.pmax(best, x);
    x = v128.shuffle<i64>(low01, low23, 1, 3);
    label = labelled(label, x, best, c + 1);
    best = f32x4.pmax(best, x);
    x = v128.shuffle<i64>(high01, high23, 0, 2);
    label = labelled(label, x, best, c + 2);
    best = f32x4.pmax(best, x);
    x = v128.shuffle<i64>(high01, high23, 1, 3);
    label = labelled(label, x, best, c + 3);
    best = f32x4.pmax(best, x);
    c += 4;
    if (c + 4 <= classes) continue;
    if (c == classes) return label;
    if (c + 2 == classes) break;
    c = classes - 4;
  }
  // two classes left
  const r = row + (<usize>c << 2);
  const low01 = v128.shuffle<i32>(v128.load64_zero(r), v128.load64_zero(r + bytes), 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(v128.load64_zero(r + bytes * 2), v128.load64_zero(r + bytes * 3), 0, 4, 1, 5);
  let x = v128.shuffle<i64>(low01, low23, 0, 2);
  label = labelled(label, x, best, c);
  best = f32x4.pmax(best, x);
  x = v128.shuffle<i64>(low01, low23, 1, 3);
  return labelled(label, x, best, c + 1);
}

/** Labels of a member's samples from .. from + count - 1 as bytes. */
function labelBlock<T>(matrix: usize, masks: usize, member: i32, from: i32, count: i32, classes: i32, labels: usize): void {
  const rowBytes = <usize>classes * sizeof<T>();
  let row = matrix + <usize>from * rowBytes;
  let s = 0;
  if (sizeof<T>() == 4 && classes >= 4) {
    for (; s + 16 <= count; s += 16) {
      const four = rowBytes << 2;
      const a = fourLabels(row, classes);
      const b = fourLabels(row + four, classes);
      const c = fourLabels(row + four * 2, classes);
      const d = fourLabels(row + four * 3, classes);
      v128.store(labels + <usize>s, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
      row += four << 2;
    }
  }
  for (; s < count; s++) {
    store<u8>(labels + <usize>s, <u8>firstGreatest<T>(row, classes));
    row += rowBytes;
  }
  if (masks == 0) return;
  for (s = 0; s < count; s++) if (!answered(masks, from + s, member)) store<u8>(labels + <usize>s, <u8>MISSING);
}

/** A bit a class, eight classes a byte, for sixteen samples side by side: which have as many votes as any. */
@inline function markTied(counts: usize, most: v128, classes: i32, tied: usize): void {
  for (let c = 0; c < classes; ) {
    let marks = i8x16.splat(0);
    for (let bit = 1; bit < 256 && c < classes; bit <<= 1, c++) {
      marks = v128.or(marks, v128.and(i8x16.eq(v128.load(counts + (<usize>c << 4)), most), i8x16.splat(<i8>bit)));
    }
    v128.store(tied + (<usize>((c - 1) >> 3) << 4), marks);
  }
}

/** Of classes with equally many votes, marked in `tied`, the one with the greatest sum. */
@inline function settle<T>(table: usize, masks: usize, members: i32, sample: i32, classes: i32, tied: usize): i32 {
  let winner = -1;
  let best: T = <T>(-Infinity);
  for (let first = 0; first < classes; first += 8) {
    let marks = <i32>load<u8>(tied + (<usize>first << 1));
    while (marks != 0) {
      const c = first + ctz(marks);
      marks &= marks - 1;
      const e = <usize>sample * <usize>classes + c;
      let sum: T = 0;
      for (let i = 0; i < members; i++) if (answered(masks, sample, i)) sum += at<T>(memberAt(table, i), e);
      const better = winner < 0 || sum > best;
      winner = select<i32>(c, winner, better);
      best = select<T>(sum, best, better);
    }
  }
  return winner;
}

/** One sample's votes, by the definition. */
function voteSlowly<T>(table: usize, masks: usize, members: i32, sample: i32, s: i32, classes: i32, labels: usize): i32 {
  let winner = -1;
  let most = 0;
  let best: T = 0;
  const row = <usize>sample * <usize>classes;
  for (let c = 0; c < classes; c++) {
    let votes = 0;
    for (let i = 0; i < members; i++) if (<i32>load<u8>(labels + <usize>(i * VOTE_BLOCK + s)) == c) votes++;
    if (votes == 0 || votes < most) continue;
    let sum: T = 0;
    for (let i = 0; i < members; i++) if (answered(masks, sample, i)) sum += at<T>(memberAt(table, i), row + c);
    if (votes > most || sum > best) { winner = c; most = votes; best = sum; }
  }
  return winner;
}

/** Samples from .. to - 1; `out` gets a class a sample (i32), -1 where nobody answered. At most 255 classes. */
export function vote<T>(
  table: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, scratch: usize, out: usize,
): void {
  const counts = scratch + <usize>(members * VOTE_BLOCK);
  const mosts = counts + <usize>(classes << 4);
  const marks = mosts + 16;
  for (let begin = from; begin < to; begin += VOTE_BLOCK) {
    const count = min(VOTE_BLOCK, to - begin);
    for (let i = 0; i < members; i++) {
      labelBlock<T>(memberAt(table, i), masks, i, begin, count, classes, scratch + <usize>(i * VOTE_BLOCK));
    }
    let s = 0;
    for (; s + 16 <= count; s += 16) {
      let most = i8x16.splat(0);
      let winner = i8x16.splat(0);
      let tied = i8x16.splat(-1); // nobody at all is settled slowly
      for (let c = 0; c < classes; c++) {
        let votes = i8x16.splat(0);
        const label = i8x16.splat(<i8>c);
        for (let i = 0; i < members; i++) {
          votes = i8x16.sub(votes, i8x16.eq(v128.load(scratch + <usize>(i * VOTE_BLOCK + s)), label));
        }
        v128.store(counts + (<usize>c << 4), votes);
        const more = i8x16.gt_s(votes, most);
        tied = v128.or(v128.andnot(tied, more), i8x16.eq(votes, most));
        winner = v128.bitselect(label, winner, more);
        most = i8x16.max_s(most, votes);
      }
      const target = out + (<usize>(begin + s) << 2);
      const low = i16x8.extend_low_i8x16_u(winner);
      const high = i16x8.extend_high_i8x16_u(winner);
      v128.store(target, i32x4.extend_low_i16x8_u(low));
      v128.store(target, i32x4.extend_high_i16x8_u(low), 16);
      v128.store(target, i32x4.extend_low_i16x8_u(high), 32);
      v128.store(target, i32x4.extend_high_i16x8_u(high), 48);
      let open = i8x16.bitmask(tied);
      if (open == 0) continue;
      markTied(counts, most, classes, marks);
      v128.store(mosts, most);
      while (open != 0) {
        const lane = ctz(open);
        open &= open - 1;
        let class_ = -1;
        if (load<u8>(mosts + <usize>lane) != 0) {
          class_ = settle<T>(table, masks, members, begin + s + lane, classes, marks + <usize>lane);
        }
        store<i32>(target + (<usize>lane << 2), class_);
      }
    }
    for (; s < count; s++) {
      store<i32>(out + (<usize>(begin + s) << 2), voteSlowly<T>(table, masks, members, begin + s, s, classes, scratch));
    }
  }
}

// Weighted average of members, streaming: blocks stay in the first cache while four members at a time are added to them.
// The order of additions is that of the members, so that a slow loop gives the same bits.

import { answered, at, memberAt, put } from "./lists";

const BLOCK_BYTES: usize = 1280;

/** out = w0 a + w1 b + w2 c + w3 d, or out += ..; `bytes` is a multiple of 32. */
@inline function addFour<T>(
  a: usize, b: usize, c: usize, d: usize, w0: v128, w1: v128, w2: v128, w3: v128, out: usize, bytes: usize, first: bool,
): void {
  for (let o: usize = 0; o < bytes; o += 32) {
    let x = v128.mul<T>(w0, v128.load(a + o));
    let y = v128.mul<T>(w0, v128.load(a + o, 16));
    if (!first) {
      x = v128.add<T>(v128.load(out + o), x);
      y = v128.add<T>(v128.load(out + o, 16), y);
    }
    x = v128.add<T>(x, v128.mul<T>(w1, v128.load(b + o)));
    y = v128.add<T>(y, v128.mul<T>(w1, v128.load(b + o, 16)));
    x = v128.add<T>(x, v128.mul<T>(w2, v128.load(c + o)));
    y = v128.add<T>(y, v128.mul<T>(w2, v128.load(c + o, 16)));
    x = v128.add<T>(x, v128.mul<T>(w3, v128.load(d + o)));
    y = v128.add<T>(y, v128.mul<T>(w3, v128.load(d + o, 16)));
    v128.store(out + o, x);
    v128.store(out + o, y, 16);
  }
}

@inline function addOne<T>(a: usize, w: v128, out: usize, bytes: usize, first: bool): void {
  for (let o: usize = 0; o < bytes; o += 32) {
    let x = v128.mul<T>(w, v128.load(a + o));
    let y = v128.mul<T>(w, v128.load(a + o, 16));
    if (!first) {
      x = v128.add<T>(v128.load(out + o), x);
      y = v128.add<T>(v128.load(out + o, 16), y);
    }
    v128.store(out + o, x);
    v128.store(out + o, y, 16);
  }
}

@inline function block<T>(table: usize, weights: usize, members: i32, offset: usize, out: usize, bytes: usize): void {
  let i = 0;
  for (; i + 4 <= members; i += 4) {
    const a = memberAt(table, i) + offset;
    const b = memberAt(table, i + 1) + offset;
    const c = memberAt(table, i + 2) + offset;
    const d = memberAt(table, i + 3) + offset;
    const w0 = v128.splat<T>(at<T>(weights, i));
    const w1 = v128.splat<T>(at<T>(weights, i + 1));
    const w2 = v128.splat<T>(at<T>(weights, i + 2));
    const w3 = v128.splat<T>(at<T>(weights, i + 3));
    if (i == 0) addFour<T>(a, b, c, d, w0, w1, w2, w3, out + offset, bytes, true);
    else addFour<T>(a, b, c, d, w0, w1, w2, w3, out + offset, bytes, false);
  }
  for (; i < members; i++) {
    const a = memberAt(table, i) + offset;
    const w = v128.splat<T>(at<T>(weights, i));
    if (i == 0) addOne<T>(a, w, out + offset, bytes, true);
    else addOne<T>(a, w, out + offset, bytes, false);
  }
}

/** Elements from .. to - 1 of all members, whatever their rows. */
export function average<T>(table: usize, weights: usize, members: i32, from: usize, to: usize, out: usize): void {
  let offset = from * sizeof<T>();
  const end = to * sizeof<T>();
  for (; offset + 32 <= end; ) {
    const bytes = min(BLOCK_BYTES, end - offset) & ~31;
    block<T>(table, weights, members, offset, out, bytes);
    offset += bytes;
  }
  for (; offset < end; offset += sizeof<T>()) {
    let sum = at<T>(weights, 0) * load<T>(memberAt(table, 0) + offset);
    for (let i = 1; i < members; i++) sum = sum + at<T>(weights, i) * load<T>(memberAt(table, i) + offset);
    store<T>(out + offset, sum);
  }
}

/** The same of those that answered, by the sum of their weights; NaN where none did, or only such as weigh nothing. */
export function averageOf<T>(
  table: usize, weights: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, out: usize,
): void {
  for (let n = from; n < to; n++) {
    const row = <usize>n * <usize>classes;
    let total: T = 0;
    for (let i = 0; i < members; i++) if (answered(masks, n, i)) total += at<T>(weights, i);
    for (let c = 0; c < classes; c++) {
      let sum: T = 0;
      for (let i = 0; i < members; i++) {
        if (answered(masks, n, i)) sum = sum + at<T>(weights, i) * at<T>(memberAt(table, i), row + c);
      }
      put<T>(out, row + c, sum / total);
    }
  }
}

/** Every row divided by its sum; a row that adds up to 0 becomes even. */
export function normaliseRows<T>(matrix: usize, from: i32, to: i32, classes: i32): void {
  for (let n = from; n < to; n++) {
    const row = <usize>n * <usize>classes;
    let sum: T = 0;
    for (let c = 0; c < classes; c++) sum += at<T>(matrix, row + c);
    for (let c = 0; c < classes; c++) put<T>(matrix, row + c, sum > 0 ? at<T>(matrix, row + c) / sum : <T>1 / <T>classes);
  }
}

/** The first element from .. to - 1 that is no number from `low` to `high`; -1 if all are. */
export function firstOutside<T>(matrix: usize, from: usize, to: usize, low: f64, high: f64): f64 {
  const least = v128.splat<T>(<T>low);
  const most = v128.splat<T>(<T>high);
  const lanes = 16 / sizeof<T>();
  let i = from;
  for (; i + lanes <= to; i += lanes) {
    const x = v128.load(matrix + i * sizeof<T>());
    if (!i8x16.all_true(v128.and(v128.ge<T>(x, least), v128.le<T>(x, most)))) break;
  }
  for (; i < to; i++) {
    const x = at<T>(matrix, i);
    if (!(x >= <T>low && x <= <T>high)) return <f64>i;
  }
  return -1;
}

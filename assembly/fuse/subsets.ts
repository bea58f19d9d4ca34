// How many samples each subset of members gets right when their weighted numbers are added up: all 2^k - 1 of them, each from
// the one before by a single member (Gray code: Gray 1953). Numbers are whole, so that sums are exact in any order.

/**
 * `numbers`: members x classes x count i32, `count` a multiple of 4; `sums`: zeros, classes x count. `right` gets the count of
 * each subset at its bits. The greatest sum wins, of equal ones the lower class. Labels of samples that fill up are -1.
 */
export function countSubsets(
  members: i32, classes: i32, count: i32, numbers: usize, labels: usize, sums: usize, right: usize,
): void {
  const row = <usize>count << 2;
  const matrix = row * <usize>classes;
  let subset: u32 = 0;
  store<u32>(right, 0);
  for (let i: u32 = 1; i < (<u32>1 << members); i++) {
    const bit = <u32>1 << ctz(i);
    subset ^= bit;
    // all ones subtract: x ^ -1 is -x - 1
    const flip = i32x4.splat((subset & bit) != 0 ? 0 : -1);
    const own = numbers + matrix * <usize>ctz(bit);
    let hits = i32x4.splat(0);
    for (let n: usize = 0; n < row; n += 16) {
      let best = i32x4.splat(i32.MIN_VALUE);
      let label = i32x4.splat(0);
      let at = n;
      for (let c = 0; c < classes; c++, at += row) {
        const change = i32x4.sub(v128.xor(v128.load(own + at), flip), flip);
        const sum = i32x4.add(v128.load(sums + at), change);
        v128.store(sums + at, sum);
        // a later class wins by more only, and is the greater number
        label = i32x4.max_s(label, v128.and(i32x4.gt_s(sum, best), i32x4.splat(c)));
        best = i32x4.max_s(best, sum);
      }
      hits = i32x4.sub(hits, i32x4.eq(label, v128.load(labels + n)));
    }
    const total = (i32x4.extract_lane(hits, 0) + i32x4.extract_lane(hits, 1))
      + (i32x4.extract_lane(hits, 2) + i32x4.extract_lane(hits, 3));
    store<u32>(right + (<usize>subset << 2), <u32>total);
  }
}

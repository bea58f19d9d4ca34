// The logarithmic pool: the product of the members' numbers, each to the power of its weight, every row made to add up to 1.
// Weights are not negative and add up to 1; a number below the least normal float counts as that one. A factor that all
// numbers of a row share goes when the row is made to add up to 1, so that polynomials need not be right about constants.

import { answered, at, memberAt, put } from "./lists";
import { LEAST } from "./logarithms";

const BLOCK: i32 = 64; // samples
const SQRT_HALF: i32 = 0x3f3504f3;

/**
 * log2(1 + f) - 1.3e-7, f from sqrt(1/2) - 1 to sqrt(2) - 1, to 2.8e-7: f times a polynomial of these (Remez). They lie in
 * memory so that the compiler keeps them in registers: as literals they are made anew at each use, and the pool takes a third
 * longer.
 */
const POWERS: usize = memory.data<f32>([
  1.442700640, -0.7213841894, 0.4804354978, -0.3588048187, 0.2974391663, -0.2736498063, 0.1711239047,
], 16);
/** 2^f, f from -1/2 to 1/2, by powers of f, to 2e-9 (Remez). */
const EXPS: usize = memory.data<f32>([
  1, 0.6931472067, 0.2402265092, 0.05550327227, 0.009618056679, 0.001340042818, 0.000154614447,
], 16);
const SCALARS: usize = memory.data<f32>([1.1754944e-38, 1], 16);

/** Exponent and what is left of it: f from sqrt(1/2) - 1 to sqrt(2) - 1. */
@inline function exponentOf(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, i32x4.splat(SQRT_HALF)), 23);
}

@inline function logNear(f: v128, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128): v128 {
  const f2 = f32x4.mul(f, f);
  const low = f32x4.add(f32x4.add(c0, f32x4.mul(f, c1)), f32x4.mul(f2, f32x4.add(c2, f32x4.mul(f, c3))));
  const high = f32x4.add(f32x4.add(c4, f32x4.mul(f, c5)), f32x4.mul(f2, c6));
  return f32x4.mul(f, f32x4.add(low, f32x4.mul(f32x4.mul(f2, f2), high)));
}

@inline function log(
  x: v128, least: v128, one: v128, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128,
): v128 {
  x = f32x4.pmax(x, least);
  const exponent = exponentOf(x);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), one);
  return f32x4.add(f32x4.convert_i32x4_s(exponent), logNear(f, c0, c1, c2, c3, c4, c5, c6));
}

/** Logarithms of products, bytes from .. to - 1: sixteen elements at a time, what is left one by one. */
function weighted(table: usize, weights: usize, members: i32, from: usize, to: usize, out: usize): void {
  const least = v128.load32_splat(SCALARS);
  const one = v128.load32_splat(SCALARS, 4);
  const c0 = v128.load32_splat(POWERS);
  const c1 = v128.load32_splat(POWERS, 4);
  const c2 = v128.load32_splat(POWERS, 8);
  const c3 = v128.load32_splat(POWERS, 12);
  const c4 = v128.load32_splat(POWERS, 16);
  const c5 = v128.load32_splat(POWERS, 20);
  const c6 = v128.load32_splat(POWERS, 24);
  let o = from;
  for (; o + 64 <= to; o += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let i = 0; i < members; i++) {
      const p = memberAt(table, i) + o;
      const w = v128.load32_splat(weights + (<usize>i << 2));
      s0 = f32x4.add(s0, f32x4.mul(w, log(v128.load(p), least, one, c0, c1, c2, c3, c4, c5, c6)));
      s1 = f32x4.add(s1, f32x4.mul(w, log(v128.load(p, 16), least, one, c0, c1, c2, c3, c4, c5, c6)));
      s2 = f32x4.add(s2, f32x4.mul(w, log(v128.load(p, 32), least, one, c0, c1, c2, c3, c4, c5, c6)));
      s3 = f32x4.add(s3, f32x4.mul(w, log(v128.load(p, 48), least, one, c0, c1, c2, c3, c4, c5, c6)));
    }
    v128.store(out + o, s0);
    v128.store(out + o, s1, 16);
    v128.store(out + o, s2, 32);
    v128.store(out + o, s3, 48);
  }
  for (; o < to; o += 4) {
    let sum = f32x4.splat(0);
    for (let i = 0; i < members; i++) {
      const x = v128.load32_splat(memberAt(table, i) + o);
      const w = v128.load32_splat(weights + (<usize>i << 2));
      sum = f32x4.add(sum, f32x4.mul(w, log(x, least, one, c0, c1, c2, c3, c4, c5, c6)));
    }
    store<f32>(out + o, f32x4.extract_lane(sum, 0));
  }
}

/** One more member: mantissas, from 1 to 2, are multiplied and exponents, with their bias, added up. At most 32 members. */
@inline function times(product: v128, x: v128): v128 {
  return f32x4.mul(product, v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f800000)));
}

@inline function root(
  product: v128, exponents: v128, bias: v128, share: v128, one: v128,
  c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128,
): v128 {
  const more = exponentOf(product);
  const f = f32x4.sub(i32x4.sub(product, i32x4.shl(more, 23)), one);
  const whole = f32x4.convert_i32x4_s(i32x4.add(i32x4.sub(exponents, bias), more));
  return f32x4.mul(f32x4.add(whole, logNear(f, c0, c1, c2, c3, c4, c5, c6)), share);
}

/** The same where all weigh alike: one logarithm for all members. */
function even(table: usize, members: i32, from: usize, to: usize, out: usize): void {
  const least = v128.load32_splat(SCALARS);
  const one = v128.load32_splat(SCALARS, 4);
  const c0 = v128.load32_splat(POWERS);
  const c1 = v128.load32_splat(POWERS, 4);
  const c2 = v128.load32_splat(POWERS, 8);
  const c3 = v128.load32_splat(POWERS, 12);
  const c4 = v128.load32_splat(POWERS, 16);
  const c5 = v128.load32_splat(POWERS, 20);
  const c6 = v128.load32_splat(POWERS, 24);
  const share = f32x4.splat(<f32>1 / <f32>members);
  const bias = i32x4.splat(127 * members);
  let o = from;
  for (; o + 32 <= to; o += 32) {
    let p = f32x4.splat(1), q = p;
    let d = i32x4.splat(0), e = d;
    for (let i = 0; i < members; i++) {
      const at = memberAt(table, i) + o;
      const x = f32x4.pmax(v128.load(at), least);
      const y = f32x4.pmax(v128.load(at, 16), least);
      d = i32x4.add(d, i32x4.shr_s(x, 23));
      e = i32x4.add(e, i32x4.shr_s(y, 23));
      p = times(p, x);
      q = times(q, y);
    }
    v128.store(out + o, root(p, d, bias, share, one, c0, c1, c2, c3, c4, c5, c6));
    v128.store(out + o, root(q, e, bias, share, one, c0, c1, c2, c3, c4, c5, c6), 16);
  }
  for (; o < to; o += 4) {
    let p = f32x4.splat(1);
    let d = i32x4.splat(0);
    for (let i = 0; i < members; i++) {
      const x = f32x4.pmax(v128.load32_splat(memberAt(table, i) + o), least);
      d = i32x4.add(d, i32x4.shr_s(x, 23));
      p = times(p, x);
    }
    store<f32>(out + o, f32x4.extract_lane(root(p, d, bias, share, one, c0, c1, c2, c3, c4, c5, c6), 0));
  }
}

@inline function power(x: v128, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128): v128 {
  const whole = f32x4.nearest(x);
  const f = f32x4.sub(x, whole);
  const f2 = f32x4.mul(f, f);
  const low = f32x4.add(f32x4.add(c0, f32x4.mul(f, c1)), f32x4.mul(f2, f32x4.add(c2, f32x4.mul(f, c3))));
  const high = f32x4.add(f32x4.add(c4, f32x4.mul(f, c5)), f32x4.mul(f2, c6));
  const p = f32x4.add(low, f32x4.mul(f32x4.mul(f2, f2), high));
  return i32x4.add(p, i32x4.shl(i32x4.trunc_sat_f32x4_s(whole), 23));
}

/** 2 to the power of every float, from .. to - 1, in place. */
function powers(from: usize, to: usize): void {
  const c0 = v128.load32_splat(EXPS);
  const c1 = v128.load32_splat(EXPS, 4);
  const c2 = v128.load32_splat(EXPS, 8);
  const c3 = v128.load32_splat(EXPS, 12);
  const c4 = v128.load32_splat(EXPS, 16);
  const c5 = v128.load32_splat(EXPS, 20);
  const c6 = v128.load32_splat(EXPS, 24);
  let o = from;
  for (; o + 32 <= to; o += 32) {
    v128.store(o, power(v128.load(o), c0, c1, c2, c3, c4, c5, c6));
    v128.store(o, power(v128.load(o, 16), c0, c1, c2, c3, c4, c5, c6), 16);
  }
  for (; o < to; o += 4) {
    store<f32>(o, f32x4.extract_lane(power(v128.load32_splat(o), c0, c1, c2, c3, c4, c5, c6), 0));
  }
}

/** A row made to add up to 1. */
@inline function normalise(row: usize, classes: i32): void {
  let sums = f32x4.splat(0);
  let c = 0;
  for (; c + 4 <= classes; c += 4) sums = f32x4.add(sums, v128.load(row + (<usize>c << 2)));
  let sum: f32 = (f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1))
    + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
  for (; c < classes; c++) sum += at<f32>(row, c);
  const by = <f32>1 / sum;
  const factor = f32x4.splat(by);
  for (c = 0; c + 4 <= classes; c += 4) {
    const p = row + (<usize>c << 2);
    v128.store(p, f32x4.mul(v128.load(p), factor));
  }
  for (; c < classes; c++) put<f32>(row, c, at<f32>(row, c) * by);
}

/** Samples from .. to - 1, fast, floats: relative error below 2e-6. `equal` 1 says that all weights are. */
export function logPool(
  table: usize, weights: usize, members: i32, from: i32, to: i32, classes: i32, equal: i32, out: usize,
): void {
  for (let begin = from; begin < to; begin += BLOCK) {
    const end = min(begin + BLOCK, to);
    const first = (<usize>begin * <usize>classes) << 2;
    const last = (<usize>end * <usize>classes) << 2;
    if (equal) even(table, members, first, last, out);
    else weighted(table, weights, members, first, last, out);
    powers(out + first, out + last);
    for (let n = begin; n < end; n++) normalise(out + ((<usize>n * <usize>classes) << 2), classes);
  }
}

/** The same in doubles with full accuracy, of those that answered, by the sum of their weights; even where none did. */
export function logPoolExactly<T>(
  table: usize, weights: usize, masks: usize, members: i32, from: i32, to: i32, classes: i32, scratch: usize, out: usize,
): void {
  for (let n = from; n < to; n++) {
    const row = <usize>n * <usize>classes;
    let total: f64 = 0;
    for (let i = 0; i < members; i++) if (answered(masks, n, i)) total += <f64>at<T>(weights, i);
    let most: f64 = -Infinity;
    for (let c = 0; c < classes; c++) {
      let sum: f64 = 0;
      for (let i = 0; i < members; i++) {
        if (!answered(masks, n, i)) continue;
        const x = max<f64>(<f64>at<T>(memberAt(table, i), row + c), <f64>LEAST);
        sum += <f64>at<T>(weights, i) * Math.log(x);
      }
      sum = total > 0 ? sum / total : 0;
      put<f64>(scratch, c, sum);
      most = max(most, sum);
    }
    let whole: f64 = 0;
    for (let c = 0; c < classes; c++) {
      const e = Math.exp(at<f64>(scratch, c) - most);
      put<f64>(scratch, c, e);
      whole += e;
    }
    for (let c = 0; c < classes; c++) put<T>(out, row + c, <T>(at<f64>(scratch, c) / whole));
  }
}

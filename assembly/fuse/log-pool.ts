// The logarithmic pool: the product of the members' numbers, each to the power of its weight, every row made to add up to 1.
// Weights are not negative and add up to 1; a number below the least normal float counts as that one.

import { answered, at, memberAt, put } from "./lists";
import { exp2Four, LEAST, log2Four, log2Near } from "./logarithms";

const BLOCK: i32 = 64; // samples

/** Sums of weighted logarithms of four elements. */
@inline function weighted(table: usize, weights: usize, members: i32, offset: usize): v128 {
  let sum = f32x4.mul(f32x4.splat(at<f32>(weights, 0)), log2Four(v128.load(memberAt(table, 0) + offset)));
  for (let i = 1; i < members; i++) {
    const log = log2Four(v128.load(memberAt(table, i) + offset));
    sum = f32x4.add(sum, f32x4.mul(f32x4.splat(at<f32>(weights, i)), log));
  }
  return sum;
}

/** Mean of the logarithms: mantissas multiplied and exponents added up, so that one logarithm is enough. At most 32 members. */
@inline function even(table: usize, members: i32, offset: usize, share: v128): v128 {
  let product = f32x4.splat(1);
  let exponents = i32x4.splat(0);
  for (let i = 0; i < members; i++) {
    const x = f32x4.pmax(v128.load(memberAt(table, i) + offset), f32x4.splat(LEAST));
    exponents = i32x4.add(exponents, i32x4.shr_s(x, 23));
    const mantissa = v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f800000));
    product = f32x4.mul(product, mantissa);
  }
  // each exponent was counted with its bias
  exponents = i32x4.sub(exponents, i32x4.splat(127 * members));
  const shifted = i32x4.sub(product, i32x4.splat(0x3f3504f3));
  const more = i32x4.shr_s(shifted, 23);
  const f = f32x4.sub(i32x4.sub(product, i32x4.shl(more, 23)), f32x4.splat(1));
  const whole = f32x4.convert_i32x4_s(i32x4.add(exponents, more));
  return f32x4.mul(f32x4.add(whole, log2Near(f)), share);
}

@inline function sumOfRow(row: usize, classes: i32): f32 {
  let sum: f32 = 0;
  for (let c = 0; c < classes; c++) sum += at<f32>(row, c);
  return sum;
}

function scaleRow(row: usize, classes: i32, by: f32): void {
  const factor = f32x4.splat(by);
  let c = 0;
  for (; c + 4 <= classes; c += 4) {
    const p = row + (<usize>c << 2);
    v128.store(p, f32x4.mul(v128.load(p), factor));
  }
  for (; c < classes; c++) put<f32>(row, c, at<f32>(row, c) * by);
}

/** Samples from .. to - 1, fast, floats: relative error below 2e-6. `equal` 1 says that all weights are. */
export function logPool(
  table: usize, weights: usize, members: i32, from: i32, to: i32, classes: i32, equal: i32, out: usize,
): void {
  const share = f32x4.splat(<f32>1 / <f32>members);
  for (let begin = from; begin < to; begin += BLOCK) {
    const rows = min(BLOCK, to - begin);
    let offset = (<usize>begin * <usize>classes) << 2;
    const end = (<usize>(begin + rows) * <usize>classes) << 2;
    for (; offset + 16 <= end; offset += 16) {
      const sum = equal ? even(table, members, offset, share) : weighted(table, weights, members, offset);
      v128.store(out + offset, exp2Four(sum));
    }
    // the last elements one by one, by the same arithmetic
    for (; offset < end; offset += 4) store<f32>(out + offset, oneElement(table, weights, members, offset, equal, share));
    for (let n = 0; n < rows; n++) {
      const row = out + ((<usize>(begin + n) * <usize>classes) << 2);
      scaleRow(row, classes, <f32>1 / sumOfRow(row, classes));
    }
  }
}

/** As the vectors do it: all four lanes hold the element, so that no range of samples reads beyond its end. */
function oneElement(table: usize, weights: usize, members: i32, offset: usize, equal: i32, share: v128): f32 {
  if (equal) {
    let product = f32x4.splat(1);
    let exponents = 0;
    for (let i = 0; i < members; i++) {
      const x = max<f32>(load<f32>(memberAt(table, i) + offset), LEAST);
      const bits = reinterpret<i32>(x);
      exponents += (bits >> 23) - 127;
      product = f32x4.mul(product, f32x4.splat(reinterpret<f32>((bits & 0x007fffff) | 0x3f800000)));
    }
    const p = reinterpret<i32>(f32x4.extract_lane(product, 0));
    const more = (p - 0x3f3504f3) >> 23;
    const f = reinterpret<f32>(p - (more << 23)) - 1;
    const whole = f32x4.splat(<f32>(exponents + more));
    return f32x4.extract_lane(exp2Four(f32x4.mul(f32x4.add(whole, log2Near(f32x4.splat(f))), share)), 0);
  }
  let sum = f32x4.mul(f32x4.splat(at<f32>(weights, 0)), log2Four(f32x4.splat(load<f32>(memberAt(table, 0) + offset))));
  for (let i = 1; i < members; i++) {
    const log = log2Four(f32x4.splat(load<f32>(memberAt(table, i) + offset)));
    sum = f32x4.add(sum, f32x4.mul(f32x4.splat(at<f32>(weights, i)), log));
  }
  return f32x4.extract_lane(exp2Four(sum), 0);
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

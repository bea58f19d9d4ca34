// What follows a layer's sums: softmax or sigmoid at the end, ReLU with dropout between.

import { exp2Four } from "../fuse/logarithms";
import { f32At, setF32 } from "./dense";

const LOG2_E: f32 = 1.44269504;

/** Scores to probabilities, in place; what lies between the last and the next multiple of four becomes 0. */
export function softmax(row: usize, classes: i32): void {
  let most: f32 = f32At(row, 0);
  for (let c = 1; c < classes; c++) most = max(most, f32At(row, c));
  const shift = f32x4.splat(most);
  for (let c = 0; c < classes; c += 4) {
    const p = row + (<usize>c << 2);
    const power = f32x4.mul(f32x4.sub(v128.load(p), shift), f32x4.splat(LOG2_E));
    v128.store(p, exp2Four(f32x4.pmax(f32x4.pmin(power, f32x4.splat(0)), f32x4.splat(-126))));
  }
  let sum: f32 = 0;
  for (let c = 0; c < classes; c++) sum += f32At(row, c);
  const by = <f32>1 / sum;
  for (let c = 0; c < classes; c++) setF32(row, c, f32At(row, c) * by);
  for (let c = classes; (c & 3) != 0; c++) setF32(row, c, 0);
}

/** Each score on its own: 1 / (1 + exp(-score)); what lies beyond becomes 0. */
export function sigmoid(row: usize, outputs: i32): void {
  for (let c = 0; c < outputs; c += 4) {
    const p = row + (<usize>c << 2);
    const power = f32x4.mul(v128.load(p), f32x4.splat(-LOG2_E));
    const e = exp2Four(f32x4.pmax(f32x4.pmin(power, f32x4.splat(126)), f32x4.splat(-126)));
    v128.store(p, f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e)));
  }
  for (let c = outputs; (c & 3) != 0; c++) setF32(row, c, 0);
}

/** A number from a number, any bit of which depends on all of it (lowbias32: Wellons 2018). */
@inline function hash(x: u32): u32 {
  x = (x ^ (x >> 16)) * 0x7feb352d;
  x = (x ^ (x >> 15)) * 0x846ca68b;
  return x ^ (x >> 16);
}

/**
 * Sums below 0 become 0, in place; and each unit, with chance `dropout`, does too, the others are scaled up in turn
 * (Srivastava et al. 2014). Who drops out is a matter of `seed` and the place in the batch alone.
 */
export function rectify(values: usize, count: i32, bytes: usize, units: i32, dropout: f32, seed: u32): void {
  const zero = f32x4.splat(0);
  const scale = <f32>1 / (<f32>1 - dropout);
  const limit = <u32>(<f64>dropout * 4294967296.0);
  const start = hash(seed);
  for (let n = 0; n < count; n++) {
    const row = values + <usize>n * bytes;
    for (let o: usize = 0; o < bytes; o += 16) v128.store(row + o, f32x4.pmax(v128.load(row + o), zero));
    if (dropout == 0) continue;
    for (let u = 0; u < units; u++) {
      const kept = hash(start + <u32>(n * units + u)) >= limit;
      setF32(row, u, kept ? f32At(row, u) * scale : 0);
    }
  }
}

/** Errors go back through units that answered, and only through them. */
export function unrectify(errors: usize, values: usize, count: i32, bytes: usize, dropout: f32): void {
  const scale = f32x4.splat(<f32>1 / (<f32>1 - dropout));
  const end = <usize>count * bytes;
  for (let o: usize = 0; o < end; o += 16) {
    const open = f32x4.gt(v128.load(values + o), f32x4.splat(0));
    v128.store(errors + o, v128.and(f32x4.mul(v128.load(errors + o), scale), open));
  }
}

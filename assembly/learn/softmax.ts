// Softmax regression by mini-batches: floats, four at a time. A model is `classes` rows of weights, each as long as a sample
// (a multiple of 8 floats, filled up with zeros), then a bias a class. Sums are taken in a fixed order: the same bits every
// time, whoever asks.

import { exp2Four } from "../fuse/logarithms";

const LOG2_E: f32 = 1.44269504;

@inline function f32At(column: usize, i: i32): f32 { return load<f32>(column + (<usize>i << 2)); }
@inline function setF32(column: usize, i: i32, value: f32): void { store<f32>(column + (<usize>i << 2), value); }
@inline function sumOf(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** Two samples times five classes: ten sums side by side, each number of the samples loaded once. */
@inline function forwardTwoFive(x: usize, y: usize, w: usize, bytes: usize, bias: usize, out: usize, other: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0;
  const w1 = w + bytes, w2 = w1 + bytes, w3 = w2 + bytes, w4 = w3 + bytes;
  for (let o: usize = 0; o < bytes; o += 16) {
    const p = v128.load(x + o);
    const q = v128.load(y + o);
    let v = v128.load(w + o);
    a0 = f32x4.add(a0, f32x4.mul(p, v));
    b0 = f32x4.add(b0, f32x4.mul(q, v));
    v = v128.load(w1 + o);
    a1 = f32x4.add(a1, f32x4.mul(p, v));
    b1 = f32x4.add(b1, f32x4.mul(q, v));
    v = v128.load(w2 + o);
    a2 = f32x4.add(a2, f32x4.mul(p, v));
    b2 = f32x4.add(b2, f32x4.mul(q, v));
    v = v128.load(w3 + o);
    a3 = f32x4.add(a3, f32x4.mul(p, v));
    b3 = f32x4.add(b3, f32x4.mul(q, v));
    v = v128.load(w4 + o);
    a4 = f32x4.add(a4, f32x4.mul(p, v));
    b4 = f32x4.add(b4, f32x4.mul(q, v));
  }
  setF32(out, 0, sumOf(a0) + f32At(bias, 0));
  setF32(out, 1, sumOf(a1) + f32At(bias, 1));
  setF32(out, 2, sumOf(a2) + f32At(bias, 2));
  setF32(out, 3, sumOf(a3) + f32At(bias, 3));
  setF32(out, 4, sumOf(a4) + f32At(bias, 4));
  setF32(other, 0, sumOf(b0) + f32At(bias, 0));
  setF32(other, 1, sumOf(b1) + f32At(bias, 1));
  setF32(other, 2, sumOf(b2) + f32At(bias, 2));
  setF32(other, 3, sumOf(b3) + f32At(bias, 3));
  setF32(other, 4, sumOf(b4) + f32At(bias, 4));
}

@inline function forwardOne(x: usize, w: usize, bytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(x + o), v128.load(w + o)));
  return sumOf(sum);
}

/** Scores of two samples (which may be the same one). */
function forward(x: usize, y: usize, bytes: usize, classes: i32, model: usize, out: usize, other: usize): void {
  const bias = model + bytes * <usize>classes;
  let c = 0;
  for (; c + 5 <= classes; c += 5) {
    const at = <usize>c << 2;
    forwardTwoFive(x, y, model + bytes * <usize>c, bytes, bias + at, out + at, other + at);
  }
  for (; c < classes; c++) {
    const w = model + bytes * <usize>c;
    setF32(out, c, forwardOne(x, w, bytes) + f32At(bias, c));
    setF32(other, c, forwardOne(y, w, bytes) + f32At(bias, c));
  }
}

/** Scores to probabilities, in place; room for three numbers after the row is overwritten. */
function softmax(row: usize, classes: i32): void {
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
}

@inline function rowStride(classes: i32): usize { return <usize>((classes + 7) & ~3) << 2; }
@inline function sampleAt(samples: usize, order: usize, i: i32, bytes: usize): usize {
  return samples + <usize>load<u32>(order + (<usize>i << 2)) * bytes;
}

/** Probabilities of samples from .. to - 1 into rows of `classes` floats; `scratch` holds two rows and 32 bytes more. */
export function predictSoftmax(
  samples: usize, from: i32, to: i32, features: i32, classes: i32, model: usize, scratch: usize, out: usize,
): void {
  const bytes = <usize>features << 2;
  const stride = rowStride(classes);
  for (let n = from; n < to; n += 2) {
    const x = samples + <usize>n * bytes;
    const second = n + 1 < to;
    forward(x, second ? x + bytes : x, bytes, classes, model, scratch, scratch + stride);
    softmax(scratch, classes);
    memory.copy(out + ((<usize>n * <usize>classes) << 2), scratch, <usize>classes << 2);
    if (!second) continue;
    softmax(scratch + stride, classes);
    memory.copy(out + ((<usize>(n + 1) * <usize>classes) << 2), scratch + stride, <usize>classes << 2);
  }
}

/**
 * What a step does: weight -= rate (gradient + l2 weight + mu (weight - anchor)), through a velocity where there is one:
 * velocity = momentum velocity + that, weight -= rate velocity. Biases carry no l2.
 */
@unmanaged
export class Step {
  rate: f32;
  l2: f32;
  mu: f32;
  momentum: f32;
  anchor: u32; // a model, 0 = none
  velocity: u32; // a model, 0 = none
}

@inline function move(at: usize, model: usize, gradient: v128, s: Step): void {
  const p = model + at;
  const w = v128.load(p);
  let g = f32x4.add(gradient, f32x4.mul(f32x4.splat(s.l2), w));
  if (s.anchor != 0) g = f32x4.add(g, f32x4.mul(f32x4.splat(s.mu), f32x4.sub(w, v128.load(<usize>s.anchor + at))));
  if (s.velocity != 0) {
    const v = <usize>s.velocity + at;
    g = f32x4.add(f32x4.mul(f32x4.splat(s.momentum), v128.load(v)), g);
    v128.store(v, g);
  }
  v128.store(p, f32x4.sub(w, f32x4.mul(f32x4.splat(s.rate), g)));
}

/** One class and eight features of the gradient, over all samples of the batch. */
@inline function backOne(
  samples: usize, order: usize, from: i32, count: i32, bytes: usize, errors: usize, stride: usize, at: usize,
  column: usize, model: usize, s: Step,
): void {
  let a = f32x4.splat(0);
  let b = a;
  for (let n = 0; n < count; n++) {
    const x = sampleAt(samples, order, from + n, bytes) + column;
    const e = v128.load32_splat(errors + <usize>n * stride);
    a = f32x4.add(a, f32x4.mul(e, v128.load(x)));
    b = f32x4.add(b, f32x4.mul(e, v128.load(x, 16)));
  }
  move(at + column, model, a, s);
  move(at + column + 16, model, b, s);
}

/** Five classes and eight features: ten sums side by side. */
@inline function backFive(
  samples: usize, order: usize, from: i32, count: i32, bytes: usize, errors: usize, stride: usize, at: usize,
  column: usize, model: usize, s: Step,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0;
  let error = errors;
  for (let n = 0; n < count; n++) {
    const x = sampleAt(samples, order, from + n, bytes) + column;
    const p = v128.load(x);
    const q = v128.load(x, 16);
    let e = v128.load32_splat(error);
    a0 = f32x4.add(a0, f32x4.mul(e, p));
    b0 = f32x4.add(b0, f32x4.mul(e, q));
    e = v128.load32_splat(error, 4);
    a1 = f32x4.add(a1, f32x4.mul(e, p));
    b1 = f32x4.add(b1, f32x4.mul(e, q));
    e = v128.load32_splat(error, 8);
    a2 = f32x4.add(a2, f32x4.mul(e, p));
    b2 = f32x4.add(b2, f32x4.mul(e, q));
    e = v128.load32_splat(error, 12);
    a3 = f32x4.add(a3, f32x4.mul(e, p));
    b3 = f32x4.add(b3, f32x4.mul(e, q));
    e = v128.load32_splat(error, 16);
    a4 = f32x4.add(a4, f32x4.mul(e, p));
    b4 = f32x4.add(b4, f32x4.mul(e, q));
    error += stride;
  }
  at += column;
  move(at, model, a0, s);
  move(at + 16, model, b0, s);
  move(at + bytes, model, a1, s);
  move(at + bytes + 16, model, b1, s);
  move(at + bytes * 2, model, a2, s);
  move(at + bytes * 2 + 16, model, b2, s);
  move(at + bytes * 3, model, a3, s);
  move(at + bytes * 3 + 16, model, b3, s);
  move(at + bytes * 4, model, a4, s);
  move(at + bytes * 4 + 16, model, b4, s);
}

function backward(
  samples: usize, order: usize, from: i32, count: i32, bytes: usize, classes: i32, errors: usize, model: usize, s: Step,
): void {
  const stride = rowStride(classes);
  let c = 0;
  for (; c + 5 <= classes; c += 5) {
    for (let column: usize = 0; column < bytes; column += 32) {
      const e = errors + (<usize>c << 2);
      backFive(samples, order, from, count, bytes, e, stride, bytes * <usize>c, column, model, s);
    }
  }
  for (; c < classes; c++) {
    for (let column: usize = 0; column < bytes; column += 32) {
      const e = errors + (<usize>c << 2);
      backOne(samples, order, from, count, bytes, e, stride, bytes * <usize>c, column, model, s);
    }
  }
  // biases, four at a time; what lies between the last and the next multiple of four is not used
  const l2 = s.l2;
  s.l2 = 0;
  for (c = 0; c < classes; c += 4) {
    let sum = f32x4.splat(0);
    for (let n = 0; n < count; n++) sum = f32x4.add(sum, v128.load(errors + <usize>n * stride + (<usize>c << 2)));
    move(bytes * <usize>classes + (<usize>c << 2), model, sum, s);
  }
  s.l2 = l2;
}

/**
 * Mini-batches over order[from .. to), one step each by the mean gradient of the cross-entropy. `scratch`: a row of scores a
 * sample of a batch and one more. The summed cross-entropy before each step, -log2 of the probability of the true class, is
 * not taken: ask `predictSoftmax`.
 */
export function trainSoftmax(
  samples: usize, labels: usize, order: usize, from: i32, to: i32, batch: i32, features: i32, classes: i32,
  model: usize, step: Step, scratch: usize,
): void {
  const bytes = <usize>features << 2;
  const stride = rowStride(classes);
  for (let begin = from; begin < to; begin += batch) {
    const count = min(batch, to - begin);
    const by = <f32>1 / <f32>count;
    for (let n = 0; n < count; n += 2) {
      const x = sampleAt(samples, order, begin + n, bytes);
      const y = n + 1 < count ? sampleAt(samples, order, begin + n + 1, bytes) : x;
      forward(x, y, bytes, classes, model, scratch + <usize>n * stride, scratch + <usize>(n + 1) * stride);
    }
    for (let n = 0; n < count; n++) {
      const row = scratch + <usize>n * stride;
      softmax(row, classes);
      const label = load<i32>(labels + (<usize>load<u32>(order + (<usize>(begin + n) << 2)) << 2));
      setF32(row, label, f32At(row, label) - 1);
      for (let c = 0; c < classes; c++) setF32(row, c, f32At(row, c) * by);
    }
    backward(samples, order, begin, count, bytes, classes, scratch, model, step);
  }
}

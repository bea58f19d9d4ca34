// A dense layer over a batch: what it answers, and what its weights and its inputs should have been. Floats, four at a time.
// Weights are a row an output, as long as an input (a multiple of 16 floats, filled up with zeros), then a bias an output.
// Inputs are addresses of rows, so that a batch is not gathered. Sums are taken in a fixed order: the same bits every time.

import { madd } from "./madd";

@inline export function f32At(column: usize, i: i32): f32 { return load<f32>(column + (<usize>i << 2)); }
@inline export function setF32(column: usize, i: i32, value: f32): void { store<f32>(column + (<usize>i << 2), value); }
@inline export function addressAt(rows: usize, n: i32): usize { return <usize>load<u32>(rows + (<usize>n << 2)); }

@inline function sumOf(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/**
 * Four samples times two outputs: eight sums side by side. Ten would want more registers than there are: the same work by two
 * samples and five outputs takes 1.7 times as long.
 */
@inline function forwardFourTwo(
  x0: usize, x1: usize, x2: usize, x3: usize, w0: usize, w1: usize, bytes: usize,
  b0: f32, b1: f32, to0: usize, to1: usize, to2: usize, to3: usize, next: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let c0 = a0, c1 = a0, c2 = a0, c3 = a0;
  for (let o: usize = 0; o < bytes; o += 16) {
    const p = v128.load(x0 + o);
    const q = v128.load(x1 + o);
    const r = v128.load(x2 + o);
    const s = v128.load(x3 + o);
    let v = v128.load(w0 + o);
    a0 = madd(p, v, a0);
    a1 = madd(q, v, a1);
    a2 = madd(r, v, a2);
    a3 = madd(s, v, a3);
    v = v128.load(w1 + o);
    c0 = madd(p, v, c0);
    c1 = madd(q, v, c1);
    c2 = madd(r, v, c2);
    c3 = madd(s, v, c3);
  }
  store<f32>(to0, sumOf(a0) + b0);
  store<f32>(to1, sumOf(a1) + b0);
  store<f32>(to2, sumOf(a2) + b0);
  store<f32>(to3, sumOf(a3) + b0);
  store<f32>(to0 + next, sumOf(c0) + b1);
  store<f32>(to1 + next, sumOf(c1) + b1);
  store<f32>(to2 + next, sumOf(c2) + b1);
  store<f32>(to3 + next, sumOf(c3) + b1);
}

/** Weighted sums and biases of `count` inputs into rows of `stride` bytes. Who has no partner is its own. */
export function forwardLayer(
  rows: usize, count: i32, bytes: usize, outputs: i32, weights: usize, out: usize, stride: usize,
): void {
  const biases = weights + bytes * <usize>outputs;
  for (let n = 0; n < count; n += 4) {
    const n1 = min(n + 1, count - 1), n2 = min(n + 2, count - 1), n3 = min(n + 3, count - 1);
    const x0 = addressAt(rows, n), x1 = addressAt(rows, n1), x2 = addressAt(rows, n2), x3 = addressAt(rows, n3);
    for (let c = 0; c < outputs; c += 2) {
      const d = min(c + 1, outputs - 1);
      const to = out + (<usize>c << 2);
      forwardFourTwo(
        x0, x1, x2, x3, weights + bytes * <usize>c, weights + bytes * <usize>d, bytes, f32At(biases, c), f32At(biases, d),
        to + <usize>n * stride, to + <usize>n1 * stride, to + <usize>n2 * stride, to + <usize>n3 * stride, <usize>(d - c) << 2,
      );
    }
  }
}

/** Two outputs and sixteen inputs of the gradient, over all samples of the batch: eight sums side by side. */
@inline function gradientTwo(
  rows: usize, count: i32, errors: usize, next: usize, stride: usize, column: usize, out0: usize, out1: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (let n = 0; n < count; n++, errors += stride) {
    const x = addressAt(rows, n) + column;
    const e = v128.load32_splat(errors);
    const f = v128.load32_splat(errors + next);
    let p = v128.load(x);
    a0 = madd(e, p, a0);
    b0 = madd(f, p, b0);
    p = v128.load(x, 16);
    a1 = madd(e, p, a1);
    b1 = madd(f, p, b1);
    p = v128.load(x, 32);
    a2 = madd(e, p, a2);
    b2 = madd(f, p, b2);
    p = v128.load(x, 48);
    a3 = madd(e, p, a3);
    b3 = madd(f, p, b3);
  }
  v128.store(out0, a0);
  v128.store(out0, a1, 16);
  v128.store(out0, a2, 32);
  v128.store(out0, a3, 48);
  v128.store(out1, b0);
  v128.store(out1, b1, 16);
  v128.store(out1, b2, 32);
  v128.store(out1, b3, 48);
}

/** The gradient by weights and biases, laid out as they are, summed over the batch. Errors are rows of `stride` bytes. */
export function gradientLayer(
  rows: usize, count: i32, bytes: usize, outputs: i32, errors: usize, stride: usize, out: usize,
): void {
  // columns outside: what a batch has in sixteen of them stays in the first cache for all outputs
  for (let column: usize = 0; column < bytes; column += 64) {
    for (let c = 0; c < outputs; c += 2) {
      const d = min(c + 1, outputs - 1);
      const to = out + column;
      const e = errors + (<usize>c << 2);
      gradientTwo(rows, count, e, <usize>(d - c) << 2, stride, column, to + bytes * <usize>c, to + bytes * <usize>d);
    }
  }
  const biases = out + bytes * <usize>outputs;
  for (let c = 0; c < outputs; c += 4) {
    let sum = f32x4.splat(0);
    for (let n = 0; n < count; n++) sum = f32x4.add(sum, v128.load(errors + <usize>n * stride + (<usize>c << 2)));
    v128.store(biases + (<usize>c << 2), sum);
  }
}

/** Errors of the inputs: each output's error times its weights, summed over outputs. */
export function backLayer(
  errors: usize, count: i32, stride: usize, outputs: i32, weights: usize, bytes: usize, out: usize,
): void {
  for (let n = 0; n < count; n++) {
    const row = errors + <usize>n * stride;
    const to = out + <usize>n * bytes;
    for (let column: usize = 0; column < bytes; column += 64) {
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
      let w = weights + column;
      for (let c = 0; c < outputs; c++, w += bytes) {
        const e = v128.load32_splat(row + (<usize>c << 2));
        a0 = madd(e, v128.load(w), a0);
        a1 = madd(e, v128.load(w, 16), a1);
        a2 = madd(e, v128.load(w, 32), a2);
        a3 = madd(e, v128.load(w, 48), a3);
      }
      v128.store(to + column, a0);
      v128.store(to + column, a1, 16);
      v128.store(to + column, a2, 32);
      v128.store(to + column, a3, 48);
    }
  }
}

// One step of gradient descent on a model, or of momentum or Adam, with decay and the pull of FedProx.

import { madd } from "./madd";

/**
 * g = gradient + l2 weight + mu (weight - anchor). Descent: velocity = momentum velocity + g, weight -= rate velocity. Adam
 * (Kingma and Ba 2015): with means of g and g^2, corrected for their start, weight -= rate mean / (sqrt(square) + epsilon).
 */
@unmanaged
export class Optimiser {
  rate: f32;
  l2: f32;
  mu: f32;
  momentum: f32; // Adam's first rate of decay
  second: f32; // Adam's second; 0 = descent
  epsilon: f32;
  anchor: u32; // a model, 0 = none
  velocity: u32; // a model, 0 = none; Adam's means
  squares: u32; // a model: Adam's means of squares
  steps: u32; // that Adam has made
}

@inline function powerOf(x: f64, n: u32): f64 {
  let y: f64 = 1;
  for (; n != 0; n >>= 1, x *= x) if ((n & 1) != 0) y *= x;
  return y;
}

/** Floats from .. to - 1, in fours, of model and gradient. `l2` 0 for biases. */
export function descend(model: usize, gradient: usize, from: usize, to: usize, decays: bool, s: Optimiser): void {
  const l2 = f32x4.splat(decays ? s.l2 : 0);
  const mu = f32x4.splat(s.mu);
  const rate = f32x4.splat(s.rate);
  const momentum = f32x4.splat(s.momentum);
  for (let o = from; o < to; o += 16) {
    const w = v128.load(model + o);
    let g = madd(l2, w, v128.load(gradient + o));
    if (s.anchor != 0) g = madd(mu, f32x4.sub(w, v128.load(<usize>s.anchor + o)), g);
    if (s.velocity != 0) {
      g = madd(momentum, v128.load(<usize>s.velocity + o), g);
      v128.store(<usize>s.velocity + o, g);
    }
    v128.store(model + o, f32x4.sub(w, f32x4.mul(rate, g)));
  }
}

export function adapt(model: usize, gradient: usize, from: usize, to: usize, decays: bool, s: Optimiser): void {
  const l2 = f32x4.splat(decays ? s.l2 : 0);
  const mu = f32x4.splat(s.mu);
  const first = f32x4.splat(s.momentum);
  const second = f32x4.splat(s.second);
  const less = f32x4.splat(1 - s.momentum);
  const fewer = f32x4.splat(1 - s.second);
  const rate = f32x4.splat(<f32>(<f64>s.rate / (1 - powerOf(s.momentum, s.steps))));
  const size = f32x4.splat(<f32>(1 / (1 - powerOf(s.second, s.steps))));
  const epsilon = f32x4.splat(s.epsilon);
  for (let o = from; o < to; o += 16) {
    const w = v128.load(model + o);
    let g = madd(l2, w, v128.load(gradient + o));
    if (s.anchor != 0) g = madd(mu, f32x4.sub(w, v128.load(<usize>s.anchor + o)), g);
    const m = madd(first, v128.load(<usize>s.velocity + o), f32x4.mul(less, g));
    const v = madd(second, v128.load(<usize>s.squares + o), f32x4.mul(fewer, f32x4.mul(g, g)));
    v128.store(<usize>s.velocity + o, m);
    v128.store(<usize>s.squares + o, v);
    const by = f32x4.add(f32x4.sqrt(f32x4.mul(v, size)), epsilon);
    v128.store(model + o, f32x4.sub(w, f32x4.div(f32x4.mul(rate, m), by)));
  }
}

// Replica counts over time: the cheapest path through states 0 .. K - 1 under running costs and the cost of switching.
// A dynamic programme, linear in K: quadratic switching by the lower envelope of parabolas, linear switching by two sweeps.
//
// Sources: Felzenszwalb and Huttenlocher 2012 (distance transforms of sampled functions: the envelope); Lin, Wierman,
// Andrew and Thereska 2011 (right-sizing; lazy capacity provisioning, whose two bounds are kept on the way).

import { column, f64At, i32At, setF64, setI32 } from "../memory";

/** Numbers a step: cost of a replica; demand; price of each unit of demand not covered, and of each replica beyond it. */
export const STEP_FIELDS: i32 = 4;

@unmanaged
export class Switching {
  steps: i32;
  states: i32;
  tabled: i32; // 1 = costs by step and state, 0 = four numbers a step
  delay: i32; // steps at the start in which nothing may be added
  start: i32; // state before the first step, -1 = free
  linear: i32; // 1 = `up` and `down` a unit, 0 = `alpha` times the square
  input: u32; // f64
  choices: u32; // u16 [steps x states]: the state before
  value: u32; // f64 by state: cheapest cost to be there now
  next: u32;
  envelope: u32; // parabolas of the envelope: f64 {value + alpha y^2, where it begins to be least}, by rank
  who: u32; // i32 by rank: whose
  reciprocal: u32; // f64 by difference d: 1 / (2 alpha d)
  path: u32; // i32 by step
  lows: u32; // i32 by step: bounds of lazy capacity provisioning
  highs: u32;
  alpha: f64;
  up: f64;
  down: f64;
}
const SWITCHING_BYTES: i32 = 104;

/** Memory: 2 bytes a step and state, and 8 more where costs are a table. */
export function layoutSwitching(steps: i32, states: i32, tabled: i32): Switching {
  const s = changetype<Switching>(column(-1, SWITCHING_BYTES, 1));
  s.steps = steps;
  s.states = states;
  s.tabled = tabled;
  s.input = <u32>column(-1, 8, tabled ? steps * states : steps * STEP_FIELDS);
  s.choices = <u32>column(-1, 2, steps * states);
  s.value = <u32>column(-1, 8, states);
  s.next = <u32>column(-1, 8, states);
  s.envelope = <u32>column(-1, 16, states + 1);
  s.who = <u32>column(-1, 4, states + 1);
  s.reciprocal = <u32>column(-1, 8, states);
  s.path = <u32>column(-1, 4, steps);
  s.lows = <u32>column(-1, 4, steps);
  s.highs = <u32>column(-1, 4, steps);
  return s;
}

/** Adds the running cost of a step to every state. */
@inline function charge(s: Switching, step: i32, value: usize): void {
  const states = s.states;
  if (s.tabled) {
    const row = <usize>s.input + (<usize>step * <usize>states << 3);
    for (let x = 0; x < states; x++) setF64(value, x, f64At(value, x) + f64At(row, x));
    return;
  }
  const at = <usize>s.input + <usize>(step * STEP_FIELDS << 3);
  const run = f64At(at, 0);
  const demand = f64At(at, 1);
  const short = f64At(at, 2);
  const idle = f64At(at, 3);
  for (let x = 0; x < states; x++) {
    const over = <f64>x - demand;
    setF64(value, x, f64At(value, x) + (over < 0 ? run * <f64>x - short * over : run * <f64>x + idle * over));
  }
}

/** next(x) = cost(x) + min over y of value(y) + alpha (x - y)^2; of equal ones the lowest y. Costs of a table are added later. */
@inline function envelope(s: Switching, step: i32, choices: usize): void {
  const at = <usize>s.input + <usize>(s.tabled ? 0 : step * STEP_FIELDS << 3);
  const run = s.tabled ? 0 : f64At(at, 0);
  const demand = s.tabled ? 0 : f64At(at, 1);
  const short = s.tabled ? 0 : f64At(at, 2);
  const idle = s.tabled ? 0 : f64At(at, 3);
  const states = s.states;
  const value: usize = s.value;
  const next: usize = s.next;
  const stack: usize = s.envelope;
  const who: usize = s.who;
  const reciprocal: usize = s.reciprocal;
  const alpha = s.alpha;
  // the top of the envelope in locals: its owner, its value + alpha y^2, and where it begins
  let rank = 0;
  let owner = 0;
  while (owner < states - 1 && f64At(value, owner) == Infinity) owner++;
  let height = f64At(value, owner) + alpha * <f64>owner * <f64>owner;
  let begins: f64 = -Infinity;
  for (let y = owner + 1; y < states; y++) {
    const v = f64At(value, y);
    if (v == Infinity) continue;
    const h = v + alpha * <f64>y * <f64>y;
    let from = (h - height) * f64At(reciprocal, y - owner);
    while (from < begins) {
      rank--;
      owner = i32At(who, rank);
      height = f64At(stack, rank << 1);
      begins = f64At(stack, (rank << 1) + 1);
      from = (h - height) * f64At(reciprocal, y - owner);
    }
    setI32(who, rank, owner);
    setF64(stack, rank << 1, height);
    setF64(stack, (rank << 1) + 1, begins);
    rank++;
    owner = y;
    height = h;
    begins = from;
  }
  setI32(who, rank, owner);
  setF64(stack, (rank << 1) + 1, begins);
  setF64(stack, ((rank + 1) << 1) + 1, Infinity);
  let k = 0;
  let x = 0;
  while (x < states) {
    const y = i32At(who, k);
    const base = f64At(value, y);
    const end = f64At(stack, ((k + 1) << 1) + 1);
    // this parabola is least up to where the next begins
    while (x < states && <f64>x <= end) {
      const d = <f64>(x - y);
      const over = <f64>x - demand;
      setF64(next, x, base + alpha * d * d + (run * <f64>x + (over < 0 ? 0 - short : idle) * over));
      store<u16>(choices + (<usize>x << 1), <u16>y);
      x++;
    }
    k++;
  }
}

/** The same with `up` a unit added and `down` a unit removed. */
@inline function sweeps(s: Switching, choices: usize): void {
  const states = s.states;
  const value: usize = s.value;
  const next: usize = s.next;
  let best: f64 = Infinity;
  let from = 0;
  for (let x = 0; x < states; x++) {
    const v = f64At(value, x);
    best += s.up;
    if (v < best) { best = v; from = x; }
    setF64(next, x, best);
    store<u16>(choices + (<usize>x << 1), <u16>from);
  }
  best = Infinity;
  for (let x = states - 1; x >= 0; x--) {
    const v = f64At(value, x);
    best += s.down;
    if (v < best) { best = v; from = x; }
    if (best < f64At(next, x)) {
      setF64(next, x, best);
      store<u16>(choices + (<usize>x << 1), <u16>from);
    }
  }
}

/** While nothing that is ordered has arrived yet: only fewer. Quadratic in K, for as many steps as the delay. */
@inline function onlyDown(s: Switching, choices: usize): void {
  const states = s.states;
  for (let x = 0; x < states; x++) {
    let best: f64 = Infinity;
    let from = x;
    for (let y = x; y < states; y++) {
      const d = <f64>(y - x);
      const cost = f64At(s.value, y) + (s.linear ? s.down * d : s.alpha * d * d);
      if (cost < best) { best = cost; from = y; }
    }
    setF64(s.next, x, best);
    store<u16>(choices + (<usize>x << 1), <u16>from);
  }
}

export function startSwitching(s: Switching, linear: i32, a: f64, b: f64, start: i32, delay: i32): void {
  s.linear = linear;
  s.alpha = a;
  s.up = a;
  s.down = b;
  s.start = start;
  s.delay = delay;
  for (let d = 1; d < s.states; d++) setF64(s.reciprocal, d, 1 / (2 * a * <f64>d));
  for (let x = 0; x < s.states; x++) setF64(s.value, x, start < 0 || x == start ? 0 : Infinity);
}

/** Steps from .. to - 1. */
export function runSwitching(s: Switching, from: i32, to: i32): void {
  for (let t = from; t < to; t++) {
    const choices = <usize>s.choices + (<usize>t * <usize>s.states << 1);
    if (t == 0 && s.start < 0) {
      for (let x = 0; x < s.states; x++) setF64(s.next, x, 0);
    } else if (t < s.delay) onlyDown(s, choices);
    else if (s.linear) sweeps(s, choices);
    else if (s.alpha > 0) envelope(s, t, choices);
    else free(s, choices);
    if (s.tabled || s.linear || s.alpha == 0 || t < s.delay || (t == 0 && s.start < 0)) charge(s, t, s.next);
    const swap = s.value;
    s.value = s.next;
    s.next = swap;
    if (s.linear) bounds(s, t);
  }
}

/** Switching costs nothing: from the cheapest. */
@inline function free(s: Switching, choices: usize): void {
  const at = least(s.value, s.states);
  for (let x = 0; x < s.states; x++) {
    setF64(s.next, x, f64At(s.value, at));
    store<u16>(choices + (<usize>x << 1), <u16>at);
  }
}

@inline function least(value: usize, states: i32): i32 {
  let at = 0;
  for (let x = 1; x < states; x++) if (f64At(value, x) < f64At(value, at)) at = x;
  return at;
}

/**
 * Where the cheapest path up to now ends if adding is charged (the lower bound) and if removing is charged in its place (the
 * upper): the two differ by up * x, so one programme gives both.
 */
@inline function bounds(s: Switching, t: i32): void {
  const value: usize = s.value;
  let low = 0;
  let high = 0;
  for (let x = 1; x < s.states; x++) {
    if (f64At(value, x) < f64At(value, low)) low = x;
    if (f64At(value, x) - s.up * <f64>x <= f64At(value, high) - s.up * <f64>high) high = x;
  }
  setI32(s.lows, t, low);
  setI32(s.highs, t, high);
}

/** Follows the choices back from the cheapest last state; its cost. */
export function finishSwitching(s: Switching): f64 {
  const last = least(s.value, s.states);
  let x = last;
  for (let t = s.steps - 1; t >= 0; t--) {
    setI32(s.path, t, x);
    x = <i32>load<u16>(<usize>s.choices + ((<usize>t * <usize>s.states + <usize>x) << 1));
  }
  return f64At(s.value, last);
}

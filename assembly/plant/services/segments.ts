// Runs of iterations as numbers. An iteration that gives each of d requests a token makes the next one longer by what it
// takes to read d more tokens, so a run of k iterations takes k·first + growth·k(k-1)/2 ticks: exact in integers, whether
// it is added up at once or step by step.

import { TICK_SHIFT } from "../../abi";

/** Ticks of the first `k` iterations. */
@inline export function ticksOf(first: i64, growth: i64, k: i64): i64 {
  return k * first + growth * ((k * (k - 1)) >> 1);
}

/** How many iterations have ended within `ticks`. */
export function iterationsIn(first: i64, growth: i64, ticks: i64): i64 {
  let k: i64;
  if (growth == 0) {
    k = ticks / first;
  } else {
    const g = <f64>growth;
    const b = <f64>first - g * 0.5;
    k = <i64>((Math.sqrt(b * b + 2.0 * g * <f64>ticks) - b) / g);
  }
  // the root is off by rounding at most
  while (k > 0 && ticksOf(first, growth, k) > ticks) k--;
  while (ticksOf(first, growth, k + 1) <= ticks) k++;
  return k;
}

@inline export function ticksAt(micros: f64): i64 {
  return <i64>micros << TICK_SHIFT;
}

/** The microsecond at which something that happens at this tick is seen. */
@inline export function microsAt(tick: i64): f64 {
  return <f64>((tick + ((1 << TICK_SHIFT) - 1)) >> TICK_SHIFT);
}

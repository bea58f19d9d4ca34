// What a queue rule may know of a claim, in the units it thinks in. Estimates are whatever the run's information says:
// the user's, a prediction from history, or (an oracle's) the truth.

import { rowF64 } from "../memory";
import { claimEstimate, claimHeld, claimStart } from "../world/claims";

/** Stands for "nobody knows": longer than any job. */
export const UNKNOWN_MICROS: f64 = 1.0e18;

/** Believed run time of the whole job, µs. */
@inline export function estimate(slot: i32): f64 {
  const known = rowF64(claimEstimate, slot);
  return known == known ? known : UNKNOWN_MICROS;
}

/** Believed time still to run at the moment of its latest start or stop, µs; a job that outlived its estimate has 1. */
@inline export function remaining(slot: i32): f64 {
  return Math.max(1, estimate(slot) - rowF64(claimHeld, slot));
}

/** When a holding claim is believed to end, µs. */
@inline export function expectedEnd(slot: i32): f64 {
  return rowF64(claimStart, slot) + remaining(slot);
}

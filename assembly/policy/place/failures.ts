// Shapes that found no place, remembered while nothing can have become free: for the rest of a pass, or until somebody
// is preempted in it.

import { CAP_SHAPES } from "../../abi";
import { column, getI, i32At, setI32 } from "../../memory";

/** No pool can take it now. */
export const NO_ROOM: i32 = 0;
/** It would delay the head's reservation if it ran past it. */
export const DELAYS_HEAD: i32 = 1;

let epochOf: usize = 0; // by reason, then shape
let epochs: usize = 0; // by reason

export function layoutFailures(): void {
  epochOf = column(-1, 4, getI(CAP_SHAPES) * 2);
  epochs = column(-1, 4, 2);
}

@inline export function forgetFailures(reason: i32): void {
  setI32(epochs, reason, i32At(epochs, reason) + 1);
}

@inline export function rememberFailure(shape: i32, reason: i32): void {
  setI32(epochOf, reason * getI(CAP_SHAPES) + shape, i32At(epochs, reason));
}

@inline export function hasFailed(shape: i32, reason: i32): bool {
  return i32At(epochOf, reason * getI(CAP_SHAPES) + shape) == i32At(epochs, reason);
}

// Holding claims in order of their expected end: a sorted array (a few hundred are running, and a move of a few
// kilobytes costs less than any tree).

import { CAP_CLAIMS } from "../../abi";
import { column, f64At, getI, i32At, setF64, setI32 } from "../../memory";
import { claimSequence } from "../claims";

let count: usize = 0;
let times: usize = 0; // f64
let slots: usize = 0;
let endOf: usize = 0; // f64 by slot; NaN = not held

export function layoutEnds(): void {
  const n = getI(CAP_CLAIMS) + 1;
  count = column(-1, 4, 1);
  times = column(-1, 8, n);
  slots = column(-1, 4, n);
  endOf = column(-1, 8, n);
}

export function clearEnds(): void {
  setI32(count, 0, 0);
  for (let i = 0, n = getI(CAP_CLAIMS); i <= n; i++) setF64(endOf, i, NaN);
}

@inline export function endCount(): i32 {
  return i32At(count, 0);
}

@inline export function endTime(i: i32): f64 {
  return f64At(times, i);
}

@inline export function endSlot(i: i32): i32 {
  return i32At(slots, i);
}

@inline export function hasEnd(slot: i32): bool {
  const end = f64At(endOf, slot);
  return end == end;
}

// First index whose time is not before `time`.
function find(time: f64): i32 {
  let low = 0;
  let high = i32At(count, 0);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (f64At(times, middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function addEnd(slot: i32, time: f64): void {
  const n = i32At(count, 0);
  // equal ends by order of arrival, never of slots
  let at = find(time);
  const sequence = f64At(claimSequence, slot);
  while (at < n && f64At(times, at) == time && f64At(claimSequence, i32At(slots, at)) < sequence) at++;
  const moved = <usize>(n - at);
  memory.copy(times + (<usize>(at + 1) << 3), times + (<usize>at << 3), moved << 3);
  memory.copy(slots + (<usize>(at + 1) << 2), slots + (<usize>at << 2), moved << 2);
  setF64(times, at, time);
  setI32(slots, at, slot);
  setF64(endOf, slot, time);
  setI32(count, 0, n + 1);
}

export function removeEnd(slot: i32): void {
  const n = i32At(count, 0) - 1;
  let at = find(f64At(endOf, slot));
  while (i32At(slots, at) != slot) at++;
  const moved = <usize>(n - at);
  memory.copy(times + (<usize>at << 3), times + (<usize>(at + 1) << 3), moved << 3);
  memory.copy(slots + (<usize>at << 2), slots + (<usize>(at + 1) << 2), moved << 2);
  setF64(endOf, slot, NaN);
  setI32(count, 0, n);
}

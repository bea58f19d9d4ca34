// Holding claims in order of their expected end: a sorted array of 16-byte entries (time, slot). A few hundred are
// running, and one move of a few kilobytes costs less than any tree.

import { CAP_CLAIMS } from "../../abi";
import { column, f64At, getI, i32At, rowF64, setF64, setI32 } from "../../memory";
import { claimSequence } from "../claims";

let count: usize = 0;
let entries: usize = 0;
let endOf: usize = 0; // f64 by slot; NaN = not held

export function layoutEnds(): void {
  const n = getI(CAP_CLAIMS) + 1;
  count = column(-1, 4, 1);
  entries = column(-1, 16, n);
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
  return load<f64>(entries + (<usize>i << 4));
}

@inline export function endSlot(i: i32): i32 {
  return load<i32>(entries + (<usize>i << 4), 8);
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
    if (endTime(middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Moves entries from..n - 1 to `to`.
@inline function move(to: i32, from: i32, n: i32): void {
  memory.copy(entries + (<usize>to << 4), entries + (<usize>from << 4), <usize>(n - from) << 4);
}

export function addEnd(slot: i32, time: f64): void {
  const n = i32At(count, 0);
  // equal ends by order of arrival, never of slots
  let at = find(time);
  const sequence = rowF64(claimSequence, slot);
  while (at < n && endTime(at) == time && rowF64(claimSequence, endSlot(at)) < sequence) at++;
  if (at < n) move(at + 1, at, n);
  store<f64>(entries + (<usize>at << 4), time);
  store<i32>(entries + (<usize>at << 4), slot, 8);
  setF64(endOf, slot, time);
  setI32(count, 0, n + 1);
}

export function removeEnd(slot: i32): void {
  const n = i32At(count, 0);
  let at = find(f64At(endOf, slot));
  while (endSlot(at) != slot) at++;
  if (at + 1 < n) move(at, at + 1, n);
  setF64(endOf, slot, NaN);
  setI32(count, 0, n - 1);
}

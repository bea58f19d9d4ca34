// Jobs that share a device slow each other down: time-slicing. A table says at what rate of its own speed a job of one
// class runs beside one of another; beside several, rates multiply, and a gang is as fast as its slowest task. Who is
// still loading or starting slows nobody. Truth of the plant: no policy sees it.

import { CAP_CLASSES, CAP_DEVICES, CAP_PAIRS, CAP_PARTS, COL_PAIR_RATE } from "../abi";
import { column, f64At, getI, i32At, rowI32, setI32, u64At } from "../memory";
import { claimClass, claimFirstPart, partMask, partMilli, partNext, partNode } from "../world/claims";
import { nodeFirstDevice } from "../world/clusters";

let pairRate: usize = 0; // f64 by own class and other's
let head: usize = 0; // by device: a part at work on it; 0 = none
let after: usize = 0; // by part
let before: usize = 0;
let owner: usize = 0; // by part: slot of its claim

export function layoutSharing(): void {
  const shares = getI(CAP_PAIRS) > 0;
  const classes = getI(CAP_CLASSES);
  pairRate = column(COL_PAIR_RATE, 8, shares ? classes * classes : 0);
  head = column(-1, 4, shares ? getI(CAP_DEVICES) : 0);
  const parts = shares ? getI(CAP_PARTS) + 1 : 0;
  after = column(-1, 4, parts);
  before = column(-1, 4, parts);
  owner = column(-1, 4, parts);
}

/** True if sharing a device costs speed in this run. */
@inline export function slows(): bool {
  return getI(CAP_PAIRS) > 0;
}

@inline function isShared(part: i32): bool {
  return i32At(partNode, part) >= 0 && i32At(partMilli, part) < 1000 && u64At(partMask, part) != 0;
}

@inline function deviceOf(part: i32): i32 {
  return i32At(nodeFirstDevice, i32At(partNode, part)) + <i32>ctz(u64At(partMask, part));
}

/** The claim is at work on its devices from now on. */
export function joinDevices(slot: i32): void {
  for (let part = rowI32(claimFirstPart, slot); part > 0; part = i32At(partNext, part)) {
    if (!isShared(part)) continue;
    const device = deviceOf(part);
    const first = i32At(head, device);
    setI32(owner, part, slot);
    setI32(after, part, first);
    setI32(before, part, 0);
    if (first > 0) setI32(before, first, part);
    setI32(head, device, part);
  }
}

/** The claim's parts are still there, and at work no more. */
export function leaveDevices(slot: i32): void {
  for (let part = rowI32(claimFirstPart, slot); part > 0; part = i32At(partNext, part)) {
    if (!isShared(part)) continue;
    const next = i32At(after, part);
    const previous = i32At(before, part);
    if (next > 0) setI32(before, next, previous);
    if (previous > 0) setI32(after, previous, next);
    else setI32(head, deviceOf(part), next);
  }
}

/** Rate of its own speed at which a claim works, 0 .. 1. */
export function rateOf(slot: i32): f64 {
  const row = rowI32(claimClass, slot) * getI(CAP_CLASSES);
  let least: f64 = 1;
  for (let part = rowI32(claimFirstPart, slot); part > 0; part = i32At(partNext, part)) {
    if (!isShared(part)) continue;
    let rate: f64 = 1;
    for (let other = i32At(head, deviceOf(part)); other > 0; other = i32At(after, other)) {
      if (other != part) rate *= f64At(pairRate, row + rowI32(claimClass, i32At(owner, other)));
    }
    least = Math.min(least, rate);
  }
  return least;
}

/** First part at work on the devices of the claim's `part`, and the next: 0 at the end. */
@inline export function firstBeside(part: i32): i32 {
  return isShared(part) ? i32At(head, deviceOf(part)) : 0;
}
@inline export function nextBeside(part: i32): i32 {
  return i32At(after, part);
}
@inline export function ownerOf(part: i32): i32 {
  return i32At(owner, part);
}

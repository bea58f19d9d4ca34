// Devices cut into partitions (NVIDIA MIG): a share is a profile of 1, 2 or 4 of a device's eight memory slices, and may
// begin at certain slices only. So what is free may not fit, though it adds up.
//
//   profile of an A100-40GB   milli   slices   may begin at
//   1g.5gb                      125        1   0 .. 6        (seven compute slices: the eighth memory slice is never alone)
//   2g.10gb                     250        2   0, 2, 4
//   3g.20gb                     500        4   0, 4
//   whole device               1000        8   0

import { CAP_MIG } from "../abi";
import { getI, i32At, setI32 } from "../memory";
import { changeDevices, deviceFree, deviceSlots, nodeFirstDevice, nodePool, poolMig } from "./clusters";

const STARTS_1: i32 = 0b1111111;
const STARTS_2: i32 = 0b10101;
const STARTS_4: i32 = 0b10001;
const SLICE_MILLI: i32 = 125;

/** True if the devices of node n are cut into partitions. */
@inline export function isMig(n: i32): bool {
  return getI(CAP_MIG) > 0 && i32At(poolMig, i32At(nodePool, n)) != 0;
}

@inline function startsOf(width: i32): i32 {
  return width == 1 ? STARTS_1 : width == 2 ? STARTS_2 : width == 4 ? STARTS_4 : 1;
}

/** Profiles of `width` slices that could be placed side by side where `used` slices are taken. */
function roomFor(width: i32, used: i32): i32 {
  const span = (1 << width) - 1;
  let count = 0;
  for (let rest = startsOf(width); rest != 0; rest &= rest - 1) {
    if (((span << ctz(rest)) & used) == 0) count++;
  }
  return count;
}

/** Shares of `milli` that device d of a partitioned node has room for. */
export function shareRoom(n: i32, d: i32, milli: i32): i32 {
  const device = i32At(nodeFirstDevice, n) + d;
  // one that is taken whole holds no slices, and has nothing free
  return i32At(deviceFree, device) < milli ? 0 : roomFor(milli / SLICE_MILLI, i32At(deviceSlots, device));
}

/** Shares of `milli` that an empty partitioned device holds. */
export function emptyShareRoom(milli: i32): i32 {
  return roomFor(milli / SLICE_MILLI, 0);
}

/** True if device d of node n has room for a share of `milli`. */
@inline export function holdsShare(n: i32, d: i32, milli: i32): bool {
  return isMig(n) ? shareRoom(n, d, milli) > 0 : i32At(deviceFree, i32At(nodeFirstDevice, n) + d) >= milli;
}

/** Where a profile goes: the start after which most profiles of all sizes could still be placed; the lowest of equal ones. */
function bestStart(width: i32, used: i32): i32 {
  const span = (1 << width) - 1;
  let best = -1;
  let most = -1;
  for (let rest = startsOf(width); rest != 0; rest &= rest - 1) {
    const start = ctz(rest);
    if (((span << start) & used) != 0) continue;
    const after = used | (span << start);
    const left = roomFor(1, after) + roomFor(2, after) + roomFor(4, after);
    if (left > most) {
      most = left;
      best = start;
    }
  }
  return best;
}

/** Takes a share of device d of node n, which has room; the slice it begins at (0 where devices are not partitioned). */
export function takeShare(n: i32, d: i32, milli: i32): i32 {
  changeDevices(n, <u64>1 << d, -milli);
  if (!isMig(n)) return 0;
  const device = i32At(nodeFirstDevice, n) + d;
  const width = milli / SLICE_MILLI;
  const used = i32At(deviceSlots, device);
  const start = bestStart(width, used);
  setI32(deviceSlots, device, used | (((1 << width) - 1) << start));
  return start;
}

/** Marks the slices of a share as taken (sign -1) or free (1); devices themselves are the caller's. */
export function changeSlices(n: i32, mask: u64, milli: i32, start: i32, sign: i32): void {
  const device = i32At(nodeFirstDevice, n) + <i32>ctz(mask);
  const slices = ((1 << (milli / SLICE_MILLI)) - 1) << start;
  const used = i32At(deviceSlots, device);
  setI32(deviceSlots, device, sign > 0 ? used & ~slices : used | slices);
}

// EASY backfilling (Lifka 1995; Mu'alem and Feitelson 2001, section 2): the head of the line gets a reservation at the
// earliest time at which, by the estimates, it fits (the shadow time); others may start now if they do not delay it:
// they end before the shadow time, or use only what the head leaves over at that time (the extra).
//
// In a pool where free GPUs simply add up the extra is a number. Elsewhere (same-node, CPU or memory limits, several
// GPUs a task) it is a scratch copy of the pool as it will be at the shadow time, in which the head must keep fitting.
// A job that outlives its estimate counts as ending in the next microsecond.

import { FREE_MILLI, NOW, POOL_COUNT } from "../../abi";
import { getF, getI, i32At, rowI32 } from "../../memory";
import { changeHolding, claimGpuMilli, claimPool, claimShape } from "../../world/claims";
import {
  changeNode, poolFreeMilli, resumeScratch, returnDevices, takeDevices, useReal, useScratch,
} from "../../world/clusters";
import { addEnd, endCount, endSlot, endTime, hasEnd, removeEnd } from "../../world/derived/ends";
import {
  addToLine, headMilli, isInLine, leastInLine, lineHead, linePosition, nextBackfill, removeFromLine,
} from "../../world/derived/line";
import { shapeCpuMilli, shapeGpuMilli, shapeMemoryMib } from "../../world/shapes";
import { commitStart, findPool } from "../decide";
import { expectedEnd, remaining } from "../features";
import { DELAYS_HEAD, forgetFailures, hasFailed, NO_ROOM, rememberFailure } from "../place/failures";
import { planLength, planNode, planTaskCount } from "../place/list";
import { couldEver, isFluid, plan, placeableMilli } from "../place/plan";

const RELEASES_AT_ONCE: i32 = 16;

// scratch of one pass: the head's reservation
let head: i32 = 0;
let reservedPool: i32 = -1;
let shadow: f64 = 0;
let extra: i32 = 0; // milli; of no meaning where the pool is not fluid
let fluid: bool = true;

export function backfillQueued(slot: i32): void {
  addToLine(slot, remaining(slot));
}

export function backfillLeft(slot: i32): void {
  if (isInLine(slot)) removeFromLine(slot);
  if (hasEnd(slot)) removeEnd(slot);
}

export function backfillHolding(slot: i32): void {
  addEnd(slot, expectedEnd(slot));
}

export function backfillStart(slot: i32, pool: i32): void {
  removeFromLine(slot);
  commitStart(slot, pool);
  backfillHolding(slot);
}

export function easyPass(): void {
  while (true) {
    head = lineHead();
    if (head == 0) return;
    if (getF(FREE_MILLI) < <f64>headMilli()) break;
    const pool = findPool(head);
    if (pool < 0) break;
    backfillStart(head, pool);
  }
  if (getF(FREE_MILLI) < <f64>leastInLine()) return;
  reserve();
  backfill();
}

// Earliest pool and time at which the head fits when everyone ends as believed; ties go to the first pool.
function reserve(): void {
  const shape = rowI32(claimShape, head);
  reservedPool = -1;
  shadow = Infinity;
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
    if (!couldEver(p, shape)) continue;
    const at = isFluid(p, shape) ? fluidShadow(p, shape) : exactShadow(p, shape);
    if (at < shadow) {
      shadow = at;
      reservedPool = p;
    }
  }
  fluid = reservedPool < 0 || isFluid(reservedPool, shape);
  // `extra` and the scratch view are those of the pool looked at last
  if (reservedPool < 0 || getI(POOL_COUNT) == 1) return;
  if (fluid) fluidShadow(reservedPool, shape);
  else exactShadow(reservedPool, shape);
}

function fluidShadow(pool: i32, shape: i32): f64 {
  const need = rowI32(claimGpuMilli, head);
  let free = i32At(poolFreeMilli, pool);
  for (let i = 0, n = endCount(); i < n; i++) {
    const slot = endSlot(i);
    if (rowI32(claimPool, slot) != pool) continue;
    free += rowI32(claimGpuMilli, slot);
    if (free >= need) {
      extra = free - need;
      return Math.max(endTime(i), getF(NOW) + 1);
    }
  }
  return Infinity;
}

// Leaves the scratch view as the pool will be at the shadow time, the head not yet started. What fits keeps fitting
// when more is released, so it asks only after every few releases, and then goes through the last few one by one.
function exactShadow(pool: i32, shape: i32): f64 {
  useScratch();
  const n = endCount();
  let at = Infinity;
  let from = 0;
  while (from < n && at == Infinity) {
    const to = min(from + RELEASES_AT_ONCE, n);
    for (let i = from; i < to; i++) release(i, pool, 1);
    if (plan(pool, shape)) {
      for (let i = to - 1; i >= from; i--) release(i, pool, -1);
      for (let i = from; i < to; i++) {
        if (!release(i, pool, 1) || !plan(pool, shape)) continue;
        at = Math.max(endTime(i), getF(NOW) + 1);
        break;
      }
    }
    from = to;
  }
  useReal();
  return at;
}

@inline function release(i: i32, pool: i32, sign: i32): bool {
  const slot = endSlot(i);
  if (rowI32(claimPool, slot) != pool) return false;
  changeHolding(slot, sign);
  return true;
}

function backfill(): void {
  const one = getI(POOL_COUNT) == 1;
  const window = shadow - getF(NOW);
  let position = linePosition(head);
  let free = placeableMilli();
  forgetFailures(NO_ROOM);
  forgetFailures(DELAYS_HEAD);
  while (true) {
    const slot = nextBackfill(position, free, window, one && fluid ? extra : i32.MAX_VALUE);
    if (slot == 0) return;
    position = linePosition(slot);
    if (hopeless(slot, window)) continue;
    const pool = backfillPool(slot, window);
    if (pool < 0) continue;
    backfillStart(slot, pool);
    forgetFailures(DELAYS_HEAD); // the next of a refused shape may now be placed on other nodes
    free = placeableMilli();
  }
}

// True if one of its shape has already been refused in this pass for a reason that holds for this one too.
@inline function hopeless(slot: i32, window: f64): bool {
  const shape = rowI32(claimShape, slot);
  return hasFailed(shape, NO_ROOM) || (hasFailed(shape, DELAYS_HEAD) && remaining(slot) > window);
}

// First pool in which the job fits now without delaying the head; leaves its plan.
function backfillPool(slot: i32, window: f64): i32 {
  const shape = rowI32(claimShape, slot);
  let fits = false;
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
    if (!plan(p, shape)) continue;
    fits = true;
    if (p != reservedPool || remaining(slot) <= window) return p;
    if (fluid) {
      const milli = rowI32(claimGpuMilli, slot);
      if (milli > extra) continue;
      extra -= milli;
      return p;
    }
    if (headStillFits(p, shape)) {
      plan(p, shape);
      return p;
    }
    if (getI(POOL_COUNT) == 1) rememberFailure(shape, DELAYS_HEAD);
  }
  // free devices only become fewer within a pass: what does not fit now will not fit later in it
  if (!fits) rememberFailure(shape, NO_ROOM);
  return -1;
}

// Takes the plan in the scratch view and asks whether the head fits beside it; keeps it there only if so. A share of a
// device is refused: where it lands by then is not known.
function headStillFits(pool: i32, shape: i32): bool {
  const milli = i32At(shapeGpuMilli, shape);
  if (milli > 0 && milli < 1000) return false;
  const parts = planLength();
  resumeScratch();
  changePlan(pool, shape, parts, -1);
  const fits = plan(pool, rowI32(claimShape, head));
  if (!fits) {
    useReal();
    plan(pool, shape);
    resumeScratch();
    changePlan(pool, shape, parts, 1);
  }
  useReal();
  return fits;
}

function changePlan(pool: i32, shape: i32, parts: i32, sign: i32): void {
  const milli = i32At(shapeGpuMilli, shape);
  const cpu = i32At(shapeCpuMilli, shape) * sign;
  const memoryMib = i32At(shapeMemoryMib, shape) * sign;
  for (let i = 0; i < parts; i++) {
    const node = planNode(i);
    const tasks = planTaskCount(i);
    if (milli >= 1000) {
      const devices = tasks * (milli / 1000);
      if (sign < 0) takeDevices(node, devices);
      else returnDevices(node, devices);
    }
    changeNode(node, pool, milli * tasks * sign, cpu * tasks, memoryMib * tasks);
  }
}

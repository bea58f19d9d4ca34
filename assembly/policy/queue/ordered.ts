// Rules that keep an order of their own: sjf, srtf, las and priority differ in the key, in whom they may preempt and in
// whether one that does not fit holds up the rest.
//
// Keys, smallest first: sjf the estimate; srtf the time remaining while waiting and the expected end while running (all
// running jobs age alike, so that order stands still); las level then order of entry into the level; priority the
// negated priority. A waiting claim may preempt the running ones whose key lies above its bar.

import { CAP_CLAIMS, FREE_MILLI, LAS_BOUND_0, LAS_LEVELS, NOW, QUEUE_RULE, WAKE_AT } from "../../abi";
import { cancel, Heap, isPending, layoutHeap, nextTime, put, startHeap, take } from "../../kernel/heap";
import { column, getF, getI, i32At, rowF64, rowI32, setF, setI32, setRowF64, setRowI32 } from "../../memory";
import {
  changeHolding, claimEntry, claimGpuMilli, claimHeld, claimLevel, claimPool, claimPriority, claimSequence, claimShape,
  claimStart,
} from "../../world/claims";
import { poolAllows } from "../../world/clusters";
import {
  addOrdered, firstOrdered, isOrdered, nextOrdered, orderKey, previousOrdered, removeOrdered, RUN, totalAbove, WAIT,
} from "../../world/derived/order";
import { nextEntry } from "../../world/facts";
import { commitStart, commitStop, findPool } from "../decide";
import { estimate, expectedEnd, remaining } from "../features";
import { askOrder } from "../plug/ask";
import { changesWithTime, skips } from "../plug/user-queue";
import { forgetFailures, hasFailed, NO_ROOM, rememberFailure } from "../place/failures";

const SJF: i32 = 1;
const SRTF: i32 = 2;
const LAS: i32 = 3;
export const PLUG: i32 = 8;
const LEVEL_SPAN: f64 = 8796093022208.0; // 2^43: more entries than a run can number

let wakes: Heap = changetype<Heap>(0); // las: when a running claim crosses into the next level
let victims: usize = 0; // scratch: slots to stop, or to move to the next level

export function layoutOrdered(): void {
  wakes = layoutHeap(getI(CAP_CLAIMS) + 1);
  victims = column(-1, 4, getI(CAP_CLAIMS) + 1);
}

export function clearOrdered(): void {
  startHeap(wakes);
}

function waitKey(slot: i32): f64 {
  const rule = getI(QUEUE_RULE);
  if (rule == SJF) return estimate(slot);
  if (rule == SRTF) return remaining(slot);
  if (rule == LAS) return <f64>rowI32(claimLevel, slot) * LEVEL_SPAN + rowF64(claimEntry, slot);
  if (rule == PLUG) return askOrder(slot);
  return -(<f64>rowI32(claimPriority, slot));
}

@inline function runKey(slot: i32): f64 {
  return getI(QUEUE_RULE) == SRTF ? expectedEnd(slot) : waitKey(slot);
}

/** Running claims with a greater key may be preempted for this one. */
function bar(slot: i32): f64 {
  const rule = getI(QUEUE_RULE);
  if (rule == SRTF) return getF(NOW) + orderKey(slot);
  if (rule == LAS) return <f64>(rowI32(claimLevel, slot) + 1) * LEVEL_SPAN - 1;
  return orderKey(slot);
}

export function orderedQueued(slot: i32): void {
  addOrdered(WAIT, slot, waitKey(slot));
}

export function orderedLeft(slot: i32): void {
  if (isOrdered(slot)) removeOrdered(slot);
  if (getI(QUEUE_RULE) == LAS) cancel(wakes, slot);
}

/** A claim that holds devices (after its start, or while indexes are rebuilt). */
export function orderedHolding(slot: i32): void {
  const rule = getI(QUEUE_RULE);
  if (rule == SJF || rule == PLUG) return;
  addOrdered(RUN, slot, runKey(slot));
  if (rule == LAS) wakeAtCrossing(slot);
}

function wakeAtCrossing(slot: i32): void {
  const level = rowI32(claimLevel, slot);
  if (level >= getI(LAS_LEVELS)) return;
  const gpuMilli = <f64>max(1, rowI32(claimGpuMilli, slot));
  const left = Math.ceil((getF(LAS_BOUND_0 + level) - gpuMilli * rowF64(claimHeld, slot)) / gpuMilli);
  put(wakes, slot, rowF64(claimStart, slot) + Math.max(0, left), 0);
}

// Running claims that have attained enough service move to the end of the next level; those that cross at one instant
// in order of arrival. Who ran long under another policy crosses several at once.
function crossLevels(): void {
  while (nextTime(wakes) <= getF(NOW)) crossOnce();
}

function crossOnce(): void {
  const now = getF(NOW);
  let due = 0;
  while (nextTime(wakes) <= now) {
    const slot = take(wakes);
    const sequence = rowF64(claimSequence, slot);
    let i = due++;
    while (i > 0 && rowF64(claimSequence, i32At(victims, i - 1)) > sequence) {
      setI32(victims, i, i32At(victims, i - 1));
      i--;
    }
    setI32(victims, i, slot);
  }
  for (let i = 0; i < due; i++) {
    const slot = i32At(victims, i);
    removeOrdered(slot);
    setRowI32(claimLevel, slot, rowI32(claimLevel, slot) + 1);
    setRowF64(claimEntry, slot, nextEntry());
    orderedHolding(slot);
  }
}

function start(slot: i32, pool: i32): void {
  removeOrdered(slot);
  commitStart(slot, pool);
  orderedHolding(slot);
}

export function orderedPass(): void {
  const rule = getI(QUEUE_RULE);
  if (rule == LAS) {
    crossLevels();
    lasPass();
    setF(WAKE_AT, nextTime(wakes));
    return;
  }
  if (rule == PLUG && changesWithTime) orderAnew();
  if (rule == PLUG && skips) {
    startWhoFits();
    return;
  }
  while (true) {
    const slot = firstOrdered(WAIT);
    if (slot == 0) return;
    const pool = findPool(slot);
    if (pool >= 0) start(slot, pool);
    else if (rule == SJF || rule == PLUG || !preemptFor(slot)) return;
  }
}

// Every waiting claim is asked about again: its key may read the time.
function orderAnew(): void {
  let count = 0;
  for (let slot = firstOrdered(WAIT); slot != 0; slot = nextOrdered(WAIT, slot, i32.MAX_VALUE)) setI32(victims, count++, slot);
  for (let i = 0; i < count; i++) {
    const slot = i32At(victims, i);
    removeOrdered(slot);
    addOrdered(WAIT, slot, waitKey(slot));
  }
}

// In order, and whoever does not fit is passed over.
function startWhoFits(): void {
  let after = 0;
  forgetFailures(NO_ROOM);
  while (true) {
    const slot = nextOrdered(WAIT, after, <i32>Math.min(getF(FREE_MILLI), 2147483646));
    if (slot == 0) return;
    const shape = rowI32(claimShape, slot);
    const pool = hasFailed(shape, NO_ROOM) ? -1 : findPool(slot);
    if (pool >= 0) {
      start(slot, pool);
    } else {
      rememberFailure(shape, NO_ROOM);
      after = slot;
    }
  }
}

// Work-conserving: whoever does not fit is passed over. The limit says what a claim of this level could get at most, so
// that the index skips the hopeless ones.
function lasPass(): void {
  let level = 0;
  let after = 0;
  forgetFailures(NO_ROOM);
  while (true) {
    const above = totalAbove(RUN, <f64>(level + 1) * LEVEL_SPAN - 1);
    const limit = <i32>Math.min(getF(FREE_MILLI) + above, 2147483646);
    const slot = nextOrdered(WAIT, after, limit);
    if (slot == 0) return;
    if (rowI32(claimLevel, slot) > level) {
      level = rowI32(claimLevel, slot);
      continue;
    }
    const shape = rowI32(claimShape, slot);
    if (hasFailed(shape, NO_ROOM)) {
      after = slot;
      continue;
    }
    const pool = findPool(slot);
    if (pool >= 0) {
      start(slot, pool);
    } else if (preemptFor(slot)) {
      forgetFailures(NO_ROOM);
    } else {
      // who comes later may stop no more claims than this one
      rememberFailure(shape, NO_ROOM);
      after = slot;
    }
  }
}

/** Stops as few and as unimportant claims as it takes to start this one; false, with nothing changed, if it cannot. */
function preemptFor(slot: i32): bool {
  const limit = bar(slot);
  if (getF(FREE_MILLI) + totalAbove(RUN, limit) < <f64>rowI32(claimGpuMilli, slot)) return false;
  const shape = rowI32(claimShape, slot);
  let count = 0;
  let pool = -1;
  let victim = previousOrdered(RUN, 0);
  while (victim != 0 && orderKey(victim) > limit) {
    if (poolAllows(rowI32(claimPool, victim), shape)) {
      changeHolding(victim, 1);
      setI32(victims, count++, victim);
      pool = findPool(slot);
      if (pool >= 0) break;
    }
    victim = previousOrdered(RUN, victim);
  }
  // spare whom it does not take, the most important first; on failure that is everyone
  for (let i = pool >= 0 ? count - 2 : count - 1; i >= 0; i--) {
    const spared = i32At(victims, i);
    changeHolding(spared, -1);
    if (pool < 0 || findPool(slot) >= 0) setI32(victims, i, 0);
    else changeHolding(spared, 1);
  }
  if (pool < 0) return false;
  for (let i = 0; i < count; i++) {
    const stopped = i32At(victims, i);
    if (stopped == 0) continue;
    removeOrdered(stopped);
    if (isPending(wakes, stopped)) cancel(wakes, stopped);
    commitStop(stopped);
  }
  start(slot, findPool(slot));
  return true;
}

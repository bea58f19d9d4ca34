// The one door into the world: `apply…` states what is, whoever drives. A fact that is already so, or that concerns an
// unknown claim, changes nothing and is counted. Decisions are assumed here too (`assume…`), so that a policy sees its
// own earlier starts within a pass; the facts that follow confirm them.

import {
  ARRIVAL_SEQUENCE, CAPACITY_OUT, FACT_AS_OF, FACT_CAPACITY, FACT_FINISHED, FACT_OWNER, FACT_PRICE, FACT_RUNNING, FACT_STARTED,
  FACT_STOPPED, FACT_SUBMITTED, FACT_TRANSFERRED, FAIL_FACT, ENTRY_SEQUENCE, INFORMATION, CAP_CLAIMS, FREE_MILLI,
  JOURNAL_LOST, POOL_COUNT, NOW, RUNNING, SHAPE_COUNT, SHARES_SEEN, STATE_ASSUMED, STATE_DRAINING, STATE_GONE,
  STATE_QUEUED, STATE_RUNNING, STATE_STARTING, WAITING,
} from "../abi";
import { mixDigest, writeRecord } from "../kernel/log";
import { addF, addI, fail, getF, getI, i32At, rowF64, rowI32, setF, setF64, setI, setI32, setRowF64, setRowI32 } from "../memory";
import {
  changeFree, changeHolding, claimClass, claimDeadline, claimEntry, claimEstimate, claimFirstPart, claimGeneration,
  claimGpuMilli, claimHeld, claimJob, claimLevel, claimPool, claimPriority, claimQueued, claimSequence, claimShape, claimStart,
  claimState, claimSubmit, claimTenant, dropParts, occupySlot, vacateSlot,
} from "./claims";
import { poolCounted, poolFreeMilli, poolGpuCount, poolPrice } from "./clusters";
import { observeRunTime, predictRunTime } from "./history";
import { LEFT, note, QUEUED } from "./journal";
import { applyObserved, surprise } from "./observed";
import { gangMilli, isShare } from "./shapes";

/** Numbers every entry into a queue or a level of one. */
@inline export function nextEntry(): f64 {
  const entry = getF(ENTRY_SEQUENCE);
  setF(ENTRY_SEQUENCE, entry + 1);
  return entry;
}

@inline function isHolding(state: i32): bool {
  return state == STATE_ASSUMED || state == STATE_STARTING || state == STATE_RUNNING;
}

/** A job is in the queue. `estimate` NaN: nothing is known of its run time. */
export function applySubmitted(
  slot: i32, generation: i32, job: i32, shape: i32, tenant: i32, priority: i32, jobClass: i32, estimate: f64, deadline: f64,
): void {
  if (slot < 1 || slot > getI(CAP_CLAIMS) || shape < 0 || shape >= getI(SHAPE_COUNT)) fail(FAIL_FACT, <f64>slot);
  if (rowI32(claimState, slot) != STATE_GONE) {
    surprise();
    return;
  }
  occupySlot(slot);
  const sequence = getF(ARRIVAL_SEQUENCE);
  setF(ARRIVAL_SEQUENCE, sequence + 1);
  setRowI32(claimGeneration, slot, generation);
  setRowI32(claimJob, slot, job);
  setRowI32(claimShape, slot, shape);
  setRowI32(claimTenant, slot, tenant);
  setRowI32(claimPriority, slot, priority);
  setRowI32(claimClass, slot, jobClass);
  setRowF64(claimSequence, slot, sequence);
  setRowF64(claimSubmit, slot, getF(NOW));
  setRowF64(claimEstimate, slot, getI(INFORMATION) == 2 ? predictRunTime(tenant, shape) : estimate);
  setRowF64(claimDeadline, slot, deadline);
  setRowI32(claimGpuMilli, slot, gangMilli(shape));
  if (isShare(shape)) setI(SHARES_SEEN, 1);
  setRowF64(claimHeld, slot, 0);
  setRowI32(claimFirstPart, slot, 0);
  setRowI32(claimPool, slot, -1);
  setRowI32(claimLevel, slot, 0);
  const entry = nextEntry();
  setRowF64(claimEntry, slot, entry);
  setRowF64(claimQueued, slot, entry);
  setRowI32(claimState, slot, STATE_QUEUED);
  addI(WAITING, 1);
  note(slot, QUEUED);
  writeRecord(FACT_SUBMITTED, slot, generation, job, shape, priority, estimate, deadline);
  writeRecord(FACT_OWNER, slot, generation, tenant, jobClass, 0, 0, 0);
}

/** The claim holds its devices (confirms an assumed start). */
export function applyStarted(slot: i32, generation: i32): void {
  writeRecord(FACT_STARTED, slot, generation, 0, 0, 0, 0, 0);
  if (rowI32(claimGeneration, slot) != generation || rowI32(claimState, slot) != STATE_ASSUMED) {
    surprise();
    return;
  }
  setRowI32(claimState, slot, STATE_STARTING);
}

/** Its work has begun: data, image and weights are there. */
export function applyRunning(slot: i32, generation: i32): void {
  writeRecord(FACT_RUNNING, slot, generation, 0, 0, 0, 0, 0);
  if (rowI32(claimGeneration, slot) != generation || rowI32(claimState, slot) != STATE_STARTING) {
    surprise();
    return;
  }
  setRowI32(claimState, slot, STATE_RUNNING);
}

function stopHolding(slot: i32): void {
  setRowF64(claimHeld, slot, rowF64(claimHeld, slot) + (getF(NOW) - rowF64(claimStart, slot)));
  changeHolding(slot, 1);
  changeFree(rowI32(claimGpuMilli, slot));
  addI(RUNNING, -1);
}

/** It holds nothing any more and waits again: preempted as decided, or failed (reason 1). */
export function applyStopped(slot: i32, generation: i32, reason: i32): void {
  writeRecord(FACT_STOPPED, slot, generation, reason, 0, 0, 0, 0);
  if (rowI32(claimGeneration, slot) != generation) {
    surprise();
    return;
  }
  const state = rowI32(claimState, slot);
  if (isHolding(state)) {
    stopHolding(slot);
    note(slot, LEFT);
  } else if (state != STATE_DRAINING) {
    surprise();
    return;
  }
  dropParts(slot);
  setRowI32(claimPool, slot, -1);
  setRowF64(claimQueued, slot, nextEntry());
  setRowI32(claimState, slot, STATE_QUEUED);
  addI(WAITING, 1);
  note(slot, QUEUED);
  mixDigest(FACT_STOPPED, rowI32(claimJob, slot), reason);
}

/** It is over: completed, failed for good, killed, or withdrawn while it waited. */
export function applyFinished(slot: i32, generation: i32, status: i32): void {
  writeRecord(FACT_FINISHED, slot, generation, status, 0, 0, 0, 0);
  if (rowI32(claimGeneration, slot) != generation || rowI32(claimState, slot) == STATE_GONE) {
    surprise();
    return;
  }
  const state = rowI32(claimState, slot);
  if (isHolding(state)) {
    stopHolding(slot);
    if (getI(INFORMATION) == 2) observeRunTime(rowI32(claimTenant, slot), rowI32(claimShape, slot), rowF64(claimHeld, slot));
  } else if (state == STATE_QUEUED) {
    addI(WAITING, -1);
  }
  dropParts(slot);
  setRowI32(claimState, slot, STATE_GONE);
  mixDigest(FACT_FINISHED, rowI32(claimJob, slot), status);
  vacateSlot(slot);
  note(slot, LEFT);
}

/** The price of a pool from now on, USD per GPU-hour. */
export function applyPrice(pool: i32, usd: f64): void {
  writeRecord(FACT_PRICE, 0, 0, pool, 0, 0, usd, 0);
  setF64(poolPrice, pool, usd);
}

/**
 * A counted pool has so many GPUs from now on; where fewer than are in use, what is free is negative until a pass has
 * stopped enough. Free ones appear or vanish at once, so indexes that were built on what was free are dropped.
 */
export function applyCapacity(pool: i32, gpus: i32): void {
  if (pool < 0 || pool >= getI(POOL_COUNT) || !i32At(poolCounted, pool)) fail(FAIL_FACT, <f64>pool);
  const change = (gpus - i32At(poolGpuCount, pool)) * 1000;
  if (gpus < 0) fail(FAIL_FACT, <f64>gpus);
  writeRecord(FACT_CAPACITY, 0, 0, pool, gpus, 0, 0, 0);
  if (change == 0) return;
  setI32(poolGpuCount, pool, gpus);
  setI32(poolFreeMilli, pool, i32At(poolFreeMilli, pool) + change);
  addF(FREE_MILLI, <f64>change);
  addF(CAPACITY_OUT, -<f64>change);
  setI(JOURNAL_LOST, 1);
  mixDigest(FACT_CAPACITY, pool, gpus);
}

/** Bytes that crossed a link for a claim. */
export function applyTransferred(slot: i32, generation: i32, link: i32, bytes: f64): void {
  writeRecord(FACT_TRANSFERRED, slot, generation, link, 0, 0, bytes, 0);
}

/** A start was decided: devices are taken, the claim no longer waits. */
export function assumeStart(slot: i32, pool: i32): void {
  setRowI32(claimPool, slot, pool);
  setRowF64(claimStart, slot, getF(NOW));
  setRowI32(claimState, slot, STATE_ASSUMED);
  changeFree(-rowI32(claimGpuMilli, slot));
  addI(WAITING, -1);
  addI(RUNNING, 1);
}

/** A move was decided: it holds other devices now, and its work stands still until a fact says that it goes on. */
export function assumeMove(slot: i32): void {
  setRowF64(claimHeld, slot, rowF64(claimHeld, slot) + (getF(NOW) - rowF64(claimStart, slot)));
  setRowF64(claimStart, slot, getF(NOW));
  setRowI32(claimState, slot, STATE_ASSUMED);
}

/** A stop was decided, and its devices have been released by the caller. */
export function assumeStop(slot: i32): void {
  setRowF64(claimHeld, slot, rowF64(claimHeld, slot) + (getF(NOW) - rowF64(claimStart, slot)));
  setRowI32(claimState, slot, STATE_DRAINING);
  changeFree(rowI32(claimGpuMilli, slot));
  addI(RUNNING, -1);
}

/** Applies one record of a log; returns false if it is no fact. `owner` is the record that follows a submission. */
export function applyRecord(record: usize, owner: usize): bool {
  const kind = load<i32>(record, 24);
  const slot = load<i32>(record, 28);
  const generation = load<i32>(record, 32);
  const a = load<i32>(record, 36);
  if (kind >= 32) return false;
  setF(NOW, load<f64>(record));
  if (kind == FACT_SUBMITTED) {
    applySubmitted(slot, generation, a, load<i32>(record, 40), load<i32>(owner, 36), load<i32>(record, 44),
      load<i32>(owner, 40), load<f64>(record, 8), load<f64>(record, 16));
  } else if (kind == FACT_STARTED) {
    applyStarted(slot, generation);
  } else if (kind == FACT_RUNNING) {
    applyRunning(slot, generation);
  } else if (kind == FACT_STOPPED) {
    applyStopped(slot, generation, a);
  } else if (kind == FACT_FINISHED) {
    applyFinished(slot, generation, a);
  } else if (kind == FACT_PRICE) {
    applyPrice(a, load<f64>(record, 8));
  } else if (kind == FACT_CAPACITY) {
    applyCapacity(a, load<i32>(record, 40));
  } else if (kind == FACT_TRANSFERRED) {
    applyTransferred(slot, generation, a, load<f64>(record, 8));
  } else if (kind > FACT_CAPACITY && kind <= FACT_AS_OF) {
    applyObserved(record, kind, slot, generation, a);
  } else if (kind != FACT_OWNER) {
    fail(FAIL_FACT, <f64>kind);
  }
  return true;
}

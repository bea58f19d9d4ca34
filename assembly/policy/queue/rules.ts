// Which rule the run is under, and the indexes it keeps. A rule is told what happened to claims (from the world's
// journal) and is asked for a pass; its indexes may be dropped and rebuilt from the claims at any moment.

import {
  CACHE_DROP, CAP_CLAIMS, CAPACITY_OUT, DECISION_COUNT, JOURNAL_COUNT, JOURNAL_LOST, MOVING, PASS, PASS_COUNT, POOL_COUNT,
  QUEUE_RULE, STATE_ASSUMED,
  STATE_GONE, STATE_QUEUED, STATE_RUNNING, STATE_STARTING, WAKE_AT,
} from "../../abi";
import { writeRecord } from "../../kernel/log";
import { addF, getF, getI, i32At, rowF64, rowI32, setF, setI } from "../../memory";
import {
  changeHolding, claimGpuMilli, claimPool, claimQueued, claimSequence, claimStart, claimState,
} from "../../world/claims";
import { poolCounted, poolFreeMilli } from "../../world/clusters";
import { addOrdered, clearOrder, firstOrdered, isOrdered, removeOrdered, WAIT } from "../../world/derived/order";
import { clearEnds } from "../../world/derived/ends";
import { clearLine, lineHead } from "../../world/derived/line";
import { HOLDING, journalEntry, QUEUED } from "../../world/journal";
import { makeRoomFor } from "../place/defragment";
import { startScored } from "../place/scored";
import { commitStop, stoppedAny } from "../decide";
import { atOncePass } from "./at-once";
import { conservativePass } from "./conservative";
import { backfillHolding, backfillLeft, backfillQueued, easyPass } from "./easy";
import { fifoLeft, fifoPass, fifoQueued } from "./fifo";
import { clearOrdered, orderedHolding, orderedLeft, orderedPass, orderedQueued } from "./ordered";

const FIFO: i32 = 0;
const EASY: i32 = 4;
const AT_ONCE: i32 = 7;
const CONSERVATIVE: i32 = 5;

@inline function backfills(rule: i32): bool {
  return rule == EASY || rule == CONSERVATIVE;
}

function queued(rule: i32, slot: i32): void {
  if (rule == FIFO || rule == AT_ONCE) fifoQueued(slot);
  else if (backfills(rule)) backfillQueued(slot);
  else orderedQueued(slot);
}

function left(rule: i32, slot: i32): void {
  if (rule == FIFO || rule == AT_ONCE) fifoLeft(slot);
  else if (backfills(rule)) backfillLeft(slot);
  else orderedLeft(slot);
}

function holding(rule: i32, slot: i32): void {
  if (rule == FIFO || rule == AT_ONCE) return;
  if (backfills(rule)) backfillHolding(slot);
  else orderedHolding(slot);
}

export function startRules(): void {
  clearOrder();
  clearLine(backfills(getI(QUEUE_RULE)));
  clearEnds();
  clearOrdered();
  startScored();
  setF(WAKE_AT, Infinity);
}

function readJournal(rule: i32): void {
  for (let i = 0, n = getI(JOURNAL_COUNT); i < n; i++) {
    const entry = journalEntry(i);
    if ((entry & 3) == QUEUED) {
      queued(rule, entry >> 2);
    } else {
      left(rule, entry >> 2);
      if ((entry & 3) == HOLDING) holding(rule, entry >> 2);
    }
  }
}

/** Builds every index anew from the claims; the waiting ones in the order in which they joined the queue. */
function rebuild(rule: i32): void {
  startRules();
  const n = getI(CAP_CLAIMS);
  for (let slot = 1; slot <= n; slot++) {
    const state = rowI32(claimState, slot);
    if (state == STATE_ASSUMED || state == STATE_STARTING || state == STATE_RUNNING) holding(rule, slot);
  }
  if (rule != FIFO && rule != AT_ONCE && !backfills(rule)) {
    for (let slot = 1; slot <= n; slot++) if (rowI32(claimState, slot) == STATE_QUEUED) queued(rule, slot);
    return;
  }
  for (let slot = 1; slot <= n; slot++) {
    if (rowI32(claimState, slot) == STATE_QUEUED) addOrdered(WAIT, slot, rowF64(claimQueued, slot));
  }
  while (true) {
    const slot = firstOrdered(WAIT);
    if (slot == 0) return;
    removeOrdered(slot);
    queued(rule, slot);
  }
}

/** One pass of the policy over the world as it stands; decisions are in the decision columns. */
export function pass(reason: i32): void {
  setI(DECISION_COUNT, 0);
  addF(PASS_COUNT, 1);
  writeRecord(PASS, 0, 0, reason, 0, 0, 0, 0);
  const rule = getI(QUEUE_RULE);
  const drop = getI(CACHE_DROP);
  if (getI(JOURNAL_LOST) || (drop > 0 && <i64>getF(PASS_COUNT) % drop == 0)) rebuild(rule);
  else readJournal(rule);
  setI(JOURNAL_COUNT, 0);
  setI(JOURNAL_LOST, 0);
  if (getF(CAPACITY_OUT) > 0) stopBeyondCapacity(rule);
  if (rule == FIFO) fifoPass();
  else if (rule == AT_ONCE) atOncePass();
  else if (rule == EASY) easyPass();
  else if (rule == CONSERVATIVE) conservativePass();
  else orderedPass();
  // who was stopped in this pass may come before whom room would be made for
  if (getI(MOVING) && !stoppedAny()) {
    const first = inLine(rule) ? lineHead() : firstOrdered(WAIT);
    if (first > 0) makeRoomFor(first);
  }
}

/** Stops whoever a pool that became smaller can hold no longer: the latest to start first. */
function stopBeyondCapacity(rule: i32): void {
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
    while (i32At(poolCounted, p) && i32At(poolFreeMilli, p) < 0) {
      const slot = latestIn(p);
      if (slot == 0) break;
      left(rule, slot);
      changeHolding(slot, 1);
      commitStop(slot);
    }
  }
}

/** Of the claims that hold something in a pool the one that started last, of those the one that arrived last; 0 = none. */
function latestIn(pool: i32): i32 {
  let latest = 0;
  for (let slot = 1, last = getI(CAP_CLAIMS); slot <= last; slot++) {
    const state = rowI32(claimState, slot);
    if (state != STATE_ASSUMED && state != STATE_STARTING && state != STATE_RUNNING) continue;
    if (rowI32(claimPool, slot) != pool || rowI32(claimGpuMilli, slot) == 0) continue;
    if (latest > 0) {
      const sooner = rowF64(claimStart, slot) - rowF64(claimStart, latest);
      if (sooner < 0 || (sooner == 0 && rowF64(claimSequence, slot) < rowF64(claimSequence, latest))) continue;
    }
    latest = slot;
  }
  return latest;
}

@inline function inLine(rule: i32): bool {
  return rule == FIFO || rule == AT_ONCE || backfills(rule);
}

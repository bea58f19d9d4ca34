// The truth about jobs in simulation: how long each really runs, what a start costs, what a stop loses, when it fails.
// Keeps what it obeyed in its own columns; no policy reads them, and it reads decisions and placements alone.

import {
  CAP_CLAIMS, CLASS_FINISH, DROPPED, FAILURES, INFORMATION, MOVES, NOW, PREEMPTIONS,
} from "../abi";
import { cancel, Heap, put } from "../kernel/heap";
import { exponentialOf, STREAM_FAILURES } from "../kernel/random";
import { recordDropped, recordJob } from "../measure/jobs";
import { addF, column, f64At, getF, getI, i32At, rowF64, rowI32, setF64, setI32, u8At } from "../memory";
import {
  claimClass, claimFirstPart, claimGeneration, claimGpuMilli, claimJob, claimPool, claimSubmit, claimTenant, partNext,
  partNode,
} from "../world/claims";
import { nodeRack, poolCloud } from "../world/clusters";
import { applyFinished, applyRunning, applyStarted, applyStopped, applySubmitted, applyTransferred } from "../world/facts";
import { freeSlot } from "../world/claims";
import {
  classCheckpoint, classFailRate, classInputCloud, classInputGib, classMigration, classRestart, classSlowAcross, classSlowRack,
  classStartup, inputClass, inputDeadline, inputEstimate, inputJob, inputPriority, inputRun, inputShape, inputStatus,
  inputTenant,
} from "./tables";
import { findLink, transferOver } from "./links";
import { firstBeside, joinDevices, layoutSharing, leaveDevices, nextBeside, ownerOf, rateOf, slows } from "./sharing";

const BYTES_PER_GIB: f64 = 1073741824.0;

// phases of a holding job: which timer is pending
const TRANSFER: i32 = 1;
const STARTUP: i32 = 2;
const WORK: i32 = 3;

let runLeft: usize = 0; // f64: work not yet saved, nominal µs
let runDone: usize = 0; // f64: work saved by checkpoints, nominal µs
let workFrom: usize = 0; // f64: when work began in this start
let slow: usize = 0; // f64: factor of this start's placement
// where jobs that share a device slow each other down; work goes on in stretches of one rate, of which workFrom begins the last
let rate: usize = 0; // f64: of its own speed, 0 .. 1
let workedBefore: usize = 0; // f64: work of earlier stretches of this start, nominal µs
let workBegan: usize = 0; // f64
let failAt: usize = 0; // f64: when it will fail, if it still works; infinite: never
let heldBefore: usize = 0; // f64
let heldFrom: usize = 0; // f64
let firstStart: usize = 0; // f64; NaN = never
let lost: usize = 0; // f64: GPU-milli x µs of work done and lost
let starts: usize = 0;
let moves: usize = 0; // of a job in all its starts
let linkOf: usize = 0; // of the transfer under way
let phase: usize = 0;
let fails: usize = 0; // 1: the pending WORK timer is a failure
let status: usize = 0; // how the job will end

// One cache line a job: seven times, the number of starts, three flags.
@inline function timeOf(field: usize, slot: i32): f64 { return load<f64>(field + (<usize>slot << 6)); }
@inline function setTime(field: usize, slot: i32, value: f64): void { store<f64>(field + (<usize>slot << 6), value); }
@inline function flagOf(field: usize, slot: i32): i32 { return load<u8>(field + (<usize>slot << 6)); }
@inline function setFlag(field: usize, slot: i32, value: i32): void { store<u8>(field + (<usize>slot << 6), <u8>value); }

export function layoutJobs(): void {
  const n = getI(CAP_CLAIMS) + 1;
  const rows = column(-1, 64, n);
  runLeft = rows + 0;
  runDone = rows + 8;
  workFrom = rows + 16;
  heldBefore = rows + 24;
  heldFrom = rows + 32;
  firstStart = rows + 40;
  lost = rows + 48;
  starts = rows + 56;
  phase = rows + 60;
  fails = rows + 61;
  status = rows + 62;
  slow = column(-1, 8, n);
  linkOf = column(-1, 4, n);
  moves = column(-1, 4, n);
  layoutSharing();
  const sharing = slows() ? n : 0;
  rate = column(-1, 8, sharing);
  workedBefore = column(-1, 8, sharing);
  workBegan = column(-1, 8, sharing);
  failAt = column(-1, 8, sharing);
}

/** Row i of the input arrives now. */
export function submitJob(i: i32): void {
  const slot = freeSlot();
  const run = f64At(inputRun, i);
  const told = getI(INFORMATION);
  const estimate = told == 3 ? run : told == 1 ? f64At(inputEstimate, i) : NaN;
  setTime(runLeft, slot, run);
  setTime(runDone, slot, 0);
  setTime(heldBefore, slot, 0);
  setTime(firstStart, slot, NaN);
  setTime(lost, slot, 0);
  store<i32>(starts + (<usize>slot << 6), 0);
  setI32(moves, slot, 0);
  setFlag(phase, slot, 0);
  setFlag(status, slot, u8At(inputStatus, i));
  applySubmitted(slot, rowI32(claimGeneration, slot), i32At(inputJob, i), i32At(inputShape, i), i32At(inputTenant, i),
    i32At(inputPriority, i), i32At(inputClass, i), estimate, f64At(inputDeadline, i));
}

/** Obeys a start decided in this instant. */
export function startJob(timers: Heap, slot: i32): void {
  const now = getF(NOW);
  const generation = rowI32(claimGeneration, slot);
  const jobClass = rowI32(claimClass, slot);
  const begun = load<i32>(starts + (<usize>slot << 6));
  setTime(heldFrom, slot, now);
  if (begun == 0) setTime(firstStart, slot, now);
  store<i32>(starts + (<usize>slot << 6), begun + 1);
  setF64(slow, slot, spreadFactor(slot, jobClass));
  applyStarted(slot, generation);
  const gib = f64At(classInputGib, jobClass);
  if (gib > 0) {
    const from = i32At(classInputCloud, jobClass);
    const to = i32At(poolCloud, rowI32(claimPool, slot));
    // without a link between them, data are everywhere at once
    const link = from == to ? -1 : findLink(from, to);
    if (link >= 0) {
      setI32(linkOf, slot, link);
      setFlag(phase, slot, TRANSFER);
      put(timers, slot, transferOver(link, gib * BYTES_PER_GIB), CLASS_FINISH);
      return;
    }
  }
  beginStartup(timers, slot);
}

function beginStartup(timers: Heap, slot: i32): void {
  const jobClass = rowI32(claimClass, slot);
  const wait = f64At(classStartup, jobClass) + (load<i32>(starts + (<usize>slot << 6)) > 1 ? f64At(classRestart, jobClass) : 0);
  if (wait > 0) {
    setFlag(phase, slot, STARTUP);
    put(timers, slot, getF(NOW) + wait, CLASS_FINISH);
  } else {
    beginWork(timers, slot);
  }
}

function beginWork(timers: Heap, slot: i32): void {
  const now = getF(NOW);
  setFlag(phase, slot, WORK);
  setTime(workFrom, slot, now);
  applyRunning(slot, rowI32(claimGeneration, slot));
  let span = timeOf(runLeft, slot);
  const factor = f64At(slow, slot);
  if (factor != 1) span = Math.ceil(span * factor);
  setFlag(fails, slot, 0);
  const until = failureAfter(slot);
  if (slows()) {
    setF64(workedBefore, slot, 0);
    setF64(workBegan, slot, now);
    setF64(failAt, slot, now + until);
    joinDevices(slot);
    setF64(rate, slot, rateOf(slot));
    due(timers, slot);
    changeRates(timers, slot);
    return;
  }
  if (until < span) {
    span = until;
    setFlag(fails, slot, 1);
  }
  put(timers, slot, now + span, CLASS_FINISH);
}

/** How long the claim works in this start until it fails, µs; infinite where its class does not. */
function failureAfter(slot: i32): f64 {
  const perMilli = f64At(classFailRate, rowI32(claimClass, slot)); // failures a GPU-milli x µs
  if (!(perMilli > 0)) return Infinity;
  const draw = exponentialOf(STREAM_FAILURES, rowI32(claimJob, slot),
    load<i32>(starts + (<usize>slot << 6)) + (i32At(moves, slot) << 16));
  return Math.max(1, Math.floor(draw / (perMilli * <f64>max(1, rowI32(claimGpuMilli, slot)))));
}

/** Work of this start up to now, nominal µs. */
@inline function workedSoFar(slot: i32): f64 {
  const stretch = getF(NOW) - timeOf(workFrom, slot);
  if (!slows()) return stretch / f64At(slow, slot);
  return f64At(workedBefore, slot) + stretch * f64At(rate, slot) / f64At(slow, slot);
}

/** Sets the timer of a claim at work: it ends at its rate, or fails before. */
function due(timers: Heap, slot: i32): void {
  const left = Math.max(0, timeOf(runLeft, slot) - f64At(workedBefore, slot));
  const end = timeOf(workFrom, slot) + Math.ceil(left * f64At(slow, slot) / f64At(rate, slot));
  const failure = f64At(failAt, slot);
  setFlag(fails, slot, failure < end ? 1 : 0);
  put(timers, slot, Math.min(failure, end), CLASS_FINISH);
}

/** Whoever shares a device with the claim may have another rate from now on. */
function changeRates(timers: Heap, slot: i32): void {
  for (let part = rowI32(claimFirstPart, slot); part > 0; part = i32At(partNext, part)) {
    for (let other = firstBeside(part); other > 0; other = nextBeside(other)) {
      const beside = ownerOf(other);
      if (beside == slot) continue;
      const now = rateOf(beside);
      if (now == f64At(rate, beside)) continue;
      setF64(workedBefore, beside, workedSoFar(beside));
      setTime(workFrom, beside, getF(NOW));
      setF64(rate, beside, now);
      cancel(timers, beside);
      due(timers, beside);
    }
  }
}

/** The claim, whose parts are still there, works no more. */
@inline function leaveWork(timers: Heap, slot: i32): void {
  if (!slows() || flagOf(phase, slot) != WORK) return;
  leaveDevices(slot);
  changeRates(timers, slot);
}

/** A job's timer fired. */
export function jobTimer(timers: Heap, slot: i32): void {
  const at = flagOf(phase, slot);
  if (at == TRANSFER) {
    const jobClass = rowI32(claimClass, slot);
    applyTransferred(slot, rowI32(claimGeneration, slot), i32At(linkOf, slot), f64At(classInputGib, jobClass) * BYTES_PER_GIB);
    beginStartup(timers, slot);
  } else if (at == STARTUP) {
    beginWork(timers, slot);
  } else if (flagOf(fails, slot)) {
    addF(FAILURES, 1);
    leaveWork(timers, slot);
    stopWork(slot);
    applyStopped(slot, rowI32(claimGeneration, slot), 1);
  } else {
    leaveWork(timers, slot);
    finishJob(slot);
  }
}

function finishJob(slot: i32): void {
  const held = timeOf(heldBefore, slot) + (getF(NOW) - timeOf(heldFrom, slot));
  recordJob(rowI32(claimJob, slot), rowF64(claimSubmit, slot), timeOf(firstStart, slot), held, timeOf(lost, slot),
    rowI32(claimGpuMilli, slot), load<i32>(starts + (<usize>slot << 6)) - 1, flagOf(status, slot), rowI32(claimTenant, slot),
    rowI32(claimPool, slot));
  applyFinished(slot, rowI32(claimGeneration, slot), flagOf(status, slot));
}

/** Obeys a refusal decided in this instant: the job leaves without having run. */
export function dropJob(slot: i32): void {
  addF(DROPPED, 1);
  recordDropped(rowI32(claimJob, slot), rowF64(claimSubmit, slot), rowI32(claimGpuMilli, slot), flagOf(status, slot),
    rowI32(claimTenant, slot));
  applyFinished(slot, rowI32(claimGeneration, slot), flagOf(status, slot));
}

/** Obeys a preemption decided in this instant. */
export function preemptJob(timers: Heap, slot: i32): void {
  cancel(timers, slot);
  addF(PREEMPTIONS, 1);
  leaveWork(timers, slot);
  stopWork(slot);
  applyStopped(slot, rowI32(claimGeneration, slot), 0);
}

/** Obeys a move decided in this instant: all work is saved, and goes on elsewhere after a pause in which devices are held. */
export function moveJob(timers: Heap, slot: i32): void {
  cancel(timers, slot);
  addF(MOVES, 1);
  setI32(moves, slot, i32At(moves, slot) + 1);
  const worked = Math.floor(workedSoFar(slot));
  setTime(runDone, slot, timeOf(runDone, slot) + worked);
  setTime(runLeft, slot, Math.max(1, timeOf(runLeft, slot) - worked));
  setF64(slow, slot, 1); // it is on one node
  applyStarted(slot, rowI32(claimGeneration, slot));
  const pause = f64At(classMigration, rowI32(claimClass, slot));
  if (pause > 0) {
    setFlag(phase, slot, STARTUP);
    put(timers, slot, getF(NOW) + pause, CLASS_FINISH);
  } else {
    beginWork(timers, slot);
  }
}

// Work since the last checkpoint is done and lost; time spent on transfer and start-up was never work.
function stopWork(slot: i32): void {
  const now = getF(NOW);
  setTime(heldBefore, slot, timeOf(heldBefore, slot) + (now - timeOf(heldFrom, slot)));
  if (flagOf(phase, slot) == WORK) {
    const worked = Math.floor(workedSoFar(slot));
    const interval = f64At(classCheckpoint, rowI32(claimClass, slot));
    const total = timeOf(runDone, slot) + worked;
    const saved = interval > 0 ? Math.max(timeOf(runDone, slot), Math.floor(total / interval) * interval) : total;
    // at least a microsecond is left: what is finished has been finished by its own timer
    const left = Math.max(1, timeOf(runLeft, slot) - (saved - timeOf(runDone, slot)));
    // time that a unit of work took: of this start's mean rate, where it changed
    const pace = slows() && worked > 0 ? (now - f64At(workBegan, slot)) / workedSoFar(slot) : f64At(slow, slot);
    setTime(lost, slot, timeOf(lost, slot) + (total - saved) * pace * <f64>rowI32(claimGpuMilli, slot));
    setTime(runDone, slot, saved);
    setTime(runLeft, slot, left);
  }
  setFlag(phase, slot, 0);
}

function spreadFactor(slot: i32, jobClass: i32): f64 {
  const rackFactor = f64At(classSlowRack, jobClass);
  const acrossFactor = f64At(classSlowAcross, jobClass);
  if (rackFactor == 1 && acrossFactor == 1) return 1;
  let part = rowI32(claimFirstPart, slot);
  const node = i32At(partNode, part);
  if (node < 0) return 1;
  let factor: f64 = 1;
  for (part = i32At(partNext, part); part > 0; part = i32At(partNext, part)) {
    const other = i32At(partNode, part);
    if (other == node) continue;
    if (i32At(nodeRack, other) != i32At(nodeRack, node)) return acrossFactor;
    factor = rackFactor;
  }
  return factor;
}

// The truth about jobs in simulation: how long each really runs, what a start costs, what a stop loses, when it fails.
// Keeps what it obeyed in its own columns; no policy reads them, and it reads decisions and placements alone.

import {
  CAP_CLAIMS, CLASS_FINISH, FAILURES, INFORMATION, NOW, PREEMPTIONS,
} from "../abi";
import { cancel, Heap, put } from "../kernel/heap";
import { exponentialOf, STREAM_FAILURES } from "../kernel/random";
import { recordJob } from "../measure/jobs";
import { addF, column, f64At, getF, getI, i32At, setF64, setI32, setU8, u8At } from "../memory";
import {
  claimClass, claimFirstPart, claimGeneration, claimGpuMilli, claimJob, claimPool, claimSubmit, claimTenant, partNext,
  partNode,
} from "../world/claims";
import { nodeRack, poolCloud } from "../world/clusters";
import { applyFinished, applyRunning, applyStarted, applyStopped, applySubmitted, applyTransferred } from "../world/facts";
import { freeSlot } from "../world/claims";
import {
  classCheckpoint, classFailRate, classInputCloud, classInputGib, classRestart, classSlowAcross, classSlowRack,
  classStartup, inputClass, inputDeadline, inputEstimate, inputJob, inputPriority, inputRun, inputShape, inputStatus,
  inputTenant,
} from "./tables";
import { findLink, transferOver } from "./links";

const BYTES_PER_GIB: f64 = 1073741824.0;

// phases of a holding job: which timer is pending
const TRANSFER: i32 = 1;
const STARTUP: i32 = 2;
const WORK: i32 = 3;

let runLeft: usize = 0; // f64: work not yet saved, nominal µs
let runDone: usize = 0; // f64: work saved by checkpoints, nominal µs
let workFrom: usize = 0; // f64: when work began in this start
let slow: usize = 0; // f64: factor of this start's placement
let heldBefore: usize = 0; // f64
let heldFrom: usize = 0; // f64
let firstStart: usize = 0; // f64; NaN = never
let lost: usize = 0; // f64: GPU-milli x µs of work done and lost
let starts: usize = 0;
let linkOf: usize = 0; // of the transfer under way
let phase: usize = 0; // u8
let fails: usize = 0; // u8: the pending WORK timer is a failure
let status: usize = 0; // u8: how the job will end

export function layoutJobs(): void {
  const n = getI(CAP_CLAIMS) + 1;
  runLeft = column(-1, 8, n);
  runDone = column(-1, 8, n);
  workFrom = column(-1, 8, n);
  slow = column(-1, 8, n);
  heldBefore = column(-1, 8, n);
  heldFrom = column(-1, 8, n);
  firstStart = column(-1, 8, n);
  lost = column(-1, 8, n);
  starts = column(-1, 4, n);
  linkOf = column(-1, 4, n);
  phase = column(-1, 1, n);
  fails = column(-1, 1, n);
  status = column(-1, 1, n);
}

/** Row i of the input arrives now. */
export function submitJob(i: i32): void {
  const slot = freeSlot();
  const run = f64At(inputRun, i);
  const told = getI(INFORMATION);
  const estimate = told == 3 ? run : told == 1 ? f64At(inputEstimate, i) : NaN;
  setF64(runLeft, slot, run);
  setF64(runDone, slot, 0);
  setF64(heldBefore, slot, 0);
  setF64(firstStart, slot, NaN);
  setF64(lost, slot, 0);
  setI32(starts, slot, 0);
  setU8(phase, slot, 0);
  setU8(status, slot, u8At(inputStatus, i));
  applySubmitted(slot, i32At(claimGeneration, slot), i32At(inputJob, i), i32At(inputShape, i), i32At(inputTenant, i),
    i32At(inputPriority, i), i32At(inputClass, i), estimate, f64At(inputDeadline, i));
}

/** Obeys a start decided in this instant. */
export function startJob(timers: Heap, slot: i32): void {
  const now = getF(NOW);
  const generation = i32At(claimGeneration, slot);
  const jobClass = i32At(claimClass, slot);
  const begun = i32At(starts, slot);
  setF64(heldFrom, slot, now);
  if (begun == 0) setF64(firstStart, slot, now);
  setI32(starts, slot, begun + 1);
  setF64(slow, slot, spreadFactor(slot, jobClass));
  applyStarted(slot, generation);
  const gib = f64At(classInputGib, jobClass);
  if (gib > 0) {
    const from = i32At(classInputCloud, jobClass);
    const to = i32At(poolCloud, i32At(claimPool, slot));
    // without a link between them, data are everywhere at once
    const link = from == to ? -1 : findLink(from, to);
    if (link >= 0) {
      setI32(linkOf, slot, link);
      setU8(phase, slot, TRANSFER);
      put(timers, slot, transferOver(link, gib * BYTES_PER_GIB), CLASS_FINISH);
      return;
    }
  }
  beginStartup(timers, slot);
}

function beginStartup(timers: Heap, slot: i32): void {
  const jobClass = i32At(claimClass, slot);
  const wait = f64At(classStartup, jobClass) + (i32At(starts, slot) > 1 ? f64At(classRestart, jobClass) : 0);
  if (wait > 0) {
    setU8(phase, slot, STARTUP);
    put(timers, slot, getF(NOW) + wait, CLASS_FINISH);
  } else {
    beginWork(timers, slot);
  }
}

function beginWork(timers: Heap, slot: i32): void {
  const now = getF(NOW);
  setU8(phase, slot, WORK);
  setF64(workFrom, slot, now);
  applyRunning(slot, i32At(claimGeneration, slot));
  let span = f64At(runLeft, slot);
  const factor = f64At(slow, slot);
  if (factor != 1) span = Math.ceil(span * factor);
  setU8(fails, slot, 0);
  const rate = f64At(classFailRate, i32At(claimClass, slot)); // failures a GPU-milli x µs
  if (rate > 0) {
    const draw = exponentialOf(STREAM_FAILURES, i32At(claimJob, slot), i32At(starts, slot));
    const until = Math.max(1, Math.floor(draw / (rate * <f64>max(1, i32At(claimGpuMilli, slot)))));
    if (until < span) {
      span = until;
      setU8(fails, slot, 1);
    }
  }
  put(timers, slot, now + span, CLASS_FINISH);
}

/** A job's timer fired. */
export function jobTimer(timers: Heap, slot: i32): void {
  const at = u8At(phase, slot);
  if (at == TRANSFER) {
    const jobClass = i32At(claimClass, slot);
    applyTransferred(slot, i32At(claimGeneration, slot), i32At(linkOf, slot), f64At(classInputGib, jobClass) * BYTES_PER_GIB);
    beginStartup(timers, slot);
  } else if (at == STARTUP) {
    beginWork(timers, slot);
  } else if (u8At(fails, slot)) {
    addF(FAILURES, 1);
    stopWork(slot);
    applyStopped(slot, i32At(claimGeneration, slot), 1);
  } else {
    finishJob(slot);
  }
}

function finishJob(slot: i32): void {
  const held = f64At(heldBefore, slot) + (getF(NOW) - f64At(heldFrom, slot));
  recordJob(i32At(claimJob, slot), f64At(claimSubmit, slot), f64At(firstStart, slot), held, f64At(lost, slot),
    i32At(claimGpuMilli, slot), i32At(starts, slot) - 1, u8At(status, slot), i32At(claimTenant, slot));
  applyFinished(slot, i32At(claimGeneration, slot), u8At(status, slot));
}

/** Obeys a preemption decided in this instant. */
export function preemptJob(timers: Heap, slot: i32): void {
  cancel(timers, slot);
  addF(PREEMPTIONS, 1);
  stopWork(slot);
  applyStopped(slot, i32At(claimGeneration, slot), 0);
}

// Work since the last checkpoint is done and lost; time spent on transfer and start-up was never work.
function stopWork(slot: i32): void {
  const now = getF(NOW);
  setF64(heldBefore, slot, f64At(heldBefore, slot) + (now - f64At(heldFrom, slot)));
  if (u8At(phase, slot) == WORK) {
    const worked = Math.floor((now - f64At(workFrom, slot)) / f64At(slow, slot));
    const interval = f64At(classCheckpoint, i32At(claimClass, slot));
    const total = f64At(runDone, slot) + worked;
    const saved = interval > 0 ? Math.max(f64At(runDone, slot), Math.floor(total / interval) * interval) : total;
    // at least a microsecond is left: what is finished has been finished by its own timer
    const left = Math.max(1, f64At(runLeft, slot) - (saved - f64At(runDone, slot)));
    setF64(lost, slot, f64At(lost, slot) + (total - saved) * f64At(slow, slot) * <f64>i32At(claimGpuMilli, slot));
    setF64(runDone, slot, saved);
    setF64(runLeft, slot, left);
  }
  setU8(phase, slot, 0);
}

function spreadFactor(slot: i32, jobClass: i32): f64 {
  const rackFactor = f64At(classSlowRack, jobClass);
  const acrossFactor = f64At(classSlowAcross, jobClass);
  if (rackFactor == 1 && acrossFactor == 1) return 1;
  let part = i32At(claimFirstPart, slot);
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

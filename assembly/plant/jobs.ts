// The truth about jobs in simulation: how long each really runs, what a start costs, what a stop loses, when it fails.
// Keeps what it obeyed in its own columns; no policy reads them, and it reads decisions and placements alone.

import {
  CAP_CLAIMS, CLASS_FINISH, FAILURES, INFORMATION, NOW, PREEMPTIONS,
} from "../abi";
import { cancel, Heap, put } from "../kernel/heap";
import { exponentialOf, STREAM_FAILURES } from "../kernel/random";
import { recordJob } from "../measure/jobs";
import {
  addF, column, f64At, getF, getI, i32At, ROW_BYTES, rowF64, rowI32, setRowF64, setRowI32, u8At,
} from "../memory";
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
let phase: usize = 0;
let fails: usize = 0; // 1: the pending WORK timer is a failure
let status: usize = 0; // how the job will end

export function layoutJobs(): void {
  const n = getI(CAP_CLAIMS) + 1;
  const rows = column(-1, ROW_BYTES, n);
  runLeft = rows + 0;
  runDone = rows + 8;
  workFrom = rows + 16;
  slow = rows + 24;
  heldBefore = rows + 32;
  heldFrom = rows + 40;
  firstStart = rows + 48;
  lost = rows + 56;
  starts = rows + 64;
  linkOf = rows + 68;
  phase = rows + 72;
  fails = rows + 76;
  status = rows + 80;
}

/** Row i of the input arrives now. */
export function submitJob(i: i32): void {
  const slot = freeSlot();
  const run = f64At(inputRun, i);
  const told = getI(INFORMATION);
  const estimate = told == 3 ? run : told == 1 ? f64At(inputEstimate, i) : NaN;
  setRowF64(runLeft, slot, run);
  setRowF64(runDone, slot, 0);
  setRowF64(heldBefore, slot, 0);
  setRowF64(firstStart, slot, NaN);
  setRowF64(lost, slot, 0);
  setRowI32(starts, slot, 0);
  setRowI32(phase, slot, 0);
  setRowI32(status, slot, u8At(inputStatus, i));
  applySubmitted(slot, rowI32(claimGeneration, slot), i32At(inputJob, i), i32At(inputShape, i), i32At(inputTenant, i),
    i32At(inputPriority, i), i32At(inputClass, i), estimate, f64At(inputDeadline, i));
}

/** Obeys a start decided in this instant. */
export function startJob(timers: Heap, slot: i32): void {
  const now = getF(NOW);
  const generation = rowI32(claimGeneration, slot);
  const jobClass = rowI32(claimClass, slot);
  const begun = rowI32(starts, slot);
  setRowF64(heldFrom, slot, now);
  if (begun == 0) setRowF64(firstStart, slot, now);
  setRowI32(starts, slot, begun + 1);
  setRowF64(slow, slot, spreadFactor(slot, jobClass));
  applyStarted(slot, generation);
  const gib = f64At(classInputGib, jobClass);
  if (gib > 0) {
    const from = i32At(classInputCloud, jobClass);
    const to = i32At(poolCloud, rowI32(claimPool, slot));
    // without a link between them, data are everywhere at once
    const link = from == to ? -1 : findLink(from, to);
    if (link >= 0) {
      setRowI32(linkOf, slot, link);
      setRowI32(phase, slot, TRANSFER);
      put(timers, slot, transferOver(link, gib * BYTES_PER_GIB), CLASS_FINISH);
      return;
    }
  }
  beginStartup(timers, slot);
}

function beginStartup(timers: Heap, slot: i32): void {
  const jobClass = rowI32(claimClass, slot);
  const wait = f64At(classStartup, jobClass) + (rowI32(starts, slot) > 1 ? f64At(classRestart, jobClass) : 0);
  if (wait > 0) {
    setRowI32(phase, slot, STARTUP);
    put(timers, slot, getF(NOW) + wait, CLASS_FINISH);
  } else {
    beginWork(timers, slot);
  }
}

function beginWork(timers: Heap, slot: i32): void {
  const now = getF(NOW);
  setRowI32(phase, slot, WORK);
  setRowF64(workFrom, slot, now);
  applyRunning(slot, rowI32(claimGeneration, slot));
  let span = rowF64(runLeft, slot);
  const factor = rowF64(slow, slot);
  if (factor != 1) span = Math.ceil(span * factor);
  setRowI32(fails, slot, 0);
  const rate = f64At(classFailRate, rowI32(claimClass, slot)); // failures a GPU-milli x µs
  if (rate > 0) {
    const draw = exponentialOf(STREAM_FAILURES, rowI32(claimJob, slot), rowI32(starts, slot));
    const until = Math.max(1, Math.floor(draw / (rate * <f64>max(1, rowI32(claimGpuMilli, slot)))));
    if (until < span) {
      span = until;
      setRowI32(fails, slot, 1);
    }
  }
  put(timers, slot, now + span, CLASS_FINISH);
}

/** A job's timer fired. */
export function jobTimer(timers: Heap, slot: i32): void {
  const at = rowI32(phase, slot);
  if (at == TRANSFER) {
    const jobClass = rowI32(claimClass, slot);
    applyTransferred(slot, rowI32(claimGeneration, slot), rowI32(linkOf, slot), f64At(classInputGib, jobClass) * BYTES_PER_GIB);
    beginStartup(timers, slot);
  } else if (at == STARTUP) {
    beginWork(timers, slot);
  } else if (rowI32(fails, slot)) {
    addF(FAILURES, 1);
    stopWork(slot);
    applyStopped(slot, rowI32(claimGeneration, slot), 1);
  } else {
    finishJob(slot);
  }
}

function finishJob(slot: i32): void {
  const held = rowF64(heldBefore, slot) + (getF(NOW) - rowF64(heldFrom, slot));
  recordJob(rowI32(claimJob, slot), rowF64(claimSubmit, slot), rowF64(firstStart, slot), held, rowF64(lost, slot),
    rowI32(claimGpuMilli, slot), rowI32(starts, slot) - 1, rowI32(status, slot), rowI32(claimTenant, slot));
  applyFinished(slot, rowI32(claimGeneration, slot), rowI32(status, slot));
}

/** Obeys a preemption decided in this instant. */
export function preemptJob(timers: Heap, slot: i32): void {
  cancel(timers, slot);
  addF(PREEMPTIONS, 1);
  stopWork(slot);
  applyStopped(slot, rowI32(claimGeneration, slot), 0);
}

// Work since the last checkpoint is done and lost; time spent on transfer and start-up was never work.
function stopWork(slot: i32): void {
  const now = getF(NOW);
  setRowF64(heldBefore, slot, rowF64(heldBefore, slot) + (now - rowF64(heldFrom, slot)));
  if (rowI32(phase, slot) == WORK) {
    const worked = Math.floor((now - rowF64(workFrom, slot)) / rowF64(slow, slot));
    const interval = f64At(classCheckpoint, rowI32(claimClass, slot));
    const total = rowF64(runDone, slot) + worked;
    const saved = interval > 0 ? Math.max(rowF64(runDone, slot), Math.floor(total / interval) * interval) : total;
    // at least a microsecond is left: what is finished has been finished by its own timer
    const left = Math.max(1, rowF64(runLeft, slot) - (saved - rowF64(runDone, slot)));
    setRowF64(lost, slot, rowF64(lost, slot) + (total - saved) * rowF64(slow, slot) * <f64>rowI32(claimGpuMilli, slot));
    setRowF64(runDone, slot, saved);
    setRowF64(runLeft, slot, left);
  }
  setRowI32(phase, slot, 0);
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

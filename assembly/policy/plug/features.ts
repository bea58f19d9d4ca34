// What a user's policy may know: the only module that it can import (src/plug/vet.ts sees to that). Features of the request
// hold for both kinds of question; those of the node and its devices for `score` and `device`; those of the job for `order`.
// src/plug/features.ts says them in words, and a test keeps both lists equal.

import { FAIL_POLICY_STEPS, FREE_MILLI, NOW, WAITING } from "../../abi";
import { fail, getF, getI, i32At, rowF64, rowI32 } from "../../memory";
import {
  claimDeadline, claimHeld, claimPriority, claimSubmit, claimTenant, nodeTags, TAG_SHARE,
} from "../../world/claims";
import {
  bestDevice, deviceFree, largestCpuMilli, largestGpuMilli, nodeCpuFree, nodeCpuTotal, nodeFirstDevice,
  nodeFreeMilli as freeMilliOf, nodeGpuCount, nodeGpuFree, nodeMemoryFree, nodeMemoryTotal,
} from "../../world/clusters";
import { holdsShare } from "../../world/partitions";
import { fragmentWith } from "../../world/derived/fragments";
import { shapeCpuMilli, shapeGpuMilli, shapeMemoryMib, shapeTasks } from "../../world/shapes";
import { estimate, remaining } from "../features";

/** Turns of loops that one answer may take. */
const STEPS_MAX: i32 = 1000000;

// scratch of one question
let node: i32 = -1;
let shape: i32 = 0;
let slot: i32 = 0;
let steps: i32 = 0;

@inline export function setSubject(n: i32, ofShape: i32, ofSlot: i32): void {
  node = n;
  shape = ofShape;
  slot = ofSlot;
  steps = STEPS_MAX;
}

/** Linked into every loop of a user's policy. */
@inline export function step(): void {
  if (--steps < 0) fail(FAIL_POLICY_STEPS, <f64>STEPS_MAX);
}

// --- the request
@inline export function gpuMilli(): i32 {
  return i32At(shapeGpuMilli, shape);
}
@inline export function tasks(): i32 {
  return i32At(shapeTasks, shape);
}
@inline export function cpuMilli(): i32 {
  return i32At(shapeCpuMilli, shape);
}
@inline export function memoryMib(): i32 {
  return i32At(shapeMemoryMib, shape);
}

// --- the node in question (score, device)
@inline export function nodeGpus(): i32 {
  return i32At(nodeGpuCount, node);
}
@inline export function nodeFreeMilli(): i32 {
  return i32At(freeMilliOf, node);
}
@inline export function nodeFreeGpus(): i32 {
  return i32At(nodeGpuFree, node);
}
@inline export function nodeCpuMilli(): i32 {
  return i32At(nodeCpuTotal, node);
}
@inline export function nodeCpuFreeMilli(): i32 {
  return i32At(nodeCpuFree, node);
}
@inline export function nodeMemoryMib(): i32 {
  return i32At(nodeMemoryTotal, node);
}
@inline export function nodeMemoryFreeMib(): i32 {
  return i32At(nodeMemoryFree, node);
}
@inline export function nodeHoldsSameKind(): i32 {
  return holdsSameKind();
}
@inline export function nodeKinds(): i32 {
  return <i32>popcnt(nodeTags(node));
}
@inline export function largestNodeCpuMilli(): i32 {
  return largestCpuMilli();
}
@inline export function largestNodeGpuMilli(): i32 {
  return largestGpuMilli();
}
@inline export function fragmentNow(): f64 {
  return fragmentWith(node, 0, -1, 0, 0);
}
@inline export function fragmentAfter(): f64 {
  return fragmentAfterwards();
}

// --- the waiting job (order)
@inline export function submitSeconds(): f64 {
  return rowF64(claimSubmit, slot) / 1e6;
}
@inline export function estimateSeconds(): f64 {
  return estimate(slot) / 1e6;
}
@inline export function remainingSeconds(): f64 {
  return remaining(slot) / 1e6;
}
@inline export function heldSeconds(): f64 {
  return rowF64(claimHeld, slot) / 1e6;
}
@inline export function deadlineSeconds(): f64 {
  return deadline();
}
@inline export function priority(): i32 {
  return rowI32(claimPriority, slot);
}
@inline export function tenant(): i32 {
  return rowI32(claimTenant, slot);
}

// --- what changes with time (order): an order that reads one of these is made anew at every pass
@inline export function nowSeconds(): f64 {
  return getF(NOW) / 1e6;
}
@inline export function waitedSeconds(): f64 {
  return (getF(NOW) - rowF64(claimSubmit, slot)) / 1e6;
}
@inline export function freeMilli(): f64 {
  return getF(FREE_MILLI);
}
@inline export function waitingJobs(): i32 {
  return getI(WAITING);
}

// --- devices of the node (score, device)
@inline export function deviceFreeMilli(d: i32): i32 {
  return i32At(deviceFree, i32At(nodeFirstDevice, node) + checked(d));
}
@inline export function deviceFits(d: i32): i32 {
  return holdsShare(node, checked(d), i32At(shapeGpuMilli, shape)) ? 1 : 0;
}
export function deviceHasTwin(d: i32): i32 {
  const first = i32At(nodeFirstDevice, node);
  const free = i32At(deviceFree, first + checked(d));
  for (let e = 0; e < d; e++) if (i32At(deviceFree, first + e) == free) return 1;
  return 0;
}
@inline export function fragmentAfterOn(d: i32): f64 {
  return fragmentWith(node, i32At(shapeCpuMilli, shape), checked(d), i32At(shapeGpuMilli, shape), 0);
}

// A device that the node lacks reads as its last: an index from outside must not reach other nodes.
@inline function checked(d: i32): i32 {
  return min(max(d, 0), i32At(nodeGpuCount, node) - 1);
}

function holdsSameKind(): i32 {
  const milli = i32At(shapeGpuMilli, shape);
  if (milli == 0) return 0;
  return <i32>((nodeTags(node) >> (milli < 1000 ? TAG_SHARE : milli / 1000)) & 1);
}

function fragmentAfterwards(): f64 {
  const milli = i32At(shapeGpuMilli, shape);
  const cpu = i32At(shapeCpuMilli, shape);
  if (milli == 0) return fragmentWith(node, cpu, -1, 0, 0);
  if (milli >= 1000) return fragmentWith(node, cpu, -1, 0, milli / 1000);
  return fragmentWith(node, cpu, bestDevice(node, milli), milli, 0);
}

function deadline(): f64 {
  const micros = rowF64(claimDeadline, slot);
  return micros == micros ? micros / 1e6 : Infinity;
}

/** The features without arguments by number, in the order above, and those of device d after them: for the host. */
export function featureAt(i: i32, d: i32): f64 {
  switch (i) {
    case 0: return <f64>gpuMilli();
    case 1: return <f64>tasks();
    case 2: return <f64>cpuMilli();
    case 3: return <f64>memoryMib();
    case 4: return <f64>nodeGpus();
    case 5: return <f64>nodeFreeMilli();
    case 6: return <f64>nodeFreeGpus();
    case 7: return <f64>nodeCpuMilli();
    case 8: return <f64>nodeCpuFreeMilli();
    case 9: return <f64>nodeMemoryMib();
    case 10: return <f64>nodeMemoryFreeMib();
    case 11: return <f64>nodeHoldsSameKind();
    case 12: return <f64>nodeKinds();
    case 13: return <f64>largestNodeCpuMilli();
    case 14: return <f64>largestNodeGpuMilli();
    case 15: return fragmentNow();
    case 16: return fragmentAfter();
    case 17: return submitSeconds();
    case 18: return estimateSeconds();
    case 19: return remainingSeconds();
    case 20: return heldSeconds();
    case 21: return deadlineSeconds();
    case 22: return <f64>priority();
    case 23: return <f64>tenant();
    case 24: return nowSeconds();
    case 25: return waitedSeconds();
    case 26: return freeMilli();
    case 27: return <f64>waitingJobs();
    case 28: return <f64>deviceFreeMilli(d);
    case 29: return <f64>deviceFits(d);
    case 30: return <f64>deviceHasTwin(d);
    case 31: return fragmentAfterOn(d);
    default: return NaN;
  }
}

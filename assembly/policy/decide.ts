// The only writer of decisions. A start takes the planned devices and is assumed at once; a stop assumes that the
// caller has released them. Both are logged, mixed into the digest and queued for whoever carries them out.

import {
  CAP_CLAIMS, COL_DECISION_KIND, COL_DECISION_SLOT, DECIDE_DROP, DECIDE_MOVE, DECIDE_PART, DECIDE_PREEMPT, DECIDE_START,
  DECISION_COUNT, PLACED, POOL_COUNT,
} from "../abi";
import { mixDigest, writeRecord } from "../kernel/log";
import { addF, column, getI, i32At, rowI32, setI, setI32, u64At } from "../memory";
import {
  addPart, addShare, changeHolding, claimFirstPart, claimGeneration, claimGpuMilli, claimJob, claimPool, claimShape, dropParts, partMask,
  partMilli, partNext, partNode, partStart, partTasks,
} from "../world/claims";
import { bestDevice, changeNode, takeDevices } from "../world/clusters";
import { assumeMove, assumeStart, assumeStop } from "../world/facts";
import { shapeCpuMilli, shapeGpuMilli, shapeMemoryMib, shapeTasks } from "../world/shapes";
import { planLength, planNode, planTaskCount } from "./place/list";
import { plan, planScored } from "./place/plan";
import { deviceFor, isScored } from "./place/scores";

let kinds: usize = 0;
let slots: usize = 0;

export function layoutDecisions(): void {
  const n = getI(CAP_CLAIMS) * 2 + 2;
  kinds = column(COL_DECISION_KIND, 4, n);
  slots = column(COL_DECISION_SLOT, 4, n);
}

@inline export function decisionKind(i: i32): i32 {
  return i32At(kinds, i);
}

@inline export function decisionSlot(i: i32): i32 {
  return i32At(slots, i);
}

/** True if this pass has stopped somebody. */
export function stoppedAny(): bool {
  for (let i = 0, n = getI(DECISION_COUNT); i < n; i++) if (decisionKind(i) == DECIDE_PREEMPT) return true;
  return false;
}

function push(kind: i32, slot: i32): void {
  const n = getI(DECISION_COUNT);
  setI32(kinds, n, kind);
  setI32(slots, n, slot);
  setI(DECISION_COUNT, n + 1);
}

/** Plans the claim in the first pool, in the scenario's order, that can take it now; the pool, or -1. */
export function findPool(slot: i32): i32 {
  const shape = rowI32(claimShape, slot);
  if (isScored()) return planScored(shape);
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
    if (plan(p, shape)) return p;
  }
  return -1;
}

/** Starts a claim as planned last. */
export function commitStart(slot: i32, pool: i32): void {
  const shape = rowI32(claimShape, slot);
  const milli = i32At(shapeGpuMilli, shape);
  const cpu = i32At(shapeCpuMilli, shape);
  const memoryMib = i32At(shapeMemoryMib, shape);
  const job = rowI32(claimJob, slot);
  mixDigest(DECIDE_START, job, pool);
  let parts = 0;
  let task = 0;
  for (let i = 0, n = planLength(); i < n; i++) {
    const node = planNode(i);
    const tasks = planTaskCount(i);
    mixDigest(DECIDE_PART, node, tasks);
    if (node < 0) {
      addPart(slot, -1, 0, milli * tasks, tasks);
      parts++;
    } else if (milli >= 1000) {
      addPart(slot, node, takeDevices(node, tasks * (milli / 1000)), 1000, tasks);
      parts++;
    } else if (milli == 0) {
      addPart(slot, node, 0, 0, tasks);
      parts++;
    } else {
      for (let t = 0; t < tasks; t++) {
        addShare(slot, node, isScored() ? deviceFor(node, shape, task++) : bestDevice(node, milli), milli);
        parts++;
      }
    }
    changeNode(node, pool, -milli * tasks, -cpu * tasks, -memoryMib * tasks);
  }
  addF(PLACED, 1);
  assumeStart(slot, pool);
  push(DECIDE_START, slot);
  const generation = rowI32(claimGeneration, slot);
  writeRecord(DECIDE_START, slot, generation, pool, parts, rowI32(claimGpuMilli, slot), 0, 0);
  writeParts(slot, generation);
}

function writeParts(slot: i32, generation: i32): void {
  for (let part = rowI32(claimFirstPart, slot); part > 0; part = i32At(partNext, part)) {
    writeRecord(DECIDE_PART, slot, generation, i32At(partNode, part), i32At(partTasks, part), i32At(partMilli, part),
      reinterpret<f64>(u64At(partMask, part)), <f64>i32At(partStart, part));
  }
}

/** Moves a claim at work, as a whole, to another node of its pool, which has room. */
export function commitMove(slot: i32, node: i32): void {
  const pool = rowI32(claimPool, slot);
  const shape = rowI32(claimShape, slot);
  const milli = i32At(shapeGpuMilli, shape);
  const tasks = i32At(shapeTasks, shape);
  changeHolding(slot, 1);
  dropParts(slot);
  mixDigest(DECIDE_MOVE, rowI32(claimJob, slot), node);
  let parts = 1;
  if (milli >= 1000) {
    addPart(slot, node, takeDevices(node, tasks * (milli / 1000)), 1000, tasks);
  } else if (milli == 0) {
    addPart(slot, node, 0, 0, tasks);
  } else {
    parts = tasks;
    for (let t = 0; t < tasks; t++) addShare(slot, node, bestDevice(node, milli), milli);
  }
  changeNode(node, pool, -milli * tasks, -i32At(shapeCpuMilli, shape) * tasks, -i32At(shapeMemoryMib, shape) * tasks);
  assumeMove(slot);
  push(DECIDE_MOVE, slot);
  const generation = rowI32(claimGeneration, slot);
  writeRecord(DECIDE_MOVE, slot, generation, pool, parts, rowI32(claimGpuMilli, slot), 0, 0);
  writeParts(slot, generation);
}

/** Turns a waiting claim away for good. */
export function commitDrop(slot: i32): void {
  mixDigest(DECIDE_DROP, rowI32(claimJob, slot), 0);
  push(DECIDE_DROP, slot);
  writeRecord(DECIDE_DROP, slot, rowI32(claimGeneration, slot), 0, 0, 0, 0, 0);
}

/** Stops a claim whose holding the caller has released. */
export function commitStop(slot: i32): void {
  mixDigest(DECIDE_PREEMPT, rowI32(claimJob, slot), 0);
  assumeStop(slot);
  push(DECIDE_PREEMPT, slot);
  writeRecord(DECIDE_PREEMPT, slot, rowI32(claimGeneration, slot), rowI32(claimPool, slot), 0, 0, 0, 0);
}

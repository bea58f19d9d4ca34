// The claim table: every job, replica or pod that wants or holds devices, and the parts (node, devices) it holds.
// A handle is slot + generation; slot 0 is nobody. Ties are broken by arrival sequence, never by slot.

import {
  CAP_CLAIMS, CAP_NODES, CAP_PARTS, CAP_SCORED, CLAIM_FREE, CLAIM_LIVE, COL_CLAIM_CLASS, COL_CLAIM_DEADLINE, COL_CLAIM_ENTRY,
   COL_CLAIM_ESTIMATE,
  COL_CLAIM_FIRST_PART, COL_CLAIM_GENERATION, COL_CLAIM_GPU_MILLI, COL_CLAIM_HELD, COL_CLAIM_JOB, COL_CLAIM_LEVEL,
  COL_CLAIM_NEXT_FREE, COL_CLAIM_POOL, COL_CLAIM_PREV_FREE, COL_CLAIM_PRIORITY, COL_CLAIM_QUEUED, COL_CLAIM_SEQUENCE, COL_CLAIM_SHAPE,
  COL_CLAIM_START, COL_CLAIM_STATE, COL_CLAIM_SUBMIT, COL_CLAIM_TENANT, COL_PART_MASK, COL_PART_MILLI, COL_PART_NEXT, COL_PART_START,
  COL_PART_NODE, COL_PART_TASKS, FAIL_LIVE_JOBS, FAIL_PARTS, FREE_MILLI, LIVE_PEAK, PART_FREE,
} from "../abi";
import {
  addF, column, fail, field, getI, i32At, ROW_BYTES, rowI32, setI, setI32, setRowI32, setU64At, u64At,
} from "../memory";
import { changeDevices, changeNode } from "./clusters";
import { changeSlices, isMig, takeShare } from "./partitions";
import { shapeCpuMilli, shapeGpuMilli, shapeMemoryMib } from "./shapes";

export let claimState: usize = 0;
export let claimGeneration: usize = 0;
export let claimJob: usize = 0; // row of the trace, or the driver's own number
export let claimShape: usize = 0;
export let claimTenant: usize = 0;
export let claimPriority: usize = 0;
export let claimClass: usize = 0;
export let claimSequence: usize = 0; // f64
export let claimQueued: usize = 0; // f64: order of the latest entry into the queue
export let claimSubmit: usize = 0; // f64, µs
export let claimEstimate: usize = 0; // f64, µs: what the policy believes the whole run takes
export let claimDeadline: usize = 0; // f64, µs
export let claimGpuMilli: usize = 0; // of the gang
export let claimStart: usize = 0; // f64, µs: last start
export let claimHeld: usize = 0; // f64, µs held in earlier starts
export let claimFirstPart: usize = 0;
export let claimPool: usize = 0;
export let claimLevel: usize = 0; // queue level (las)
export let claimEntry: usize = 0; // f64: order of entry into that level
let nextFree: usize = 0;
let prevFree: usize = 0;

export let partNode: usize = 0; // -1 in a counted pool
export let partMask: usize = 0; // u64
export let partMilli: usize = 0; // of each device in the mask; counted: of the whole part
export let partTasks: usize = 0;
export let partNext: usize = 0;
export let partStart: usize = 0; // first slice, where its device is partitioned

/** Tag of a request for shares of devices; k whole devices have tag k. */
export const TAG_SHARE: i32 = 0;
const TAGS: i32 = 65;
let tagCounts: usize = 0; // parts by node and tag; only for scored placements

/** Bit t set: somebody with tag t holds devices of the node. */
export function nodeTags(n: i32): u64 {
  let tags: u64 = 0;
  for (let t = 0; t < TAGS - 1; t++) if (i32At(tagCounts, n * TAGS + t) > 0) tags |= <u64>1 << t;
  return tags;
}

/** Counts one more (or less) holder of this shape's kind on a node. */
export function changeTag(node: i32, shape: i32, by: i32): void {
  const milli = i32At(shapeGpuMilli, shape);
  if (milli == 0 || node < 0) return;
  const at = node * TAGS + (milli < 1000 ? TAG_SHARE : milli / 1000);
  setI32(tagCounts, at, i32At(tagCounts, at) + by);
}

export function layoutClaims(): void {
  tagCounts = getI(CAP_SCORED) > 0 ? column(-1, 4, getI(CAP_NODES) * TAGS) : 0;
  const n = getI(CAP_CLAIMS) + 1;
  const rows = column(-1, ROW_BYTES, n);
  // second line: all that a start touches; first line: what only submissions, stops and keys of an order read
  claimSequence = field(COL_CLAIM_SEQUENCE, rows, 0, 8, n);
  claimSubmit = field(COL_CLAIM_SUBMIT, rows, 8, 8, n);
  claimEstimate = field(COL_CLAIM_ESTIMATE, rows, 16, 8, n);
  claimHeld = field(COL_CLAIM_HELD, rows, 24, 8, n);
  claimQueued = field(COL_CLAIM_QUEUED, rows, 32, 8, n);
  claimEntry = field(COL_CLAIM_ENTRY, rows, 40, 8, n);
  claimDeadline = field(COL_CLAIM_DEADLINE, rows, 48, 8, n);
  claimState = field(COL_CLAIM_STATE, rows, 64, 4, n);
  claimGeneration = field(COL_CLAIM_GENERATION, rows, 68, 4, n);
  claimJob = field(COL_CLAIM_JOB, rows, 72, 4, n);
  claimShape = field(COL_CLAIM_SHAPE, rows, 76, 4, n);
  claimGpuMilli = field(COL_CLAIM_GPU_MILLI, rows, 80, 4, n);
  claimFirstPart = field(COL_CLAIM_FIRST_PART, rows, 84, 4, n);
  claimPool = field(COL_CLAIM_POOL, rows, 88, 4, n);
  claimTenant = field(COL_CLAIM_TENANT, rows, 92, 4, n);
  claimPriority = field(COL_CLAIM_PRIORITY, rows, 96, 4, n);
  claimClass = field(COL_CLAIM_CLASS, rows, 100, 4, n);
  claimLevel = field(COL_CLAIM_LEVEL, rows, 104, 4, n);
  nextFree = field(COL_CLAIM_NEXT_FREE, rows, 108, 4, n);
  prevFree = field(COL_CLAIM_PREV_FREE, rows, 112, 4, n);
  claimStart = field(COL_CLAIM_START, rows, 120, 8, n);
  const parts = getI(CAP_PARTS) + 1;
  partNode = column(COL_PART_NODE, 4, parts);
  partMask = column(COL_PART_MASK, 8, parts);
  partMilli = column(COL_PART_MILLI, 4, parts);
  partTasks = column(COL_PART_TASKS, 4, parts);
  partNext = column(COL_PART_NEXT, 4, parts);
  partStart = column(COL_PART_START, 4, parts);
}

export function startClaims(): void {
  const n = getI(CAP_CLAIMS);
  for (let i = 1; i <= n; i++) {
    setRowI32(nextFree, i, i < n ? i + 1 : 0);
    setRowI32(prevFree, i, i - 1);
  }
  setI(CLAIM_FREE, n > 0 ? 1 : 0);
  setI(CLAIM_LIVE, 0);
  const parts = getI(CAP_PARTS);
  for (let i = 1; i <= parts; i++) setI32(partNext, i, i < parts ? i + 1 : 0);
  setI(PART_FREE, parts > 0 ? 1 : 0);
}

/** The slot that the next submission should use; fails, naming the limit, when all are in use. */
@inline export function freeSlot(): i32 {
  const slot = getI(CLAIM_FREE);
  if (slot == 0) fail(FAIL_LIVE_JOBS, <f64>getI(CAP_CLAIMS));
  return slot;
}

/** Takes a given slot out of the free list (a replayed fact names its own). */
export function occupySlot(slot: i32): void {
  const next = rowI32(nextFree, slot);
  const before = rowI32(prevFree, slot);
  if (before > 0) setRowI32(nextFree, before, next);
  else setI(CLAIM_FREE, next);
  if (next > 0) setRowI32(prevFree, next, before);
  const live = getI(CLAIM_LIVE) + 1;
  setI(CLAIM_LIVE, live);
  if (live > getI(LIVE_PEAK)) setI(LIVE_PEAK, live);
}

export function vacateSlot(slot: i32): void {
  const head = getI(CLAIM_FREE);
  setRowI32(nextFree, slot, head);
  setRowI32(prevFree, slot, 0);
  if (head > 0) setRowI32(prevFree, head, slot);
  setI(CLAIM_FREE, slot);
  setI(CLAIM_LIVE, getI(CLAIM_LIVE) - 1);
  setRowI32(claimGeneration, slot, rowI32(claimGeneration, slot) + 1);
}

/** Takes a share of a device for one task, as a part of the claim. */
export function addShare(slot: i32, node: i32, device: i32, milli: i32): void {
  const start = takeShare(node, device, milli);
  addPart(slot, node, <u64>1 << device, milli, 1);
  setI32(partStart, rowI32(claimFirstPart, slot), start);
}

/** Adds a part at the front of the claim's list; the caller has already taken its devices. */
export function addPart(slot: i32, node: i32, mask: u64, milli: i32, tasks: i32): void {
  const part = getI(PART_FREE);
  if (part == 0) fail(FAIL_PARTS, <f64>getI(CAP_PARTS));
  setI(PART_FREE, i32At(partNext, part));
  setI32(partNode, part, node);
  setU64At(partMask, part, mask);
  setI32(partMilli, part, milli);
  setI32(partTasks, part, tasks);
  setI32(partStart, part, 0);
  setI32(partNext, part, rowI32(claimFirstPart, slot));
  setRowI32(claimFirstPart, slot, part);
  if (tagCounts != 0) changeTag(node, rowI32(claimShape, slot), 1);
}

@inline function partGpuMilli(part: i32): i32 {
  const milli = i32At(partMilli, part);
  return i32At(partNode, part) < 0 ? milli : milli * <i32>popcnt(u64At(partMask, part));
}

/** GPU that a claim's parts hold, milli. */
export function heldMilli(slot: i32): i32 {
  let sum = 0;
  for (let part = rowI32(claimFirstPart, slot); part > 0; part = i32At(partNext, part)) sum += partGpuMilli(part);
  return sum;
}

/** Gives back (sign 1) or takes again (sign -1) all that a claim's parts hold, in the current view. */
export function changeHolding(slot: i32, sign: i32): void {
  const pool = rowI32(claimPool, slot);
  const shape = rowI32(claimShape, slot);
  const cpu = i32At(shapeCpuMilli, shape);
  const memoryMib = i32At(shapeMemoryMib, shape);
  for (let part = rowI32(claimFirstPart, slot); part > 0; part = i32At(partNext, part)) {
    const node = i32At(partNode, part);
    const tasks = i32At(partTasks, part) * sign;
    if (node >= 0) {
      const mask = u64At(partMask, part);
      const milli = i32At(partMilli, part);
      changeDevices(node, mask, milli * sign);
      if (milli < 1000 && mask != 0 && isMig(node)) changeSlices(node, mask, milli, i32At(partStart, part), sign);
    }
    changeNode(node, pool, partGpuMilli(part) * sign, cpu * tasks, memoryMib * tasks);
  }
}

/** Returns the parts to the free list without touching what is free. */
export function dropParts(slot: i32): void {
  let part = rowI32(claimFirstPart, slot);
  while (part > 0) {
    const next = i32At(partNext, part);
    if (tagCounts != 0) changeTag(i32At(partNode, part), rowI32(claimShape, slot), -1);
    setI32(partNext, part, getI(PART_FREE));
    setI(PART_FREE, part);
    part = next;
  }
  setRowI32(claimFirstPart, slot, 0);
}

/** Keeps the sum of free GPU over all pools, for the series and for policies' first look. */
@inline export function changeFree(milli: i32): void {
  addF(FREE_MILLI, <f64>milli);
}

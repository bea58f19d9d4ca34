// Facts that only a live cluster states: what runs without our having started it, what others hold of a node, and how old
// what we know is. They follow the rules of all facts: they say what is, and what cannot be is counted and changes nothing.

import {
  AS_OF_KINDS, CAP_CLUSTERS, CAPACITY_OUT, ENTRY_SEQUENCE, FACT_ADOPTED, FACT_AS_OF, FACT_ATTAINED, FACT_PART, FACT_TAKEN, FAIL_FACT,
  JOURNAL_LOST, NODE_COUNT, POOL_COUNT, RUNNING, STATE_QUEUED, STATE_RUNNING, SURPRISES, WAITING,
} from "../abi";
import { mixDigest, writeRecord } from "../kernel/log";
import {
  addF, addI, f64At, fail, getF, getI, i32At, rowI32, setF, setF64, setI, setI32, setRowF64, setRowI32, setU64At, u64At,
} from "../memory";
import {
  addPart, changeFree, changeHolding, claimEntry, claimFirstPart, claimGeneration, claimGpuMilli, claimHeld, claimJob, claimLevel,
  claimPool, claimShape, claimStart, claimState, dropParts, heldMilli,
} from "./claims";
import {
  changeDevices, changeNode, clusterAsOf, deviceFree, nodeFirstDevice, nodeFreeMask, nodeGpuCount, nodePool, nodeTakenCpu, nodeTakenMask,
  nodeTakenMemory,
} from "./clusters";
import { HOLDING, note } from "./journal";
import { shapeCpuMilli, shapeMemoryMib } from "./shapes";

export function surprise(): void {
  addF(SURPRISES, 1);
}

function isWaiting(slot: i32, generation: i32): bool {
  return slot > 0 && rowI32(claimGeneration, slot) == generation && rowI32(claimState, slot) == STATE_QUEUED;
}

function areFree(node: i32, mask: u64, milli: i32): bool {
  const gpus = i32At(nodeGpuCount, node);
  if (gpus < 64 && mask >> <u64>gpus != 0) return false;
  for (let rest = mask; rest != 0; rest &= rest - 1) {
    if (i32At(deviceFree, i32At(nodeFirstDevice, node) + <i32>ctz(rest)) < milli) return false;
  }
  return true;
}

/** A claim holds these devices of a node. Said of a waiting claim, before `applyAdopted` says that it runs. */
export function applyPart(slot: i32, generation: i32, node: i32, tasks: i32, milli: i32, mask: u64): void {
  writeRecord(FACT_PART, slot, generation, node, tasks, milli, reinterpret<f64>(mask), 0);
  if (node < 0 || node >= getI(NODE_COUNT)) fail(FAIL_FACT, <f64>node);
  if (!isWaiting(slot, generation) || milli < 0 || tasks < 0 || !areFree(node, mask, milli)) {
    surprise();
    return;
  }
  const pool = i32At(nodePool, node);
  const shape = rowI32(claimShape, slot);
  changeDevices(node, mask, -milli);
  changeNode(node, pool, -milli * <i32>popcnt(mask), -i32At(shapeCpuMilli, shape) * tasks, -i32At(shapeMemoryMib, shape) * tasks);
  addPart(slot, node, mask, milli, tasks);
  setRowI32(claimPool, slot, pool);
}

/** A waiting claim runs with the parts that were stated, since `since`; somebody else started it, or we did in another life. */
export function applyAdopted(slot: i32, generation: i32, pool: i32, since: f64): void {
  writeRecord(FACT_ADOPTED, slot, generation, pool, 0, 0, since, 0);
  if (pool < 0 || pool >= getI(POOL_COUNT)) fail(FAIL_FACT, <f64>pool);
  if (!isWaiting(slot, generation)) {
    surprise();
    return;
  }
  if (rowI32(claimFirstPart, slot) == 0 || rowI32(claimPool, slot) != pool || heldMilli(slot) != rowI32(claimGpuMilli, slot)) {
    // it does not hold what a claim of its shape holds: it goes on waiting, and holds nothing
    changeHolding(slot, 1);
    dropParts(slot);
    setRowI32(claimPool, slot, -1);
    surprise();
    return;
  }
  setRowF64(claimStart, slot, since);
  setRowI32(claimState, slot, STATE_RUNNING);
  changeFree(-rowI32(claimGpuMilli, slot));
  addI(WAITING, -1);
  addI(RUNNING, 1);
  note(slot, HOLDING);
  mixDigest(FACT_ADOPTED, rowI32(claimJob, slot), pool);
}

/** What a claim has had before: time held, its level in a queue of levels, and its place there. Said before a pass sees it. */
export function applyAttained(slot: i32, generation: i32, level: i32, held: f64, entry: f64): void {
  writeRecord(FACT_ATTAINED, slot, generation, level, 0, 0, held, entry);
  if (!isWaiting(slot, generation) || level < 0 || !(held >= 0)) {
    surprise();
    return;
  }
  setRowF64(claimHeld, slot, held);
  setRowI32(claimLevel, slot, level);
  if (entry == entry) {
    setRowF64(claimEntry, slot, entry);
    // whoever enters from now on comes after it
    setF(ENTRY_SEQUENCE, Math.max(getF(ENTRY_SEQUENCE), entry + 1));
  }
}

/** Others hold so much of a node, in all: pods that are not ours to move, devices that are broken. What a claim of ours holds stays. */
export function applyTaken(node: i32, cpuMilli: i32, memoryMib: i32, mask: u64): void {
  if (getI(CAP_CLUSTERS) == 0 || node < 0 || node >= getI(NODE_COUNT)) fail(FAIL_FACT, <f64>node);
  writeRecord(FACT_TAKEN, 0, 0, node, cpuMilli, memoryMib, reinterpret<f64>(mask), 0);
  const before = u64At(nodeTakenMask, node);
  const given = before & ~mask;
  const asked = mask & ~before;
  const taken = asked & u64At(nodeFreeMask, node);
  if (taken != asked) surprise();
  changeDevices(node, given, 1000);
  changeDevices(node, taken, -1000);
  const milli = (<i32>popcnt(given) - <i32>popcnt(taken)) * 1000;
  changeNode(node, i32At(nodePool, node), milli, i32At(nodeTakenCpu, node) - cpuMilli, i32At(nodeTakenMemory, node) - memoryMib);
  changeFree(milli);
  addF(CAPACITY_OUT, -<f64>milli);
  setI32(nodeTakenCpu, node, cpuMilli);
  setI32(nodeTakenMemory, node, memoryMib);
  setU64At(nodeTakenMask, node, (before & ~given) | taken);
  setI(JOURNAL_LOST, 1);
  mixDigest(FACT_TAKEN, node, <i32>popcnt(mask));
}

/** Everything that is known of a cluster's objects of one kind is as of a time, which never goes back. */
export function applyAsOf(cluster: i32, kind: i32, micros: f64): void {
  if (cluster < 0 || cluster >= getI(CAP_CLUSTERS) || kind < 0 || kind >= AS_OF_KINDS) fail(FAIL_FACT, <f64>cluster);
  writeRecord(FACT_AS_OF, 0, 0, cluster, kind, 0, micros, 0);
  const at = cluster * AS_OF_KINDS + kind;
  if (micros >= f64At(clusterAsOf, at)) setF64(clusterAsOf, at, micros);
  else surprise();
}

/** Applies a record of one of these kinds. */
export function applyObserved(record: usize, kind: i32, slot: i32, generation: i32, a: i32): void {
  const b = load<i32>(record, 40);
  const c = load<i32>(record, 44);
  const x = load<f64>(record, 8);
  if (kind == FACT_PART) applyPart(slot, generation, a, b, c, load<u64>(record, 8));
  else if (kind == FACT_ADOPTED) applyAdopted(slot, generation, a, x);
  else if (kind == FACT_ATTAINED) applyAttained(slot, generation, a, x, load<f64>(record, 16));
  else if (kind == FACT_TAKEN) applyTaken(a, b, c, load<u64>(record, 8));
  else applyAsOf(a, b, x);
}

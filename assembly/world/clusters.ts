// Pools, nodes and devices, and how much of each is free. A counted pool has no nodes: only its free GPUs are kept.
//
// Everything that changes with a placement is reached through a *view*: the real state, or a scratch copy on which a
// policy tries out what would fit later (a reservation) without touching the world.

import {
  AS_OF_KINDS, CAP_CLUSTERS, CAP_DEVICES, CAP_MIG, CAP_NODES, CAP_POOLS, CAP_SCORED, CAP_TYPICAL, COL_CLUSTER_AS_OF,
  COL_DEVICE_FREE, COL_DEVICE_SLOTS, COL_NODE_CPU_FREE, COL_NODE_CPU_TOTAL, COL_NODE_FIRST_DEVICE, COL_NODE_FREE_MASK,
  COL_NODE_FREE_MILLI, COL_NODE_GPU_COUNT, COL_NODE_GPU_FREE, COL_NODE_MEMORY_FREE, COL_NODE_MEMORY_TOTAL, COL_NODE_POOL,
  COL_NODE_RACK, COL_NODE_RANK, COL_NODE_TAKEN_CPU, COL_NODE_TAKEN_MASK, COL_NODE_TAKEN_MEMORY, COL_POOL_CLOUD,
  COL_POOL_COST_ALLOCATED, COL_POOL_COST_AT, COL_POOL_COST_CAPACITY, COL_POOL_COUNTED, COL_POOL_FIRST_NODE,
  COL_POOL_FREE_MILLI, COL_POOL_GPU_COUNT, COL_POOL_MIG, COL_POOL_MODEL_BIT, COL_POOL_NODE_COUNT, COL_POOL_PRICE, NODE_CHANGES,
  NODE_COUNT, POOL_COUNT,
} from "../abi";
import { column, f64At, getF, getI, i32At, setF, setF64, setI32, setU64At, u64At } from "../memory";
import { emptyShareRoom, holdsShare, isMig, shareRoom } from "./partitions";
import { isPlain, shapeCpuMilli, shapeGpuMilli, shapeMemoryMib, shapeModelMask } from "./shapes";

export let poolFirstNode: usize = 0;
export let poolNodeCount: usize = 0;
export let poolCounted: usize = 0;
export let poolModelBit: usize = 0;
export let poolCloud: usize = 0;
export let poolGpuCount: usize = 0;
export let poolMig: usize = 0;
export let poolPrice: usize = 0; // f64, USD per GPU-hour
export let poolCostCapacity: usize = 0; // f64, USD
export let poolCostAllocated: usize = 0; // f64, USD
export let poolCostAt: usize = 0; // f64, µs: cost integrated up to here
export let nodePool: usize = 0;
export let nodeGpuCount: usize = 0;
export let nodeCpuTotal: usize = 0;
export let nodeMemoryTotal: usize = 0;
export let nodeRack: usize = 0;
export let nodeFirstDevice: usize = 0;

/** Free state, by view. */
export let poolFreeMilli: usize = 0;
export let nodeGpuFree: usize = 0; // whole devices
export let nodeFreeMilli: usize = 0;
export let nodeCpuFree: usize = 0;
export let nodeMemoryFree: usize = 0;
export let nodeFreeMask: usize = 0; // u64, bit d = device d is whole and free
export let deviceFree: usize = 0; // milli
export let deviceSlots: usize = 0; // slices in use, where devices are partitioned
export let nodeRank: usize = 0; // breaks ties of scored placements, lowest first
let nodeChanges: usize = 0; // ring of nodes in the order in which they changed; 0 = nobody asks
let changesMask: i32 = 0;
let stranded: usize = 0; // f64, one: free milli on nodes that are partly in use

/** What others hold of a node, and when a cluster's objects were last known to be so; only live. */
export let nodeTakenCpu: usize = 0;
export let nodeTakenMemory: usize = 0;
export let nodeTakenMask: usize = 0; // u64
export let clusterAsOf: usize = 0; // f64, µs, by cluster and kind

let largest: usize = 0; // two i32: CPU milli and GPU milli of the largest node

let real: usize = 0;
let scratch: usize = 0;
let viewBytes: usize = 0;

export function layoutClusters(): void {
  const pools = getI(CAP_POOLS);
  const nodes = getI(CAP_NODES);
  poolFirstNode = column(COL_POOL_FIRST_NODE, 4, pools);
  poolNodeCount = column(COL_POOL_NODE_COUNT, 4, pools);
  poolCounted = column(COL_POOL_COUNTED, 4, pools);
  poolModelBit = column(COL_POOL_MODEL_BIT, 4, pools);
  poolCloud = column(COL_POOL_CLOUD, 4, pools);
  poolMig = column(COL_POOL_MIG, 4, pools);
  poolGpuCount = column(COL_POOL_GPU_COUNT, 4, pools);
  poolPrice = column(COL_POOL_PRICE, 8, pools);
  poolCostCapacity = column(COL_POOL_COST_CAPACITY, 8, pools);
  poolCostAllocated = column(COL_POOL_COST_ALLOCATED, 8, pools);
  poolCostAt = column(COL_POOL_COST_AT, 8, pools);
  nodePool = column(COL_NODE_POOL, 4, nodes);
  nodeGpuCount = column(COL_NODE_GPU_COUNT, 4, nodes);
  nodeCpuTotal = column(COL_NODE_CPU_TOTAL, 4, nodes);
  nodeMemoryTotal = column(COL_NODE_MEMORY_TOTAL, 4, nodes);
  nodeRack = column(COL_NODE_RACK, 4, nodes);
  nodeFirstDevice = column(COL_NODE_FIRST_DEVICE, 4, nodes);
  const scored = getI(CAP_SCORED) > 0 || getI(CAP_TYPICAL) > 0;
  nodeRank = column(COL_NODE_RANK, 4, scored ? nodes : 1);
  let ring = 1024;
  while (ring < nodes * 2) ring <<= 1;
  changesMask = ring - 1;
  nodeChanges = scored ? column(-1, 4, ring) : 0;
  const live = getI(CAP_CLUSTERS);
  nodeTakenCpu = column(COL_NODE_TAKEN_CPU, 4, live > 0 ? nodes : 0);
  nodeTakenMemory = column(COL_NODE_TAKEN_MEMORY, 4, live > 0 ? nodes : 0);
  nodeTakenMask = column(COL_NODE_TAKEN_MASK, 8, live > 0 ? nodes : 0);
  clusterAsOf = column(COL_CLUSTER_AS_OF, 8, live * AS_OF_KINDS);
  largest = column(-1, 4, 2);
  real = layoutView(true);
  viewBytes = column(-1, 1, 0) - real;
  scratch = layoutView(false);
  useReal();
}

function layoutView(named: bool): usize {
  const pools = getI(CAP_POOLS);
  const nodes = getI(CAP_NODES);
  const first = column(named ? COL_POOL_FREE_MILLI : -1, 4, pools);
  column(named ? COL_NODE_GPU_FREE : -1, 4, nodes);
  column(named ? COL_NODE_FREE_MILLI : -1, 4, nodes);
  column(named ? COL_NODE_CPU_FREE : -1, 4, nodes);
  column(named ? COL_NODE_MEMORY_FREE : -1, 4, nodes);
  column(named ? COL_NODE_FREE_MASK : -1, 8, nodes);
  column(named ? COL_DEVICE_FREE : -1, 4, getI(CAP_DEVICES));
  column(named ? COL_DEVICE_SLOTS : -1, 4, migDevices());
  column(-1, 8, 1);
  return first;
}

@inline function migDevices(): i32 {
  return getI(CAP_MIG) > 0 ? getI(CAP_DEVICES) : 0;
}

@inline function padded(bytes: i32): usize {
  return (<usize>bytes + 63) & ~63;
}

function pointView(first: usize): void {
  const nodes = getI(CAP_NODES);
  poolFreeMilli = first;
  nodeGpuFree = poolFreeMilli + padded(getI(CAP_POOLS) * 4);
  nodeFreeMilli = nodeGpuFree + padded(nodes * 4);
  nodeCpuFree = nodeFreeMilli + padded(nodes * 4);
  nodeMemoryFree = nodeCpuFree + padded(nodes * 4);
  nodeFreeMask = nodeMemoryFree + padded(nodes * 4);
  deviceFree = nodeFreeMask + padded(nodes * 8);
  deviceSlots = deviceFree + padded(getI(CAP_DEVICES) * 4);
  stranded = deviceSlots + padded(migDevices() * 4);
}

/** True while the current view is the world as it is. */
@inline export function isReal(): bool {
  return poolFreeMilli == real;
}

export function useReal(): void {
  pointView(real);
}

/** Copies the real free state and works on the copy until useReal(). */
export function useScratch(): void {
  memory.copy(scratch, real, viewBytes);
  pointView(scratch);
}

/** Goes back to the scratch copy as it was left. */
export function resumeScratch(): void {
  pointView(scratch);
}

/** Everything free, from the totals that the host wrote. */
export function startClusters(): void {
  setF64(stranded, 0, 0);
  memory.fill(largest, 0, 8);
  setF(NODE_CHANGES, 0);
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) setI32(poolFreeMilli, p, i32At(poolGpuCount, p) * 1000);
  for (let n = 0, nodes = getI(NODE_COUNT); n < nodes; n++) {
    const gpus = i32At(nodeGpuCount, n);
    setI32(nodeGpuFree, n, gpus);
    setI32(nodeFreeMilli, n, gpus * 1000);
    setI32(nodeCpuFree, n, i32At(nodeCpuTotal, n));
    setI32(nodeMemoryFree, n, i32At(nodeMemoryTotal, n));
    setU64At(nodeFreeMask, n, gpus == 64 ? ~(<u64>0) : ((<u64>1 << gpus) - 1));
    const first = i32At(nodeFirstDevice, n);
    for (let d = 0; d < gpus; d++) setI32(deviceFree, first + d, 1000);
    if (getI(CAP_MIG) > 0) memory.fill(deviceSlots + (<usize>first << 2), 0, <usize>gpus << 2);
    setI32(largest, 0, max(i32At(largest, 0), i32At(nodeCpuTotal, n)));
    setI32(largest, 1, max(i32At(largest, 1), gpus * 1000));
  }
}

/** CPU milli of the largest node. */
@inline export function largestCpuMilli(): i32 {
  return i32At(largest, 0);
}

/** GPU milli of the largest node. */
@inline export function largestGpuMilli(): i32 {
  return i32At(largest, 1);
}

@inline export function poolAllows(pool: i32, shape: i32): bool {
  const mask = i32At(shapeModelMask, shape);
  return mask == 0 || (mask & i32At(poolModelBit, pool)) != 0;
}

/** Tasks of a shape that node n has room for in the current view. */
@inline export function nodeRoom(n: i32, shape: i32): i32 {
  return isPlain(shape) ? i32At(nodeGpuFree, n) : nodeRoomOther(n, shape);
}

function nodeRoomOther(n: i32, shape: i32): i32 {
  const milli = i32At(shapeGpuMilli, shape);
  let room: i32;
  if (milli >= 1000) {
    room = i32At(nodeGpuFree, n);
    if (milli > 1000) room = room / (milli / 1000);
  } else if (milli > 0) {
    room = 0;
    const first = i32At(nodeFirstDevice, n);
    const gpus = i32At(nodeGpuCount, n);
    if (isMig(n)) {
      for (let d = 0; d < gpus; d++) room += shareRoom(n, d, milli);
    } else {
      for (let d = 0; d < gpus; d++) room += i32At(deviceFree, first + d) / milli;
    }
  } else {
    room = i32.MAX_VALUE;
  }
  const cpu = i32At(shapeCpuMilli, shape);
  if (cpu > 0) room = min(room, i32At(nodeCpuFree, n) / cpu);
  const memoryMib = i32At(shapeMemoryMib, shape);
  if (memoryMib > 0) room = min(room, i32At(nodeMemoryFree, n) / memoryMib);
  return room;
}

/** Tasks of a shape that an empty node n has room for. */
export function emptyNodeRoom(n: i32, shape: i32): i32 {
  const milli = i32At(shapeGpuMilli, shape);
  const gpus = i32At(nodeGpuCount, n);
  let room = milli >= 1000 ? gpus / (milli / 1000) : milli > 0 ? gpus * (isMig(n) ? emptyShareRoom(milli) : 1000 / milli) : i32.MAX_VALUE;
  const cpu = i32At(shapeCpuMilli, shape);
  if (cpu > 0) room = min(room, i32At(nodeCpuTotal, n) / cpu);
  const memoryMib = i32At(shapeMemoryMib, shape);
  if (memoryMib > 0) room = min(room, i32At(nodeMemoryTotal, n) / memoryMib);
  return room;
}

/** Takes `count` whole devices of node n, lowest first; returns their mask. */
export function takeDevices(n: i32, count: i32): u64 {
  let mask = u64At(nodeFreeMask, n);
  const first = i32At(nodeFirstDevice, n);
  let taken: u64 = 0;
  for (let i = 0; i < count; i++) {
    const bit = mask & (0 - mask);
    setI32(deviceFree, first + <i32>ctz(bit), 0);
    taken |= bit;
    mask ^= bit;
  }
  setU64At(nodeFreeMask, n, mask);
  setI32(nodeGpuFree, n, i32At(nodeGpuFree, n) - count);
  return taken;
}

/** Gives back `count` whole devices of node n, whichever are taken: for scratch views, where only the number matters. */
export function returnDevices(n: i32, count: i32): void {
  const first = i32At(nodeFirstDevice, n);
  let left = count;
  let mask: u64 = 0;
  for (let d = 0, gpus = i32At(nodeGpuCount, n); d < gpus && left > 0; d++) {
    if (i32At(deviceFree, first + d) != 0) continue;
    mask |= <u64>1 << d;
    left--;
  }
  changeDevices(n, mask, 1000);
}

/** Changes the free milli of the devices in `mask` of node n by `delta` each; keeps whole-device counts. */
export function changeDevices(n: i32, mask: u64, delta: i32): void {
  const first = i32At(nodeFirstDevice, n);
  let whole = u64At(nodeFreeMask, n);
  let rest = mask;
  while (rest != 0) {
    const bit = rest & (0 - rest);
    const device = first + <i32>ctz(bit);
    const free = i32At(deviceFree, device) + delta;
    setI32(deviceFree, device, free);
    if (free == 1000) whole |= bit;
    else whole &= ~bit;
    rest ^= bit;
  }
  setU64At(nodeFreeMask, n, whole);
  setI32(nodeGpuFree, n, <i32>popcnt(whole));
}

/** The device of node n with the least free milli that still holds `milli`; -1 if none. Lowest index on equality. */
export function bestDevice(n: i32, milli: i32): i32 {
  const first = i32At(nodeFirstDevice, n);
  let best = -1;
  let least = i32.MAX_VALUE;
  for (let d = 0, gpus = i32At(nodeGpuCount, n); d < gpus; d++) {
    const free = i32At(deviceFree, first + d);
    if (free >= milli && free < least && holdsShare(n, d, milli)) {
      best = d;
      least = free;
    }
  }
  return best;
}

function noteChange(n: i32): void {
  const count = getF(NODE_CHANGES);
  setI32(nodeChanges, <i32>(<i64>count) & changesMask, n);
  setF(NODE_CHANGES, count + 1);
}

/** The node of change number `i`, of the latest `changesKept()`. */
@inline export function changedNode(i: f64): i32 {
  return i32At(nodeChanges, <i32>(<i64>i) & changesMask);
}

@inline export function changesKept(): f64 {
  return <f64>(changesMask + 1);
}

/** Changes what a node and its pool have free, apart from devices. */
@inline export function changeNode(n: i32, pool: i32, gpuMilli: i32, cpuMilli: i32, memoryMib: i32): void {
  if (n >= 0) {
    const before = i32At(nodeFreeMilli, n);
    const after = before + gpuMilli;
    const whole = i32At(nodeGpuCount, n) * 1000;
    setI32(nodeFreeMilli, n, after);
    if (nodeChanges != 0 && isReal()) noteChange(n);
    setF64(stranded, 0, f64At(stranded, 0) + <f64>((after < whole ? after : 0) - (before < whole ? before : 0)));
    if (cpuMilli != 0) setI32(nodeCpuFree, n, i32At(nodeCpuFree, n) + cpuMilli);
    if (memoryMib != 0) setI32(nodeMemoryFree, n, i32At(nodeMemoryFree, n) + memoryMib);
  }
  setI32(poolFreeMilli, pool, i32At(poolFreeMilli, pool) + gpuMilli);
}

/** Free GPU-milli on nodes that are partly in use: what a gang that wants whole nodes cannot have. */
@inline export function strandedMilli(): f64 {
  return f64At(stranded, 0);
}

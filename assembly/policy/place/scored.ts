// Placements that give every node that can take a request an integer score and take the highest (the six of the FGD
// study; Weng et al., USENIX ATC 2023). A row of scores a shape is kept, brought up to date by the nodes that changed
// since it was asked for last, with the maximum of every block of nodes, so that a decision does not look at all of them.

import {
  CAP_NODES, CAP_SCORED, NODE_CHANGES, NODE_COUNT, PLACE_RULE, TIES,
} from "../../abi";
import { STREAM_PLACE, uniform } from "../../kernel/random";
import { column, f64At, getF, getI, i32At, setF64, setI32 } from "../../memory";
import {
  bestDevice, changedNode, changesKept, deviceFree, nodeCpuFree, nodeCpuTotal, nodeFirstDevice, nodeFreeMilli, nodeGpuCount, nodeGpuFree,
  nodeMemoryFree, nodePool, nodeRank, poolAllows,
} from "../../world/clusters";
import { nodeTags, TAG_SHARE } from "../../world/claims";
import { fragmentWith } from "../../world/derived/fragments";
import { shapeCpuMilli, shapeGpuMilli, shapeMemoryMib } from "../../world/shapes";

export const DOT_PRODUCT: i32 = 5;
const GPU_CLUSTERING: i32 = 6;
const GPU_PACKING: i32 = 7;
const SCORED_BEST_FIT: i32 = 8;
export const FGD: i32 = 9;
export const RANDOM: i32 = 10;

const BLOCK_BITS: i32 = 6;
const BLOCK: i32 = 1 << BLOCK_BITS;
const RANK_BITS: i32 = 20;
const RANK_MASK: i32 = (1 << RANK_BITS) - 1;
/** Node that cannot take the shape. */
const NEVER: i32 = -1;

let keys: usize = 0; // score and rank in one: the larger is taken
let blockMost: usize = 0;
let seen: usize = 0; // f64: changes that a row accounts for; -1 = none
let byRank: usize = 0;
let stamps: usize = 0;
let largest: usize = 0; // two f64: CPU and GPU milli of the largest node
let stamp: i32 = 0; // of one verb's scratch; rows are brought up to date under a new one each
let nodesPadded: i32 = 0;
let blocks: i32 = 0;

export function layoutScored(): void {
  const shapes = getI(CAP_SCORED);
  const nodes = shapes > 0 ? getI(CAP_NODES) : 0;
  blocks = (nodes + BLOCK - 1) >> BLOCK_BITS;
  nodesPadded = blocks << BLOCK_BITS;
  keys = column(-1, 4, shapes * nodesPadded);
  blockMost = column(-1, 4, shapes * blocks);
  seen = column(-1, 8, shapes);
  byRank = column(-1, 4, nodes);
  stamps = column(-1, 4, nodes + 1);
  largest = column(-1, 8, 2);
}

@inline export function isScored(): bool {
  return getI(PLACE_RULE) >= DOT_PRODUCT;
}

export function startScored(): void {
  const shapes = getI(CAP_SCORED);
  if (shapes == 0) return;
  for (let s = 0; s < shapes; s++) setF64(seen, s, -1);
  memory.fill(stamps, 0, <usize>(getI(CAP_NODES) + 1) << 2);
  let cpu = 0;
  let gpus = 0;
  for (let n = 0, nodes = getI(NODE_COUNT); n < nodes; n++) {
    setI32(byRank, i32At(nodeRank, n), n);
    cpu = max(cpu, i32At(nodeCpuTotal, n));
    gpus = max(gpus, i32At(nodeGpuCount, n));
  }
  setF64(largest, 0, <f64>cpu);
  setF64(largest, 1, <f64>gpus * 1000);
}

/** The node that takes one request of this shape; -1 if none can. */
export function bestNode(shape: i32): i32 {
  bringUpToDate(shape);
  const row = blockMost + (<usize>(shape * blocks) << 2);
  let most = NEVER;
  for (let b = 0; b < blocks; b++) most = max(most, i32At(row, b));
  if (most == NEVER) return -1;
  if (getI(TIES) == 1) return drawTied(shape, most >> RANK_BITS);
  return i32At(byRank, RANK_MASK - (most & RANK_MASK));
}

// Any node of the highest score, all equally likely: the k-th of them from a uniform draw.
function drawTied(shape: i32, score: i32): i32 {
  const row = keys + (<usize>(shape * nodesPadded) << 2);
  const nodes = getI(NODE_COUNT);
  let tied = 0;
  for (let n = 0; n < nodes; n++) if (i32At(row, n) >> RANK_BITS == score) tied++;
  let k = <i32>(uniform(STREAM_PLACE) * <f64>tied);
  for (let n = 0; n < nodes; n++) {
    if (i32At(row, n) >> RANK_BITS == score && k-- == 0) return n;
  }
  return -1;
}

function bringUpToDate(shape: i32): void {
  const changes = getF(NODE_CHANGES);
  let from = f64At(seen, shape);
  if (from == changes) return;
  const nodes = getI(NODE_COUNT);
  if (from < 0 || changes - from > changesKept()) {
    for (let n = nodes; n < nodesPadded; n++) setI32(keys, shape * nodesPadded + n, NEVER);
    for (let n = 0; n < nodes; n++) setI32(keys, shape * nodesPadded + n, keyOf(n, shape));
    for (let b = 0; b < blocks; b++) findMost(shape, b);
  } else {
    stamp = i32At(stamps, nodes) + 1;
    setI32(stamps, nodes, stamp);
    for (; from < changes; from++) {
      const n = changedNode(from);
      if (i32At(stamps, n) == stamp) continue;
      setI32(stamps, n, stamp);
      update(n, shape);
    }
  }
  setF64(seen, shape, changes);
}

function update(n: i32, shape: i32): void {
  const at = shape * nodesPadded + n;
  const before = i32At(keys, at);
  const after = keyOf(n, shape);
  if (before == after) return;
  setI32(keys, at, after);
  const block = shape * blocks + (n >> BLOCK_BITS);
  if (after >= i32At(blockMost, block)) setI32(blockMost, block, after);
  else if (before == i32At(blockMost, block)) findMost(shape, n >> BLOCK_BITS);
}

function findMost(shape: i32, block: i32): void {
  let at = keys + (<usize>(shape * nodesPadded + (block << BLOCK_BITS)) << 2);
  let most = i32x4.splat(NEVER);
  for (let i = 0; i < BLOCK; i += 4) {
    most = i32x4.max_s(most, v128.load(at));
    at += 16;
  }
  const a = max(i32x4.extract_lane(most, 0), i32x4.extract_lane(most, 1));
  const b = max(i32x4.extract_lane(most, 2), i32x4.extract_lane(most, 3));
  setI32(blockMost, shape * blocks + block, max(a, b));
}

function keyOf(n: i32, shape: i32): i32 {
  const milli = i32At(shapeGpuMilli, shape);
  if (!hasRoom(n, shape, milli)) return NEVER;
  return (scoreOf(n, shape, milli) << RANK_BITS) | (RANK_MASK - i32At(nodeRank, n));
}

function hasRoom(n: i32, shape: i32, milli: i32): bool {
  if (i32At(nodeCpuFree, n) < i32At(shapeCpuMilli, shape)) return false;
  if (i32At(nodeMemoryFree, n) < i32At(shapeMemoryMib, shape)) return false;
  if (milli == 0) return true;
  if (!poolAllows(i32At(nodePool, n), shape)) return false;
  if (milli >= 1000) return i32At(nodeGpuFree, n) >= milli / 1000;
  const first = i32At(nodeFirstDevice, n);
  for (let d = 0, count = i32At(nodeGpuCount, n); d < count; d++) if (i32At(deviceFree, first + d) >= milli) return true;
  return false;
}

function scoreOf(n: i32, shape: i32, milli: i32): i32 {
  const rule = getI(PLACE_RULE);
  if (rule == DOT_PRODUCT) return dotProduct(n, shape, milli);
  if (rule == GPU_CLUSTERING) return gpuClustering(n, milli);
  if (rule == GPU_PACKING) return gpuPacking(n, milli);
  if (rule == SCORED_BEST_FIT) return bestFit(n, shape, milli);
  if (rule == FGD) return leastFragment(n, shape, milli);
  return 0;
}

// The order of operations is part of the definition: exact integers are hit often, and truncation then shows the last bit.
function dotProduct(n: i32, shape: i32, milli: i32): i32 {
  const cpuMost = f64At(largest, 0);
  const gpuMost = f64At(largest, 1);
  const cpu = (<f64>i32At(nodeCpuFree, n) / cpuMost) * (<f64>i32At(shapeCpuMilli, shape) / cpuMost);
  const gpu = (<f64>i32At(nodeFreeMilli, n) / gpuMost) * (<f64>milli / gpuMost);
  return <i32>((1 - (cpu + gpu) / 2) * 100);
}

function bestFit(n: i32, shape: i32, milli: i32): i32 {
  const cpu = (<f64>(i32At(nodeCpuFree, n) - i32At(shapeCpuMilli, shape)) / f64At(largest, 0)) * 0.5;
  const gpu = (<f64>(i32At(nodeFreeMilli, n) - milli) / f64At(largest, 1)) * 0.5;
  return <i32>((1 - (cpu + gpu)) * 100);
}

function gpuClustering(n: i32, milli: i32): i32 {
  if (milli == 0) return 0;
  const most = <i32>f64At(largest, 1);
  const fill = (25 * (most - i32At(nodeFreeMilli, n))) / most;
  const tags = nodeTags(n);
  const own = <u64>1 << (milli < 1000 ? TAG_SHARE : milli / 1000);
  if (tags == 0) return 25 + fill;
  if (tags == own) return 75 + fill;
  return (tags & own) != 0 ? 50 + fill : fill;
}

function gpuPacking(n: i32, milli: i32): i32 {
  if (milli == 0) return 0;
  const untouched = i32At(nodeGpuFree, n);
  if (untouched == i32At(nodeGpuCount, n)) return max(33 - untouched, untouched);
  if (milli >= 1000) return max(50 - milli / 1000, 33);
  // a share takes the tightest device that has room; one that is whole only if no other does
  const free = i32At(deviceFree, i32At(nodeFirstDevice, n) + bestDevice(n, milli));
  if (free == 1000) return max(50 - 1, 33);
  return max(100 - free * 100 / 1000 / 10, 50);
}

@inline function sigmoid(lessFragment: f64): i32 {
  return <i32>((1 / (1 + Math.exp(-lessFragment / 1000))) * 100);
}

function leastFragment(n: i32, shape: i32, milli: i32): i32 {
  const before = fragmentWith(n, 0, -1, 0, 0);
  const cpu = i32At(shapeCpuMilli, shape);
  if (milli == 0) return sigmoid(before - fragmentWith(n, cpu, -1, 0, 0));
  if (milli >= 1000) return sigmoid(before - fragmentWith(n, cpu, -1, 0, milli / 1000));
  return shareScore(n, cpu, milli, before);
}

let shareDevice: i32 = -1; // scratch of shareScore

// Best over the devices with room; of equal devices only the first can be the lowest, so others like it are passed over.
function shareScore(n: i32, cpu: i32, milli: i32, before: f64): i32 {
  const first = i32At(nodeFirstDevice, n);
  const count = i32At(nodeGpuCount, n);
  let best = -1;
  for (let d = 0; d < count; d++) {
    const free = i32At(deviceFree, first + d);
    if (free < milli || hasTwin(first, d, free)) continue;
    const score = sigmoid(before - fragmentWith(n, cpu, d, milli, 0));
    if (score > best) {
      best = score;
      shareDevice = d;
    }
  }
  return best;
}

@inline function hasTwin(first: i32, d: i32, free: i32): bool {
  for (let e = 0; e < d; e++) if (i32At(deviceFree, first + e) == free) return true;
  return false;
}

/** The device of node n that a share goes to under the rule of the run. */
export function deviceFor(n: i32, shape: i32): i32 {
  const milli = i32At(shapeGpuMilli, shape);
  const rule = getI(PLACE_RULE);
  if (rule == FGD) {
    shareScore(n, i32At(shapeCpuMilli, shape), milli, fragmentWith(n, 0, -1, 0, 0));
    return shareDevice;
  }
  if (rule != RANDOM) return bestDevice(n, milli);
  const first = i32At(nodeFirstDevice, n);
  const count = i32At(nodeGpuCount, n);
  let room = 0;
  for (let d = 0; d < count; d++) if (i32At(deviceFree, first + d) >= milli) room++;
  let k = <i32>(uniform(STREAM_PLACE) * <f64>room);
  for (let d = 0; d < count; d++) if (i32At(deviceFree, first + d) >= milli && k-- == 0) return d;
  return -1;
}

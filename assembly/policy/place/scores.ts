// What a scored placement gives a node for a request: the six of the FGD study (Weng et al., USENIX ATC 2023) in their own
// integers, and a user's own score. The higher is taken; NEVER is a node that cannot take the request, or must not.

import { PLACED, PLACE_RULE } from "../../abi";
import { STREAM_PLACE, uniformOf } from "../../kernel/random";
import { getF, getI, i32At } from "../../memory";
import {
  bestDevice, deviceFree, largestCpuMilli, largestGpuMilli, nodeCpuFree, nodeFirstDevice, nodeFreeMilli, nodeGpuCount, nodeGpuFree,
  nodeMemoryFree, nodePool, poolAllows,
} from "../../world/clusters";
import { nodeTags, TAG_SHARE } from "../../world/claims";
import { fragmentWith } from "../../world/derived/fragments";
import { holdsShare, isMig, shareRoom } from "../../world/partitions";
import { shapeCpuMilli, shapeGpuMilli, shapeMemoryMib } from "../../world/shapes";
import { askDevice, askScore } from "../plug/ask";
import { choosesDevice } from "../plug/user-place";

const DOT_PRODUCT: i32 = 5;
const GPU_CLUSTERING: i32 = 6;
const GPU_PACKING: i32 = 7;
const BEST_FIT_SUM: i32 = 8;
const FGD: i32 = 9;
export const RANDOM: i32 = 10;
const PLUG: i32 = 11;

export const NEVER: f64 = -Infinity;

@inline export function isScored(): bool {
  return getI(PLACE_RULE) >= DOT_PRODUCT;
}

/** Score of one task of this shape on node n. */
export function scoreOf(n: i32, shape: i32): f64 {
  const milli = i32At(shapeGpuMilli, shape);
  if (!hasRoom(n, shape, milli)) return NEVER;
  const rule = getI(PLACE_RULE);
  if (rule == PLUG) return askScore(n, shape);
  return <f64>pointsOf(rule, n, shape, milli);
}

function hasRoom(n: i32, shape: i32, milli: i32): bool {
  if (i32At(nodeCpuFree, n) < i32At(shapeCpuMilli, shape)) return false;
  if (i32At(nodeMemoryFree, n) < i32At(shapeMemoryMib, shape)) return false;
  if (!poolAllows(i32At(nodePool, n), shape)) return false;
  if (milli == 0) return true;
  if (milli >= 1000) return i32At(nodeGpuFree, n) >= milli / 1000;
  for (let d = 0, count = i32At(nodeGpuCount, n); d < count; d++) if (holdsShare(n, d, milli)) return true;
  return false;
}

function pointsOf(rule: i32, n: i32, shape: i32, milli: i32): i32 {
  if (rule == DOT_PRODUCT) return dotProduct(n, shape, milli);
  if (rule == GPU_CLUSTERING) return gpuClustering(n, milli);
  if (rule == GPU_PACKING) return gpuPacking(n, milli);
  if (rule == BEST_FIT_SUM) return bestFit(n, shape, milli);
  if (rule == FGD) return leastFragment(n, shape, milli);
  return 0;
}

// The order of operations is part of the definition: exact integers are hit often, and truncation then shows the last bit.
function dotProduct(n: i32, shape: i32, milli: i32): i32 {
  const cpuMost = <f64>largestCpuMilli();
  const gpuMost = <f64>largestGpuMilli();
  const cpu = (<f64>i32At(nodeCpuFree, n) / cpuMost) * (<f64>i32At(shapeCpuMilli, shape) / cpuMost);
  const gpu = (<f64>i32At(nodeFreeMilli, n) / gpuMost) * (<f64>milli / gpuMost);
  return <i32>((1 - (cpu + gpu) / 2) * 100);
}

function bestFit(n: i32, shape: i32, milli: i32): i32 {
  const cpu = (<f64>(i32At(nodeCpuFree, n) - i32At(shapeCpuMilli, shape)) / <f64>largestCpuMilli()) * 0.5;
  const gpu = (<f64>(i32At(nodeFreeMilli, n) - milli) / <f64>largestGpuMilli()) * 0.5;
  return <i32>((1 - (cpu + gpu)) * 100);
}

function gpuClustering(n: i32, milli: i32): i32 {
  if (milli == 0) return 0;
  const most = largestGpuMilli();
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
    if (free < milli || (isMig(n) ? shareRoom(n, d, milli) == 0 : hasTwin(first, d, free))) continue;
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

/** The device of node n that a share goes to under the rule of the run; `task` numbers the tasks of a gang. */
export function deviceFor(n: i32, shape: i32, task: i32): i32 {
  const milli = i32At(shapeGpuMilli, shape);
  const rule = getI(PLACE_RULE);
  if (rule == FGD) {
    shareScore(n, i32At(shapeCpuMilli, shape), milli, fragmentWith(n, 0, -1, 0, 0));
    return shareDevice;
  }
  if (rule == PLUG && choosesDevice) return preferredDevice(n, shape, milli);
  if (rule != RANDOM) return bestDevice(n, milli);
  const count = i32At(nodeGpuCount, n);
  let room = 0;
  for (let d = 0; d < count; d++) if (holdsShare(n, d, milli)) room++;
  let k = <i32>(draw(task * 2 + 1) * <f64>room);
  for (let d = 0; d < count; d++) if (holdsShare(n, d, milli) && k-- == 0) return d;
  return -1;
}

/** Uniform in [0, 1): always the same for one start and `which`, however often a placement is tried out before it. */
@inline export function draw(which: i32): f64 {
  return uniformOf(STREAM_PLACE, <i32>(<i64>getF(PLACED)), which);
}

// The user's choice among the devices with room; lowest index on equality.
function preferredDevice(n: i32, shape: i32, milli: i32): i32 {
  let best = -1;
  let most = NEVER;
  for (let d = 0, count = i32At(nodeGpuCount, n); d < count; d++) {
    if (!holdsShare(n, d, milli)) continue;
    const score = askDevice(n, shape, d);
    if (best >= 0 && score <= most) continue;
    best = d;
    most = score;
  }
  return best;
}

// Where a gang would go. All rules find a place whenever the tasks fit anywhere, except same-node, which refuses to
// spread, and a user's own, which may refuse a node.

import { FREE_MILLI, PLACE_RULE, POOL_COUNT, SHARES_SEEN } from "../../abi";
import { column, getF, getI, i32At, setI32 } from "../../memory";
import {
  emptyNodeRoom, isReal, nodeFreeMilli, nodeGpuCount, nodePool, nodeRoom, poolAllows, poolCounted, poolFirstNode, poolFreeMilli,
  poolGpuCount, poolNodeCount,
} from "../../world/clusters";
import { gangMilli, isPlain, shapeGpuMilli, shapeTasks } from "../../world/shapes";
import { layoutGang, planGang } from "./gang";
import { add, clearPlan, collectPlanned, layoutList, planLength, planned, planNode } from "./list";
import { bestNode, bestNodeOf } from "./scored";
import { isScored } from "./scores";

const FIRST_FIT: i32 = 0;
const BEST_FIT: i32 = 1;
const WORST_FIT: i32 = 2;
export const SAME_NODE: i32 = 4;

let roomCounts: usize = 0; // nodes by room, for one question

const ROOM_LIMIT: i32 = 1024;

export function layoutPlan(): void {
  layoutList();
  layoutGang();
  roomCounts = column(-1, 4, ROOM_LIMIT + 1);
}

/** True if in this pool a shape fits exactly when the free GPUs add up: nothing else can be in the way. */
export function isFluid(pool: i32, shape: i32): bool {
  if (i32At(poolCounted, pool)) return true;
  return isPlain(shape) && getI(PLACE_RULE) != SAME_NODE && !getI(SHARES_SEEN);
}

/** Plans a gang in one pool under the rule of the run; false if it does not fit in the current view. */
export function plan(pool: i32, shape: i32): bool {
  clearPlan();
  if (i32At(poolFreeMilli, pool) < gangMilli(shape) || !poolAllows(pool, shape)) return false;
  if (i32At(poolCounted, pool)) {
    add(-1, i32At(shapeTasks, shape));
    return true;
  }
  if (isScored() && isReal()) return planBest(pool, shape);
  const rule = getI(PLACE_RULE);
  // in a scratch view only whether it fits is asked of a scored placement
  if (rule == FIRST_FIT || isScored()) return planFirst(pool, shape);
  if (rule == BEST_FIT) return planByFree(pool, shape, false);
  if (rule == WORST_FIT) return planByFree(pool, shape, true);
  return planFewest(pool, shape, rule == SAME_NODE ? fewestOnEmpty(pool, shape) : i32.MAX_VALUE);
}

function planFirst(pool: i32, shape: i32): bool {
  let left = i32At(shapeTasks, shape);
  const first = i32At(poolFirstNode, pool);
  for (let n = first, end = first + i32At(poolNodeCount, pool); n < end; n++) {
    const room = nodeRoom(n, shape);
    if (room <= 0) continue;
    const tasks = min(room, left);
    add(n, tasks);
    left -= tasks;
    if (left == 0) return true;
  }
  return false;
}

// Best fit fills the fullest node that has room, then the next; worst fit gives every task to the emptiest node at that
// moment. Lowest index on equality.
function planByFree(pool: i32, shape: i32, emptiest: bool): bool {
  let left = i32At(shapeTasks, shape);
  const milli = i32At(shapeGpuMilli, shape);
  const first = i32At(poolFirstNode, pool);
  const end = first + i32At(poolNodeCount, pool);
  while (left > 0) {
    let pick = -1;
    let pickFree = emptiest ? -1 : i32.MAX_VALUE;
    for (let n = first; n < end; n++) {
      const taken = i32At(planned, n);
      const free = i32At(nodeFreeMilli, n) - taken * milli;
      if (emptiest ? free <= pickFree : free >= pickFree) continue;
      if (nodeRoom(n, shape) - taken <= 0) continue;
      pick = n;
      pickFree = free;
    }
    if (pick < 0) break;
    const taken = i32At(planned, pick);
    const tasks = emptiest ? 1 : min(nodeRoom(pick, shape) - taken, left);
    if (taken == 0) add(pick, 0);
    setI32(planned, pick, taken + tasks);
    left -= tasks;
  }
  collectPlanned();
  return left == 0;
}

// One node if any can take the rest (the tightest), else the roomiest, and again: for equal tasks that is the fewest.
function planFewest(pool: i32, shape: i32, nodesAtMost: i32): bool {
  let left = i32At(shapeTasks, shape);
  const first = i32At(poolFirstNode, pool);
  const end = first + i32At(poolNodeCount, pool);
  if (!fitsOnNodes(first, end, shape, left, nodesAtMost)) return false;
  while (left > 0 && planLength() < nodesAtMost) {
    let tightest = -1;
    let tightestFree = i32.MAX_VALUE;
    let roomiest = -1;
    let most = 0;
    for (let n = first; n < end; n++) {
      if (i32At(planned, n) != 0) continue;
      const room = nodeRoom(n, shape);
      if (room >= left) {
        const free = i32At(nodeFreeMilli, n);
        if (free < tightestFree) {
          tightest = n;
          tightestFree = free;
        }
      } else if (room > most) {
        roomiest = n;
        most = room;
      }
    }
    const pick = tightest >= 0 ? tightest : roomiest;
    if (pick < 0) break;
    const tasks = tightest >= 0 ? left : most;
    add(pick, tasks);
    setI32(planned, pick, tasks);
    left -= tasks;
  }
  for (let i = 0, count = planLength(); i < count; i++) setI32(planned, planNode(i), 0);
  return left == 0;
}

// Whether the roomiest `nodesAtMost` nodes have room for `tasks` together: one look at every node, and a histogram.
function fitsOnNodes(first: i32, end: i32, shape: i32, tasks: i32, nodesAtMost: i32): bool {
  memory.fill(roomCounts, 0, (ROOM_LIMIT + 1) * 4);
  for (let n = first; n < end; n++) {
    const room = min(nodeRoom(n, shape), min(tasks, ROOM_LIMIT));
    if (room >= tasks) return true;
    if (room > 0) setI32(roomCounts, room, i32At(roomCounts, room) + 1);
  }
  let left = tasks;
  let nodes = nodesAtMost;
  for (let room = min(tasks, ROOM_LIMIT); room > 0 && nodes > 0; room--) {
    const used = min(i32At(roomCounts, room), nodes);
    left -= used * room;
    if (left <= 0) return true;
    nodes -= used;
  }
  // rooms beyond the histogram's end were rounded down: the walk itself decides
  return i32At(roomCounts, ROOM_LIMIT) > 0;
}

/**
 * Upper bound on the GPU, milli, of a gang of one-GPU tasks that could be placed now: what adds up, or under same-node
 * what one node has free or the empty nodes and one more. An index skips everything above it. O(nodes) for same-node.
 */
export function placeableMilli(): i32 {
  const free = <i32>Math.min(getF(FREE_MILLI), 2147483646);
  if (getI(PLACE_RULE) != SAME_NODE) return free;
  let most: i64 = 0;
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
    if (i32At(poolCounted, p)) return free;
    const first = i32At(poolFirstNode, p);
    let partial = 0;
    let empty: i64 = 0;
    for (let n = first, end = first + i32At(poolNodeCount, p); n < end; n++) {
      const milli = i32At(nodeFreeMilli, n);
      if (milli == i32At(nodeGpuCount, n) * 1000) empty += milli;
      else partial = max(partial, milli);
    }
    most = max(most, empty + partial);
  }
  return <i32>min(most, <i64>free);
}

/** Nodes that a gang needs at least when the pool is empty. */
function fewestOnEmpty(pool: i32, shape: i32): i32 {
  const room = emptyNodeRoom(i32At(poolFirstNode, pool), shape); // nodes of a pool are identical
  return room > 0 ? (i32At(shapeTasks, shape) + room - 1) / room : 0;
}

/** True if the pool could hold the gang when empty. */
export function couldEver(pool: i32, shape: i32): bool {
  if (!poolAllows(pool, shape)) return false;
  const tasks = i32At(shapeTasks, shape);
  if (i32At(poolCounted, pool)) return <i64>i32At(poolGpuCount, pool) * 1000 >= <i64>gangMilli(shape);
  const room = emptyNodeRoom(i32At(poolFirstNode, pool), shape);
  return room > 0 && <i64>room * <i64>i32At(poolNodeCount, pool) >= <i64>tasks;
}

/** Plans a gang by scores in one pool. */
function planBest(pool: i32, shape: i32): bool {
  if (!hasRoomFor(pool, shape)) return false;
  const tasks = i32At(shapeTasks, shape);
  if (tasks > 1) return planGang(pool, shape);
  const node = bestNodeOf(pool, shape, 0);
  if (node >= 0) add(node, 1);
  return node >= 0;
}

function hasRoomFor(pool: i32, shape: i32): bool {
  let left = i32At(shapeTasks, shape);
  const first = i32At(poolFirstNode, pool);
  for (let n = first, end = first + i32At(poolNodeCount, pool); n < end && left > 0; n++) left -= min(nodeRoom(n, shape), left);
  return left == 0;
}

/**
 * Plans by scores over all pools: one task goes to the best node of all; a gang to the pool of its best node, if that
 * holds it, else to the first that does. The pool, or -1.
 */
export function planScored(shape: i32): i32 {
  clearPlan();
  const node = bestNode(shape, 0);
  const best = node < 0 ? -1 : i32At(nodePool, node);
  if (best >= 0 && i32At(shapeTasks, shape) == 1) {
    add(node, 1);
    return best;
  }
  if (best >= 0 && plan(best, shape)) return best;
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
    if (p != best && (best >= 0 || i32At(poolCounted, p)) && plan(p, shape)) return p;
  }
  return -1;
}

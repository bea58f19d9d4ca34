// Where a gang would go. A plan is a list of (node, tasks) in scratch; nothing is taken until commit. All rules find a
// place whenever the tasks fit anywhere, except same-node, which refuses to spread.

import { CAP_NODES, PLACE_RULE } from "../../abi";
import { column, getI, i32At, setI32 } from "../../memory";
import {
  emptyNodeRoom, nodeFreeMilli, nodeRoom, poolAllows, poolCounted, poolFirstNode, poolFreeMilli, poolGpuCount,
  poolNodeCount,
} from "../../world/clusters";
import { gangMilli, isPlain, shapeGpuMilli, shapeTasks } from "../../world/shapes";

const FIRST_FIT: i32 = 0;
const BEST_FIT: i32 = 1;
const WORST_FIT: i32 = 2;
const SAME_NODE: i32 = 4;

let planNodes: usize = 0;
let planTasks: usize = 0;
let planned: usize = 0; // tasks of this plan by node, zero between plans
let planCount: i32 = 0; // scratch of one verb

export function layoutPlan(): void {
  const nodes = getI(CAP_NODES);
  planNodes = column(-1, 4, nodes + 1);
  planTasks = column(-1, 4, nodes + 1);
  planned = column(-1, 4, nodes + 1);
}

@inline export function planLength(): i32 {
  return planCount;
}
@inline export function planNode(i: i32): i32 {
  return i32At(planNodes, i);
}
@inline export function planTaskCount(i: i32): i32 {
  return i32At(planTasks, i);
}

/** True if in this pool a shape fits exactly when the free GPUs add up: nothing else can be in the way. */
export function isFluid(pool: i32, shape: i32): bool {
  return i32At(poolCounted, pool) != 0 || (isPlain(shape) && getI(PLACE_RULE) != SAME_NODE);
}

/** Plans a gang in one pool under the rule of the run; false if it does not fit in the current view. */
export function plan(pool: i32, shape: i32): bool {
  planCount = 0;
  if (i32At(poolFreeMilli, pool) < gangMilli(shape) || !poolAllows(pool, shape)) return false;
  if (i32At(poolCounted, pool)) {
    setI32(planNodes, 0, -1);
    setI32(planTasks, 0, i32At(shapeTasks, shape));
    planCount = 1;
    return true;
  }
  const rule = getI(PLACE_RULE);
  if (rule == FIRST_FIT) return planFirst(pool, shape);
  if (rule == BEST_FIT) return planByFree(pool, shape, false);
  if (rule == WORST_FIT) return planByFree(pool, shape, true);
  return planFewest(pool, shape, rule == SAME_NODE ? fewestOnEmpty(pool, shape) : i32.MAX_VALUE);
}

@inline function add(node: i32, tasks: i32): void {
  setI32(planNodes, planCount, node);
  setI32(planTasks, planCount, tasks);
  planCount++;
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
  for (let i = 0; i < planCount; i++) {
    const node = i32At(planNodes, i);
    setI32(planTasks, i, i32At(planned, node));
    setI32(planned, node, 0);
  }
  return left == 0;
}

// One node if any can take the rest (the tightest), else the roomiest, and again: for equal tasks that is the fewest.
function planFewest(pool: i32, shape: i32, nodesAtMost: i32): bool {
  let left = i32At(shapeTasks, shape);
  const first = i32At(poolFirstNode, pool);
  const end = first + i32At(poolNodeCount, pool);
  while (left > 0 && planCount < nodesAtMost) {
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
  for (let i = 0; i < planCount; i++) setI32(planned, i32At(planNodes, i), 0);
  return left == 0;
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

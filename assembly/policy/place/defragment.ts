// Room for the first that waits, made by moving others: where its pool has the GPUs free that it asks for, but not where it
// could use them. For every task that lacks a place, the node that is cheapest to make room on is chosen: claims are
// taken off it, the smallest first, until one more task fits, those that need not go are left, and each goes to the
// fullest other node that holds it. Nobody moves twice within a rest; no more GPU is moved than is then started.
// Only claims at work on a single node move. All is tried on a scratch view and decided at once, or not at all.

import {
  CAP_CLAIMS, CAP_NODES, LAST_MOVE, LIVE_PEAK, MOVES, MOVES_LIMIT, MOVE_REST, NOW, PLACE_RULE, POOL_COUNT, STATE_RUNNING,
} from "../../abi";
import { column, f64At, getF, getI, i32At, rowF64, rowI32, setF, setF64, setI32 } from "../../memory";
import {
  changeHolding, claimFirstPart, claimGpuMilli, claimPool, claimSequence, claimShape, claimStart, claimState, partNext, partNode,
} from "../../world/claims";
import {
  bestDevice, changeNode, emptyNodeRoom, nodeFreeMilli, nodeRoom, poolAllows, poolCounted, poolFirstNode, poolFreeMilli,
  poolNodeCount, takeDevices, useReal, useScratch,
} from "../../world/clusters";
import { takeShare } from "../../world/partitions";
import { gangMilli, shapeCpuMilli, shapeGpuMilli, shapeMemoryMib, shapeTasks } from "../../world/shapes";
import { commitMove } from "../decide";
import { plan, SAME_NODE } from "./plan";

const HERE_MAX: i32 = 128; // claims of a node that are looked at
const TRIES: i32 = 4; // nodes that are tried for one task

let firstOn: usize = 0; // by node: a claim that may move; 0 = none, or the node is not to be touched
let nextOn: usize = 0; // by claim
let movedAt: usize = 0; // f64 by claim, µs; of an earlier holder of the slot, if before the claim's start
let here: usize = 0; // claims of the node looked at, smallest first
let chosen: usize = 0; // 1 = would leave
let planSlot: usize = 0; // moves planned so far
let planTarget: usize = 0;
// scratch of one attempt
let planned: i32 = 0;
let unit: i32 = 1; // tasks that must be on one node together

export function layoutDefragment(): void {
  firstOn = column(-1, 4, getI(CAP_NODES));
  nextOn = column(-1, 4, getI(CAP_CLAIMS) + 1);
  movedAt = column(-1, 8, getI(CAP_CLAIMS) + 1);
  here = column(-1, 4, HERE_MAX);
  chosen = column(-1, 4, HERE_MAX);
  planSlot = column(-1, 4, HERE_MAX);
  planTarget = column(-1, 4, HERE_MAX);
}

export function startDefragment(): void {
  setF(LAST_MOVE, -1);
  setF(MOVES, 0);
}

/** Moves others so that the waiting claim fits in the next pass of this instant; nothing where that cannot be. */
export function makeRoomFor(slot: i32): void {
  if (getF(NOW) <= getF(LAST_MOVE)) return; // once an instant
  const shape = rowI32(claimShape, slot);
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
    if (i32At(poolCounted, p) || !poolAllows(p, shape) || i32At(poolFreeMilli, p) < gangMilli(shape)) continue;
    if (!planMoves(p, shape)) continue;
    setF(LAST_MOVE, getF(NOW));
    for (let i = 0; i < planned; i++) {
      setF64(movedAt, i32At(planSlot, i), getF(NOW));
      commitMove(i32At(planSlot, i), i32At(planTarget, i));
    }
    return;
  }
}

function planMoves(pool: i32, shape: i32): bool {
  planned = 0;
  unit = tasksTogether(pool, shape);
  let lacking = lackingUnits(pool, shape);
  // one that fits already waits for others to go first
  if (lacking <= 0) return false;
  collectMovable(pool);
  let budget = gangMilli(shape);
  useScratch();
  while (lacking > 0 && budget > 0) {
    const spent = makeRoomOnce(pool, shape, budget);
    if (spent < 0) break;
    budget -= spent;
    lacking = lackingUnits(pool, shape);
  }
  // the placement itself has the last word
  const fits = lacking <= 0 && plan(pool, shape);
  useReal();
  return fits;
}

/** Tasks that must go onto one node: as many as an empty one holds where a gang is not spread, else each by itself. */
function tasksTogether(pool: i32, shape: i32): i32 {
  if (getI(PLACE_RULE) != SAME_NODE) return 1;
  return max(1, min(i32At(shapeTasks, shape), emptyNodeRoom(i32At(poolFirstNode, pool), shape)));
}

@inline function unitsOn(n: i32, shape: i32): i32 {
  return nodeRoom(n, shape) / unit;
}

/** Units of a gang that have no place in the current view. */
function lackingUnits(pool: i32, shape: i32): i32 {
  let left = (i32At(shapeTasks, shape) + unit - 1) / unit;
  const first = i32At(poolFirstNode, pool);
  for (let n = first, end = first + i32At(poolNodeCount, pool); n < end && left > 0; n++) left -= min(unitsOn(n, shape), left);
  return left;
}

function collectMovable(pool: i32): void {
  const first = i32At(poolFirstNode, pool);
  memory.fill(firstOn + (<usize>first << 2), 0, <usize>i32At(poolNodeCount, pool) << 2);
  const now = getF(NOW);
  const rest = getF(MOVE_REST);
  for (let slot = 1, last = getI(LIVE_PEAK); slot <= last; slot++) {
    if (rowI32(claimState, slot) != STATE_RUNNING || rowI32(claimPool, slot) != pool) continue;
    const part = rowI32(claimFirstPart, slot);
    if (part == 0 || i32At(partNext, part) != 0) continue;
    if (now - Math.max(rowF64(claimStart, slot), f64At(movedAt, slot)) < rest) continue;
    const node = i32At(partNode, part);
    setI32(nextOn, slot, i32At(firstOn, node));
    setI32(firstOn, node, slot);
  }
}

/** Plans room for one unit more; the GPU-milli that move for it, or -1. */
function makeRoomOnce(pool: i32, shape: i32, budget: i32): i32 {
  const first = i32At(poolFirstNode, pool);
  const end = first + i32At(poolNodeCount, pool);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    let best = -1;
    let least = budget + 1;
    for (let n = first; n < end; n++) {
      if (i32At(firstOn, n) == 0) continue;
      const cost = choose(n, shape, least);
      if (cost < least) {
        least = cost;
        best = n;
      }
    }
    if (best < 0) return -1;
    const count = listHere(best);
    choose(best, shape, i32.MAX_VALUE);
    const before = planned;
    if (leave(pool, best, count)) return least;
    planned = before;
    setI32(firstOn, best, 0);
  }
  return -1;
}

/** The node's movable claims into `here`, the smallest first, the latest to arrive first among equals; how many. */
function listHere(n: i32): i32 {
  let count = 0;
  for (let slot = i32At(firstOn, n); slot > 0 && count < HERE_MAX; slot = i32At(nextOn, slot)) {
    let i = count++;
    while (i > 0 && goesBefore(slot, i32At(here, i - 1))) {
      setI32(here, i, i32At(here, i - 1));
      i--;
    }
    setI32(here, i, slot);
  }
  return count;
}

@inline function goesBefore(a: i32, b: i32): bool {
  const x = rowI32(claimGpuMilli, a);
  const y = rowI32(claimGpuMilli, b);
  return x < y || (x == y && rowF64(claimSequence, a) > rowF64(claimSequence, b));
}

/**
 * Chooses who would leave the node so that one unit more fits; the view stays as it is. GPU-milli that would move, or
 * `limit` where it takes as much or cannot be.
 */
function choose(n: i32, shape: i32, limit: i32): i32 {
  const count = listHere(n);
  const before = unitsOn(n, shape);
  let cost = 0;
  let gone = 0;
  while (gone < count && cost < limit && unitsOn(n, shape) <= before) {
    const slot = i32At(here, gone);
    changeHolding(slot, 1);
    setI32(chosen, gone++, 1);
    cost += rowI32(claimGpuMilli, slot);
  }
  const fits = unitsOn(n, shape) > before;
  // the largest of those that need not go stay
  for (let i = gone - 1; i >= 0; i--) {
    const slot = i32At(here, i);
    if (fits) {
      changeHolding(slot, -1);
      if (unitsOn(n, shape) > before) {
        setI32(chosen, i, 0);
        cost -= rowI32(claimGpuMilli, slot);
        continue;
      }
      changeHolding(slot, 1);
    }
  }
  for (let i = 0; i < gone; i++) if (i32At(chosen, i)) changeHolding(i32At(here, i), -1);
  for (let i = gone; i < count; i++) setI32(chosen, i, 0);
  return fits && cost < limit ? cost : limit;
}

/** Takes the chosen claims off the node and finds each another; false, with the view as it was, where one has none. */
function leave(pool: i32, n: i32, count: i32): bool {
  const before = planned;
  for (let i = 0; i < count; i++) if (i32At(chosen, i)) changeHolding(i32At(here, i), 1);
  // the largest first: they are the hardest to place
  for (let i = count - 1; i >= 0; i--) {
    if (!i32At(chosen, i)) continue;
    const slot = i32At(here, i);
    const target = planned < min(getI(MOVES_LIMIT), HERE_MAX) ? fullestFor(pool, n, slot) : -1;
    if (target < 0) {
      giveUp(pool, before);
      return false;
    }
    takeOn(target, pool, rowI32(claimShape, slot));
    setI32(planSlot, planned, slot);
    setI32(planTarget, planned++, target);
  }
  setI32(firstOn, n, 0); // nobody else is sent off it, and nobody sent onto it
  return true;
}

/** Back to the view before `leave`: what was planned on it is undone by making it anew. */
function giveUp(pool: i32, before: i32): void {
  useScratch();
  for (let i = 0; i < before; i++) {
    const slot = i32At(planSlot, i);
    changeHolding(slot, 1);
    takeOn(i32At(planTarget, i), pool, rowI32(claimShape, slot));
  }
}

/** The node with the least free GPU that holds all of the claim, other than n and those that room is made on; -1: none. */
function fullestFor(pool: i32, n: i32, slot: i32): i32 {
  const shape = rowI32(claimShape, slot);
  const tasks = i32At(shapeTasks, shape);
  const first = i32At(poolFirstNode, pool);
  let best = -1;
  let least = i32.MAX_VALUE;
  for (let m = first, end = first + i32At(poolNodeCount, pool); m < end; m++) {
    if (m == n || isSource(m) || i32At(nodeFreeMilli, m) >= least || nodeRoom(m, shape) < tasks) continue;
    best = m;
    least = i32At(nodeFreeMilli, m);
  }
  return best;
}

/** True if a planned move leaves this node. */
function isSource(m: i32): bool {
  for (let i = 0; i < planned; i++) {
    if (i32At(partNode, rowI32(claimFirstPart, i32At(planSlot, i))) == m) return true;
  }
  return false;
}

/** Takes what a claim of this shape holds from a node of the current view. */
function takeOn(n: i32, pool: i32, shape: i32): void {
  const milli = i32At(shapeGpuMilli, shape);
  const tasks = i32At(shapeTasks, shape);
  if (milli >= 1000) {
    takeDevices(n, tasks * (milli / 1000));
  } else if (milli > 0) {
    for (let t = 0; t < tasks; t++) takeShare(n, bestDevice(n, milli), milli);
  }
  changeNode(n, pool, -milli * tasks, -i32At(shapeCpuMilli, shape) * tasks, -i32At(shapeMemoryMib, shape) * tasks);
}

// Placements that give every node that can take a request a score and take the highest; of equal ones the lowest rank. A
// row of scores by rank is kept a shape, brought up to date by the nodes that changed since it was asked for last, with
// the maximum of every block of ranks, so that a decision does not look at all nodes. Rows are a cache: who has none is
// scored anew.

import { CAP_NODES, CAP_SCORED, NODE_CHANGES, NODE_COUNT, PLACE_RULE, TIES } from "../../abi";
import { column, f64At, getF, getI, i32At, setF64, setI32 } from "../../memory";
import { changedNode, changesKept, nodeRank, poolFirstNode, poolNodeCount } from "../../world/clusters";
import { draw, NEVER, RANDOM, scoreOf } from "./scores";

const BLOCK_BITS: i32 = 6;
const BLOCK: i32 = 1 << BLOCK_BITS;

let scores: usize = 0; // f64 by row and rank
let blockMost: usize = 0; // f64 by row and block of ranks
let seen: usize = 0; // f64: changes that a row accounts for; -1 = none
let owner: usize = 0; // shape that a row is of; -1 = none
let byRank: usize = 0; // node of a rank
let stamps: usize = 0;
// functions of the capacities
let ranksPadded: i32 = 0;
let blocks: i32 = 0; // even: two are compared at a time

export function layoutScored(): void {
  const rows = getI(CAP_SCORED);
  const nodes = rows > 0 ? getI(CAP_NODES) : 0;
  blocks = ((nodes + BLOCK * 2 - 1) >> (BLOCK_BITS + 1)) << 1;
  ranksPadded = blocks << BLOCK_BITS;
  scores = column(-1, 8, rows * ranksPadded);
  blockMost = column(-1, 8, rows * blocks);
  seen = column(-1, 8, rows);
  owner = column(-1, 4, rows);
  byRank = column(-1, 4, nodes);
  stamps = column(-1, 4, nodes + 1);
}

/** Forgets every row: the rule, or the cluster, may be another one. */
export function startScored(): void {
  const rows = getI(CAP_SCORED);
  if (rows == 0) return;
  for (let i = 0; i < rows; i++) setI32(owner, i, -1);
  memory.fill(stamps, 0, <usize>(getI(CAP_NODES) + 1) << 2);
  for (let n = 0, nodes = getI(NODE_COUNT); n < nodes; n++) setI32(byRank, i32At(nodeRank, n), n);
}

@inline function drawsTies(): bool {
  return getI(TIES) == 1 || getI(PLACE_RULE) == RANDOM;
}

/** The node that takes one task of this shape in the world as it is; -1 if none can. `task` numbers the tasks of a gang. */
export function bestNode(shape: i32, task: i32): i32 {
  const row = rowOf(shape);
  const most = mostOf(row);
  if (most == NEVER) return -1;
  if (drawsTies()) return drawTied(row, most, 0, getI(NODE_COUNT), task);
  const base = blockMost + (<usize>(row * blocks) << 3);
  let block = 0;
  while (f64At(base, block) != most) block++;
  let rank = block << BLOCK_BITS;
  while (f64At(scores, row * ranksPadded + rank) != most) rank++;
  return i32At(byRank, rank);
}

/** The same among the nodes of one pool. */
export function bestNodeOf(pool: i32, shape: i32, task: i32): i32 {
  if (i32At(poolNodeCount, pool) == getI(NODE_COUNT)) return bestNode(shape, task);
  const row = rowOf(shape);
  const first = i32At(poolFirstNode, pool);
  const end = first + i32At(poolNodeCount, pool);
  let most = NEVER;
  let best = -1;
  for (let n = first; n < end; n++) {
    const score = scoreAt(row, n);
    if (score < most || score == NEVER) continue;
    if (score == most && i32At(nodeRank, n) > i32At(nodeRank, best)) continue;
    most = score;
    best = n;
  }
  return best >= 0 && drawsTies() ? drawTied(row, most, first, end, task) : best;
}

@inline function scoreAt(row: i32, n: i32): f64 {
  return f64At(scores, row * ranksPadded + i32At(nodeRank, n));
}

@inline function mostOf(row: i32): f64 {
  let at = blockMost + (<usize>(row * blocks) << 3);
  let most = f64x2.splat(NEVER);
  for (let b = 0; b < blocks; b += 2) {
    most = f64x2.pmax(most, v128.load(at));
    at += 16;
  }
  return Math.max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
}

// Any node from..end of the highest score, all equally likely: the k-th of them from one draw.
function drawTied(row: i32, most: f64, from: i32, end: i32, task: i32): i32 {
  let tied = 0;
  for (let n = from; n < end; n++) if (scoreAt(row, n) == most) tied++;
  let k = <i32>(draw(task * 2) * <f64>tied);
  for (let n = from; n < end; n++) if (scoreAt(row, n) == most && k-- == 0) return n;
  return -1;
}

// The shape's row, up to date. Shapes share rows where there are more of them than rows.
function rowOf(shape: i32): i32 {
  const row = shape % getI(CAP_SCORED);
  const changes = getF(NODE_CHANGES);
  if (i32At(owner, row) != shape) {
    setI32(owner, row, shape);
    setF64(seen, row, -1);
  }
  const from = f64At(seen, row);
  if (from == changes) return row;
  if (from < 0 || changes - from > changesKept()) fill(row, shape);
  else catchUp(row, shape, from, changes);
  setF64(seen, row, changes);
  return row;
}

function fill(row: i32, shape: i32): void {
  const nodes = getI(NODE_COUNT);
  const base = row * ranksPadded;
  for (let rank = nodes; rank < ranksPadded; rank++) setF64(scores, base + rank, NEVER);
  for (let n = 0; n < nodes; n++) setF64(scores, base + i32At(nodeRank, n), scoreOf(n, shape));
  for (let b = 0; b < blocks; b++) findMost(row, b);
}

function catchUp(row: i32, shape: i32, from: f64, to: f64): void {
  const nodes = getI(NODE_COUNT);
  const stamp = i32At(stamps, nodes) + 1;
  setI32(stamps, nodes, stamp);
  for (; from < to; from++) {
    const n = changedNode(from);
    if (i32At(stamps, n) == stamp) continue;
    setI32(stamps, n, stamp);
    update(row, shape, n);
  }
}

function update(row: i32, shape: i32, n: i32): void {
  const rank = i32At(nodeRank, n);
  const at = row * ranksPadded + rank;
  const before = f64At(scores, at);
  const after = scoreOf(n, shape);
  if (before == after) return;
  setF64(scores, at, after);
  const block = row * blocks + (rank >> BLOCK_BITS);
  const most = f64At(blockMost, block);
  if (after >= most) setF64(blockMost, block, after);
  else if (before == most) findMost(row, rank >> BLOCK_BITS);
}

function findMost(row: i32, block: i32): void {
  let at = scores + (<usize>(row * ranksPadded + (block << BLOCK_BITS)) << 3);
  let most = f64x2.splat(NEVER);
  for (let i = 0; i < BLOCK; i += 2) {
    most = f64x2.pmax(most, v128.load(at));
    at += 16;
  }
  setF64(blockMost, row * blocks + block, Math.max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)));
}

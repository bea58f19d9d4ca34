// The transportation problem: every source may serve every target, at a cost a unit. Primal network simplex on a dense
// cost matrix, without an arc list: a tree arc's reduced cost is 0, so pricing needs no state and is a SIMD minimum over
// row segments. Sources, targets and the tree's root; what a source keeps and what a target lacks are arcs at the root.
//
// Rows of costs are padded to `stride` with FORBIDDEN. Node ids: target j is j, source i is stride + i, the root is
// stride + rows. Reduced cost of i -> j: cost + potential(i) - potential(j). Costs and amounts are integers (the host
// scales), T is i32 where they are small enough, else f64.
//
// Sources: Dantzig 1951 (network simplex); Cunningham 1976 (strongly feasible trees); Kiraly and Kovacs 2012 (block search,
// candidate list). A block is about 64 times the root of the number of pairs, and up to 8 pivots are taken from its list:
// a block of 8 times the root without a list took a fifth longer at 500 x 2,000.

import { SOLVE_AGAIN, SOLVE_INFEASIBLE, SOLVE_LIMIT, SOLVE_OPTIMAL } from "../abi";
import { column, f64At, i32At, setF64, setI32 } from "../memory";
import { findValue, leastOf } from "./segments";
import {
  flowOf, layoutTree, nodeAt, parentOf, pivot, potentialAt, reflow, rethread, setArc, setFlow, setParent, setUp, threadOf,
  Tree, upOf,
} from "./tree";

/** Costs from here on are those of pairs that may not be used: above every potential difference, below overflow. */
export const FORBIDDEN_I32: i32 = 0x60000000;
const SEGMENTS_MAX: i32 = 64;
const MINOR_MAX: i32 = 8; // pivots from the list of a block at most

@unmanaged
export class Transport {
  tree: Tree;
  costs: u32; // T [rows x stride]
  rootCosts: u32; // T by node: of a unit kept at a source, of a unit lacking at a target; FORBIDDEN if that may not be
  candidates: u32; // row, column: the best pair of each segment of the last block
  rows: i32;
  cols: i32;
  stride: i32;
  segment: i32; // columns a segment
  perRow: i32; // segments a row
  perBlock: i32; // segments a block
  cursor: i32; // segment to price next
  rootArcs: i32; // 1 = arcs at the root may enter
  candidateCount: i32;
  minor: i32; // pivots from the list since the last block
  big: f64; // cost of an artificial unit
  pivotsMax: f64;
}
const TRANSPORT_BYTES: i32 = 112;

@inline export function strideOf(cols: i32): i32 { return (cols + 15) & ~15; }

/** Room for a problem; `bytes` of a cost: 4 or 8. Memory is one cost a pair and some 80 bytes a source and target. */
export function layoutTransport(rows: i32, cols: i32, bytes: i32): Transport {
  const t = changetype<Transport>(column(-1, TRANSPORT_BYTES, 1));
  t.rows = rows;
  t.cols = cols;
  t.stride = strideOf(cols);
  const count = t.stride + rows + 1;
  t.tree = layoutTree(count, bytes);
  t.tree.count = count;
  t.tree.root = count - 1;
  t.costs = <u32>column(-1, bytes, t.stride * rows);
  t.rootCosts = <u32>column(-1, bytes, count);
  t.candidates = <u32>column(-1, 8, SEGMENTS_MAX);
  return t;
}

@inline function costAt<T>(t: Transport, row: i32, col: i32): T {
  return load<T>(<usize>t.costs + (<usize>row * <usize>t.stride + <usize>col) * sizeof<T>());
}

@inline function forbidden<T>(cost: T): bool {
  if (isInteger<T>()) return cost >= <T>FORBIDDEN_I32;
  return cost == <T>Infinity;
}

/** Cost of the arc between a node and its parent. */
@inline function treeCost<T>(t: Transport, x: i32, parent: i32, up: i32): T {
  const stride = t.stride;
  const isRow = x >= stride ? 1 : 0;
  if (parent != t.tree.root) return isRow ? costAt<T>(t, x - stride, parent) : costAt<T>(t, parent - stride, x);
  const cost = load<T>(<usize>t.rootCosts + <usize>x * sizeof<T>());
  return isRow == up && !forbidden<T>(cost) ? cost : <T>t.big;
}

@inline function segmentMin<T>(t: Transport, row: i32, from: i32, to: i32): T {
  const costs = <usize>t.costs + (<usize>row * <usize>t.stride + <usize>from) * sizeof<T>();
  return leastOf<T>(costs, <usize>t.tree.potentials + <usize>from * sizeof<T>(), to - from);
}

@inline function segmentFind<T>(t: Transport, row: i32, from: i32, value: T): i32 {
  const costs = <usize>t.costs + (<usize>row * <usize>t.stride + <usize>from) * sizeof<T>();
  return from + findValue<T>(costs, <usize>t.tree.potentials + <usize>from * sizeof<T>(), value);
}

function potentials<T>(t: Transport): void {
  const tree = t.tree;
  const nodes: usize = tree.nodes;
  const walks: usize = tree.walks;
  const place: usize = tree.potentials;
  store<T>(place + <usize>tree.root * sizeof<T>(), <T>0);
  for (let x = threadOf(walks, tree.root); x != tree.root; ) {
    const node = nodeAt(nodes, x);
    const parent = parentOf(node);
    const cost = treeCost<T>(t, x, parent, upOf(node));
    const above = load<T>(place + <usize>parent * sizeof<T>());
    store<T>(place + <usize>x * sizeof<T>(), upOf(node) ? <T>(above - cost) : <T>(above + cost));
    x = threadOf(walks, x);
  }
}

@inline function hang(t: Transport, x: i32, parent: i32, up: i32, flow: f64): void {
  const node = nodeAt(t.tree.nodes, x);
  setParent(node, parent);
  setUp(node, up);
  setArc(node, -1);
  setFlow(node, flow);
}

/** What must be set after the sizes: how pricing walks, and the cost of an artificial unit. */
function prepare<T>(t: Transport, big: f64, pivotsMax: f64): void {
  const arcs = <f64>t.rows * <f64>t.cols;
  const block = max(256, <i32>(Math.sqrt(arcs) * 64));
  t.segment = min(t.stride, max(64, (block >> 4) & ~15));
  t.perRow = (t.stride + t.segment - 1) / t.segment;
  t.perBlock = min(SEGMENTS_MAX, max(1, (block + t.segment - 1) / t.segment));
  t.cursor = 0;
  t.candidateCount = 0;
  t.big = big;
  t.pivotsMax = pivotsMax;
  t.tree.pivots = 0;
  t.rootArcs = 0;
  for (let x = 0; x < t.tree.count - 1; x++) {
    if (x >= t.cols && x < t.stride) continue;
    if (!forbidden<T>(load<T>(<usize>t.rootCosts + <usize>x * sizeof<T>()))) t.rootArcs = 1;
  }
}

/**
 * Begins with a greedy plan: each target takes from its cheapest source what that still has, then each source with
 * something left serves its cheapest open targets. What remains is artificial. `net` holds supplies and minus demands.
 */
export function startTransport<T>(t: Transport, big: f64, pivotsMax: f64): void {
  prepare<T>(t, big, pivotsMax);
  const stride = t.stride;
  const rows = t.rows;
  const cols = t.cols;
  const net: usize = t.tree.net;
  const left: usize = t.tree.need; // what is still to be sent or taken
  for (let x = 0; x < t.tree.count; x++) {
    setF64(left, x, Math.abs(f64At(net, x)));
    hang(t, x, t.tree.root, x >= stride || f64At(net, x) == 0 ? 1 : 0, 0);
  }
  const best: usize = t.tree.potentials; // cheapest cost by column, for now
  const from: usize = t.tree.first; // and its row
  for (let j = 0; j < cols; j++) {
    store<T>(best + <usize>j * sizeof<T>(), costAt<T>(t, 0, j));
    setI32(from, j, 0);
  }
  for (let i = 1; i < rows; i++) {
    const row = <usize>t.costs + <usize>i * <usize>stride * sizeof<T>();
    for (let j = 0; j < cols; j++) {
      const cost = load<T>(row + <usize>j * sizeof<T>());
      if (cost < load<T>(best + <usize>j * sizeof<T>())) {
        store<T>(best + <usize>j * sizeof<T>(), cost);
        setI32(from, j, i);
      }
    }
  }
  for (let j = 0; j < cols; j++) {
    if (!forbidden<T>(load<T>(best + <usize>j * sizeof<T>()))) ship(t, i32At(from, j), j, left);
  }
  // closed targets get a potential that makes them dearer than any open one
  for (let j = 0; j < stride; j++) store<T>(best + <usize>j * sizeof<T>(), closing<T>(j < cols && f64At(left, j) > 0));
  for (let i = 0; i < rows; i++) {
    while (f64At(left, stride + i) > 0) {
      const cheapest = segmentMin<T>(t, i, 0, stride);
      if (cheapest >= closedFrom<T>()) break;
      const j = segmentFind<T>(t, i, 0, cheapest);
      ship(t, i, j, left);
      if (f64At(left, j) == 0) store<T>(best + <usize>j * sizeof<T>(), closing<T>(false));
    }
  }
  for (let x = 0; x < t.tree.count - 1; x++) {
    if (parentOf(nodeAt(t.tree.nodes, x)) == t.tree.root) setFlow(nodeAt(t.tree.nodes, x), f64At(left, x));
    if (x < stride && parentOf(nodeAt(t.tree.nodes, x)) == t.tree.root && f64At(left, x) == 0) {
      setUp(nodeAt(t.tree.nodes, x), 1);
    }
  }
  rethread(t.tree);
  potentials<T>(t);
}

@inline function closing<T>(open: bool): T {
  if (isInteger<T>()) return open ? <T>0 : <T>(0 - FORBIDDEN_I32 / 4);
  return open ? <T>0 : <T>-1e300;
}
@inline function closedFrom<T>(): T {
  if (isInteger<T>()) return <T>(FORBIDDEN_I32 / 4 - FORBIDDEN_I32 / 8);
  return <T>1e299;
}

/** Sends what source and target both still have; whoever is done hangs below the other. */
@inline function ship(t: Transport, i: i32, j: i32, left: usize): void {
  const row = t.stride + i;
  const have = f64At(left, row);
  const want = f64At(left, j);
  if (have <= 0 || want <= 0) return;
  if (want <= have) {
    hang(t, j, row, 0, want);
    setF64(left, row, have - want);
    setF64(left, j, 0);
  } else {
    hang(t, row, j, 1, have);
    setF64(left, row, 0);
    setF64(left, j, want - have);
  }
}

/** Begins from the tree of the last solve, after costs, supplies or demands have changed. */
export function restartTransport<T>(t: Transport, big: f64, pivotsMax: f64): void {
  prepare<T>(t, big, pivotsMax);
  const nodes: usize = t.tree.nodes;
  let cut = reflow<i32>(t.tree);
  for (let x = 0; x < t.tree.count - 1; x++) {
    const node = nodeAt(nodes, x);
    const parent = parentOf(node);
    if (parent == t.tree.root || !forbidden<T>(treeCost<T>(t, x, parent, upOf(node)))) continue;
    // a pair that may no longer be used: its flow becomes artificial at both ends
    cut++;
    setParent(node, t.tree.root);
  }
  if (cut > 0) {
    rethread(t.tree);
    reflow<i32>(t.tree);
    rethread(t.tree);
  }
  potentials<T>(t);
}

/** Lets u -> v enter; arcs have no capacity, and no cycle of a transportation problem is unbounded. */
@inline function enter<T>(t: Transport, u: i32, v: i32, reduced: T): void {
  pivot<T, i32>(t.tree, u, v, -1, 1, 0, Infinity, reduced);
}

/** Prices the arcs at the root: a source that keeps, a target that lacks. True if one entered. */
function priceRoot<T>(t: Transport): bool {
  const tree = t.tree;
  let best = <T>0;
  let at = -1;
  for (let x = 0; x < tree.root; x++) {
    if (x >= t.cols && x < t.stride) continue;
    const cost = load<T>(<usize>t.rootCosts + <usize>x * sizeof<T>());
    if (forbidden<T>(cost)) continue;
    const p = potentialAt<T>(tree, x);
    const reduced = x >= t.stride ? <T>(cost + p) : <T>(cost - p);
    if (reduced < best) { best = reduced; at = x; }
  }
  if (at < 0) return false;
  if (at >= t.stride) enter<T>(t, at, tree.root, best);
  else enter<T>(t, tree.root, at, best);
  return true;
}

/** One entering arc from the next block that has one; false when a whole round found none. */
@inline function priceBlock<T>(t: Transport): bool {
  const tree = t.tree;
  const total = t.rows * t.perRow;
  const segment = t.segment;
  const stride = t.stride;
  let s = t.cursor;
  let row = s / t.perRow;
  let from = (s - row * t.perRow) * segment;
  let seen = 0;
  let best = <T>0;
  let bestRow = -1;
  let inBlock = t.perBlock;
  const list: usize = t.candidates;
  let n = 0;
  while (seen < total) {
    const p = potentialAt<T>(tree, stride + row);
    const least = segmentMin<T>(t, row, from, min(stride, from + segment));
    if (<T>(least + p) < 0) {
      store<i32>(list + (<usize>n << 3), row);
      store<i32>(list + (<usize>n << 3), segmentFind<T>(t, row, from, least), 4);
      n++;
      if (<T>(least + p) < best) { best = <T>(least + p); bestRow = n - 1; }
    }
    seen++;
    s++;
    from += segment;
    if (from >= stride) {
      from = 0;
      row++;
      if (row == t.rows) { row = 0; s = 0; }
    }
    if (--inBlock == 0) {
      if (bestRow >= 0) break;
      inBlock = t.perBlock;
    }
  }
  t.cursor = s;
  t.candidateCount = n;
  t.minor = 0;
  if (bestRow < 0) return false;
  const at = list + (<usize>bestRow << 3);
  enter<T>(t, stride + load<i32>(at), load<i32>(at, 4), best);
  return true;
}

/** One entering arc from the list that the last block left; false when it is used up or stale. */
@inline function priceList<T>(t: Transport): bool {
  const tree = t.tree;
  const stride = t.stride;
  const list: usize = t.candidates;
  if (t.minor++ >= MINOR_MAX) return false;
  let n = 0;
  let best = <T>0;
  let bestAt = -1;
  for (let k = 0; k < t.candidateCount; k++) {
    const row = load<i32>(list + (<usize>k << 3));
    const col = load<i32>(list + (<usize>k << 3), 4);
    const reduced = <T>(costAt<T>(t, row, col) + potentialAt<T>(tree, stride + row) - potentialAt<T>(tree, col));
    if (reduced >= 0) continue;
    if (reduced < best) { best = reduced; bestAt = n; }
    store<i32>(list + (<usize>n << 3), row);
    store<i32>(list + (<usize>n << 3), col, 4);
    n++;
  }
  t.candidateCount = n;
  if (bestAt < 0) return false;
  const at = list + (<usize>bestAt << 3);
  enter<T>(t, stride + load<i32>(at), load<i32>(at, 4), best);
  return true;
}

/** At most `slice` pivots: AGAIN, or the verdict. */
export function runTransport<T>(t: Transport, slice: i32): i32 {
  for (let k = 0; k < slice; k++) {
    if (priceList<T>(t) || priceBlock<T>(t)) continue;
    if (t.rootArcs && priceRoot<T>(t)) continue;
    return verdict<T>(t);
  }
  return t.tree.pivots >= t.pivotsMax ? SOLVE_LIMIT : SOLVE_AGAIN;
}

/** Flow left on an artificial arc means that no plan exists. */
function verdict<T>(t: Transport): i32 {
  const tree = t.tree;
  for (let x = 0; x < tree.root; x++) {
    const node = nodeAt(tree.nodes, x);
    if (parentOf(node) != tree.root || flowOf(node) == 0) continue;
    const isRow = x >= t.stride ? 1 : 0;
    if (isRow != upOf(node) || forbidden<T>(load<T>(<usize>t.rootCosts + <usize>x * sizeof<T>()))) return SOLVE_INFEASIBLE;
  }
  return SOLVE_OPTIMAL;
}

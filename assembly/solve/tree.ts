// The basis of a network simplex: a spanning tree over the problem's nodes and one root, with flows on its arcs and a
// potential a node. Shared by the dense transport kernel and by general minimum-cost flow.
//
// A node is one 32-byte record, which a climb to the root reads, and one of 8 bytes (thread, depth), which is all that a
// walk over a subtree reads beside the potentials: with one record for both, 500 x 2,000 took a quarter longer. Preorder is
// a doubly linked thread (Bradley, Brown and Graves 1977), from which one walk over the cut-off subtree re-roots it and
// moves its potentials. The tree is kept strongly feasible (Cunningham 1976): an arc that cannot take more flow toward the
// root never is in it, so no sequence of degenerate pivots repeats. All numbers are integers below 2^53 (the host scales),
// so that every comparison is exact.
//
// Type parameters: T is the type of costs and potentials (i32 or f64); C is f64 where arcs have capacities, i32 where not.

import { column, f64At, i32At, setF64, setI32 } from "../memory";

const FLOW: usize = 0;
const PARENT: usize = 8;
const PREV: usize = 16;
const ARC: usize = 24;
const UP: usize = 28;
export const NODE_BYTES: i32 = 32;

@unmanaged
export class Tree {
  nodes: u32;
  walks: u32; // thread and depth by node
  potentials: u32;
  first: u32; // scratch of rebuild: first child
  sibling: u32; // and next child of the same parent
  net: u32; // balance by node: what it sends (> 0) or takes (< 0)
  need: u32; // scratch of reflow: the same of the whole subtree
  caps: u32; // capacity by arc; 0 where arcs have none
  count: i32; // nodes with the root, which is the last
  root: i32;
  // a pivot's choices
  join: i32;
  side: i32;
  leaving: i32;
  leftArc: i32; // the arc that left, and whether at its capacity
  leftFull: i32;
  delta: f64;
  pivots: f64;
}
const TREE_BYTES: i32 = 80;

/** A tree for at most `count` nodes with the root; potentials of `bytes` each. */
export function layoutTree(count: i32, bytes: i32): Tree {
  const tree = changetype<Tree>(column(-1, TREE_BYTES, 1));
  tree.nodes = <u32>column(-1, NODE_BYTES, count);
  tree.walks = <u32>column(-1, 8, count);
  tree.potentials = <u32>column(-1, bytes, count + 16);
  tree.first = <u32>column(-1, 4, count);
  tree.sibling = <u32>column(-1, 4, count);
  tree.net = <u32>column(-1, 8, count);
  tree.need = <u32>column(-1, 8, count);
  return tree;
}

@inline export function nodeAt(nodes: usize, x: i32): usize { return nodes + (<usize>x << 5); }
@inline export function flowOf(node: usize): f64 { return load<f64>(node, FLOW); }
@inline export function setFlow(node: usize, value: f64): void { store<f64>(node, value, FLOW); }
@inline export function parentOf(node: usize): i32 { return load<i32>(node, PARENT); }
@inline export function setParent(node: usize, value: i32): void { store<i32>(node, value, PARENT); }
@inline export function threadOf(walks: usize, x: i32): i32 { return load<i32>(walks + (<usize>x << 3)); }
@inline function setThread(walks: usize, x: i32, value: i32): void { store<i32>(walks + (<usize>x << 3), value); }
@inline export function prevOf(node: usize): i32 { return load<i32>(node, PREV); }
@inline function setPrev(node: usize, value: i32): void { store<i32>(node, value, PREV); }
@inline function depthOf(walks: usize, x: i32): i32 { return load<i32>(walks + (<usize>x << 3), 4); }
@inline function setDepth(walks: usize, x: i32, value: i32): void { store<i32>(walks + (<usize>x << 3), value, 4); }
@inline export function arcOf(node: usize): i32 { return load<i32>(node, ARC); }
@inline export function setArc(node: usize, value: i32): void { store<i32>(node, value, ARC); }
/** 1 if the arc to the parent points at the parent, 0 if at the node. */
@inline export function upOf(node: usize): i32 { return load<i32>(node, UP); }
@inline export function setUp(node: usize, value: i32): void { store<i32>(node, value, UP); }

@inline export function potentialAt<T>(tree: Tree, x: i32): T { return load<T>(<usize>tree.potentials + <usize>x * sizeof<T>()); }

/** Room for more flow on the arc of a node, in the direction asked: along the arc, up to its capacity; against it, to 0. */
@inline function room<C>(tree: Tree, node: usize, along: i32): f64 {
  if (!along) return flowOf(node);
  if (isFloat<C>()) {
    const arc = arcOf(node);
    return arc < 0 ? Infinity : load<f64>(<usize>tree.caps + (<usize>arc << 3)) - flowOf(node);
  }
  return Infinity;
}

/**
 * Finds the cycle that flow from `u` to `v` closes, how much it can take, and the last arc that blocks it, seen from
 * the join along the flow: that choice keeps the tree strongly feasible. `limit` is what the entering arc itself can
 * take. Sets join, delta, side (0: the entering arc blocks first, 1: on u's path, 2: on v's) and leaving.
 */
@inline function findLeaving<C>(tree: Tree, u: i32, v: i32, limit: f64): void {
  const nodes: usize = tree.nodes;
  const walks: usize = tree.walks;
  let a = u;
  let b = v;
  let na = nodeAt(nodes, a);
  let nb = nodeAt(nodes, b);
  let deltaA = limit;
  let deltaB: f64 = Infinity;
  let leaveA = -1;
  let leaveB = -1;
  while (a != b) {
    if (depthOf(walks, a) > depthOf(walks, b)) {
      // flow runs down to u: against arcs that point up
      if (isFloat<C>() || upOf(na)) {
        const r = room<C>(tree, na, 1 - upOf(na));
        if (r < deltaA) { deltaA = r; leaveA = a; }
      }
      a = parentOf(na);
      na = nodeAt(nodes, a);
    } else {
      if (isFloat<C>() || !upOf(nb)) {
        const r = room<C>(tree, nb, upOf(nb));
        if (r <= deltaB) { deltaB = r; leaveB = b; }
      }
      b = parentOf(nb);
      nb = nodeAt(nodes, b);
    }
  }
  tree.join = a;
  if (leaveB >= 0 && deltaB <= deltaA) {
    tree.side = 2;
    tree.leaving = leaveB;
    tree.delta = deltaB;
  } else {
    tree.side = leaveA >= 0 ? 1 : 0;
    tree.leaving = leaveA;
    tree.delta = deltaA;
  }
}

@inline function push(nodes: usize, u: i32, v: i32, join: i32, delta: f64): void {
  for (let x = u; x != join; ) {
    const node = nodeAt(nodes, x);
    setFlow(node, upOf(node) ? flowOf(node) - delta : flowOf(node) + delta);
    x = parentOf(node);
  }
  for (let x = v; x != join; ) {
    const node = nodeAt(nodes, x);
    setFlow(node, upOf(node) ? flowOf(node) + delta : flowOf(node) - delta);
    x = parentOf(node);
  }
}

/**
 * Hangs the subtree below `top` to `q` by its node `p`, through arc `arc` with flow `flow`; `up` is 1 if that arc points
 * from p to q. Every potential in it moves by `shift`. One walk over the subtree.
 */
@inline function rehang<T>(tree: Tree, top: i32, p: i32, q: i32, arc: i32, up: i32, flow: f64, shift: T): void {
  const nodes: usize = tree.nodes;
  const walks: usize = tree.walks;
  const potentials: usize = tree.potentials;
  const before = prevOf(nodeAt(nodes, top));
  let x = p;
  let node = nodeAt(nodes, x);
  let child = -1;
  let afterChild = -1;
  let last = -1;
  let parent = q;
  let depth = depthOf(walks, q) + 1;
  let end = 0;
  while (true) {
    const oldParent = parentOf(node);
    const oldArc = arcOf(node);
    const oldUp = upOf(node);
    const oldFlow = flowOf(node);
    const oldDepth = depthOf(walks, x);
    const deeper = depth - oldDepth;
    setParent(node, parent);
    setArc(node, arc);
    setUp(node, up);
    setFlow(node, flow);
    if (last >= 0) {
      setThread(walks, last, x);
      setPrev(node, last);
    }
    // the part of this subtree that is not the part already moved
    let y = x;
    while (true) {
      setDepth(walks, y, depthOf(walks, y) + deeper);
      const place = potentials + <usize>y * sizeof<T>();
      store<T>(place, <T>(load<T>(place) + shift));
      let next = threadOf(walks, y);
      if (next == child) {
        next = afterChild;
        setThread(walks, y, next);
        setPrev(nodeAt(nodes, next), y);
      }
      last = y;
      if (depthOf(walks, next) <= oldDepth) {
        end = next;
        break;
      }
      y = next;
    }
    if (x == top) break;
    child = x;
    afterChild = end;
    parent = x;
    depth = depthOf(walks, x) + 1;
    arc = oldArc;
    up = 1 - oldUp;
    flow = oldFlow;
    x = oldParent;
    node = nodeAt(nodes, x);
  }
  setThread(walks, before, end);
  setPrev(nodeAt(nodes, end), before);
  const next = threadOf(walks, q);
  setThread(walks, q, p);
  setPrev(nodeAt(nodes, p), q);
  setThread(walks, last, next);
  setPrev(nodeAt(nodes, next), last);
}

/**
 * Sends as much flow as possible from `u` to `v` over an arc whose reduced cost seen in that direction is `reduced` < 0.
 * `up` says how the arc points: 1 from u to v, 0 from v to u (it leaves its upper bound). `flow` is its flow now, `limit`
 * what it can still take in the direction. False if nothing bounds the cycle. Afterwards `side` is 0 where the arc went
 * from one bound to the other and the tree stayed, else `leaving` names the node whose arc left; `arc` is now its arc.
 */
@inline export function pivot<T, C>(tree: Tree, u: i32, v: i32, arc: i32, along: i32, flow: f64, limit: f64, reduced: T): bool {
  findLeaving<C>(tree, u, v, limit);
  const delta = tree.delta;
  if (delta == Infinity) return false;
  if (isFloat<C>() && tree.side != 0) {
    const node = nodeAt(tree.nodes, tree.leaving);
    tree.leftArc = arcOf(node);
    tree.leftFull = tree.side == 1 ? 1 - upOf(node) : upOf(node);
  }
  if (delta > 0) push(tree.nodes, u, v, tree.join, delta);
  tree.pivots += 1;
  if (tree.side == 0) return true;
  const now = along ? flow + delta : flow - delta;
  if (tree.side == 1) rehang<T>(tree, tree.leaving, u, v, arc, along, now, <T>(0 - reduced));
  else rehang<T>(tree, tree.leaving, v, u, arc, 1 - along, now, reduced);
  return true;
}

/** Threads, depths and parents' lists from the parents alone. Nodes 0 .. count - 2 must reach the root. */
export function rethread(tree: Tree): void {
  const nodes: usize = tree.nodes;
  const walks: usize = tree.walks;
  const first: usize = tree.first;
  const sibling: usize = tree.sibling;
  const root = tree.root;
  for (let x = 0; x < tree.count; x++) setI32(first, x, -1);
  for (let x = tree.count - 2; x >= 0; x--) {
    const parent = parentOf(nodeAt(nodes, x));
    setI32(sibling, x, i32At(first, parent));
    setI32(first, parent, x);
  }
  setI32(sibling, root, -1);
  const top = nodeAt(nodes, root);
  setParent(top, -1);
  setDepth(walks, root, 0);
  let x = root;
  let last = -1;
  let depth = 0;
  while (true) {
    const node = nodeAt(nodes, x);
    setDepth(walks, x, depth);
    setPrev(node, last);
    if (last >= 0) setThread(walks, last, x);
    last = x;
    const child = i32At(first, x);
    if (child >= 0) {
      x = child;
      depth++;
      continue;
    }
    while (x != root && i32At(sibling, x) < 0) {
      x = parentOf(nodeAt(nodes, x));
      depth--;
    }
    if (x == root) break;
    x = i32At(sibling, x);
  }
  setThread(walks, last, root);
  setPrev(top, last);
}

/**
 * Flows of the tree's arcs from the balances, from the leaves up. A subtree whose arc would carry a negative flow, more
 * than its capacity, or nothing toward its own node (not strongly feasible) is cut off and hung to the root by an
 * artificial arc. Returns how many were cut; then the tree must be threaded again.
 */
export function reflow<C>(tree: Tree): i32 {
  const nodes: usize = tree.nodes;
  const net: usize = tree.net;
  const root = tree.root;
  const need: usize = tree.need;
  let cut = 0;
  for (let x = 0; x < tree.count; x++) setF64(need, x, f64At(net, x));
  for (let x = prevOf(nodeAt(nodes, root)); x != root; ) {
    const node = nodeAt(nodes, x);
    const sent = f64At(need, x);
    const parent = parentOf(node);
    const up = upOf(node);
    let fits = up ? sent >= 0 : sent < 0;
    const flow = up ? sent : 0 - sent;
    if (isFloat<C>() && arcOf(node) >= 0 && fits) {
      const cap = load<f64>(<usize>tree.caps + (<usize>arcOf(node) << 3));
      // toward the root there must be room left, toward the node there must be flow
      fits = up ? flow < cap : flow <= cap;
    }
    if (!fits && parent != root) {
      cut++;
      setParent(node, root);
      setArc(node, -1);
    } else if (!fits) {
      setArc(node, -1);
    }
    if (!fits) setUp(node, sent >= 0 ? 1 : 0);
    setFlow(node, fits ? flow : Math.abs(sent));
    if (fits && parent != root) setF64(need, parent, f64At(need, parent) + sent);
    x = prevOf(node);
  }
  return cut;
}

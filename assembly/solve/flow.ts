// Minimum-cost flow on a sparse graph: primal network simplex over a list of arcs with capacities. Lower bounds are
// shifted away by the host, which also makes an arc of everything that may be kept or lacking. Arcs at the root are artificial.
//
// Reduced cost of an arc u -> v: cost + potential(u) - potential(v). An arc outside the tree is at 0 (state 1) or at its
// capacity (state -1); in the tree its state is 0. Costs and amounts are integers (the host scales).
//
// Sources: Ahuja, Magnanti and Orlin 1993, chapter 11; Kiraly and Kovacs 2012 (block search).

import { SOLVE_AGAIN, SOLVE_INFEASIBLE, SOLVE_LIMIT, SOLVE_OPTIMAL, SOLVE_UNBOUNDED } from "../abi";
import { column, f64At, i32At, setF64 } from "../memory";
import {
  arcOf, flowOf, layoutTree, nodeAt, parentOf, pivot, reflow, rethread, setArc, setFlow, setParent, setUp, threadOf, Tree, upOf,
} from "./tree";

@unmanaged
export class Flow {
  tree: Tree;
  from: u32; // i32 by arc
  to: u32;
  costs: u32; // f64 by arc
  states: u32; // i8 by arc
  supplies: u32; // f64 by node: sent (> 0) or taken (< 0)
  flows: u32; // f64 by arc, written by `writeFlows`
  arcs: i32;
  block: i32;
  cursor: i32;
  enteringArc: i32; // of an unbounded cycle
  big: f64;
  pivotsMax: f64;
}
const FLOW_BYTES: i32 = 80;

/** Room for a graph of `nodes` nodes and `arcs` arcs: 41 bytes an arc, some 120 a node. */
export function layoutFlow(nodes: i32, arcs: i32): Flow {
  const f = changetype<Flow>(column(-1, FLOW_BYTES, 1));
  f.arcs = arcs;
  f.tree = layoutTree(nodes + 1, 8);
  f.tree.count = nodes + 1;
  f.tree.root = nodes;
  f.from = <u32>column(-1, 4, arcs);
  f.to = <u32>column(-1, 4, arcs);
  f.costs = <u32>column(-1, 8, arcs);
  f.tree.caps = <u32>column(-1, 8, arcs);
  f.states = <u32>column(-1, 1, arcs);
  f.supplies = <u32>column(-1, 8, nodes + 1);
  f.flows = <u32>column(-1, 8, arcs);
  return f;
}

@inline function stateOf(states: usize, arc: i32): i32 { return load<i8>(states + <usize>arc); }
@inline function setState(states: usize, arc: i32, value: i32): void { store<i8>(states + <usize>arc, <i8>value); }

function potentials(f: Flow): void {
  const tree = f.tree;
  const nodes: usize = tree.nodes;
  const walks: usize = tree.walks;
  const place: usize = tree.potentials;
  setF64(place, tree.root, 0);
  for (let x = threadOf(walks, tree.root); x != tree.root; x = threadOf(walks, x)) {
    const node = nodeAt(nodes, x);
    const cost = arcOf(node) >= 0 ? f64At(f.costs, arcOf(node)) : f.big;
    const above = f64At(place, parentOf(node));
    setF64(place, x, upOf(node) ? above - cost : above + cost);
  }
}

function prepare(f: Flow, big: f64, pivotsMax: f64): void {
  f.block = max(32, <i32>(Math.sqrt(<f64>f.arcs) * 2));
  f.cursor = 0;
  f.big = big;
  f.pivotsMax = pivotsMax;
  f.tree.pivots = 0;
  f.enteringArc = -1;
}

/** Begins with every node at the root. */
export function startFlow(f: Flow, big: f64, pivotsMax: f64): void {
  prepare(f, big, pivotsMax);
  const tree = f.tree;
  memory.fill(f.states, 1, <usize>f.arcs);
  for (let x = 0; x < tree.root; x++) {
    const node = nodeAt(tree.nodes, x);
    const net = f64At(f.supplies, x);
    setF64(tree.net, x, net);
    setParent(node, tree.root);
    setArc(node, -1);
    setUp(node, net >= 0 ? 1 : 0);
    setFlow(node, Math.abs(net));
  }
  rethread(tree);
  potentials(f);
}

/** Begins from the tree of the last solve, after costs, capacities or supplies have changed. */
export function restartFlow(f: Flow, big: f64, pivotsMax: f64): void {
  prepare(f, big, pivotsMax);
  const tree = f.tree;
  const states: usize = f.states;
  for (let x = 0; x < tree.root; x++) setF64(tree.net, x, f64At(f.supplies, x));
  for (let e = 0; e < f.arcs; e++) {
    if (stateOf(states, e) >= 0) continue;
    const cap = f64At(tree.caps, e);
    if (cap == Infinity) {
      setState(states, e, 1);
      continue;
    }
    const u = i32At(f.from, e);
    const v = i32At(f.to, e);
    setF64(tree.net, u, f64At(tree.net, u) - cap);
    setF64(tree.net, v, f64At(tree.net, v) + cap);
  }
  if (reflow<f64>(tree) > 0) {
    rethread(tree);
    for (let e = 0; e < f.arcs; e++) if (stateOf(states, e) == 0) setState(states, e, 1);
    for (let x = 0; x < tree.root; x++) {
      const arc = arcOf(nodeAt(tree.nodes, x));
      if (arc >= 0) setState(states, arc, 0);
    }
  }
  potentials(f);
}

/** One entering arc from the next block that has one; its state, or 0 when a whole round found none. */
@inline function price(f: Flow): i32 {
  const from: usize = f.from;
  const to: usize = f.to;
  const costs: usize = f.costs;
  const states: usize = f.states;
  const place: usize = f.tree.potentials;
  const arcs = f.arcs;
  let e = f.cursor;
  let best: f64 = 0;
  let bestArc = -1;
  let left = f.block;
  for (let seen = 0; seen < arcs; seen++) {
    const reduced = <f64>stateOf(states, e) * (f64At(costs, e) + f64At(place, i32At(from, e)) - f64At(place, i32At(to, e)));
    if (reduced < best) { best = reduced; bestArc = e; }
    if (++e == arcs) e = 0;
    if (--left == 0) {
      if (bestArc >= 0) break;
      left = f.block;
    }
  }
  f.cursor = e;
  return bestArc;
}

/** Lets an arc enter; false if the cycle that it closes is unbounded. */
@inline function enter(f: Flow, arc: i32): bool {
  const tree = f.tree;
  const states: usize = f.states;
  const state = stateOf(states, arc);
  const u = i32At(f.from, arc);
  const v = i32At(f.to, arc);
  const cap = f64At(tree.caps, arc);
  const reduced = f64At(f.costs, arc) + f64At(tree.potentials, u) - f64At(tree.potentials, v);
  const done = state > 0
    ? pivot<f64, f64>(tree, u, v, arc, 1, 0, cap, reduced)
    : pivot<f64, f64>(tree, v, u, arc, 0, cap, cap, 0 - reduced);
  if (!done) return false;
  if (tree.side == 0) {
    setState(states, arc, 0 - state);
    return true;
  }
  setState(states, arc, 0);
  if (tree.leftArc >= 0) setState(states, tree.leftArc, tree.leftFull ? -1 : 1);
  return true;
}

/** At most `slice` pivots: AGAIN, or the verdict. */
export function runFlow(f: Flow, slice: i32): i32 {
  for (let k = 0; k < slice; k++) {
    const arc = f.arcs > 0 ? price(f) : -1;
    if (arc >= 0) {
      if (enter(f, arc)) continue;
      f.enteringArc = arc;
      return SOLVE_UNBOUNDED;
    }
    return verdict(f);
  }
  return f.tree.pivots >= f.pivotsMax ? SOLVE_LIMIT : SOLVE_AGAIN;
}

/** Flow left on an artificial arc means that no plan exists. Writes the flows of all arcs. */
function verdict(f: Flow): i32 {
  const tree = f.tree;
  const flows: usize = f.flows;
  const states: usize = f.states;
  for (let e = 0; e < f.arcs; e++) setF64(flows, e, stateOf(states, e) < 0 ? f64At(tree.caps, e) : 0);
  let feasible = true;
  for (let x = 0; x < tree.root; x++) {
    const node = nodeAt(tree.nodes, x);
    const arc = arcOf(node);
    if (arc >= 0) setF64(flows, arc, flowOf(node));
    else if (flowOf(node) > 0) feasible = false;
  }
  return feasible ? SOLVE_OPTIMAL : SOLVE_INFEASIBLE;
}

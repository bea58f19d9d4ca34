// The solvers on their own, without an engine around them: the export list of build/tools.wasm, compiled from the sources
// that policies inside the engine call as functions. One instance holds one problem; its columns are in the directory.

import {
  COL_SOLVE_CAPS, COL_SOLVE_COSTS, COL_SOLVE_FROM, COL_SOLVE_HIGHS, COL_SOLVE_INPUT, COL_SOLVE_LOWS,
  COL_SOLVE_NET, COL_SOLVE_NODES, COL_SOLVE_OUTPUT, COL_SOLVE_POTENTIALS,
  COL_SOLVE_ROOT_COSTS, COL_SOLVE_STATES, COL_SOLVE_TO,
} from "./abi";
import { layoutSmoothing, passSmoothing, Smoothing } from "./forecast/smoothing";
import { layoutOrder, Order, runOrder } from "./kernel/order";
import { beginLayout, column, CONTROL, DIRECTORY, endLayout, name } from "./memory";
import { Assignment, layoutAssignment, runAssignment } from "./solve/assignment";
import { Flow, layoutFlow, restartFlow, runFlow, startFlow } from "./solve/flow";
import { dotProduct, firstFit, knapsack, layoutPacking, Packing } from "./solve/packing";
import { layoutRebalance, Rebalance, runRebalance } from "./solve/rebalance";
import {
  finishSwitching, layoutSwitching, runSwitching, startSwitching, STEP_FIELDS, Switching,
} from "./solve/switching";
import { layoutTransport, restartTransport, runTransport, startTransport, Transport } from "./solve/transport";
import { NODE_BYTES, Tree } from "./solve/tree";

let transport: Transport = changetype<Transport>(0);
let flow: Flow = changetype<Flow>(0);
let switching: Switching = changetype<Switching>(0);
let rebalance: Rebalance = changetype<Rebalance>(0);
let assignment: Assignment = changetype<Assignment>(0);
let packing: Packing = changetype<Packing>(0);
let smoothing: Smoothing = changetype<Smoothing>(0);
let order: Order = changetype<Order>(0);
let bytes: i32 = 8; // of a cost

export function control(): usize {
  return CONTROL;
}

export function directory(): usize {
  return DIRECTORY;
}

function nameTree(tree: Tree): void {
  name(COL_SOLVE_NODES, tree.nodes, NODE_BYTES, tree.count);
  name(COL_SOLVE_POTENTIALS, tree.potentials, bytes, tree.count);
}

/** Room for a transportation problem; costs are i32 (4 bytes) or f64 (8). Everything before is forgotten. */
export function transportLayout(rows: i32, cols: i32, costBytes: i32): void {
  bytes = costBytes;
  beginLayout(true);
  transport = layoutTransport(rows, cols, costBytes);
  name(COL_SOLVE_COSTS, transport.costs, costBytes, rows * transport.stride);
  name(COL_SOLVE_ROOT_COSTS, transport.rootCosts, costBytes, transport.tree.count);
  name(COL_SOLVE_NET, transport.tree.net, 8, transport.tree.count);
  nameTree(transport.tree);
  endLayout();
}

export function transportStride(): i32 {
  return transport.stride;
}

/** Begins: cold from a greedy plan, or warm from the tree of the last solve. `big` is the cost of an artificial unit. */
export function transportStart(warm: i32, big: f64, pivotsMax: f64): void {
  if (bytes == 4) {
    if (warm) restartTransport<i32>(transport, big, pivotsMax);
    else startTransport<i32>(transport, big, pivotsMax);
  } else {
    if (warm) restartTransport<f64>(transport, big, pivotsMax);
    else startTransport<f64>(transport, big, pivotsMax);
  }
}

/** At most `slice` pivots; SOLVE_AGAIN or the verdict. */
export function transportRun(slice: i32): i32 {
  return bytes == 4 ? runTransport<i32>(transport, slice) : runTransport<f64>(transport, slice);
}

export function transportPivots(): f64 {
  return transport.tree.pivots;
}

/** Room for a minimum-cost flow. Everything before is forgotten. */
export function flowLayout(nodes: i32, arcs: i32): void {
  bytes = 8;
  beginLayout(true);
  flow = layoutFlow(nodes, arcs);
  name(COL_SOLVE_FROM, flow.from, 4, arcs);
  name(COL_SOLVE_TO, flow.to, 4, arcs);
  name(COL_SOLVE_COSTS, flow.costs, 8, arcs);
  name(COL_SOLVE_CAPS, flow.tree.caps, 8, arcs);
  name(COL_SOLVE_STATES, flow.states, 1, arcs);
  name(COL_SOLVE_NET, flow.supplies, 8, nodes + 1);
  name(COL_SOLVE_OUTPUT, flow.flows, 8, arcs);
  nameTree(flow.tree);
  endLayout();
}

export function flowStart(warm: i32, big: f64, pivotsMax: f64): void {
  if (warm) restartFlow(flow, big, pivotsMax);
  else startFlow(flow, big, pivotsMax);
}

export function flowRun(slice: i32): i32 {
  return runFlow(flow, slice);
}

export function flowPivots(): f64 {
  return flow.tree.pivots;
}

/** The arc whose cycle is unbounded, -1 if none; and the node where its two paths to the root join. */
export function flowCycleArc(): i32 {
  return flow.enteringArc;
}

export function flowCycleJoin(): i32 {
  return flow.tree.join;
}

/** Room for a switching problem; costs by step and state (tabled), or STEP_FIELDS numbers a step. */
export function switchingLayout(steps: i32, states: i32, tabled: i32): void {
  beginLayout(true);
  switching = layoutSwitching(steps, states, tabled);
  name(COL_SOLVE_INPUT, switching.input, 8, tabled ? steps * states : steps * STEP_FIELDS);
  name(COL_SOLVE_OUTPUT, switching.path, 4, steps);
  name(COL_SOLVE_LOWS, switching.lows, 4, steps);
  name(COL_SOLVE_HIGHS, switching.highs, 4, steps);
  endLayout();
}

/** Quadratic (linear 0): a = alpha. Linear: a a unit added, b a unit removed. `start` -1: free. */
export function switchingStart(linear: i32, a: f64, b: f64, start: i32, delay: i32): void {
  startSwitching(switching, linear, a, b, start, delay);
}

export function switchingRun(from: i32, to: i32): void {
  runSwitching(switching, from, to);
}

export function switchingFinish(): f64 {
  return finishSwitching(switching);
}

/** Gaps, weights, lower and upper bounds of the moves, one list after the other. */
export function rebalanceLayout(count: i32): void {
  beginLayout(true);
  rebalance = layoutRebalance(count);
  name(COL_SOLVE_INPUT, rebalance.gaps, 8, count * 4);
  name(COL_SOLVE_OUTPUT, rebalance.moves, 8, count);
  endLayout();
}

export function rebalanceRun(twoSided: i32, price: f64): f64 {
  rebalance.twoSided = twoSided;
  rebalance.price = price;
  return runRebalance(rebalance);
}

export function assignmentLayout(rows: i32, cols: i32): void {
  beginLayout(true);
  assignment = layoutAssignment(rows, cols);
  name(COL_SOLVE_COSTS, assignment.costs, 8, rows * cols);
  name(COL_SOLVE_OUTPUT, assignment.rowOf, 4, cols + 1);
  name(COL_SOLVE_LOWS, assignment.rowPrice, 8, rows + 1);
  name(COL_SOLVE_HIGHS, assignment.colPrice, 8, cols + 1);
  endLayout();
}

export function assignmentRun(): i32 {
  return runAssignment(assignment);
}

export function packingLayout(items: i32, kinds: i32): void {
  beginLayout(true);
  packing = layoutPacking(items, kinds);
  name(COL_SOLVE_COSTS, packing.sizes, 8, items * kinds);
  name(COL_SOLVE_INPUT, packing.order, 4, items);
  name(COL_SOLVE_OUTPUT, packing.binOf, 4, items);
  endLayout();
}

/** 0 first fit in the order given, 1 dot product; the number of bins. */
export function packingRun(rule: i32): i32 {
  return rule == 0 ? firstFit(packing) : dotProduct(packing);
}

let knapsackItems: i32 = 0;
let knapsackCapacity: i32 = 0;
let knapsackAt: usize = 0; // values, weights, best, taken, chosen

export function knapsackLayout(items: i32, capacity: i32): void {
  beginLayout(true);
  knapsackItems = items;
  knapsackCapacity = capacity;
  knapsackAt = column(COL_SOLVE_COSTS, 8, items);
  column(COL_SOLVE_INPUT, 4, items);
  column(COL_SOLVE_NODES, 8, capacity + 1);
  column(COL_SOLVE_STATES, 1, ((capacity >> 3) + 1) * items);
  column(COL_SOLVE_OUTPUT, 1, items);
  endLayout();
}

@inline function pointerOf(id: i32): usize {
  return <usize>load<u32>(DIRECTORY + (<usize>id << 4));
}

export function knapsackRun(): f64 {
  return knapsack(
    knapsackItems, knapsackCapacity, knapsackAt, pointerOf(COL_SOLVE_INPUT), pointerOf(COL_SOLVE_NODES),
    pointerOf(COL_SOLVE_STATES), pointerOf(COL_SOLVE_OUTPUT),
  );
}

/** A series, its start state (season, level, trend, error), origins to judge at, and the forecasts after the last step. */
export function smoothingLayout(count: i32, season: i32, horizon: i32, origins: i32, multiplicative: i32): void {
  beginLayout(true);
  smoothing = layoutSmoothing(count, season, horizon, origins, multiplicative);
  name(COL_SOLVE_INPUT, smoothing.values, 8, count);
  name(COL_SOLVE_LOWS, smoothing.start, 8, season + 3);
  name(COL_SOLVE_HIGHS, smoothing.work, 8, season + 3);
  name(COL_SOLVE_NODES, smoothing.origins, 4, origins);
  name(COL_SOLVE_OUTPUT, smoothing.output, 8, horizon);
  endLayout();
}

/** Mean squared error of the forecasts made at the origins. */
export function smoothingPass(phase: i32, alpha: f64, beta: f64, gamma: f64, phi: f64, rho: f64): f64 {
  return passSmoothing(smoothing, phase, alpha, beta, gamma, phi, rho);
}

/** Room for so many doubles to be ordered. Everything before is forgotten. */
export function orderLayout(count: i32): void {
  beginLayout(true);
  order = layoutOrder(count);
  name(COL_SOLVE_INPUT, order.values, 8, count);
  name(COL_SOLVE_OUTPUT, order.positions, 4, count);
  endLayout();
}

/** Positions of the values in ascending order, equal ones as they stood; NaN are left out. How many there are. */
export function orderRun(): i32 {
  return runOrder(order);
}

// The solvers on their own, without an engine around them: the export list of build/tools.wasm, compiled from the sources
// that policies inside the engine call as functions. One instance holds one problem; its columns are in the directory.

import {
  COL_SOLVE_CAPS, COL_SOLVE_COSTS, COL_SOLVE_FROM, COL_SOLVE_NET, COL_SOLVE_NODES, COL_SOLVE_OUTPUT, COL_SOLVE_POTENTIALS,
  COL_SOLVE_ROOT_COSTS, COL_SOLVE_STATES, COL_SOLVE_TO,
} from "./abi";
import { beginLayout, CONTROL, DIRECTORY, endLayout, name } from "./memory";
import { Flow, layoutFlow, restartFlow, runFlow, startFlow } from "./solve/flow";
import { layoutTransport, restartTransport, runTransport, startTransport, Transport } from "./solve/transport";
import { NODE_BYTES, Tree } from "./solve/tree";

let transport: Transport = changetype<Transport>(0);
let flow: Flow = changetype<Flow>(0);
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

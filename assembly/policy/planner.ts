// A transportation problem that lives in the engine's own memory, for policies and controllers that solve one at every tick:
// amounts and costs are columns, the basis of the last solve is kept, and a snapshot holds it all. Laid out only where the
// host asks for it (CAP_PLAN_ROWS, CAP_PLAN_COLS).

import {
  CAP_PLAN_COLS, CAP_PLAN_ROWS, COL_SOLVE_COSTS, COL_SOLVE_NET, COL_SOLVE_NODES, COL_SOLVE_POTENTIALS, COL_SOLVE_ROOT_COSTS,
  SOLVE_AGAIN,
} from "../abi";
import { getI, name } from "../memory";
import { layoutTransport, restartTransport, runTransport, startTransport, Transport } from "../solve/transport";
import { NODE_BYTES } from "../solve/tree";

const SLICE: i32 = 256;

let problem: Transport = changetype<Transport>(0);

export function layoutPlanner(): void {
  const rows = getI(CAP_PLAN_ROWS);
  const cols = getI(CAP_PLAN_COLS);
  if (rows <= 0 || cols <= 0) return;
  problem = layoutTransport(rows, cols, 8);
  const tree = problem.tree;
  name(COL_SOLVE_COSTS, problem.costs, 8, rows * problem.stride);
  name(COL_SOLVE_ROOT_COSTS, problem.rootCosts, 8, tree.count);
  name(COL_SOLVE_NET, tree.net, 8, tree.count);
  name(COL_SOLVE_NODES, tree.nodes, NODE_BYTES, tree.count);
  name(COL_SOLVE_POTENTIALS, tree.potentials, 8, tree.count);
}

/** Places of a row of costs; targets are nodes 0 .., sources begin at this one. */
export function plannerStride(): i32 {
  return problem.stride;
}

/** Solves what the columns hold; warm from the plan before. The verdict (SOLVE_OPTIMAL, ...). */
export function solvePlanner(warm: i32, big: f64, pivotsMax: f64): i32 {
  if (warm) restartTransport<f64>(problem, big, pivotsMax);
  else startTransport<f64>(problem, big, pivotsMax);
  let verdict = SOLVE_AGAIN;
  while (verdict == SOLVE_AGAIN) verdict = runTransport<f64>(problem, SLICE);
  return verdict;
}

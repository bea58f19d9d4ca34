// Work areas and verdicts of the solvers.

// --- Columns ---------------------------------------------------------------------------------------------------------
// work areas of the solvers, named by the module of tools (assembly/tools.ts)
export const COL_SOLVE_COSTS: i32 = 176; // transport: costs by source and target; flow: cost by arc
export const COL_SOLVE_ROOT_COSTS: i32 = 177; // by node: price of a unit kept or lacking
export const COL_SOLVE_NET: i32 = 178; // by node: what it sends (> 0) or takes (< 0)
export const COL_SOLVE_NODES: i32 = 179; // records of the basis
export const COL_SOLVE_POTENTIALS: i32 = 180;
export const COL_SOLVE_FROM: i32 = 181; // by arc
export const COL_SOLVE_TO: i32 = 182;
export const COL_SOLVE_CAPS: i32 = 183;
export const COL_SOLVE_STATES: i32 = 184;
export const COL_SOLVE_INPUT: i32 = 185; // numbers of the other solvers, in and out
export const COL_SOLVE_OUTPUT: i32 = 186;
export const COL_SOLVE_LOWS: i32 = 187;
export const COL_SOLVE_HIGHS: i32 = 188;

// --- Verdicts of the solvers ----------------------------------------------------------------------------------------------
export const SOLVE_AGAIN: i32 = 0; // a slice is done; call again
export const SOLVE_OPTIMAL: i32 = 1;
export const SOLVE_INFEASIBLE: i32 = 2;
export const SOLVE_UNBOUNDED: i32 = 3;
export const SOLVE_LIMIT: i32 = 4; // as many pivots as were allowed
export const NODE_FLOW: i32 = 0; // offsets in a record of the basis, bytes
export const NODE_PARENT: i32 = 8;
export const NODE_ARC: i32 = 24;
export const NODE_UP: i32 = 28;

// The transportation problem: who serves whom, and how much, at least cost. See docs/models/transport.md.

import * as abi from "../engine/abi.js";
import { TOOLS_BYTES_MAX, Tools, tooLarge } from "../engine/tools.js";
import { findConflict, type TransportConflict } from "./conflict.js";
import { pivotsAllowed, runSliced, type SolveLimits, timed, type Verdict } from "./limits.js";
import { chooseGrid, type Grid, isAmount, isCost, measure, onGrid, refuse, spread } from "./scaling.js";
import { readPrices } from "./transport-prices.js";

/** Amounts in any one unit, costs in any one unit of money. */
export interface TransportProblem {
  /** What each source has, >= 0. */
  supplies: ArrayLike<number>;
  /** What each target wants, >= 0. */
  demands: ArrayLike<number>;
  /** Cost of a unit from source i to target j at [i * demands.length + j]; Infinity = the pair may not be used. */
  costs: ArrayLike<number>;
  /** Cost of a unit that a source keeps; one number, or one a source. Default 0; Infinity = everything must go. */
  surplusCosts?: ArrayLike<number> | number;
  /** Price of a unit that a target lacks; one number, or one a target. Default Infinity = every demand must be met. */
  shortagePrices?: ArrayLike<number> | number;
}

export interface TransportSolution {
  verdict: Verdict;
  /** Total cost, of shortage and surplus too; NaN without a plan. */
  cost: number;
  /** Flow k takes amounts[k] from sources[k] to targets[k]; only those > 0, by target. */
  sources: Int32Array;
  targets: Int32Array;
  amounts: Float64Array;
  kept: Float64Array;
  lacking: Float64Array;
  /** What one more unit at the source would save, and what one more unit of demand would cost. */
  sourcePrices: Float64Array;
  targetPrices: Float64Array;
  pivots: number;
  /** Milliseconds in the solver, without copying in and out; only with a clock. */
  solveMillis?: number;
  /** False if costs or amounts were rounded to a grid of these steps: whole numbers of usual size never are. */
  exact: boolean;
  costStep: number;
  amountStep: number;
  conflict?: TransportConflict;
}

interface Shape {
  rows: number;
  cols: number;
  bytes: 4 | 8;
}

const FORBIDDEN_I32 = 0x60000000;
/** i32 costs as long as no sum of potentials can overflow (assembly/solve/transport.ts). */
const BIG_I32_MAX = 2 ** 26;

/** Solves problem after problem; the basis of the last one is where the next begins, if it has the same size. */
export class TransportSolver {
  readonly #tools = new Tools();
  #shape: Shape | undefined;
  #solved = false;

  /** Throws SOLVE_INVALID for a malformed problem; anything else is a verdict. `warm` false begins anew. */
  solve(problem: TransportProblem, limits: SolveLimits & { warm?: boolean } = {}): TransportSolution {
    const rows = problem.supplies.length;
    const cols = problem.demands.length;
    if (rows === 0 || cols === 0) refuse("The list of sources or targets", "", "empty", "at least one of each");
    if (problem.costs.length !== rows * cols) {
      refuse("The matrix of costs", "", `${problem.costs.length} values`, `${rows} x ${cols}`);
    }
    const surplus = spread("The list of surplus costs", problem.surplusCosts ?? 0, rows);
    const shortage = spread("The list of shortage prices", problem.shortagePrices ?? Number.POSITIVE_INFINITY, cols);
    const amounts = amountsOf(problem, surplus);
    const { grid, bytes, big } = costGrid(problem.costs, surplus, shortage, rows + cols);
    this.#layOut({ rows, cols, bytes });
    this.#write(problem, surplus, shortage, amounts, grid);
    const warm = limits.warm !== false && this.#solved ? 1 : 0;
    const pivotsMax = pivotsAllowed(limits, rows + cols, rows * cols);
    const { value: verdict, millis } = timed(limits.clock, () =>
      this.#tools.call("a transportation problem", (e) => {
        e.transportStart(warm, big, pivotsMax);
        return runSliced((slice) => e.transportRun(slice), limits);
      }),
    );
    this.#solved = verdict === "optimal";
    const solution = this.#read(verdict, { problem, surplus, shortage, amounts, grid, big });
    return millis === undefined ? solution : { ...solution, solveMillis: millis };
  }

  #layOut(shape: Shape): void {
    const old = this.#shape;
    if (old && old.rows === shape.rows && old.cols === shape.cols && old.bytes === shape.bytes) return;
    const need = shape.rows * (shape.cols + 16) * shape.bytes + 100 * (shape.rows + shape.cols);
    const what = `A transportation problem of ${shape.rows} x ${shape.cols}`;
    if (need > TOOLS_BYTES_MAX) throw tooLarge(what, need);
    this.#solved = false;
    this.#shape = undefined;
    this.#tools.call(what, (e) => e.transportLayout(shape.rows, shape.cols, shape.bytes));
    this.#shape = shape;
  }

  #costs(id: number): Float64Array | Int32Array {
    return this.#shape!.bytes === 4 ? this.#tools.i32(id) : this.#tools.f64(id);
  }

  #write(
    problem: TransportProblem,
    surplus: ArrayLike<number>,
    shortage: ArrayLike<number>,
    amounts: Amounts,
    grid: Grid,
  ): void {
    const { rows, cols, bytes } = this.#shape!;
    const forbidden = bytes === 4 ? FORBIDDEN_I32 : Number.POSITIVE_INFINITY;
    const onCost = (value: number) => (value === Number.POSITIVE_INFINITY ? forbidden : onGrid(value, grid));
    const stride = this.#tools.exports.transportStride();
    const to = this.#costs(abi.COL_SOLVE_COSTS);
    const { costs } = problem;
    for (let i = 0; i < rows; i++) {
      const row = i * stride;
      const from = i * cols;
      if (grid.exact && bytes === 4) copyWhole(to as Int32Array, row, costs, from, cols);
      else for (let j = 0; j < cols; j++) to[row + j] = onCost(costs[from + j]!);
      for (let j = cols; j < stride; j++) to[row + j] = forbidden;
    }
    const root = this.#costs(abi.COL_SOLVE_ROOT_COSTS).fill(forbidden);
    const net = this.#tools.f64(abi.COL_SOLVE_NET).fill(0);
    for (let j = 0; j < cols; j++) {
      root[j] = onCost(shortage[j]!);
      net[j] = -amounts.demands[j]!;
    }
    for (let i = 0; i < rows; i++) {
      root[stride + i] = onCost(surplus[i]!);
      net[stride + i] = amounts.supplies[i]!;
    }
  }

  #read(verdict: Verdict, c: Context): TransportSolution {
    const { rows, cols } = this.#shape!;
    const stride = this.#tools.exports.transportStride();
    const basis = readBasis(this.#tools, stride, rows, cols);
    const step = c.amounts.grid.step;
    const solution: TransportSolution = {
      verdict,
      cost: Number.NaN,
      sources: basis.sources,
      targets: basis.targets,
      amounts: basis.amounts.map((a) => a * step),
      kept: basis.kept.map((a) => a * step),
      lacking: basis.lacking.map((a) => a * step),
      sourcePrices: new Float64Array(rows),
      targetPrices: new Float64Array(cols),
      pivots: this.#tools.exports.transportPivots(),
      exact: c.grid.exact && c.amounts.grid.exact,
      costStep: c.grid.step,
      amountStep: step,
    };
    if (verdict === "infeasible") solution.conflict = findConflict(c.problem, c, basis);
    if (verdict !== "optimal") return solution;
    readPrices(solution, c, {
      stride,
      potentials: this.#costs(abi.COL_SOLVE_POTENTIALS),
      costs: this.#costs(abi.COL_SOLVE_COSTS),
      fields: this.#tools.i32(abi.COL_SOLVE_NODES),
    });
    solution.cost = costOf(c, solution);
    return solution;
  }
}

function copyWhole(to: Int32Array, at: number, costs: ArrayLike<number>, from: number, count: number): void {
  for (let j = 0; j < count; j++) {
    const cost = costs[from + j]!;
    to[at + j] = cost === Number.POSITIVE_INFINITY ? FORBIDDEN_I32 : cost;
  }
}

export interface Context {
  problem: TransportProblem;
  surplus: ArrayLike<number>;
  shortage: ArrayLike<number>;
  amounts: Amounts;
  grid: Grid;
  big: number;
}

export interface Amounts {
  supplies: ArrayLike<number>;
  demands: ArrayLike<number>;
  grid: Grid;
}

function amountsOf(problem: TransportProblem, surplus: ArrayLike<number>): Amounts {
  const supplied = measure("Supply", problem.supplies, "a number >= 0", isAmount);
  const wanted = measure("Demand", problem.demands, "a number >= 0", isAmount);
  const total = Math.max(supplied.total, wanted.total);
  const grid = chooseGrid(total, supplied.whole && wanted.whole, 1);
  if (grid.exact) return { supplies: problem.supplies, demands: problem.demands, grid };
  const supplies = Float64Array.from(problem.supplies, (a) => onGrid(a, grid));
  const demands = Float64Array.from(problem.demands, (a) => onGrid(a, grid));
  // rounding must not make a balanced problem unbalanced: the difference, a few steps, goes to the largest demand
  const sum = (list: Float64Array) => list.reduce((a, b) => a + b, 0);
  const off = sum(supplies) - sum(demands);
  const mustBalance = Array.prototype.every.call(surplus, (cost: number) => cost === Number.POSITIVE_INFINITY);
  if (Math.abs(off) <= supplies.length + demands.length && (off < 0 || mustBalance)) {
    const largest = demands.indexOf(demands.reduce((a, b) => Math.max(a, b), 0));
    demands[largest] = Math.max(0, demands[largest]! + off);
  }
  return { supplies, demands, grid };
}

function costGrid(
  costs: ArrayLike<number>,
  surplus: ArrayLike<number>,
  shortage: ArrayLike<number>,
  nodes: number,
): { grid: Grid; bytes: 4 | 8; big: number } {
  const expected = "a number, or Infinity for never";
  const parts = [
    measure("Cost", costs, expected, isCost),
    measure("Surplus cost", surplus, expected, isCost),
    measure("Shortage price", shortage, expected, isCost),
  ];
  const max = Math.max(...parts.map((p) => p.max));
  const grid = chooseGrid(
    max,
    parts.every((p) => p.whole),
    4 * (nodes + 2),
  );
  // dearer than any way round, so that an artificial unit stays only where there is no other
  const big = (nodes + 1) * Math.ceil(max * grid.scale) + 1;
  return { grid, bytes: grid.exact && big < BIG_I32_MAX ? 4 : 8, big };
}

interface Basis {
  sources: Int32Array;
  targets: Int32Array;
  amounts: Float64Array;
  kept: Float64Array;
  lacking: Float64Array;
  /** Artificial units that are neither: at a source out of nowhere, at a target into nowhere. */
  lent: Float64Array;
  excess: Float64Array;
}

/** The flows of the tree's arcs; by target, then by source. */
function readBasis(tools: Tools, stride: number, rows: number, cols: number): Basis {
  const flows = tools.f64(abi.COL_SOLVE_NODES);
  const fields = tools.i32(abi.COL_SOLVE_NODES);
  const root = stride + rows;
  const kept = new Float64Array(rows);
  const lacking = new Float64Array(cols);
  const lent = new Float64Array(rows);
  const excess = new Float64Array(cols);
  const pairs: [source: number, target: number, amount: number][] = [];
  for (let x = 0; x < root; x++) {
    const amount = flows[x * 4]!;
    if (amount === 0) continue;
    const parent = fields[x * 8 + abi.NODE_PARENT / 4]!;
    if (parent !== root) pairs.push(x >= stride ? [x - stride, parent, amount] : [parent - stride, x, amount]);
    else {
      const up = fields[x * 8 + abi.NODE_UP / 4]! === 1;
      if (x >= stride) (up ? kept : lent)[x - stride] = amount;
      else (up ? excess : lacking)[x] = amount;
    }
  }
  pairs.sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  return {
    sources: Int32Array.from(pairs, (p) => p[0]),
    targets: Int32Array.from(pairs, (p) => p[1]),
    amounts: Float64Array.from(pairs, (p) => p[2]),
    kept,
    lacking,
    lent,
    excess,
  };
}

function costOf(c: Context, solution: TransportSolution): number {
  const { costs } = c.problem;
  const cols = c.problem.demands.length;
  let cost = 0;
  solution.amounts.forEach((amount, k) => {
    cost += amount * costs[solution.sources[k]! * cols + solution.targets[k]!]!;
  });
  solution.kept.forEach((amount, i) => {
    if (amount > 0) cost += amount * c.surplus[i]!;
  });
  solution.lacking.forEach((amount, j) => {
    if (amount > 0) cost += amount * c.shortage[j]!;
  });
  return cost;
}

let shared: TransportSolver | undefined;

/** Solves one problem from scratch. Throws SOLVE_INVALID for a malformed one; anything else is a verdict. */
export function solveTransport(problem: TransportProblem, limits: SolveLimits = {}): TransportSolution {
  shared ??= new TransportSolver();
  return shared.solve(problem, { ...limits, warm: false });
}

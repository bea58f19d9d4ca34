// One interface for linear and mixed-integer programmes of users' own: built row by row, solved by javascript-lp-solver
// while small and by HiGHS beyond. See docs/models/linear-programmes.md.

import type { Verdict } from "./limits.js";
import { refuse } from "./scaling.js";

export interface LinearVariable {
  name: string;
  cost: number;
  lower: number;
  upper: number;
  integer: boolean;
}

/** lower <= sum of coefficient x variable <= upper. */
export interface LinearRow {
  name: string;
  lower: number;
  upper: number;
  terms: readonly (readonly [variable: number, coefficient: number])[];
}

export interface LinearModel {
  sense: "min" | "max";
  variables: LinearVariable[];
  rows: LinearRow[];
}

export type LinearSolver = "javascript-lp-solver" | "highs";

export interface LinearSolution {
  verdict: Verdict;
  solver: LinearSolver;
  /** Why this solver, in words. */
  chosen: string;
  value: number;
  /** By variable. */
  values: Float64Array;
  /** By row: what one more unit of its bound changes the value by. Only of linear programmes that HiGHS solved. */
  prices?: Float64Array;
  /** Of integer programmes: proven bound, and (value - bound) / |value|. */
  bound?: number;
  gap?: number;
  /** Of an infeasible one: names of rows that cannot all hold. */
  conflict?: string[];
}

/** Grows a model; variables and rows are numbered as they come. */
export class LinearBuilder {
  readonly model: LinearModel;

  constructor(sense: "min" | "max" = "min") {
    this.model = { sense, variables: [], rows: [] };
  }

  /** A variable, by default >= 0 and continuous; its number. */
  variable(name: string, cost: number, options: { lower?: number; upper?: number; integer?: boolean } = {}): number {
    const { lower = 0, upper = Number.POSITIVE_INFINITY, integer = false } = options;
    this.model.variables.push({ name, cost, lower, upper, integer });
    return this.model.variables.length - 1;
  }

  row(
    name: string,
    terms: readonly (readonly [number, number])[],
    bounds: { lower?: number; upper?: number; equal?: number },
  ): number {
    const lower = bounds.equal ?? bounds.lower ?? Number.NEGATIVE_INFINITY;
    const upper = bounds.equal ?? bounds.upper ?? Number.POSITIVE_INFINITY;
    this.model.rows.push({ name, lower, upper, terms });
    return this.model.rows.length - 1;
  }
}

/** Throws SOLVE_INVALID for what no solver could make sense of. */
export function checkModel(model: LinearModel): void {
  if (model.variables.length === 0) refuse("The list of variables", "", "empty", "at least one");
  for (const v of model.variables) {
    if (!Number.isFinite(v.cost)) refuse("The cost of variable", v.name, v.cost, "a finite number");
    if (!(v.lower <= v.upper)) refuse("The bounds of variable", v.name, `${v.lower} .. ${v.upper}`, "lower <= upper");
  }
  for (const row of model.rows) {
    if (!(row.lower <= row.upper))
      refuse("The bounds of row", row.name, `${row.lower} .. ${row.upper}`, "lower <= upper");
    for (const [variable, coefficient] of row.terms) {
      if (!model.variables[variable]) refuse(`Row ${row.name}: variable`, variable, "unknown", "a variable's number");
      if (!Number.isFinite(coefficient)) refuse(`A coefficient of row`, row.name, coefficient, "a finite number");
    }
  }
}

/** Variables x rows up to which javascript-lp-solver is the quicker one; measured, see docs/models/linear-programmes.md. */
export const SMALL_CELLS = 2_500;

/** Who solves it, and why. */
export function chooseSolver(model: LinearModel): { solver: LinearSolver; chosen: string } {
  const size = `${model.variables.length} variables x ${model.rows.length} rows`;
  if (model.variables.some((v) => v.integer))
    return { solver: "highs", chosen: `HiGHS: ${size}, some of them integer` };
  return model.variables.length * model.rows.length <= SMALL_CELLS
    ? { solver: "javascript-lp-solver", chosen: `javascript-lp-solver: ${size}, at most ${SMALL_CELLS} cells` }
    : { solver: "highs", chosen: `HiGHS: ${size}, more than ${SMALL_CELLS} cells` };
}

export interface LinearOptions {
  solver?: LinearSolver;
  /** Seconds that HiGHS may take; then the best plan so far is given with its gap. */
  secondsMax?: number;
  /** Gap at which an integer programme is done; default 0. */
  gapMax?: number;
}

/** Solves a model with the solver that suits its size, or with the one named. */
export async function solveLinear(model: LinearModel, options: LinearOptions = {}): Promise<LinearSolution> {
  checkModel(model);
  const choice = options.solver
    ? { solver: options.solver, chosen: `${options.solver}: asked for` }
    : chooseSolver(model);
  if (choice.solver === "javascript-lp-solver") {
    const { solveSmall } = await import("./linear-small.js");
    const solution = await solveSmall(model);
    if (solution.verdict !== "infeasible") return { ...choice, ...solution };
    // it says no more than that: HiGHS names the rows
    const { nameConflict } = await import("./linear-highs.js");
    return { ...choice, ...solution, conflict: await nameConflict(model) };
  }
  const { solveHighs } = await import("./linear-highs.js");
  return { ...choice, ...(await solveHighs(model, options)) };
}

// HiGHS, compiled to WebAssembly (npm package highs), behind the interface of linear.ts.

import type { Highs, ModelData } from "highs";
import type { LinearModel, LinearOptions, LinearSolution } from "./linear.js";
import { totalCost } from "./linear-small.js";

let loading: Promise<Highs> | undefined;

/** The solver, loaded once a process: about 0.1 s. */
export function loadHighs(): Promise<Highs> {
  // its types are those of a CommonJS module, where the function would lie one level deeper
  loading ??= import("highs").then((module) => (module.default as unknown as typeof module.default.default)());
  return loading;
}

type Answer = Omit<LinearSolution, "solver" | "chosen">;

const OPTIMAL = 7;
const INFEASIBLE = 8;
const UNBOUNDED_OR_INFEASIBLE = 9;
const UNBOUNDED = 10;

function dataOf(model: LinearModel, highs: Highs): ModelData {
  const starts = new Int32Array(model.rows.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  model.rows.forEach((row, r) => {
    // one entry a variable: repeated terms are added up
    const sums = new Map<number, number>();
    for (const [k, coefficient] of row.terms) sums.set(k, (sums.get(k) ?? 0) + coefficient);
    for (const [k, coefficient] of sums) {
      indices.push(k);
      values.push(coefficient);
    }
    starts[r + 1] = indices.length;
  });
  const { objectiveSense } = highs.constants;
  const integral = model.variables.some((v) => v.integer);
  return {
    numCols: model.variables.length,
    numRows: model.rows.length,
    sense: model.sense === "max" ? objectiveSense.maximize : objectiveSense.minimize,
    colCost: Float64Array.from(model.variables, (v) => v.cost),
    colLower: Float64Array.from(model.variables, (v) => v.lower),
    colUpper: Float64Array.from(model.variables, (v) => v.upper),
    rowLower: Float64Array.from(model.rows, (row) => row.lower),
    rowUpper: Float64Array.from(model.rows, (row) => row.upper),
    matrix: {
      format: "csr",
      numRows: model.rows.length,
      numCols: model.variables.length,
      starts,
      indices: Int32Array.from(indices),
      values: Float64Array.from(values),
    },
    ...(integral ? { integrality: Int32Array.from(model.variables, (v) => (v.integer ? 1 : 0)) } : {}),
  };
}

export async function solveHighs(model: LinearModel, options: LinearOptions = {}): Promise<Answer> {
  const highs = await loadHighs();
  const integral = model.variables.some((v) => v.integer);
  const instance = highs.createModel(dataOf(model, highs));
  try {
    instance.options.set({ output_flag: false, mip_rel_gap: options.gapMax ?? 0 });
    if (options.secondsMax !== undefined) instance.options.set("time_limit", options.secondsMax);
    const { modelStatus } = instance.run();
    const none = { value: Number.NaN, values: new Float64Array(model.variables.length) };
    if (modelStatus === UNBOUNDED) return { verdict: "unbounded", ...none };
    if (modelStatus === UNBOUNDED_OR_INFEASIBLE) {
      const conflict = await nameConflict(model);
      return conflict.length > 0 ? { verdict: "infeasible", ...none, conflict } : { verdict: "unbounded", ...none };
    }
    if (modelStatus === INFEASIBLE) return { verdict: "infeasible", ...none, conflict: await nameConflict(model) };
    const { colValue, rowDual } = instance.getSolution();
    const found = Number(instance.info.get("primal_solution_status")) === 2;
    if (modelStatus !== OPTIMAL && !(integral && found)) return { verdict: "limit", ...none };
    const values = Float64Array.from(colValue);
    const answer: Answer = {
      verdict: modelStatus === OPTIMAL ? "optimal" : "limit",
      value: totalCost(model, values),
      values,
    };
    if (!integral) return { ...answer, prices: Float64Array.from(rowDual) };
    const bound = Number(instance.info.get("mip_dual_bound"));
    const distance = Math.abs(answer.value - bound);
    return { ...answer, bound, gap: distance === 0 ? 0 : distance / Math.max(Math.abs(answer.value), 1e-12) };
  } finally {
    instance.dispose();
  }
}

/**
 * Rows that cannot all hold: with a penalty on every row's violation, those with a price at the least total violation are
 * a proof (Farkas 1902). Names of bounds of variables are not among them. Empty if the rows, without integrality, can hold.
 */
export async function nameConflict(model: LinearModel): Promise<string[]> {
  const elastic: LinearModel = {
    sense: "min",
    variables: model.variables.map((v) => ({ ...v, cost: 0, integer: false })),
    rows: [],
  };
  for (const row of model.rows) {
    const over = elastic.variables.length;
    for (const name of ["over", "under"]) {
      elastic.variables.push({ name, cost: 1, lower: 0, upper: Number.POSITIVE_INFINITY, integer: false });
    }
    elastic.rows.push({ ...row, terms: [...row.terms, [over, -1], [over + 1, 1]] });
  }
  const { verdict, value, prices } = await solveHighs(elastic);
  if (verdict !== "optimal" || value < 1e-9 || !prices) return [];
  return model.rows.filter((_, r) => Math.abs(prices[r]!) > 1e-9).map((row) => row.name);
}

// javascript-lp-solver behind the interface of linear.ts.

import type { LinearModel, LinearSolution } from "./linear.js";

type Small = Pick<LinearSolution, "verdict" | "value" | "values">;

/** A variable is shifted to start at 0; one without a lower bound is the difference of two. */
export async function solveSmall(model: LinearModel): Promise<Small> {
  const module = await import("javascript-lp-solver");
  // its types are those of a CommonJS module, where the object would lie one level deeper
  const solver = module.default as unknown as typeof module.default.default;
  const constraints: Record<string, { min?: number; max?: number; equal?: number }> = {};
  const variables: Record<string, Record<string, number>> = {};
  const ints: Record<string, 1> = {};
  const shift = (k: number) => {
    const { lower } = model.variables[k]!;
    return lower > Number.NEGATIVE_INFINITY ? lower : 0;
  };
  model.variables.forEach((v, k) => {
    variables[`x${k}`] = { value: v.cost };
    if (v.lower === Number.NEGATIVE_INFINITY) variables[`y${k}`] = { value: -v.cost };
    if (v.integer) ints[`x${k}`] = 1;
    if (v.upper < Number.POSITIVE_INFINITY) {
      variables[`x${k}`]![`u${k}`] = 1;
      if (variables[`y${k}`]) variables[`y${k}`]![`u${k}`] = -1;
      constraints[`u${k}`] = { max: v.upper - shift(k) };
    }
  });
  let hopeless = false;
  model.rows.forEach((row, r) => {
    let moved = 0;
    for (const [k, coefficient] of row.terms) {
      const x = variables[`x${k}`]!;
      x[`r${r}`] = (x[`r${r}`] ?? 0) + coefficient;
      const y = variables[`y${k}`];
      if (y) y[`r${r}`] = (y[`r${r}`] ?? 0) - coefficient;
      moved += coefficient * shift(k);
    }
    if (row.terms.length === 0) hopeless ||= row.lower > 0 || row.upper < 0;
    else if (row.lower === row.upper) constraints[`r${r}`] = { equal: row.lower - moved };
    else {
      const bounds: { min?: number; max?: number } = {};
      if (row.lower > Number.NEGATIVE_INFINITY) bounds.min = row.lower - moved;
      if (row.upper < Number.POSITIVE_INFINITY) bounds.max = row.upper - moved;
      constraints[`r${r}`] = bounds;
    }
  });
  const values = new Float64Array(model.variables.length);
  if (hopeless) return { verdict: "infeasible", value: Number.NaN, values };
  const answer = solver.Solve({
    optimize: "value",
    opType: model.sense,
    constraints,
    variables,
    ...(Object.keys(ints).length > 0 ? { ints } : {}),
  }) as unknown as Record<string, number | boolean>;
  if (!answer.feasible) return { verdict: "infeasible", value: Number.NaN, values };
  if (answer.bounded === false) return { verdict: "unbounded", value: Number.NaN, values };
  model.variables.forEach((_, k) => {
    values[k] = Number(answer[`x${k}`] ?? 0) - Number(answer[`y${k}`] ?? 0) + shift(k);
  });
  return { verdict: "optimal", value: totalCost(model, values), values };
}

export function totalCost(model: LinearModel, values: Float64Array): number {
  return model.variables.reduce((sum, v, k) => sum + v.cost * values[k]!, 0);
}

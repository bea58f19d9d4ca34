// Least squares with a penalty on the size of coefficients, by the normal equations.

import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { refuse } from "./scaling.js";

export interface RidgeProblem {
  /** By row: its features, all rows alike. */
  rows: readonly ArrayLike<number>[];
  targets: ArrayLike<number>;
  /** Penalty on the square of each coefficient, > 0; the first `free` coefficients carry next to none. */
  penalty: number;
  free?: number;
  /** By row, >= 0. Default: all 1. */
  weights?: ArrayLike<number>;
}

/** What keeps the equations solvable where columns depend on each other. */
const FREE_PENALTY = 1e-9;

/**
 * Coefficients that minimise sum weight (target - row . coefficients)^2 + penalty |coefficients|^2.
 * Throws SOLVE_INVALID for rows of different lengths or a penalty of 0.
 *
 * Source: Hoerl and Kennard, Ridge regression, Technometrics 12, 1970.
 */
export function solveRidge({ rows, targets, penalty, free = 0, weights }: RidgeProblem): Float64Array {
  const width = rows[0]?.length ?? 0;
  if (width === 0) refuse("The number of features", "", width, "at least one, of at least one row");
  if (rows.length !== targets.length) refuse("The number of targets", "", targets.length, `${rows.length}, one a row`);
  if (!(penalty > 0)) refuse("The penalty", "", penalty, "a number > 0");
  const square = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    if (row.length !== width) refuse("Row", r, `${row.length} features long`, `${width}, as the first`);
    const weight = weights ? weights[r]! : 1;
    const target = targets[r]!;
    for (let i = 0; i < width; i++) {
      const x = weight * row[i]!;
      if (x === 0) continue;
      right[i]! += x * target;
      for (let j = 0; j <= i; j++) square[i * width + j]! += x * row[j]!;
    }
  }
  const size = Math.max(1, rows.length);
  for (let i = 0; i < width; i++) {
    square[i * width + i]! += i < free ? FREE_PENALTY * size : penalty;
    for (let j = 0; j < i; j++) square[j * width + i] = square[i * width + j]!;
  }
  const factors = new CholeskyDecomposition(Matrix.from1DArray(width, width, square));
  return Float64Array.from(factors.solve(Matrix.columnVector(right)).to1DArray());
}

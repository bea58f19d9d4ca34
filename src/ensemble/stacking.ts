// Stacking: weights of members learned from samples whose class is known.

import { solveRidge } from "../solve/ridge.js";

/**
 * A weight a member, >= 0, that brings the weighted sum of the members' rows nearest to the true class's row (1 for the class,
 * 0 elsewhere): ridge regression, then again without the members that would weigh less than nothing.
 * Sources: Wolpert 1992; Breiman 1996 (stacked regressions: weights that are not negative).
 */
export function stackWeights(
  members: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  classes: number,
  penalty = 1,
): number[] {
  let used = members.map((_, i) => i);
  for (;;) {
    const rows: Float64Array[] = [];
    const targets: number[] = [];
    for (let n = 0; n < labels.length; n++) {
      for (let c = 0; c < classes; c++) {
        rows.push(Float64Array.from(used, (i) => members[i]![n * classes + c]!));
        targets.push(labels[n] === c ? 1 : 0);
      }
    }
    const weights = solveRidge({ rows, targets, penalty });
    const kept = used.filter((_, u) => weights[u]! > 0);
    if (kept.length === used.length || kept.length === 0) {
      return members.map((_, i) => (kept.length === 0 ? 1 : Math.max(0, weights[used.indexOf(i)] ?? 0)));
    }
    used = kept;
  }
}

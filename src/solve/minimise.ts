// The simplex search of Nelder and Mead, for functions of a few variables without derivatives.

export interface Minimum {
  point: number[];
  value: number;
  evaluations: number;
}

/**
 * Goes downhill from `start` with a first simplex of edges `steps`, for at most `evaluationsMax` evaluations or until all
 * corners differ by less than `tolerance` of the best. A value that is not a number counts as infinitely bad.
 *
 * Source: Nelder and Mead, A simplex method for function minimization, 1965; coefficients 1, 2, 1/2, 1/2.
 */
export function minimise(
  f: (point: readonly number[]) => number,
  start: readonly number[],
  steps: readonly number[],
  evaluationsMax: number,
  tolerance = 1e-7,
): Minimum {
  let evaluations = 0;
  const at = (point: number[]) => {
    evaluations++;
    const value = f(point);
    return { point, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  const n = start.length;
  let corners = [at([...start])];
  for (let i = 0; i < n; i++) corners.push(at(start.map((x, j) => (i === j ? x + steps[i]! : x))));
  for (;;) {
    corners.sort((a, b) => a.value - b.value);
    const best = corners[0]!;
    const worst = corners[n]!;
    if (evaluations >= evaluationsMax || !(worst.value - best.value > tolerance * Math.abs(best.value))) {
      return { ...best, evaluations };
    }
    const centre = start.map((_, j) => corners.slice(0, n).reduce((sum, c) => sum + c.point[j]!, 0) / n);
    const away = (by: number) => at(centre.map((c, j) => c + by * (worst.point[j]! - c)));
    const reflected = away(-1);
    let next = reflected;
    if (reflected.value < best.value) {
      const expanded = away(-2);
      if (expanded.value < reflected.value) next = expanded;
    } else if (reflected.value >= corners[n - 1]!.value) {
      next = away(reflected.value < worst.value ? -0.5 : 0.5);
      if (next.value >= Math.min(reflected.value, worst.value)) {
        const shrunk = corners.slice(1).map((c) => at(best.point.map((b, j) => b + 0.5 * (c.point[j]! - b))));
        corners = [best, ...shrunk];
        continue;
      }
    }
    corners[n] = next;
  }
}

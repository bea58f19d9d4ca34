// Tests beside the intervals: how often chance alone would show such a difference, and what many comparisons do to that.
// Like statistics.ts: only + - x / sqrt and comparisons, so that a verdict is the same on every machine.

import type { Interval } from "../model/results.js";

/**
 * P(|T| >= |t|) of Student's t: the two-sided p value of a mean that lies |t| standard errors from zero. Finite sums
 * for integer degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4); absolute error below 1e-14.
 * @param df degrees of freedom, an integer >= 1.
 */
export function studentTwoSided(t: number, df: number): number {
  if (!(Number.isInteger(df) && df >= 1)) throw new Error(`degrees of freedom must be an integer >= 1, got ${df}`);
  if (Number.isNaN(t)) return Number.NaN;
  if (!Number.isFinite(t)) return 0;
  const x = Math.abs(t);
  const hypotenuse = Math.sqrt(df + x * x);
  const sine = x / hypotenuse;
  const cosine = Math.sqrt(df) / hypotenuse;
  const odd = df % 2 === 1;
  // the term with cos^k has k = 1, 3, 5 .. df - 2 (odd) or 0, 2, 4 .. df - 2 (even)
  let term = odd ? cosine : 1;
  let total = odd && df === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= df - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    total += term;
  }
  const inside = odd ? (2 / Math.PI) * (arctangent(x / Math.sqrt(df)) + sine * total) : sine * total;
  return Math.max(0, 1 - inside);
}

/** arctan of x >= 0 by halving the angle four times and a series: no function whose last bit a machine may choose. */
function arctangent(x: number): number {
  let small = x;
  for (let i = 0; i < 4; i++) small = small / (1 + Math.sqrt(1 + small * small));
  const square = small * small;
  let sum = 0;
  // small < 0.05, so twelve terms are below the last bit
  for (let k = 23; k >= 1; k -= 2) sum = 1 / k - square * sum;
  return 16 * small * sum;
}

/**
 * p value of the hypothesis that a mean is zero, from its interval's parts.
 * 0 where every value is the same and not zero; 1 where all are zero; NaN below two values.
 */
export function pOfZero({ mean, count }: Interval, standardError: number): number {
  if (count < 2) return Number.NaN;
  if (standardError === 0) return mean === 0 ? 1 : 0;
  return studentTwoSided(mean / standardError, count - 1);
}

/**
 * Holm's step-down adjustment (Scandinavian Journal of Statistics 6, 1979): if those with an adjusted p of at most 0.05
 * are called different, the chance of even one false call among all is at most 5 %, however they depend on each other.
 * @param p raw p values; NaN stays NaN and does not count.
 * @returns adjusted, in the same order.
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).filter((i) => !Number.isNaN(p[i]!));
  order.sort((a, b) => p[a]! - p[b]! || a - b);
  const adjusted = p.map(() => Number.NaN);
  let least = 0;
  order.forEach((i, rank) => {
    least = Math.max(least, Math.min(1, (order.length - rank) * p[i]!));
    adjusted[i] = least;
  });
  return adjusted;
}

/**
 * Kendall's tau-b of two rankings of the same things: 1 = the same order, -1 = reversed; ties allowed for.
 * NaN where one of them has nothing but ties.
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new Error(`rankings need equal lengths, got ${a.length} and ${b.length}`);
  let agree = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const x = Math.sign(a[i]! - a[j]!);
      const y = Math.sign(b[i]! - b[j]!);
      agree += x * y;
      untiedA += x * x;
      untiedB += y * y;
    }
  }
  return agree / Math.sqrt(untiedA * untiedB);
}

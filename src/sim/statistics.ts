// Statistics over replications and over jobs. Everything here feeds numbers that are compared between machines, so it
// uses only + - x / sqrt and comparisons (IEEE 754 fixes those to the last bit; logarithms and their kin it does not).

import type { Interval } from "../model/results.js";
import { studentT975 } from "./student-t.js";

/** Sum with Neumaier's compensation (1974): the error does not grow with the number of values. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  // An infinite total would make the compensation NaN.
  return Number.isFinite(lost) ? total + lost : total;
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  return values.length === 0 ? Number.NaN : sum(values) / values.length;
}

/** Standard deviation of a sample (n - 1 in the denominator); NaN below two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  const squares = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) squares[i] = (values[i]! - centre) * (values[i]! - centre);
  return Math.sqrt(sum(squares) / (values.length - 1));
}

/**
 * Mean with its two-sided 95 % Student-t interval: mean +- t(0.975, n - 1) x s / sqrt(n), for independent values that
 * are roughly normal (means over thousands of jobs are). halfWidth is NaN below two values.
 */
export function interval(values: ArrayLike<number>): Interval {
  const count = values.length;
  const halfWidth = count < 2 ? Number.NaN : (studentT975(count - 1) * standardDeviation(values)) / Math.sqrt(count);
  const centre = mean(values);
  return { mean: centre, halfWidth, low: centre - halfWidth, high: centre + halfWidth, count };
}

/**
 * Interval of the mean of a[i] - b[i]. Under common random numbers the pairs share their luck, which the difference
 * takes out: the interval is narrower than that of two independent samples.
 * @throws Error if the lengths differ (pairs must be matched by the caller).
 */
export function pairedDifference(a: ArrayLike<number>, b: ArrayLike<number>): Interval {
  if (a.length !== b.length) throw new Error(`pairs need equal lengths, got ${a.length} and ${b.length}`);
  const differences = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) differences[i] = a[i]! - b[i]!;
  return interval(differences);
}

/** Share of pairs in which a[i] is strictly below b[i]: the estimate of P(A beats B). NaN of no pair. */
export function shareBelow(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`pairs need equal lengths, got ${a.length} and ${b.length}`);
  let below = 0;
  for (let i = 0; i < a.length; i++) if (a[i]! < b[i]!) below++;
  return a.length === 0 ? Number.NaN : below / a.length;
}

/** The values in ascending order, as a new array; `percentile` wants them so. */
export function sorted(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/**
 * Exact percentile by linear interpolation between order statistics: type 7 of Hyndman and Fan (The American
 * Statistician 50, 1996), the default of R and NumPy and DuckDB's quantile_cont, so that anyone can check it.
 * @param ascending values in ascending order.
 * @param share 0.5 for the median, 0.99 for P99.
 */
export function percentile(ascending: ArrayLike<number>, share: number): number {
  if (!(share >= 0 && share <= 1)) throw new Error(`a percentile's share must be in [0, 1], got ${share}`);
  const count = ascending.length;
  if (count === 0) return Number.NaN;
  const position = (count - 1) * share;
  const below = Math.floor(position);
  const low = ascending[below]!;
  const high = ascending[Math.min(below + 1, count - 1)]!;
  return low + (high - low) * (position - below);
}

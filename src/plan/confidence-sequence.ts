// The mean of bounded observations, with an interval that holds at every moment at once, however often one looks and whenever one
// stops: the predictable plug-in empirical-Bernstein confidence sequence of Waudby-Smith and Ramdas, "Estimating means of bounded
// random variables by betting", JRSS-B 86 (2024), Theorem 2. All that it remembers is seven numbers.

import { log } from "../engine/math.js";

/** What is remembered of the observations; JSON keeps it exactly. Values are in [0, 1]. */
export interface Sequence {
  count: number;
  sum: number;
  /** Of squared distances from the mean as it was estimated at the time. */
  squares: number;
  weights: number;
  weighted: number;
  penalty: number;
  /** The best bounds so far: what once was ruled out stays so. */
  low: number;
  high: number;
}

export function newSequence(): Sequence {
  return { count: 0, sum: 0, squares: 0, weights: 0, weighted: 0, penalty: 0, low: 0, high: 1 };
}

/** The largest bet; below 1, so that no single observation ruins. */
const BET_MOST = 0.5;

/**
 * The sequence after one more observation.
 * @param value in [0, 1]; its mean given all before is what the bounds are for.
 * @param alpha probability that the bounds ever leave out the mean.
 */
export function observed(before: Sequence, value: number, alpha: number): Sequence {
  if (!(value >= 0 && value <= 1)) throw new Error(`an observation of ${value} is not within 0 and 1`);
  const { count, sum, squares } = before;
  const confidence = log(2 / alpha);
  // what was known before it: the bet may not look at what it bets on
  const mean = (0.5 + sum) / (count + 1);
  const variance = (0.25 + squares) / (count + 1);
  const n = count + 1;
  const bet = Math.min(BET_MOST, Math.sqrt((2 * confidence) / (variance * n * log(1 + n))));
  const distance = value - mean;
  const weights = before.weights + bet;
  const weighted = before.weighted + bet * value;
  // v(t) psi(bet) with v = 4 (x - mean)^2 and psi = (-log(1 - bet) - bet) / 4
  const penalty = before.penalty + distance * distance * (-log(1 - bet) - bet);
  const centre = weighted / weights;
  const width = (confidence + penalty) / weights;
  const after = value - (0.5 + sum + value) / (count + 2);
  return {
    count: n,
    sum: sum + value,
    squares: squares + after * after,
    weights,
    weighted,
    penalty,
    low: Math.max(before.low, centre - width),
    high: Math.min(before.high, centre + width),
  };
}

/** Bounds of one mean less another; both sequences at half the probability of error, so that together they have the whole. */
export function differenceOf(one: Sequence, other: Sequence): { low: number; high: number } {
  return { low: one.low - other.high, high: one.high - other.low };
}

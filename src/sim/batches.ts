// Batch means: intervals from one long run, where there are no replications.

import { BATCHES } from "../model/results.js";
import { mean } from "./statistics.js";

/**
 * Means of BATCHES equal stretches of a sequence, NaN ones left out; nothing where there are fewer than two values a batch.
 * Few enough that a batch outlasts the memory of the queue, enough for an interval (Schmeiser, Operations Research 30,
 * 1982: 10 to 30).
 */
export function batchMeans(values: ArrayLike<number>): Float64Array {
  if (values.length < 2 * BATCHES) return new Float64Array(0);
  const size = values.length / BATCHES;
  return Float64Array.from({ length: BATCHES }, (_, b) => {
    const part: number[] = [];
    for (let i = Math.floor(b * size); i < Math.floor((b + 1) * size); i++) {
      if (!Number.isNaN(values[i]!)) part.push(values[i]!);
    }
    return mean(part);
  });
}

/** Correlation of neighbours, about 0 for independent ones. NaN where all are equal. */
export function lagOneCorrelation(values: ArrayLike<number>): number {
  const centre = mean(values);
  let together = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const own = values[i]! - centre;
    squares += own * own;
    if (i > 0) together += own * (values[i - 1]! - centre);
  }
  return together / squares;
}

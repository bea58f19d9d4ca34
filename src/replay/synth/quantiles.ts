// Quantile functions as tables: linear between the levels, so that no transcendental function is needed.

import { QUANTILE_LEVELS } from "./schema.js";

/** The quantile at `level` in [0, 1] of a table of values at QUANTILE_LEVELS. */
export function quantileAt(values: readonly number[], level: number): number {
  // The first level at or above `level`, by halving.
  let upper = QUANTILE_LEVELS.length - 1;
  for (let below = 0; upper - below > 1; ) {
    const middle = (below + upper) >> 1;
    if (QUANTILE_LEVELS[middle]! < level) below = middle;
    else upper = middle;
  }
  const low = QUANTILE_LEVELS[upper - 1]!;
  const high = QUANTILE_LEVELS[upper]!;
  const from = values[upper - 1]!;
  return from + ((values[upper]! - from) * (level - low)) / (high - low);
}

/**
 * As tabulateQuantiles, with what lies above the median stretched so that the table's mean is the sample's: a table
 * alone loses some of the longest run times, and with them some of the load.
 */
export function tabulateKeepingMean(sorted: ArrayLike<number>): number[] {
  const values = tabulateQuantiles(sorted);
  const middle = quantileAt(values, 0.5);
  const upper = values.map((value) => Math.max(0, value - middle));
  const excess = tableMean(upper);
  if (excess === 0) return values;
  let sum = 0;
  for (let i = 0; i < sorted.length; i++) sum += sorted[i]!;
  const stretch = Math.max(0, 1 + (sum / sorted.length - tableMean(values)) / excess);
  return values.map((value, i) => Math.round(Math.min(value, middle) + upper[i]! * stretch));
}

/** Mean of the quantile function that a table stands for. */
export function tableMean(values: readonly number[]): number {
  let mean = 0;
  for (let i = 1; i < values.length; i++) {
    mean += ((values[i]! + values[i - 1]!) / 2) * (QUANTILE_LEVELS[i]! - QUANTILE_LEVELS[i - 1]!);
  }
  return mean;
}

/** Values at QUANTILE_LEVELS of a sorted, non-empty sample: linear between order statistics (Hyndman and Fan's type 7). */
export function tabulateQuantiles(sorted: ArrayLike<number>): number[] {
  return QUANTILE_LEVELS.map((level) => {
    const position = level * (sorted.length - 1);
    const below = Math.floor(position);
    const from = sorted[below]!;
    const to = sorted[Math.min(below + 1, sorted.length - 1)]!;
    return Math.round(from + (to - from) * (position - below));
  });
}

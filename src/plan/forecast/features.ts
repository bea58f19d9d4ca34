// What regressions see of a step: trend, place of the season and of the week, holidays, and values before it.

import type { ForecastTask } from "./forecaster.js";

/** Knots of the season's curve at most; between two it is a line. */
const KNOTS_MAX = 24;
const WEEK_DAYS = 7;

export interface FeatureMap {
  width: number;
  /** Steps that the features of a step look back. */
  lagMax: number;
  /** Of step `t` (0 is the first of the history); `before(k)` is the value k steps earlier, in the unit of the regression. */
  of(t: number, before: (k: number) => number): Float64Array;
}

/**
 * The first feature is 1. `near`: values of the last three steps are seen too, so that steps ahead are forecast one after the
 * other; without, only values at least a season old.
 */
export function featureMap(task: ForecastTask, count: number, near: boolean): FeatureMap {
  const { seasonSteps, weekSteps, isHoliday } = task;
  const knots = seasonSteps >= 4 ? Math.min(KNOTS_MAX, Math.floor(seasonSteps / 2)) : 0;
  const days = weekSteps !== undefined && count >= 2 * weekSteps ? WEEK_DAYS : 0;
  const seasons = Math.min(3, Math.floor(count / Math.max(2, seasonSteps)) - 1);
  const lags = near ? [1, 2, 3].filter((k) => k < count / 4) : [];
  for (let k = 1; k <= seasons && seasonSteps > 1; k++) lags.push(k * seasonSteps);
  if (near && seasons >= 1 && seasonSteps > 3) lags.push(seasonSteps + 1);
  const width = 2 + knots + days + (isHoliday ? 1 : 0) + lags.length;
  return {
    width,
    lagMax: lags.length === 0 ? 0 : Math.max(...lags),
    of(t, before) {
      const row = new Float64Array(width);
      row[0] = 1;
      row[1] = t / count;
      let at = 2;
      if (knots > 0) {
        const place = ((t % seasonSteps) / seasonSteps) * knots;
        const left = Math.floor(place);
        row[at + left] = 1 - (place - left);
        row[at + ((left + 1) % knots)]! += place - left;
        at += knots;
      }
      if (days > 0) row[at + Math.floor(((t % weekSteps!) / weekSteps!) * WEEK_DAYS)] = 1;
      at += days;
      if (isHoliday) row[at++] = isHoliday(t) ? 1 : 0;
      for (const lag of lags) row[at++] = before(lag);
      return row;
    },
  };
}

/** Steps whose value and features were all seen, as rows of a regression on the series less `centre`, by `scale`. */
export function trainingRows(
  map: FeatureMap,
  history: Float64Array,
  centre: number,
  scale: number,
): { rows: Float64Array[]; targets: number[] } {
  const rows: Float64Array[] = [];
  const targets: number[] = [];
  for (let t = map.lagMax; t < history.length; t++) {
    if (Number.isNaN(history[t]!)) continue;
    const row = map.of(t, (k) => (history[t - k]! - centre) / scale);
    if (row.some(Number.isNaN)) continue;
    rows.push(row);
    targets.push((history[t]! - centre) / scale);
  }
  return { rows, targets };
}

/** Mean and standard deviation of what was seen; a constant series has scale 1. */
export function centreAndScale(history: Float64Array): { centre: number; scale: number } {
  let [n, sum, squares] = [0, 0, 0];
  for (const value of history) {
    if (Number.isNaN(value)) continue;
    n++;
    sum += value;
  }
  const centre = sum / n;
  for (const value of history) if (!Number.isNaN(value)) squares += (value - centre) * (value - centre);
  return { centre, scale: Math.sqrt(squares / n) || 1 };
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

// Histories that are not like what comes: holidays are set aside and come back as a factor; a level that shifted for good is
// carried back, so that the past before it still shows trend and season.

import { type Forecaster, type ForecastMethod, type ForecastTask, fillGaps } from "./forecaster.js";

/** Steps on each side of a point that are compared, where there is no season of at least 8 steps. */
const WINDOW_STEPS = 24;
/** A shift is this many times the usual difference of two windows, and this share of the level. */
const SHIFT_DEVIATIONS = 8;
const SHIFT_SHARE = 0.15;
const SHIFTS_MAX = 3;

function median(values: ArrayLike<number>): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface LevelShift {
  /** First step of the new level. */
  step: number;
  /** New level less old. */
  size: number;
}

/** Median difference of the window from `t` on to the window before it, place by place. */
function differenceAt(values: Float64Array, t: number, window: number): number {
  const differences = new Float64Array(window);
  let seen = 0;
  for (let j = 0; j < window; j++) {
    const d = values[t + j]! - values[t + j - window]!;
    if (!Number.isNaN(d)) differences[seen++] = d;
  }
  return seen * 2 >= window ? median(differences.subarray(0, seen)) : Number.NaN;
}

/** The largest shift of level, if there is one that stands out. */
export function findShift(values: Float64Array, seasonSteps: number): LevelShift | undefined {
  const window = seasonSteps >= 8 ? seasonSteps : seasonSteps * Math.ceil(WINDOW_STEPS / seasonSteps);
  // a median sees a shift that half of its window lies behind: a quarter is fine enough
  const stride = Math.max(1, Math.floor(window / 4));
  const sizes: { step: number; size: number }[] = [];
  for (let t = window; t + window <= values.length; t += stride) {
    const size = differenceAt(values, t, window);
    if (!Number.isNaN(size)) sizes.push({ step: t, size });
  }
  if (sizes.length < 3) return undefined;
  const usual = median(sizes.map(({ size }) => Math.abs(size)));
  const level = median(Array.from(values, Math.abs).filter((value) => !Number.isNaN(value)));
  const coarse = sizes.reduce((a, b) => (Math.abs(b.size) > Math.abs(a.size) ? b : a));
  if (!(Math.abs(coarse.size) > Math.max(SHIFT_DEVIATIONS * usual, SHIFT_SHARE * level))) return undefined;
  return { step: sharpest(values, coarse.step, stride, coarse.size, window), size: coarse.size };
}

/** Near a coarse answer: the step at which the difference from a season (or a window) ago jumps most. */
function sharpest(values: Float64Array, near: number, stride: number, size: number, window: number): number {
  let best = near;
  let most = Number.NEGATIVE_INFINITY;
  const side = Math.max(2, Math.min(6, window >> 2));
  for (let t = near - window; t <= near + window; t++) {
    if (t - side - window < 0 || t + side > values.length) continue;
    let jump = 0;
    for (let j = 0; j < side; j++) {
      const after = values[t + j]! - values[t + j - window]!;
      const before = values[t - 1 - j]! - values[t - 1 - j - window]!;
      if (!Number.isNaN(after - before)) jump += after - before;
    }
    const score = Math.sign(size) * jump - (Math.abs(t - near) > 2 * stride ? Math.abs(size) : 0);
    if (score > most) [most, best] = [score, t];
  }
  return best;
}

/** The history as it would be had its level always been the latest. */
export function carryBackShifts(
  history: Float64Array,
  seasonSteps: number,
): { values: Float64Array; shifts: LevelShift[] } {
  const values = Float64Array.from(history);
  const shifts: LevelShift[] = [];
  for (let k = 0; k < SHIFTS_MAX; k++) {
    const shift = findShift(values, seasonSteps);
    if (!shift) break;
    for (let t = 0; t < shift.step; t++) values[t]! += shift.size;
    shifts.push(shift);
  }
  return { values, shifts };
}

/** What a holiday is of an ordinary step at the same place of the season; 1 without any. */
function holidayFactor(history: Float64Array, masked: Float64Array, { seasonSteps, isHoliday }: ForecastTask): number {
  const ordinary = fillGaps(masked, seasonSteps);
  let [above, below] = [0, 0];
  for (let t = 0; t < history.length; t++) {
    if (!isHoliday!(t) || Number.isNaN(history[t]!)) continue;
    above += history[t]!;
    below += ordinary[t]!;
  }
  return below > 0 ? Math.max(0, above / below) : 1;
}

/** A method that sets holidays of its task aside and carries back shifts of level. */
export function withoutSurprises(method: ForecastMethod): ForecastMethod {
  return {
    name: method.name,
    summary: method.summary,
    stepsMin: (task) => method.stepsMin(task),
    fit(history, task): Forecaster {
      const { isHoliday, ...plain } = task;
      const masked = isHoliday ? history.map((value, t) => (isHoliday(t) ? Number.NaN : value)) : history;
      const factor = isHoliday ? holidayFactor(history, masked, task) : 1;
      const inner = method.fit(carryBackShifts(masked, task.seasonSteps).values, plain);
      let count = history.length;
      const scaled = (forecast: Float64Array) =>
        isHoliday ? forecast.map((value, h) => (isHoliday(count + h) ? value * factor : value)) : forecast;
      const { quantiles } = inner;
      return {
        observe(value) {
          inner.observe(isHoliday?.(count) ? Number.NaN : value);
          count++;
        },
        predict: (steps) => scaled(inner.predict(steps)),
        ...(quantiles
          ? { quantiles: (steps: number, levels: readonly number[]) => quantiles(steps, levels).map(scaled) }
          : {}),
      };
    },
  };
}

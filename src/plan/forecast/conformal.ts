// Intervals that hold what they promise, whatever forecaster they are put around: as wide as its past errors were, by step
// ahead, and widened or narrowed as values fall outside or inside.

import { checkHistory, type Forecaster, type ForecastMethod, type ForecastTask, rollForward } from "./forecaster.js";

export interface Forecast {
  mean: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

export interface IntervalForecaster {
  /** The next value; NaN if it was not seen. Earlier forecasts are scored by it. */
  observe(value: number): void;
  predict(steps: number): Forecast;
}

/** Errors kept a step ahead. */
const SCORES_MAX = 400;
/** Origins in a history at which errors are taken. */
const ORIGINS = 48;
/** How far one value outside or inside moves the level. */
const STEP_SIZE = 0.01;

/**
 * The radius that covers a share of the scores to come, if they come in any order of those kept (split conformal: the
 * ceil((n + 1)(1 - miss))-th smallest); the miss aimed at follows the misses seen, so that over time coverage is right even if
 * the series drifts: after T rounds the share missed is within (max(miss, 1 - miss) + step) / (step T) of the aim.
 *
 * Sources: Vovk, Gammerman and Shafer 2005; Gibbs and Candes 2021 (adaptive conformal inference, proposition 4.1).
 */
export class AdaptiveRadius {
  readonly #miss: number;
  readonly #step: number;
  #aim: number;
  #next = 0;
  readonly #ring: number[] = [];
  readonly #sorted: number[] = [];

  constructor(miss: number, step = STEP_SIZE) {
    this.#miss = miss;
    this.#aim = miss;
    this.#step = step;
  }

  get aim(): number {
    return this.#aim;
  }

  radius(): number {
    const n = this.#sorted.length;
    if (this.#aim >= 1) return Number.NEGATIVE_INFINITY;
    const rank = Math.ceil((n + 1) * (1 - this.#aim));
    return rank > n || this.#aim <= 0 ? Number.POSITIVE_INFINITY : this.#sorted[Math.max(0, rank - 1)]!;
  }

  /** A score from before the first forecast. */
  learn(score: number): void {
    const place = (value: number) => {
      let [low, high] = [0, this.#sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.#sorted[middle]! < value) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    if (this.#ring.length === SCORES_MAX) {
      this.#sorted.splice(place(this.#ring[this.#next]!), 1);
      this.#ring[this.#next] = score;
      this.#next = (this.#next + 1) % SCORES_MAX;
    } else this.#ring.push(score);
    this.#sorted.splice(place(score), 0, score);
  }

  /** A score of a forecast that was given with this radius. */
  update(score: number, given: number): void {
    this.#aim += this.#step * (this.#miss - (score > given ? 1 : 0));
    this.learn(score);
  }
}

interface Pending {
  age: number;
  low: Float64Array;
  high: Float64Array;
  radius: Float64Array;
}

class Conformal implements IntervalForecaster {
  readonly #forecaster: Forecaster;
  readonly #radii: AdaptiveRadius[];
  readonly #levels: readonly number[];
  #pending: Pending[] = [];

  constructor(forecaster: Forecaster, radii: AdaptiveRadius[], levels: readonly number[]) {
    this.#forecaster = forecaster;
    this.#radii = radii;
    this.#levels = levels;
  }

  observe(value: number): void {
    for (const forecast of this.#pending) {
      const h = forecast.age++;
      if (!Number.isNaN(value))
        this.#radii[h]!.update(scoreOf(value, forecast.low[h]!, forecast.high[h]!), forecast.radius[h]!);
    }
    this.#pending = this.#pending.filter((forecast) => forecast.age < forecast.low.length);
    this.#forecaster.observe(value);
  }

  /** At most as many steps as the task's horizon. */
  predict(steps: number): Forecast {
    const mean = this.#forecaster.predict(steps);
    const [low, high] = innerBounds(this.#forecaster, mean, this.#levels);
    const radius = mean.map((_, h) => this.#radii[Math.min(h, this.#radii.length - 1)]!.radius());
    this.#pending.push({ age: 0, low: low.subarray(0, this.#radii.length), high, radius });
    return {
      mean,
      low: low.map((value, h) => Math.min(mean[h]!, value - radius[h]!)),
      high: high.map((value, h) => Math.max(mean[h]!, value + radius[h]!)),
    };
  }
}

/** How far outside (> 0) or inside (< 0) of the inner bounds. */
function scoreOf(value: number, low: number, high: number): number {
  return Math.max(low - value, value - high);
}

/** The method's own quantiles where it has any (Romano, Patterson and Candes 2019), else the forecast itself, twice. */
function innerBounds(
  forecaster: Forecaster,
  mean: Float64Array,
  levels: readonly number[],
): [Float64Array, Float64Array] {
  const own = forecaster.quantiles?.(mean.length, levels);
  if (!own) return [mean, mean];
  const [low, high] = [own[0]!, own[1]!];
  return [low.map((value, h) => Math.min(value, high[h]!)), high.map((value, h) => Math.max(value, low[h]!))];
}

/**
 * Fits a method with intervals that hold `coverage` (0.8: four values of five) of the values, at every step ahead. Errors come
 * from rolling over the last two fifths of the history with a fit to the rest; the fit that forecasts has seen all of it.
 */
export function fitWithIntervals(
  method: ForecastMethod,
  history: Float64Array,
  task: ForecastTask,
  coverage: number,
): IntervalForecaster {
  checkHistory(method, history, task);
  const levels = [(1 - coverage) / 2, (1 + coverage) / 2];
  const radii = Array.from({ length: task.horizonSteps }, () => new AdaptiveRadius(1 - coverage));
  const begin = Math.max(method.stepsMin(task), Math.ceil(history.length * 0.6));
  const head = history.subarray(0, begin);
  if (begin < history.length && !head.every(Number.isNaN)) {
    const tail = history.subarray(begin);
    const stride = Math.max(1, Math.floor(tail.length / ORIGINS));
    const fitted = method.fit(head, task);
    rollForward(fitted, tail, stride, task.horizonSteps, (origin, mean) => {
      const [low, high] = innerBounds(fitted, mean, levels);
      for (let h = 0; h < mean.length; h++) {
        const value = tail[origin + h]!;
        if (!Number.isNaN(value)) radii[h]!.learn(scoreOf(value, low[h]!, high[h]!));
      }
    });
  }
  return new Conformal(method.fit(history, task), radii, levels);
}

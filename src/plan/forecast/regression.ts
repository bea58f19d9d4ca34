// Autoregressive ridge regression with calendar terms, and quantile regression on the same features.

import { solveRidge } from "../../solve/ridge.js";
import { centreAndScale, dot, type FeatureMap, featureMap, trainingRows } from "./features.js";
import { checkHistory, type Forecaster, type ForecastMethod, type ForecastTask, fillGaps } from "./forecaster.js";

const PENALTY = 1;
/** Rounds of reweighted least squares; each comes nearer, and the last ones move little. */
const QUANTILE_ROUNDS = 30;
const QUANTILE_TOLERANCE = 1e-3;
/** Errors below this, in standard deviations, weigh as if they were of this size. */
const QUANTILE_EPSILON = 1e-3;

/** Values so far in the unit of the regression, and forecasts made one step after the other from them. */
class Roller {
  readonly #values: number[];
  readonly #map: FeatureMap;
  readonly #centre: number;
  readonly #scale: number;
  readonly #season: number;
  #count: number;

  constructor(history: Float64Array, map: FeatureMap, seasonSteps: number, centre: number, scale: number) {
    this.#map = map;
    this.#centre = centre;
    this.#scale = scale;
    this.#season = seasonSteps;
    this.#count = history.length;
    this.#values = Array.from(fillGaps(history, seasonSteps), (value) => (value - centre) / scale);
  }

  observe(value: number): void {
    const before = this.#values[this.#values.length - Math.max(1, this.#season)] ?? this.#values.at(-1)!;
    this.#values.push(Number.isNaN(value) ? before : (value - this.#centre) / this.#scale);
    this.#count++;
    if (this.#values.length > 4 * this.#map.lagMax + 1024) this.#values.splice(0, 512);
  }

  /** `guesses[0]` makes the path that later steps look back on; all are answered along it. */
  predict(steps: number, guesses: readonly Float64Array[]): Float64Array[] {
    const path = this.#values.slice(-Math.max(1, this.#map.lagMax));
    const answers = guesses.map(() => new Float64Array(steps));
    for (let h = 0; h < steps; h++) {
      const row = this.#map.of(this.#count + h, (k) => path[path.length - k] ?? path[0]!);
      guesses.forEach((coefficients, g) => {
        const z = dot(row, coefficients);
        if (g === 0) path.push(z);
        answers[g]![h] = this.#centre + this.#scale * z;
      });
    }
    return answers;
  }
}

const stepsMin = ({ seasonSteps }: ForecastTask) => Math.max(8, seasonSteps > 1 ? 2 * seasonSteps + 2 : 8);

export const autoregressiveRidge: ForecastMethod = {
  name: "ar-ridge",
  summary: "ridge regression on the last values, those of earlier seasons, trend and calendar",
  stepsMin,
  fit(history, task): Forecaster {
    checkHistory(autoregressiveRidge, history, task);
    const { centre, scale } = centreAndScale(history);
    const map = featureMap(task, history.length, true);
    const rows = trainingRows(map, history, centre, scale);
    const coefficients =
      rows.rows.length > 0 ? solveRidge({ ...rows, penalty: PENALTY, free: 1 }) : new Float64Array(map.width);
    const roller = new Roller(history, map, task.seasonSteps, centre, scale);
    return { observe: (value) => roller.observe(value), predict: (steps) => roller.predict(steps, [coefficients])[0]! };
  },
};

/**
 * Coefficients of the conditional quantile `level`: reweighted least squares. Each round minimises a parabola that touches the
 * pinball loss from above (Hunter and Lange, Quantile regression via an MM algorithm, 2000).
 */
export function fitQuantile(
  rows: readonly Float64Array[],
  targets: readonly number[],
  level: number,
  penalty = PENALTY,
): Float64Array {
  let coefficients = solveRidge({ rows, targets, penalty, free: 1 });
  for (let round = 0; round < QUANTILE_ROUNDS; round++) {
    const weights = rows.map((row, r) => 1 / (QUANTILE_EPSILON + Math.abs(targets[r]! - dot(row, coefficients))));
    const shifted = targets.map((y, r) => y + (2 * level - 1) / weights[r]!);
    const next = solveRidge({ rows, targets: shifted, weights, penalty, free: 1 });
    const moved = next.reduce((most, value, i) => Math.max(most, Math.abs(value - coefficients[i]!)), 0);
    coefficients = next;
    if (moved < QUANTILE_TOLERANCE) break;
  }
  return coefficients;
}

export const quantileRegression: ForecastMethod = {
  name: "quantile-regression",
  summary: "median (and quantiles) regressed on trend, calendar and values of earlier seasons",
  stepsMin,
  fit(history, task): Forecaster {
    checkHistory(quantileRegression, history, task);
    const { centre, scale } = centreAndScale(history);
    const map = featureMap(task, history.length, false);
    const { rows, targets } = trainingRows(map, history, centre, scale);
    const known = new Map<number, Float64Array>();
    const at = (level: number) => {
      if (!known.has(level)) {
        known.set(level, rows.length > 0 ? fitQuantile(rows, targets, level) : new Float64Array(map.width));
      }
      return known.get(level)!;
    };
    const roller = new Roller(history, map, task.seasonSteps, centre, scale);
    return {
      observe: (value) => roller.observe(value),
      predict: (steps) => roller.predict(steps, [at(0.5)])[0]!,
      quantiles: (steps, levels) => roller.predict(steps, [at(0.5), ...levels.map(at)]).slice(1),
    };
  },
};

// Holt-Winters: level, trend and season, each with a rate of its own, chosen for the error over the whole horizon.
// One-step errors choose rates that follow noise: on the published set they cost half as much again (docs/models/forecasts.md).

import { minimise } from "../../solve/minimise.js";
import { decompose } from "./decompose.js";
import { checkHistory, type ForecastMethod, type ForecastTask } from "./forecaster.js";
import { Smoother, type SmoothingRates, type SmoothingState, smoothingCost } from "./smoothing.js";

/** Seasons that the start state is taken from, at most; of a short history a third. */
const START_SEASONS_MAX = 4;
/** Steps ahead that are judged in one pass, about. */
const JUDGED_STEPS = 3200;
const EVALUATIONS_MAX = 160;

interface Variant {
  damped: boolean;
  multiplicative: boolean;
}

/** Any number to a rate: x^2 / (1 + x^2). */
const rateOf = (x: number) => (x * x) / (1 + x * x);
const fromRate = (rate: number) => Math.sqrt(rate / (1 - rate));
/** A trend that adapts faster than this follows the noise. */
const TREND_RATE_MAX = 0.1;
/** The least that a damped trend keeps a step, over a season of so many. */
const dampingLeast = (seasonSteps: number) => 1 - Math.min(0.2, 2 / Math.max(1, seasonSteps));

function ratesOf(x: readonly number[], damped: boolean, seasonSteps: number): SmoothingRates {
  const least = dampingLeast(seasonSteps);
  return {
    level: rateOf(x[0]!),
    trend: TREND_RATE_MAX * rateOf(x[1]!),
    season: seasonSteps > 1 ? rateOf(x[2]!) : 0,
    fade: rateOf(x[3]!),
    damping: damped ? least + (1 - least) * rateOf(x[4]!) : 1,
  };
}

/** Steps before which a forecast is judged: evenly over what lies after the start seasons. */
function originsOf(count: number, from: number, horizon: number): number[] {
  const wanted = Math.max(8, Math.round(JUDGED_STEPS / horizon));
  const last = count - Math.min(horizon, Math.ceil((count - from) / 4));
  const stride = Math.max(1, Math.floor((last - from) / wanted));
  const origins: number[] = [];
  for (let t = from; t <= last && t < count; t += stride) origins.push(t);
  return origins;
}

function fitVariant(history: Float64Array, task: ForecastTask, { damped, multiplicative }: Variant): Smoother {
  const seasons = Math.floor(history.length / task.seasonSteps);
  const seasonSteps = seasons >= 2 ? task.seasonSteps : 1;
  const whole = Math.floor(history.length / seasonSteps);
  const startSeasons = seasonSteps === 1 ? Math.min(10, whole) : Math.min(START_SEASONS_MAX, Math.ceil(whole / 3));
  const positive = history.every((value) => Number.isNaN(value) || value > 0);
  const multiply = multiplicative && positive;
  const begin = decompose(history, seasonSteps, startSeasons, multiply);
  const state: SmoothingState = { ...begin, error: 0, phase: 0 };
  const from = Math.min(Math.max(2, Math.min(2, startSeasons) * seasonSteps), history.length - 1);
  const origins = originsOf(history.length, from, task.horizonSteps);
  const cost = smoothingCost(history, state, multiply, task.horizonSteps, origins);
  const first = [0.02, 0.01, 0.1, 0.5, 0.9].map(fromRate);
  const x = minimise(
    (point) => cost(ratesOf(point, damped, seasonSteps)),
    first.slice(0, damped ? 5 : 4),
    [0.1, 0.1, 0.2, 0.5, 2].slice(0, damped ? 5 : 4),
    EVALUATIONS_MAX,
    1e-6,
  ).point;
  const smoother = new Smoother(state, multiply, ratesOf(x, damped, seasonSteps));
  for (const value of history) smoother.observe(value);
  return smoother;
}

function holtWinters(name: string, summary: string, variant: Variant): ForecastMethod {
  const own: ForecastMethod = {
    name,
    summary,
    stepsMin: () => 4,
    fit(history, task) {
      checkHistory(own, history, task);
      return fitVariant(history, task, variant);
    },
  };
  return own;
}

/** Without two whole seasons there is no season; where a value is zero or less, multiplying becomes adding. */
export const holtWintersAdditive = holtWinters("holt-winters", "smoothed level, trend and added season", {
  damped: false,
  multiplicative: false,
});
export const holtWintersDamped = holtWinters("holt-winters-damped", "the same with a trend that fades", {
  damped: true,
  multiplicative: false,
});
export const holtWintersMultiplicative = holtWinters(
  "holt-winters-multiplicative",
  "the same with a season that multiplies the level (added where a value is zero)",
  { damped: false, multiplicative: true },
);

// All forecasters by name.

import type { ForecastMethod } from "./forecaster.js";
import { fuseForecasts } from "./fusion.js";
import { holtWintersAdditive, holtWintersDamped, holtWintersMultiplicative } from "./holt-winters.js";
import { autoregressiveRidge, quantileRegression } from "./regression.js";
import { withoutSurprises } from "./robust.js";
import { lastValue, movingAverage, seasonalMean, seasonalNaive } from "./simple.js";
import { theta } from "./theta.js";

/** What is worth fusing: each knows the season in another way. */
const MEMBERS = [
  seasonalMean,
  holtWintersAdditive,
  holtWintersDamped,
  holtWintersMultiplicative,
  theta,
  autoregressiveRidge,
  quantileRegression,
];

const SINGLE: readonly ForecastMethod[] = [lastValue, movingAverage, seasonalNaive, ...MEMBERS].map(withoutSurprises);
const FUSED: readonly ForecastMethod[] = (["inverse-error", "hedge"] as const).map((rule) =>
  fuseForecasts(MEMBERS.map(withoutSurprises), rule),
);

/** In the order in which tables list them. Holidays of the task and shifts of level are dealt with in all. */
export const FORECAST_METHODS: readonly ForecastMethod[] = [...SINGLE, ...FUSED];

export function findForecastMethod(name: string): ForecastMethod | undefined {
  return FORECAST_METHODS.find((method) => method.name === name);
}

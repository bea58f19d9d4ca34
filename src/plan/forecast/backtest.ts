// A rolling origin: a method is fitted to what was known at each origin, forecasts, and is judged by what came.

import { type Forecast, fitWithIntervals, type IntervalForecaster } from "./conformal.js";
import { type ForecastMethod, type ForecastTask, refuseForecast } from "./forecaster.js";
import { type ForecastScores, ScoreSum, seasonalDifference } from "./scores.js";

export interface BacktestOptions extends ForecastTask {
  /** Steps before the first origin. */
  trainSteps: number;
  /** Steps from one origin to the next. */
  strideSteps: number;
  /** Origins from one fit to the next; between two, what comes is observed. */
  refitOrigins: number;
  /** Share of values that intervals are to hold. */
  coverage: number;
}

export interface BacktestRow extends ForecastScores {
  method: string;
}

/** Forecasts of one series: one an origin. */
export function rollSeries(
  method: ForecastMethod,
  values: Float64Array,
  options: BacktestOptions,
): { origin: number; forecast: Forecast }[] {
  const { trainSteps, strideSteps, refitOrigins, horizonSteps, coverage } = options;
  const made: { origin: number; forecast: Forecast }[] = [];
  let fitted: IntervalForecaster | undefined;
  let known = 0;
  for (let origin = trainSteps; origin < values.length; origin += strideSteps) {
    if (!fitted || made.length % refitOrigins === 0) {
      fitted = fitWithIntervals(method, values.subarray(0, origin), options, coverage);
    } else for (let t = known; t < origin; t++) fitted.observe(values[t]!);
    known = origin;
    made.push({ origin, forecast: fitted.predict(Math.min(horizonSteps, values.length - origin)) });
  }
  return made;
}

/** Throws FORECAST_INVALID where no origin lies within a series. */
export function backtest(
  method: ForecastMethod,
  series: readonly Float64Array[],
  options: BacktestOptions,
): BacktestRow {
  const total = new ScoreSum(options.coverage);
  series.forEach((values, s) => {
    if (values.length <= options.trainSteps)
      refuseForecast(
        `Series ${s} has ${values.length} steps, and the first origin lies after ${options.trainSteps}.`,
        "Use fewer steps for training (--train), or a longer series.",
      );
    const parts = rollSeries(method, values, options).map(({ origin, forecast }) => ({
      actual: values.subarray(origin, origin + forecast.mean.length),
      forecast,
    }));
    total.addSeries(parts, seasonalDifference(values.subarray(0, options.trainSteps), options.seasonSteps));
  });
  return { method: method.name, ...total.scores() };
}

// Forecasters as a library: fit, observe, predict, with intervals, fused, and judged.

export { type BacktestOptions, type BacktestRow, backtest, rollSeries } from "./backtest.js";
export { AdaptiveRadius, type Forecast, fitWithIntervals, type IntervalForecaster } from "./conformal.js";
export { type DecisionCost, type DecisionPrices, planByBound, priceDecisions } from "./decisions.js";
export { type Forecaster, type ForecastMethod, type ForecastTask, rollForward } from "./forecaster.js";
export { type FusionRule, fuseForecasts } from "./fusion.js";
export { Hedge, hedgeBound } from "./hedge.js";
export { FORECAST_METHODS, findForecastMethod } from "./methods.js";
export { carryBackShifts, type LevelShift } from "./robust.js";
export { type ForecastScores, pinball, seasonalDifference } from "./scores.js";
export { type RegularSeries, seriesOfRates, totalOf } from "./series.js";

// What a plan made from a forecast costs: GPUs bought step by step for the upper bound of the interval, against what came.

import type { Forecast } from "./conformal.js";

export interface DecisionPrices {
  /** Of the series' unit that one GPU serves. */
  ratePerGpu: number;
  usdPerGpuHour: number;
  /** Of a unit that was not served. */
  usdPerMiss: number;
  stepSeconds: number;
}

export interface DecisionCost {
  gpuHours: number;
  /** Share of what came that was not served. */
  missed: number;
  usd: number;
}

export interface PlannedSteps {
  actual: ArrayLike<number>;
  /** What GPUs are bought for, by step. */
  planned: ArrayLike<number>;
}

/** GPUs are whole and bought for each step; steps that were not seen are left out. */
export function priceDecisions(parts: readonly PlannedSteps[], prices: DecisionPrices): DecisionCost {
  const { ratePerGpu, usdPerGpuHour, usdPerMiss, stepSeconds } = prices;
  let [gpuSteps, missed, came] = [0, 0, 0];
  for (const { actual, planned } of parts) {
    for (let h = 0; h < actual.length; h++) {
      if (Number.isNaN(actual[h]!)) continue;
      const gpus = Math.ceil(Math.max(0, planned[h]!) / ratePerGpu);
      gpuSteps += gpus;
      missed += Math.max(0, actual[h]! - gpus * ratePerGpu);
      came += actual[h]!;
    }
  }
  const gpuHours = (gpuSteps * stepSeconds) / 3600;
  return {
    gpuHours,
    missed: came > 0 ? missed / came : 0,
    usd: gpuHours * usdPerGpuHour + missed * stepSeconds * usdPerMiss,
  };
}

/** The upper bounds of forecasts beside what came. */
export function planByBound(
  values: Float64Array,
  made: readonly { origin: number; forecast: Forecast }[],
): PlannedSteps[] {
  return made.map(({ origin, forecast }) => ({
    actual: values.subarray(origin, origin + forecast.mean.length),
    planned: forecast.high,
  }));
}

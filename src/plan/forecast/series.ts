// Regular series from a table of rates: one value a window, NaN where the record has none.

import type { Rates } from "../../model/demand.js";
import { refuseForecast } from "./forecaster.js";

export interface RegularSeries {
  name: string;
  stepSeconds: number;
  values: Float64Array;
}

/** Every series of a record on the grid of its windows. Throws FORECAST_INVALID where windows differ in length. */
export function seriesOfRates({ rates, names }: Rates): RegularSeries[] {
  const step = rates.windowMicros[0] ?? 0;
  let last = 0;
  for (let i = 0; i < rates.count; i++) {
    if (rates.windowMicros[i] !== step)
      refuseForecast(
        `Windows of ${step / 1e6} s and of ${rates.windowMicros[i]! / 1e6} s are mixed: expected one length.`,
        "Bring the rates to windows of one length first.",
      );
    last = Math.max(last, Math.round(rates.startMicros[i]! / step));
  }
  const list = names.series.map((name) => ({
    name,
    stepSeconds: step / 1e6,
    values: new Float64Array(last + 1).fill(Number.NaN),
  }));
  for (let i = 0; i < rates.count; i++) {
    list[rates.series[i]!]!.values[Math.round(rates.startMicros[i]! / step)] = rates.perSecond[i]!;
  }
  return list;
}

/** The sum of all, of what was seen in each window. */
export function totalOf(list: readonly RegularSeries[]): RegularSeries {
  const values = list[0]!.values.map((_, t) => {
    const seen = list.map((one) => one.values[t]!).filter((value) => !Number.isNaN(value));
    return seen.length > 0 ? seen.reduce((a, b) => a + b) : Number.NaN;
  });
  return { name: "total", stepSeconds: list[0]!.stepSeconds, values };
}

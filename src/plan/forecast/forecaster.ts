// What a forecaster is: fitted to a history, told what came next, asked for the steps ahead. See docs/models/forecasts.md.

import { WindtunnelError } from "../../model/errors.js";

/** What is known of a series beside its values. Step 0 is the first value of the history that a method is fitted to. */
export interface ForecastTask {
  /** Steps of the season (a day, say); 1 = none. */
  seasonSteps: number;
  /** Steps ahead that forecasts are wanted for: parameters are chosen for errors over all of them. */
  horizonSteps: number;
  /** Steps of a week, for calendar terms; absent: none are used. */
  weekSteps?: number;
  /** True for steps, past or to come, that are not like others. */
  isHoliday?: (step: number) => boolean;
}

/** Fitted; goes on with the series. */
export interface Forecaster {
  /** The next value; NaN if it was not seen. */
  observe(value: number): void;
  /** Expected values of the next steps, in the unit of the series. */
  predict(steps: number): Float64Array;
  /** Quantiles of the next steps at these levels, if the method has its own. */
  quantiles?(steps: number, levels: readonly number[]): Float64Array[];
}

export interface ForecastMethod {
  name: string;
  summary: string;
  /** Steps of history that it needs at least. */
  stepsMin(task: ForecastTask): number;
  /** NaN in a history is a value that was not seen. Throws FORECAST_INVALID. */
  fit(history: Float64Array, task: ForecastTask): Forecaster;
}

export function refuseForecast(what: string, hint: string): never {
  throw new WindtunnelError("FORECAST_INVALID", what, hint);
}

/** Throws FORECAST_INVALID for what no method could be fitted to. */
export function checkHistory(method: ForecastMethod, history: ArrayLike<number>, task: ForecastTask): void {
  const { seasonSteps, horizonSteps } = task;
  for (const [name, value] of [
    ["season", seasonSteps],
    ["horizon", horizonSteps],
  ] as const) {
    if (!(Number.isInteger(value) && value >= 1))
      refuseForecast(
        `The ${name} is ${value} steps: expected a whole number of at least 1.`,
        `Give a ${name} in steps.`,
      );
  }
  let seen = 0;
  for (let t = 0; t < history.length; t++) {
    const value = history[t]!;
    if (Number.isNaN(value)) continue;
    if (!Number.isFinite(value))
      refuseForecast(
        `Value ${t} of the history is ${value}: expected a number, or NaN where none was seen.`,
        "Mend it.",
      );
    seen++;
  }
  const least = method.stepsMin(task);
  if (history.length >= least && seen > 0) return;
  const have = seen === 0 ? "no number" : `${history.length} steps`;
  refuseForecast(
    `${method.name} needs ${least} steps of history; this one has ${have}.`,
    "Give a longer history, a shorter season, or another method.",
  );
}

/** Forecasts before every `stride`-th of these values, each of which is observed after it; calls `visit` with each. */
export function rollForward(
  forecaster: Forecaster,
  values: ArrayLike<number>,
  stride: number,
  horizonSteps: number,
  visit: (origin: number, forecast: Float64Array) => void,
): void {
  for (let t = 0; t < values.length; t++) {
    if (t % stride === 0) visit(t, forecaster.predict(Math.min(horizonSteps, values.length - t)));
    forecaster.observe(values[t]!);
  }
}

/** The last `size` values, oldest first, as they come. */
export class Recent {
  readonly values: number[] = [];
  readonly #size: number;

  constructor(size: number, history: ArrayLike<number>) {
    this.#size = size;
    for (let t = Math.max(0, history.length - size); t < history.length; t++) this.values.push(history[t]!);
  }

  push(value: number): void {
    this.values.push(value);
    if (this.values.length > 2 * this.#size) this.values.splice(0, this.values.length - this.#size);
  }

  /** `back` 0 is the latest; NaN before the first. */
  at(back: number): number {
    const index = this.values.length - 1 - back;
    return index >= 0 && back < this.#size ? this.values[index]! : Number.NaN;
  }
}

/** NaN replaced by the value a season before, else by the nearest one seen before, else by the first seen. */
export function fillGaps(history: Float64Array, seasonSteps: number): Float64Array {
  const filled = Float64Array.from(history);
  let before = history.find((value) => !Number.isNaN(value)) ?? 0;
  for (let t = 0; t < filled.length; t++) {
    if (Number.isNaN(filled[t]!)) filled[t] = t >= seasonSteps && seasonSteps > 1 ? filled[t - seasonSteps]! : before;
    before = filled[t]!;
  }
  return filled;
}

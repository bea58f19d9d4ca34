// What a forecast was worth: sums over values, so that scores of parts add up. Definitions: docs/models/forecasts.md.

import type { Forecast } from "./conformal.js";

export interface ForecastScores {
  /** Sum |y - forecast| / sum |y|. */
  wape: number;
  /** Mean |y - forecast| by the mean |y - value a season before| of the history, mean over series. */
  mase: number;
  /** Mean over the lower bound, the forecast and the upper bound of the pinball loss at their levels, by mean |y|. */
  pinball: number;
  /** Share of values within the interval. */
  coverage: number;
  /** Sum (forecast - y) / sum |y|: above 0 is too much. */
  bias: number;
  /** Mean width of the interval by mean |y|. */
  width: number;
  /** Values that were forecast and seen. */
  values: number;
}

export class ScoreSum {
  readonly #coverage: number;
  #values = 0;
  #size = 0;
  #miss = 0;
  #signed = 0;
  #inside = 0;
  #pinball = 0;
  #width = 0;
  #scaled = 0;
  #series = 0;

  constructor(coverage: number) {
    this.#coverage = coverage;
  }

  /** Values that came, beside what was forecast for them; `naive` is the history's own mean seasonal difference. */
  addSeries(parts: readonly { actual: ArrayLike<number>; forecast: Forecast }[], naive: number): void {
    let [miss, seen] = [0, 0];
    for (const { actual, forecast } of parts) {
      for (let h = 0; h < actual.length; h++) {
        if (Number.isNaN(actual[h]!)) continue;
        miss += Math.abs(actual[h]! - forecast.mean[h]!);
        seen++;
        this.#add(actual[h]!, forecast.mean[h]!, forecast.low[h]!, forecast.high[h]!);
      }
    }
    if (seen === 0 || !(naive > 0)) return;
    this.#scaled += miss / seen / naive;
    this.#series++;
  }

  #add(y: number, mean: number, low: number, high: number): void {
    const tail = (1 - this.#coverage) / 2;
    this.#values++;
    this.#size += Math.abs(y);
    this.#miss += Math.abs(y - mean);
    this.#signed += mean - y;
    this.#inside += y >= low && y <= high ? 1 : 0;
    this.#pinball += (pinball(y, low, tail) + pinball(y, mean, 0.5) + pinball(y, high, 1 - tail)) / 3;
    this.#width += high - low;
  }

  scores(): ForecastScores {
    return {
      wape: this.#miss / this.#size,
      mase: this.#scaled / this.#series,
      pinball: this.#pinball / this.#size,
      coverage: this.#inside / this.#values,
      bias: this.#signed / this.#size,
      width: this.#width / this.#size,
      values: this.#values,
    };
  }
}

/** Loss of a quantile `level` (Koenker and Bassett 1978). */
export function pinball(y: number, quantile: number, level: number): number {
  return y >= quantile ? level * (y - quantile) : (1 - level) * (quantile - y);
}

/** Mean absolute difference from the value a season before, where both were seen. */
export function seasonalDifference(history: ArrayLike<number>, seasonSteps: number): number {
  let [sum, seen] = [0, 0];
  for (let t = seasonSteps; t < history.length; t++) {
    const d = Math.abs(history[t]! - history[t - seasonSteps]!);
    if (Number.isNaN(d)) continue;
    sum += d;
    seen++;
  }
  return sum / seen;
}

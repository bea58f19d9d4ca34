// A controller that looks ahead: it keeps the concurrency of a service by short stretches of time, forecasts it over as long
// as a new replica takes, and orders for the highest value it expects. What it does not see coming, the reactive rule beside
// it does: the larger of the two counts. Until there is a season of history, that rule is alone.

import type { ForecastSpec } from "../model/service-study.js";
import { type Autoscaler, hpa } from "./autoscalers.js";
import { refuseForecast } from "./forecast/forecaster.js";
import { FORECAST_METHODS, type Forecaster, type ForecastMethod, findForecastMethod } from "./forecast/index.js";

export interface PredictiveSetup {
  /** Requests a replica. */
  target: number;
  method: ForecastMethod;
  /** Length of a stretch, seconds; a season is a whole number of them. */
  binSeconds: number;
  seasonSeconds: number;
  /** How far ahead an order must be placed: a cold start and a tick, seconds. */
  leadSeconds: number;
  /** Replicas beyond the expected need, as a share of it. */
  headroom: number;
}

/**
 * The same from what a study or a configuration says.
 * @param leadSeconds from an order to a replica that takes requests, and a tick.
 * @throws WindtunnelError FORECAST_INVALID for an unknown method, or stretches that do not make up a season.
 */
export function predictiveFrom(spec: ForecastSpec, target: number, leadSeconds: number): Autoscaler {
  const method = findForecastMethod(spec.method);
  if (!method) {
    const names = FORECAST_METHODS.map(({ name }) => name).join(", ");
    refuseForecast(`There is no forecaster "${spec.method}".`, `Forecasters are ${names}.`);
  }
  if ((spec.seasonHours * 60) % spec.binMinutes !== 0) {
    refuseForecast(
      `A season of ${spec.seasonHours} h is no whole number of stretches of ${spec.binMinutes} min.`,
      "Give binMinutes that divide the season.",
    );
  }
  const binSeconds = spec.binMinutes * 60;
  return predictive({
    target,
    method,
    binSeconds,
    seasonSeconds: spec.seasonHours * 3600,
    leadSeconds,
    headroom: spec.headroom,
  });
}

/** Seasons that a forecaster is fitted to, at most. */
const SEASONS_KEPT = 14;

export function predictive(setup: PredictiveSetup): Autoscaler {
  const { target, headroom } = setup;
  const react = hpa(target);
  const demand = new ExpectedDemand(setup);
  return (seen) => {
    const expected = demand.at(seen.atSeconds, seen.concurrencyMean);
    return Math.max(react(seen), Math.ceil((expected * (1 + headroom)) / target));
  };
}

class ExpectedDemand {
  readonly #setup: PredictiveSetup;
  readonly #seasonSteps: number;
  readonly #horizonSteps: number;
  #history: number[] = [];
  #forecaster: Forecaster | undefined;
  /** The highest value expected within the lead; 0 while nothing is forecast. */
  #peak = 0;
  #before: number | undefined;
  #bin = 0;
  #seen = 0;
  #sum = 0;
  #seconds = 0;

  constructor(setup: PredictiveSetup) {
    this.#setup = setup;
    this.#seasonSteps = Math.round(setup.seasonSeconds / setup.binSeconds);
    // the stretch under way, and those that a replica ordered now begins in
    this.#horizonSteps = Math.ceil(setup.leadSeconds / setup.binSeconds) + 1;
  }

  /** @param concurrencyMean since the last call. */
  at(atSeconds: number, concurrencyMean: number): number {
    const span = this.#before === undefined ? 0 : atSeconds - this.#before;
    this.#before = atSeconds;
    this.#sum += concurrencyMean * span;
    this.#seconds += span;
    const bin = Math.floor(atSeconds / this.#setup.binSeconds);
    if (bin > this.#bin && this.#seconds > 0) {
      const value = this.#sum / this.#seconds;
      // stretches without a tick are like the one they follow
      for (; this.#bin < bin; this.#bin++) this.#observe(value);
      this.#sum = 0;
      this.#seconds = 0;
    }
    return this.#peak;
  }

  #observe(value: number): void {
    this.#history.push(value);
    this.#seen++;
    if (this.#history.length > SEASONS_KEPT * this.#seasonSteps) this.#history.shift();
    const task = { seasonSteps: this.#seasonSteps, horizonSteps: this.#horizonSteps };
    const { method } = this.#setup;
    const enough = Math.max(this.#seasonSteps, method.stepsMin(task));
    if (this.#history.length < enough) return;
    // fitted anew once a season, on what was seen by then
    if (this.#forecaster === undefined || this.#seen % this.#seasonSteps === 0) {
      this.#forecaster = method.fit(Float64Array.from(this.#history), task);
    } else {
      this.#forecaster.observe(value);
    }
    this.#peak = Math.max(0, ...this.#forecaster.predict(this.#horizonSteps));
  }
}

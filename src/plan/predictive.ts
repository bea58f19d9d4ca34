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
export function predictiveFrom(
  spec: ForecastSpec,
  target: number,
  leadSeconds: number,
  onForecast: OnForecast = () => undefined,
): Autoscaler {
  return predictive(setupOf(spec, target, leadSeconds), onForecast);
}

function setupOf(spec: ForecastSpec, target: number, leadSeconds: number): PredictiveSetup {
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
  return {
    target,
    method,
    binSeconds,
    seasonSeconds: spec.seasonHours * 3600,
    leadSeconds,
    headroom: spec.headroom,
  };
}

/** Told of each stretch for which there was a forecast: what was expected a lead before, and what came. */
export type OnForecast = (expected: number, seen: number) => void;

/** Errors of forecasts so far: sum of what they were off, over the sum of what came (WAPE), of the latest stretches. */
export class ForecastErrors {
  readonly #kept: number;
  readonly #pairs: { expected: number; seen: number }[] = [];

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(expected: number, seen: number): void {
    this.#pairs.push({ expected, seen });
    if (this.#pairs.length > this.#kept) this.#pairs.shift();
  }

  /** Undefined: there are too few to tell. */
  get share(): number | undefined {
    const total = this.#pairs.reduce((sum, p) => sum + p.seen, 0);
    if (this.#pairs.length < FORECASTS_LEAST || total === 0) return undefined;
    return this.#pairs.reduce((sum, p) => sum + Math.abs(p.expected - p.seen), 0) / total;
  }
}

const FORECASTS_LEAST = 12;

/** Stretches of a season: errors are told over as many. */
export function seasonSteps({ seasonHours, binMinutes }: ForecastSpec): number {
  return Math.round((seasonHours * 60) / binMinutes);
}

/** Share by which forecasts of a service's requests were off over a run, as its controller would have made them. */
export function forecastErrorOf(
  ticks: readonly { atSeconds: number; outstanding: number }[],
  spec: ForecastSpec,
  leadSeconds: number,
): number | undefined {
  const errors = new ForecastErrors(Number.POSITIVE_INFINITY);
  const demand = new ExpectedDemand(setupOf(spec, 1, leadSeconds), (expected, seen) => errors.add(expected, seen));
  for (const { atSeconds, outstanding } of ticks) demand.at(atSeconds, outstanding);
  return errors.share;
}

/** Seasons that a forecaster is fitted to, at most. */
const SEASONS_KEPT = 14;

export function predictive(setup: PredictiveSetup, onForecast: OnForecast = () => undefined): Autoscaler {
  const { target, headroom } = setup;
  const react = hpa(target);
  const demand = new ExpectedDemand(setup, onForecast);
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
  readonly #onForecast: OnForecast;
  /** What was expected of the stretches to come, nearest first, each as it was forecast a lead before. */
  readonly #expected: number[] = [];

  constructor(setup: PredictiveSetup, onForecast: OnForecast) {
    this.#setup = setup;
    this.#onForecast = onForecast;
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
    if (this.#expected.length === this.#horizonSteps) this.#onForecast(this.#expected.shift()!, value);
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
    const ahead = this.#forecaster.predict(this.#horizonSteps);
    this.#peak = Math.max(0, ...ahead);
    this.#expected.push(ahead[this.#horizonSteps - 1]!);
  }
}

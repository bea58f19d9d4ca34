// A series under exponential smoothing, passed over by the kernel: the host's side of assembly/forecast/smoothing.ts.

import * as abi from "../../engine/abi.js";
import { Tools } from "../../engine/tools.js";
import type { StartState } from "./decompose.js";

/** Rates of adjustment: 0 keeps for ever, 1 forgets at once. */
export interface SmoothingRates {
  level: number;
  trend: number;
  season: number;
  /** What is left of the trend a step later; 1 = all. */
  damping: number;
  /** What is left of the last error a step later. */
  fade: number;
}

export interface SmoothingState extends StartState {
  /** The last error. */
  error: number;
  /** Place of the season of the next step. */
  phase: number;
}

let shared: Tools | undefined;

/** Lays out a series with its start state and the steps at which forecasts are judged; answers go by the functions below. */
function layOut(
  values: ArrayLike<number>,
  state: SmoothingState,
  multiplicative: boolean,
  horizon: number,
  origins: readonly number[],
): Tools {
  shared ??= new Tools();
  const tools = shared;
  const season = state.season.length;
  const what = `Smoothing of ${values.length} steps`;
  tools.call(what, (e) => e.smoothingLayout(values.length, season, horizon, origins.length, multiplicative ? 1 : 0));
  tools.f64(abi.COL_SOLVE_INPUT).set(values);
  const start = tools.f64(abi.COL_SOLVE_LOWS);
  start.set(state.season);
  start.set([state.level, state.trend, state.error], season);
  tools.i32(abi.COL_SOLVE_NODES).set(origins);
  return tools;
}

/** Mean squared error of the forecasts made at the origins, as a function of the rates; valid until the next layout. */
export function smoothingCost(
  values: ArrayLike<number>,
  state: SmoothingState,
  multiplicative: boolean,
  horizon: number,
  origins: readonly number[],
): (rates: SmoothingRates) => number {
  const tools = layOut(values, state, multiplicative, horizon, origins);
  return (r) =>
    tools.call("a smoothing", (e) => e.smoothingPass(state.phase, r.level, r.trend, r.season, r.damping, r.fade));
}

/** The state after these values, and the forecasts from there. */
export function smooth(
  values: ArrayLike<number>,
  state: SmoothingState,
  multiplicative: boolean,
  rates: SmoothingRates,
  horizon: number,
): { state: SmoothingState; forecast: Float64Array } {
  const cost = smoothingCost(values, state, multiplicative, horizon, []);
  cost(rates);
  const season = state.season.length;
  const end = shared!.f64(abi.COL_SOLVE_HIGHS);
  return {
    state: {
      season: end.slice(0, season),
      level: end[season]!,
      trend: end[season + 1]!,
      error: end[season + 2]!,
      phase: (state.phase + values.length) % season,
    },
    forecast: shared!.f64(abi.COL_SOLVE_OUTPUT).slice(),
  };
}

/** Goes on with a series: what is observed is kept until a forecast is asked for. */
export class Smoother {
  #state: SmoothingState;
  #pending: number[] = [];
  readonly #multiplicative: boolean;
  readonly #rates: SmoothingRates;

  constructor(state: SmoothingState, multiplicative: boolean, rates: SmoothingRates) {
    this.#state = state;
    this.#multiplicative = multiplicative;
    this.#rates = rates;
  }

  observe(value: number): void {
    this.#pending.push(value);
  }

  predict(steps: number): Float64Array {
    const { state, forecast } = smooth(this.#pending, this.#state, this.#multiplicative, this.#rates, steps);
    this.#state = state;
    this.#pending = [];
    return forecast;
  }
}

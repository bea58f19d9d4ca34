// Deciding replica counts step by step, without or with a forecast of what comes.

import {
  pathCost,
  type StepCosts,
  type SwitchingProblem,
  type SwitchingSolution,
  solveSwitching,
  stepsOf,
  valueAt,
} from "./switching.js";

/**
 * Lazy capacity provisioning: keep what there is, unless it lies outside the two bounds that the past alone gives. At most
 * three times the cost of the best path in hindsight, for convex running costs, switching charged when adding only, and a
 * start at 0 (Lin, Wierman, Andrew and Thereska, INFOCOM 2011, theorem 3).
 */
export function lazyCapacity(problem: SwitchingProblem & { costs: StepCosts }): SwitchingSolution {
  const { switching } = problem;
  const up = switching.kind === "linear" ? switching.up + switching.down : switching.alpha;
  const charged: SwitchingProblem = {
    ...problem,
    switching: { kind: "linear", up, down: 0 },
    start: problem.start ?? 0,
  };
  const { low, high } = solveSwitching(charged).bounds!;
  const path = new Int32Array(low.length);
  let x = charged.start!;
  for (let t = 0; t < path.length; t++) {
    x = Math.min(Math.max(x, low[t]!), Math.max(low[t]!, high[t]!));
    path[t] = x;
  }
  return { cost: pathCost(problem, path), path, bounds: { low, high } };
}

/** Demand of step t + k as forecast at step t, for k = 0 .. window - 1; k = 0 is known. */
export type Forecast = (t: number, window: number) => ArrayLike<number>;

/** At every step the best path over the next `window` steps of the forecast; its first step is taken. */
export function recedingHorizon(
  problem: SwitchingProblem & { costs: StepCosts },
  forecast: Forecast,
  window: number,
): SwitchingSolution {
  const steps = stepsOf(problem);
  const path = new Int32Array(steps);
  const { costs } = problem;
  let x = problem.start ?? 0;
  for (let t = 0; t < steps; t++) {
    const length = Math.min(window, steps - t);
    const demand = Array.from(forecast(t, length)).slice(0, length);
    const part = (list: ArrayLike<number> | number | undefined) => demand.map((_, k) => valueAt(list, t + k));
    const ahead = { demand, run: part(costs.run), shortage: part(costs.shortage), idle: part(costs.idle) };
    x = solveSwitching({ ...problem, costs: ahead, start: x }).path[0]!;
    path[t] = x;
  }
  return { cost: pathCost(problem, path), path };
}

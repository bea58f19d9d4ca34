// Replica counts over time under running and switching costs. See docs/models/switching.md.

import * as abi from "../engine/abi.js";
import { TOOLS_BYTES_MAX, Tools, tooLarge } from "../engine/tools.js";
import { refuse } from "./scaling.js";

/** What a step costs: run a replica, plus shortage a unit of demand not covered, plus idle a replica beyond demand. */
export interface StepCosts {
  demand: ArrayLike<number>;
  run?: ArrayLike<number> | number;
  shortage: ArrayLike<number> | number;
  idle?: ArrayLike<number> | number;
}

export type SwitchingCost =
  /** alpha times the square of the change. */
  | { kind: "quadratic"; alpha: number }
  /** So much a replica started (start-up cost included) and so much a replica stopped. */
  | { kind: "linear"; up: number; down: number };

export interface SwitchingProblem {
  /** Replicas at most; states are 0 .. replicasMax. */
  replicasMax: number;
  /** Costs in closed form, or a table [step x (replicasMax + 1)]. */
  costs: StepCosts | { table: Float64Array };
  switching: SwitchingCost;
  /** Replicas before the first step; absent: any, at no cost. */
  start?: number;
  /** What is ordered takes so many steps: nothing can be added in the first ones. Default 0. */
  delaySteps?: number;
}

export interface SwitchingSolution {
  cost: number;
  /** Replicas by step. */
  path: Int32Array;
  /** Bounds of lazy capacity provisioning by step; only under linear switching. */
  bounds?: { low: Int32Array; high: Int32Array };
}

const FIELDS = 4;
/** Steps a call: a call that runs to the end would stay in the compiler's baseline tier. */
const SLICE = 64;

export const valueAt = (list: ArrayLike<number> | number | undefined, t: number, otherwise = 0): number =>
  list === undefined ? otherwise : typeof list === "number" ? list : list[t]!;

export function stepsOf(problem: SwitchingProblem): number {
  return "table" in problem.costs
    ? problem.costs.table.length / (problem.replicasMax + 1)
    : problem.costs.demand.length;
}

/** Running cost of x replicas in step t. */
export function runningCost(problem: SwitchingProblem, t: number, x: number): number {
  const { costs, replicasMax } = problem;
  if ("table" in costs) return costs.table[t * (replicasMax + 1) + x]!;
  const over = x - costs.demand[t]!;
  const run = valueAt(costs.run, t) * x;
  return over < 0 ? run - valueAt(costs.shortage, t) * over : run + valueAt(costs.idle, t) * over;
}

export function switchingCost(cost: SwitchingCost, from: number, to: number): number {
  const change = to - from;
  if (cost.kind === "quadratic") return cost.alpha * change * change;
  return change > 0 ? cost.up * change : -cost.down * change;
}

/** What a path costs, by definition; the check of every solution. */
export function pathCost(problem: SwitchingProblem, path: ArrayLike<number>): number {
  let cost = 0;
  for (let t = 0; t < path.length; t++) {
    cost += runningCost(problem, t, path[t]!);
    const before = t > 0 ? path[t - 1]! : problem.start;
    if (before !== undefined) cost += switchingCost(problem.switching, before, path[t]!);
  }
  return cost;
}

function check(problem: SwitchingProblem): void {
  const { replicasMax, switching, start, delaySteps = 0 } = problem;
  const steps = stepsOf(problem);
  const whole = (value: number, max: number) => Number.isInteger(value) && value >= 0 && value <= max;
  if (!whole(replicasMax, 65_535)) refuse("The largest number of replicas", "", replicasMax, "0 .. 65535, whole");
  if (!Number.isInteger(steps) || steps < 1) refuse("The number of steps", "", steps, "at least one, all complete");
  if (start !== undefined && !whole(start, replicasMax)) {
    refuse("The number of replicas at the start", "", start, `0 .. ${replicasMax}`);
  }
  if (delaySteps > 0 && start === undefined) refuse("The start", "", "absent", "given, since provisioning has a delay");
  const rates = switching.kind === "quadratic" ? [switching.alpha] : [switching.up, switching.down];
  for (const rate of rates) if (!(rate >= 0 && rate < 1e100)) refuse("A cost of switching", "", rate, "a number >= 0");
  if ("table" in problem.costs) return;
  for (const name of ["demand", "run", "shortage", "idle"] as const) {
    for (let t = 0; t < steps; t++) {
      const value = valueAt(problem.costs[name], t);
      if (!Number.isFinite(value)) refuse(`${name} of step`, t, value, "a number");
    }
  }
}

let shared: Tools | undefined;

/** The cheapest path, exactly. Throws SOLVE_INVALID for a malformed problem. Time is linear in steps x replicas. */
export function solveSwitching(problem: SwitchingProblem): SwitchingSolution {
  check(problem);
  const steps = stepsOf(problem);
  const states = problem.replicasMax + 1;
  const tabled = "table" in problem.costs;
  const bytes = steps * states * (tabled ? 10 : 2);
  const what = `Switching over ${steps} steps and ${states} states`;
  if (bytes > TOOLS_BYTES_MAX) throw tooLarge(what, bytes);
  shared ??= new Tools();
  const tools = shared;
  const { switching } = problem;
  const linear = switching.kind === "linear";
  const cost = tools.call(what, (e) => {
    e.switchingLayout(steps, states, tabled ? 1 : 0);
    write(tools.f64(abi.COL_SOLVE_INPUT), problem, steps);
    const [a, b] = switching.kind === "linear" ? [switching.up, switching.down] : [switching.alpha, 0];
    e.switchingStart(linear ? 1 : 0, a, b, problem.start ?? -1, Math.min(steps, problem.delaySteps ?? 0));
    for (let t = 0; t < steps; t += SLICE) e.switchingRun(t, Math.min(steps, t + SLICE));
    return e.switchingFinish();
  });
  const path = tools.i32(abi.COL_SOLVE_OUTPUT).slice(0, steps);
  if (!linear) return { cost, path };
  const bounds = {
    low: tools.i32(abi.COL_SOLVE_LOWS).slice(0, steps),
    high: tools.i32(abi.COL_SOLVE_HIGHS).slice(0, steps),
  };
  return { cost, path, bounds };
}

function write(input: Float64Array, problem: SwitchingProblem, steps: number): void {
  const { costs } = problem;
  if ("table" in costs) {
    input.set(costs.table);
    return;
  }
  for (let t = 0; t < steps; t++) {
    input[t * FIELDS] = valueAt(costs.run, t);
    input[t * FIELDS + 1] = costs.demand[t]!;
    input[t * FIELDS + 2] = valueAt(costs.shortage, t);
    input[t * FIELDS + 3] = valueAt(costs.idle, t);
  }
}

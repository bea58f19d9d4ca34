// Services to clouds: one to one exactly, many to one within a bound. See docs/models/service-placement.md.

import * as abi from "../engine/abi.js";
import { Tools } from "../engine/tools.js";
import type { Verdict } from "./limits.js";
import { isCost, measure, refuse } from "./scaling.js";

export interface AssignmentSolution {
  verdict: Verdict;
  cost: number;
  /** By row: its column. */
  columnOf: Int32Array;
  /** rowPrices[i] + columnPrices[j] <= cost[i, j], equal where assigned; column prices <= 0. */
  rowPrices: Float64Array;
  columnPrices: Float64Array;
  /** Of an infeasible one: a row that cannot get a column beside those before it. */
  row?: number;
}

let shared: Tools | undefined;

function tools(): Tools {
  shared ??= new Tools();
  return shared;
}

/** Every row gets a column of its own; `costs` by row, Infinity forbids; at least as many columns as rows. */
export function solveAssignment(rows: number, columns: number, costs: ArrayLike<number>): AssignmentSolution {
  if (!(Number.isInteger(rows) && rows > 0)) refuse("The number of rows", "", rows, "a whole number > 0");
  if (!(columns >= rows)) refuse("The number of columns", "", columns, `at least ${rows}, as many as rows`);
  if (costs.length !== rows * columns)
    refuse("The matrix of costs", "", `${costs.length} values`, `${rows} x ${columns}`);
  measure("Cost", costs, "a number, or Infinity for never", isCost);
  const t = tools();
  const what = `assigning ${rows} rows to ${columns} columns`;
  t.call(what, (e) => e.assignmentLayout(rows, columns));
  t.f64(abi.COL_SOLVE_COSTS).set(costs);
  const done = t.call(what, (e) => e.assignmentRun());
  const columnOf = new Int32Array(rows).fill(-1);
  const empty = { columnOf, rowPrices: new Float64Array(rows), columnPrices: new Float64Array(columns) };
  if (done < rows) return { verdict: "infeasible", cost: Number.NaN, row: done, ...empty };
  let cost = 0;
  t.i32(abi.COL_SOLVE_OUTPUT)
    .subarray(1, columns + 1)
    .forEach((row, j) => {
      if (row === 0) return;
      columnOf[row - 1] = j;
      cost += costs[(row - 1) * columns + j]!;
    });
  return {
    verdict: "optimal",
    cost,
    columnOf,
    rowPrices: t.f64(abi.COL_SOLVE_LOWS).slice(1, rows + 1),
    columnPrices: t.f64(abi.COL_SOLVE_HIGHS).slice(1, columns + 1),
  };
}

export interface GeneralAssignmentProblem {
  /** Room of each cloud, whole numbers. */
  capacities: ArrayLike<number>;
  /** By cloud and service [cloud x services]: what it takes (whole) and costs there; Infinity forbids. */
  loads: ArrayLike<number>;
  costs: ArrayLike<number>;
}

export interface GeneralAssignmentSolution {
  /** feasible: a plan was found; none: the repair found none, which does not prove that there is none. */
  verdict: "feasible" | "none";
  cost: number;
  /** Nothing can be cheaper. */
  bound: number;
  gap: number;
  /** By service: its cloud. */
  cloudOf: Int32Array;
}

/**
 * Services of several sizes to clouds with limited room. Every service's "goes somewhere" gets a price (Lagrangian
 * relaxation), which leaves a knapsack a cloud; each round gives a bound and, repaired, a plan (Fisher 1981; Martello and
 * Toth 1990, chapter 7).
 */
export function solveGeneralAssignment(problem: GeneralAssignmentProblem, rounds = 300): GeneralAssignmentSolution {
  const clouds = problem.capacities.length;
  const services = problem.loads.length / clouds;
  const costs = Float64Array.from(problem.costs);
  for (let k = 0; k < problem.loads.length; k++) {
    const load = problem.loads[k]!;
    if (!(Number.isInteger(load) && load >= 0)) refuse("Load", k, load, "a whole number >= 0");
    if (load > problem.capacities[Math.floor(k / services)]!) costs[k] = Number.POSITIVE_INFINITY;
  }
  const prices = new Float64Array(services).fill(0);
  for (let s = 0; s < services; s++) prices[s] = secondCheapest(costs, clouds, services, s);
  let bound = Number.NEGATIVE_INFINITY;
  let best = { cost: Number.POSITIVE_INFINITY, cloudOf: new Int32Array(services).fill(-1) };
  let scale = 2;
  let since = 0;
  for (let round = 0; round < rounds && isOpen(best.cost, bound); round++) {
    const times = new Int32Array(services);
    let value = prices.reduce((sum, p) => sum + p, 0);
    const first = new Int32Array(services).fill(-1);
    for (let c = 0; c < clouds; c++) {
      const { gain, chosen } = bestLoad(problem, costs, prices, c, services);
      value -= gain;
      chosen.forEach((taken, s) => {
        if (!taken) return;
        if (first[s]! < 0 || costs[c * services + s]! < costs[first[s]! * services + s]!) first[s] = c;
        times[s]!++;
      });
    }
    since = value > bound ? 0 : since + 1;
    bound = Math.max(bound, value);
    const plan = repairPlan(problem, costs, first, services);
    if (plan && plan.cost < best.cost) best = plan;
    if (since >= 15) {
      scale /= 2;
      since = 0;
    }
    const norm = times.reduce((sum, n) => sum + (1 - n) * (1 - n), 0);
    if (norm === 0) break;
    const target = best.cost < Number.POSITIVE_INFINITY ? best.cost : value + Math.abs(value) * 0.05 + 1;
    const step = (scale * Math.max(target - value, 1e-9)) / norm;
    for (let s = 0; s < services; s++) prices[s]! += step * (1 - times[s]!);
  }
  const found = best.cost < Number.POSITIVE_INFINITY;
  const gap = found ? (best.cost - bound) / Math.max(Math.abs(best.cost), 1e-12) : Number.POSITIVE_INFINITY;
  return {
    verdict: found ? "feasible" : "none",
    cost: found ? best.cost : Number.NaN,
    bound,
    gap,
    cloudOf: best.cloudOf,
  };
}

/** False once plan and bound meet. */
export function isOpen(cost: number, bound: number): boolean {
  return cost === Number.POSITIVE_INFINITY || cost - bound > 1e-9 * Math.abs(cost);
}

function secondCheapest(costs: Float64Array, clouds: number, services: number, s: number): number {
  const own = Array.from({ length: clouds }, (_, c) => costs[c * services + s]!)
    .filter((cost) => cost < Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);
  return own[1] ?? own[0] ?? 0;
}

/** The services that one cloud would take at these prices. */
function bestLoad(
  problem: GeneralAssignmentProblem,
  costs: Float64Array,
  prices: Float64Array,
  cloud: number,
  services: number,
): { gain: number; chosen: Uint8Array } {
  const t = tools();
  const capacity = Math.floor(problem.capacities[cloud]!);
  return t.call("a knapsack", (e) => {
    e.knapsackLayout(services, capacity);
    const values = t.f64(abi.COL_SOLVE_COSTS);
    const weights = t.i32(abi.COL_SOLVE_INPUT);
    for (let s = 0; s < services; s++) {
      const cost = costs[cloud * services + s]!;
      values[s] = cost < Number.POSITIVE_INFINITY ? prices[s]! - cost : 0;
      weights[s] = problem.loads[cloud * services + s]!;
    }
    const gain = e.knapsackRun();
    return { gain, chosen: t.u8(abi.COL_SOLVE_OUTPUT).slice(0, services) };
  });
}

/** Whoever is placed stays; the rest by greatest regret; then single services move while that saves. */
function repairPlan(
  problem: GeneralAssignmentProblem,
  costs: Float64Array,
  first: Int32Array,
  services: number,
): { cost: number; cloudOf: Int32Array<ArrayBuffer> } | undefined {
  const clouds = problem.capacities.length;
  const left = Float64Array.from(problem.capacities);
  const cloudOf = new Int32Array(services).fill(-1);
  const load = (c: number, s: number) => problem.loads[c * services + s]!;
  const cost = (c: number, s: number) => costs[c * services + s]!;
  const options = (s: number) =>
    Array.from({ length: clouds }, (_, c) => c)
      .filter((c) => load(c, s) <= left[c]! && cost(c, s) < Number.POSITIVE_INFINITY)
      .sort((a, b) => cost(a, s) - cost(b, s));
  const place = (s: number, c: number) => {
    cloudOf[s] = c;
    left[c]! -= load(c, s);
  };
  first.forEach((c, s) => {
    if (c >= 0 && load(c, s) <= left[c]!) place(s, c);
  });
  for (;;) {
    let pick: { s: number; c: number; regret: number } | undefined;
    for (let s = 0; s < services; s++) {
      if (cloudOf[s]! >= 0) continue;
      const [one, two] = options(s);
      if (one === undefined) return undefined;
      const regret = two === undefined ? Number.POSITIVE_INFINITY : cost(two, s) - cost(one, s);
      if (!pick || regret > pick.regret) pick = { s, c: one, regret };
    }
    if (!pick) break;
    place(pick.s, pick.c);
  }
  for (let moved = true; moved; ) {
    moved = false;
    for (let s = 0; s < services; s++) {
      const at = cloudOf[s]!;
      const [better] = options(s);
      if (better === undefined || cost(better, s) >= cost(at, s)) continue;
      left[at]! += load(at, s);
      place(s, better);
      moved = true;
    }
  }
  return { cost: cloudOf.reduce((sum, c, s) => sum + cost(c, s), 0), cloudOf };
}

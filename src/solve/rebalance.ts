// Gaps between demand and supply, and the moves that close them. See docs/models/gap-and-rebalancing.md.

import * as abi from "../engine/abi.js";
import { Tools } from "../engine/tools.js";
import { refuse, spread } from "./scaling.js";

/** One kind of resource over several clouds. */
export interface RebalanceProblem {
  supply: ArrayLike<number>;
  demand: ArrayLike<number>;
  /** Importance of a shortage there, > 0; default 1. */
  weights?: ArrayLike<number> | number;
  /** How much a cloud may give or receive in one step (theta); default Infinity. */
  stepMax?: ArrayLike<number> | number;
  /** true: surplus is punished like shortage, as the printed formula has it. Default false. */
  twoSided?: boolean;
  /** What moving one unit costs, in the unit of the objective; default 0. */
  movePrice?: number;
}

export interface RebalanceSolution {
  /** By cloud: what comes (> 0) or goes; adds up to 0. */
  moves: Float64Array;
  after: Float64Array;
  /** Units that change place. */
  moved: number;
  /** Demand / supply before and after; Infinity where there is demand and no supply, 0 where there is neither. */
  pressuresBefore: Float64Array;
  pressuresAfter: Float64Array;
  /** Sum of weighted squared gaps. */
  before: number;
  objective: number;
  /** What one more unit of supply would take off the objective. */
  marginal: number;
}

let shared: Tools | undefined;

/** delta = demand / supply. */
export function pressure(demand: number, supply: number): number {
  return supply > 0 ? demand / supply : demand > 0 ? Number.POSITIVE_INFINITY : 0;
}

/** The moves after which the weighted squared gaps are least, and of those the fewest. Exact; O(n log n). */
export function rebalance(problem: RebalanceProblem): RebalanceSolution {
  const { supply, demand, twoSided = false, movePrice = 0 } = problem;
  const n = supply.length;
  if (n === 0) refuse("The list of supplies", "", "empty", "at least one cloud");
  if (demand.length !== n) refuse("The list of demands", "", `${demand.length} long`, `${n}, one a cloud`);
  const weights = spread("The list of weights", problem.weights ?? 1, n);
  const steps = spread("The list of step limits", problem.stepMax ?? Number.POSITIVE_INFINITY, n);
  shared ??= new Tools();
  const tools = shared;
  const what = `rebalancing over ${n} clouds`;
  tools.call(what, (e) => e.rebalanceLayout(n));
  const input = tools.f64(abi.COL_SOLVE_INPUT);
  let total = 0;
  for (let i = 0; i < n; i++) total += supply[i]!;
  for (let i = 0; i < n; i++) {
    const [s, d, w, theta] = [supply[i]!, demand[i]!, weights[i]!, steps[i]!];
    if (!(s >= 0 && s < 1e300)) refuse("Supply", i, s, "a number >= 0");
    if (!(d >= 0 && d < 1e300)) refuse("Demand", i, d, "a number >= 0");
    if (!(w > 0 && w < 1e300)) refuse("Weight", i, w, "a number > 0");
    if (!(theta >= 0)) refuse("Step limit", i, theta, "a number >= 0, or Infinity");
    input[i] = d - s;
    input[n + i] = w;
    input[2 * n + i] = -Math.min(s, theta);
    input[3 * n + i] = Math.min(theta, total);
  }
  const marginal = tools.call(what, (e) => e.rebalanceRun(twoSided ? 1 : 0, movePrice));
  const moves = tools.f64(abi.COL_SOLVE_OUTPUT).slice(0, n);
  const after = new Float64Array(n);
  const pressuresBefore = new Float64Array(n);
  const pressuresAfter = new Float64Array(n);
  let moved = 0;
  for (let i = 0; i < n; i++) {
    after[i] = supply[i]! + moves[i]!;
    pressuresBefore[i] = pressure(demand[i]!, supply[i]!);
    pressuresAfter[i] = pressure(demand[i]!, after[i]!);
    if (moves[i]! > 0) moved += moves[i]!;
  }
  const value = (list: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const gap = demand[i]! - list[i]!;
      if (twoSided || gap > 0) sum += weights[i]! * gap * gap;
    }
    return sum;
  };
  return {
    moves,
    after,
    moved,
    pressuresBefore,
    pressuresAfter,
    before: value(supply),
    objective: value(after),
    marginal,
  };
}

/**
 * Several kinds under one budget: the sum over kinds of price x units moved is at most `budget`. One multiplier on the
 * budget makes every kind a problem of its own; found by bisection to the last bit.
 */
export function rebalanceJointly(
  kinds: readonly RebalanceProblem[],
  prices: ArrayLike<number>,
  budget: number,
): { kinds: RebalanceSolution[]; spent: number; multiplier: number } {
  const solve = (multiplier: number) => {
    const solutions = kinds.map((kind, k) => rebalance({ ...kind, movePrice: multiplier * prices[k]! }));
    return { kinds: solutions, spent: solutions.reduce((sum, s, k) => sum + prices[k]! * s.moved, 0) };
  };
  const free = solve(0);
  if (free.spent <= budget) return { ...free, multiplier: 0 };
  let [low, high] = [0, 1];
  while (solve(high).spent > budget && high < 1e300) high *= 4;
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (solve(middle).spent > budget) low = middle;
    else high = middle;
  }
  return { ...solve(high), multiplier: high };
}

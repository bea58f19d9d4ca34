// Switching problems that one linear programme or one multiplier a step ties together: minimum up-times, and several pools
// that serve one demand.

import { isOpen } from "./assignment.js";
import { LinearBuilder, type LinearSolution, solveLinear } from "./linear.js";
import { refuse } from "./scaling.js";
import {
  pathCost,
  type StepCosts,
  type SwitchingCost,
  type SwitchingProblem,
  solveSwitching,
  stepsOf,
  valueAt,
} from "./switching.js";

/**
 * With a minimum up-time: a replica that was started stays for at least `minUpSteps`. Linear switching only; the programme's
 * matrix is an interval matrix, so whole demands give whole replicas. Solved by HiGHS.
 */
export async function solveMinimumUpTime(
  problem: SwitchingProblem & { costs: StepCosts },
  minUpSteps: number,
): Promise<{ cost: number; path: Int32Array; solution: LinearSolution }> {
  const { switching, costs, replicasMax } = problem;
  if (switching.kind !== "linear") refuse("Switching with a minimum up-time", "", switching.kind, "linear");
  const steps = stepsOf(problem);
  const b = new LinearBuilder();
  const x: number[] = [];
  const started: number[] = [];
  for (let t = 0; t < steps; t++) {
    x.push(b.variable(`x${t}`, valueAt(costs.run, t), { upper: replicasMax, integer: true }));
    const blocked = t < (problem.delaySteps ?? 0) ? { upper: 0 } : {};
    started.push(b.variable(`start${t}`, t === 0 && problem.start === undefined ? 0 : switching.up, blocked));
    const stopped = b.variable(`stop${t}`, t === 0 && problem.start === undefined ? 0 : switching.down);
    const short = b.variable(`short${t}`, valueAt(costs.shortage, t));
    const idle = b.variable(`idle${t}`, valueAt(costs.idle, t));
    const before = t === 0 ? [] : [[x[t - 1]!, 1] as const];
    b.row(`change${t}`, [[x[t]!, 1], [started[t]!, -1], [stopped, 1], ...before.map(([k]) => [k, -1] as const)], {
      equal: t === 0 ? (problem.start ?? 0) : 0,
    });
    b.row(
      `demand${t}`,
      [
        [x[t]!, 1],
        [short, 1],
        [idle, -1],
      ],
      { equal: costs.demand[t]! },
    );
    const young = started.slice(Math.max(0, t - minUpSteps + 1)).map((k) => [k, -1] as const);
    b.row(`up${t}`, [[x[t]!, 1], ...young], { lower: 0 });
  }
  const solution = await solveLinear(b.model, { solver: "highs" });
  const path = Int32Array.from(x, (k) => Math.round(solution.values[k]!));
  const cost = solution.verdict === "optimal" ? pathCost(problem, path) : Number.NaN;
  return { cost, path, solution };
}

export interface CoupledPool {
  name: string;
  replicasMax: number;
  /** Demand that one replica covers. */
  serves: number;
  /** Cost of a replica and step; one number, or one a step. */
  run: ArrayLike<number> | number;
  switching: SwitchingCost;
  start?: number;
}

export interface CoupledSolution {
  cost: number;
  /** Nothing can be cheaper. */
  bound: number;
  /** (cost - bound) / cost. */
  gap: number;
  paths: Int32Array<ArrayBufferLike>[];
  /** By step: what a unit of demand costs. */
  prices: Float64Array;
  rounds: number;
}

/**
 * Several pools serve one demand, and a unit not served costs `shortage`. Lagrangian decomposition: at a price a unit of
 * demand every pool is a problem of its own; prices follow the unserved demand (subgradient steps after Polyak). Every round
 * gives a lower bound and, repaired, a plan.
 */
export function solveCoupled(
  pools: readonly CoupledPool[],
  demand: ArrayLike<number>,
  shortage: number,
  rounds = 200,
): CoupledSolution {
  const steps = demand.length;
  const prices = new Float64Array(steps);
  let bound = Number.NEGATIVE_INFINITY;
  let best: { cost: number; paths: Int32Array<ArrayBufferLike>[] } = { cost: Number.POSITIVE_INFINITY, paths: [] };
  const bestPrices = new Float64Array(steps);
  let scale = 1;
  let since = 0;
  let round = 0;
  for (; round < rounds && isOpen(best.cost, bound); round++) {
    let value = 0;
    for (let t = 0; t < steps; t++) value += prices[t]! * demand[t]!;
    const served = new Float64Array(steps);
    const paths = pools.map((pool) => {
      const { cost, path } = solveSwitching(poolProblem(pool, prices));
      value += cost;
      for (let t = 0; t < steps; t++) served[t]! += path[t]! * pool.serves;
      return path;
    });
    since = value > bound + 1e-12 * Math.abs(value) ? 0 : since + 1;
    if (value > bound) {
      bound = value;
      bestPrices.set(prices);
    }
    for (const plan of [paths, repair(pools, paths, demand, shortage)]) {
      const cost = coupledCost(pools, plan, demand, shortage);
      if (cost < best.cost) best = { cost, paths: plan };
    }
    if (since >= 10) {
      scale /= 2;
      since = 0;
    }
    let norm = 0;
    for (let t = 0; t < steps; t++) norm += (demand[t]! - served[t]!) * (demand[t]! - served[t]!);
    if (norm === 0) break;
    const step = (scale * Math.max(best.cost - value, 1e-9)) / norm;
    // beyond the shortage price a unit is not served at all
    for (let t = 0; t < steps; t++) {
      prices[t] = Math.min(shortage, Math.max(0, prices[t]! + step * (demand[t]! - served[t]!)));
    }
  }
  return { ...best, bound, gap: (best.cost - bound) / Math.abs(best.cost || 1), prices: bestPrices, rounds: round };
}

function poolProblem(pool: CoupledPool, prices: Float64Array): SwitchingProblem {
  const run = Array.from(prices, (price, t) => valueAt(pool.run, t) - price * pool.serves);
  return {
    replicasMax: pool.replicasMax,
    costs: { demand: new Float64Array(prices.length), run, shortage: 0 },
    switching: pool.switching,
    ...(pool.start === undefined ? {} : { start: pool.start }),
  };
}

function ownProblem(pool: CoupledPool, steps: number): SwitchingProblem {
  return poolProblem(pool, new Float64Array(steps));
}

export function coupledCost(
  pools: readonly CoupledPool[],
  paths: readonly Int32Array[],
  demand: ArrayLike<number>,
  shortage: number,
): number {
  let cost = 0;
  pools.forEach((pool, p) => {
    cost += pathCost(ownProblem(pool, demand.length), paths[p]!);
  });
  for (let t = 0; t < demand.length; t++) {
    const served = pools.reduce((sum, pool, p) => sum + paths[p]![t]! * pool.serves, 0);
    cost += shortage * Math.max(0, demand[t]! - served);
  }
  return cost;
}

/** One pool at a time is solved again, exactly, against what the others leave. */
function repair(
  pools: readonly CoupledPool[],
  paths: readonly Int32Array[],
  demand: ArrayLike<number>,
  shortage: number,
): Int32Array<ArrayBufferLike>[] {
  const plan: Int32Array<ArrayBufferLike>[] = paths.map((path) => path.slice());
  pools.forEach((pool, p) => {
    const states = pool.replicasMax + 1;
    const table = new Float64Array(demand.length * states);
    for (let t = 0; t < demand.length; t++) {
      let left = demand[t]!;
      pools.forEach((other, q) => {
        if (q !== p) left -= plan[q]![t]! * other.serves;
      });
      for (let x = 0; x < states; x++) {
        table[t * states + x] = valueAt(pool.run, t) * x + shortage * Math.max(0, left - x * pool.serves);
      }
    }
    plan[p] = solveSwitching({ ...ownProblem(pool, demand.length), costs: { table } }).path;
  });
  return plan;
}

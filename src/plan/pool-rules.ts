// How many GPUs each pool should have until the next tick: three rules over the same observations. See
// docs/models/pool-control.md.

import { rebalance } from "../solve/rebalance.js";
import { TransportSolver } from "../solve/transport.js";

/** A pool as a controller sees it. */
export interface PoolView {
  cloud: string;
  gpuModel: string;
  usdPerGpuHour: number;
  gpusMin: number;
  gpusMax: number;
  /** There now, and ordered but not there yet. */
  gpus: number;
  ordered: number;
  allocated: number;
}

/** Work of one kind: jobs that may run on some GPU models only. */
export interface DemandView {
  /** GPU models that serve it; empty = any. */
  gpuModels: readonly string[];
  /** GPUs wanted now: running and waiting. */
  gpusNow: number;
  /** GPUs wanted at earlier ticks, oldest first, with `gpusNow` the last. */
  history: readonly number[];
  /** GPUs of the largest job that waits: no fewer in one pool can run it. */
  largestGpus: number;
}

export interface Observation {
  tick: number;
  ticksPerDay: number;
  pools: readonly PoolView[];
  demands: readonly DemandView[];
}

/** Target GPUs by pool. */
export type PoolRule = (seen: Observation) => number[];

/** The mean of now and the same hour a day ago, and never less than now: hours to come look like now and like yesterday. */
export function forecastDemand(history: readonly number[], ticksPerDay: number): number {
  const now = history.at(-1) ?? 0;
  // what yesterday was asked for one tick after this time of day
  const yesterday = history[history.length - ticksPerDay];
  return yesterday === undefined ? now : Math.max(now, (now + yesterday) / 2);
}

function serves(pool: PoolView, demand: DemandView): boolean {
  return demand.gpuModels.length === 0 || demand.gpuModels.includes(pool.gpuModel);
}

/** A waiting gang runs within one pool: where it may, the cheapest pool with room for it gets at least its size. */
function roomForGangs(targets: number[], seen: Observation): number[] {
  for (const demand of seen.demands) {
    if (demand.largestGpus === 0) continue;
    const able = cheapestFirst(seen, demand).filter((p) => seen.pools[p]!.gpusMax >= demand.largestGpus);
    if (able.length === 0 || able.some((p) => targets[p]! - seen.pools[p]!.allocated >= demand.largestGpus)) continue;
    const free = (p: number) => seen.pools[p]!.gpusMax - seen.pools[p]!.allocated >= demand.largestGpus;
    const at = able.find(free) ?? able[0]!;
    const wanted = seen.pools[at]!.allocated + demand.largestGpus;
    targets[at] = Math.min(seen.pools[at]!.gpusMax, Math.max(targets[at]!, wanted));
  }
  return targets;
}

function cheapestFirst(seen: Observation, demand: DemandView): number[] {
  return seen.pools
    .map((_, p) => p)
    .filter((p) => serves(seen.pools[p]!, demand))
    .sort((a, b) => seen.pools[a]!.usdPerGpuHour - seen.pools[b]!.usdPerGpuHour || a - b);
}

/** Demand of the moment, cheapest pool first, one kind of work after the other. */
export function greedyRule(seen: Observation): number[] {
  const targets = seen.pools.map((pool) => pool.gpusMin);
  const room = seen.pools.map((pool) => pool.gpusMax);
  for (const demand of seen.demands) {
    let left = demand.gpusNow;
    for (const p of cheapestFirst(seen, demand)) {
      const part = Math.min(left, room[p]!);
      room[p]! -= part;
      left -= part;
    }
  }
  seen.pools.forEach((pool, p) => {
    targets[p] = Math.max(targets[p]!, pool.gpusMax - room[p]!);
  });
  return roomForGangs(targets.map(Math.ceil), seen);
}

/** Price of a GPU-hour that is not served, USD: above every pool's, so that only a lack of GPUs leaves work waiting. */
const SHORTAGE_FACTOR = 10;

/**
 * The pool problem as a linear programme, every tick: forecast demand of each kind of work on the pools that can serve it,
 * at least cost. A transportation problem; the solver begins from the tick before.
 */
export function linearRule(): PoolRule {
  const solver = new TransportSolver();
  return (seen) => {
    const dearest = Math.max(...seen.pools.map((pool) => pool.usdPerGpuHour));
    const { sources, targets, amounts } = solver.solve({
      supplies: seen.pools.map((pool) => pool.gpusMax),
      demands: seen.demands.map((d) => Math.ceil(forecastDemand(d.history, seen.ticksPerDay))),
      costs: seen.pools.flatMap((pool) =>
        seen.demands.map((d) => (serves(pool, d) ? pool.usdPerGpuHour : Number.POSITIVE_INFINITY)),
      ),
      shortagePrices: dearest * SHORTAGE_FACTOR,
    });
    const plan = seen.pools.map(() => 0);
    for (let k = 0; k < targets.length; k++) plan[sources[k]!]! += amounts[k]!;
    return roomForGangs(
      plan.map((gpus, p) => Math.max(seen.pools[p]!.gpusMin, Math.ceil(gpus))),
      seen,
    );
  };
}

/**
 * Gap and rebalancing: a fixed number of GPUs, of which at most `stepMax` a pool move each tick from where there is more than
 * enough to where demand is greater. Demand of a kind counts at its pools in proportion to what they have at most.
 */
export function gapRule(gpusTotal: number, stepMax: number): PoolRule {
  let have: number[] | undefined;
  return (seen) => {
    const most = seen.pools.reduce((sum, pool) => sum + pool.gpusMax, 0);
    have ??= seen.pools.map((pool) => Math.floor((gpusTotal * pool.gpusMax) / most));
    const demand = seen.pools.map(() => 0);
    for (const d of seen.demands) {
      const able = cheapestFirst(seen, d);
      const sum = able.reduce((total, p) => total + seen.pools[p]!.gpusMax, 0);
      for (const p of able) demand[p]! += (d.gpusNow * seen.pools[p]!.gpusMax) / sum;
    }
    const { after } = rebalance({ supply: have, demand, stepMax });
    // whole GPUs, within what the pool may have; what rounding leaves goes to the pool that is shortest
    const bounded = Array.from(after, (gpus, p) => Math.min(seen.pools[p]!.gpusMax, Math.floor(gpus + 1e-9)));
    let left = have.reduce((a, b) => a + b, 0) - bounded.reduce((a, b) => a + b, 0);
    const shortest = seen.pools
      .map((_, p) => p)
      .sort((a, b) => bounded[a]! - demand[a]! - (bounded[b]! - demand[b]!) || a - b);
    for (const p of shortest) {
      const part = Math.min(left, seen.pools[p]!.gpusMax - bounded[p]!);
      bounded[p]! += part;
      left -= part;
    }
    have = bounded;
    return roomForGangs([...bounded], seen);
  };
}

/** Everything there is, always: what it costs not to decide. */
export function fixedRule(seen: Observation): number[] {
  return seen.pools.map((pool) => pool.gpusMax);
}

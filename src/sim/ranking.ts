// From runs to lines of a ranking: policy pairs at a load, with intervals over replications and paired differences.

import type { RankingRow, RunResult } from "../model/results.js";
import { interval, pairedDifference, shareBelow } from "./statistics.js";

/**
 * Ranks policy pairs by mean JCT within each load.
 *
 * The best row of a load is the non-oracle one with the lowest mean; every row at that load (oracles too) is compared
 * with it over the replications both have. The intervals are one comparison each: nothing is adjusted for the
 * number of comparisons, nor for the best having been picked from the same runs.
 * @param runs in any order; rows of jobs are not looked at.
 * @param oracle true if the queue policy is told true run times.
 * @returns by load (fixed size first, then ascending), then mean JCT, then name.
 * @throws Error if two runs share policy pair, load and replication.
 */
export function rank(runs: readonly RunResult[], oracle: (queue: string) => boolean): RankingRow[] {
  const groups = groupRuns(runs);
  const bestByLoad = new Map<number | null, Group>();
  for (const group of groups) {
    const best = bestByLoad.get(group.load);
    if (!oracle(group.queue) && (best === undefined || group.jct < best.jct)) bestByLoad.set(group.load, group);
  }
  return groups.map((group) => {
    const best = bestByLoad.get(group.load);
    const shared = [...group.runs.keys()].filter((replication) => best?.runs.has(replication));
    const own = shared.map((replication) => jctSecondsMean(group.runs.get(replication)!));
    const others = shared.map((replication) => jctSecondsMean(best!.runs.get(replication)!));
    return {
      queue: group.queue,
      place: group.place,
      load: group.load,
      oracle: oracle(group.queue),
      metrics: intervals([...group.runs.values()]),
      jctSecondsMeanVsBest: pairedDifference(own, others),
      probabilityBetter: shareBelow(own, others),
    };
  });
}

interface Group {
  queue: string;
  place: string;
  load: number | null;
  /** By replication, ascending. */
  runs: Map<number, RunResult>;
  /** Mean of the replications' mean JCT; infinite where no job finished, so that such a row comes last. */
  jct: number;
}

function groupRuns(runs: readonly RunResult[]): Group[] {
  const groups = new Map<string, Group>();
  for (const run of [...runs].sort((a, b) => a.spec.replication - b.spec.replication)) {
    const { queue, place, load, replication } = run.spec;
    const key = JSON.stringify([queue, place, load]);
    let group = groups.get(key);
    if (!group) {
      group = { queue, place, load, runs: new Map(), jct: 0 };
      groups.set(key, group);
    }
    if (group.runs.has(replication)) throw new Error(`two runs of ${key} are replication ${replication}`);
    group.runs.set(replication, run);
  }
  for (const group of groups.values()) {
    const { mean } = interval([...group.runs.values()].map(jctSecondsMean));
    group.jct = Number.isNaN(mean) ? Number.POSITIVE_INFINITY : mean;
  }
  return [...groups.values()].sort(
    (a, b) =>
      compare(a.load ?? Number.NEGATIVE_INFINITY, b.load ?? Number.NEGATIVE_INFINITY) ||
      compare(a.jct, b.jct) ||
      compare(a.queue, b.queue) ||
      compare(a.place, b.place),
  );
}

/** By code unit, not by locale: the order must not depend on the host's language. */
function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function jctSecondsMean(run: RunResult): number {
  return run.metrics.jctSecondsMean ?? Number.NaN;
}

/** Interval of every metric that all the runs have. */
function intervals(runs: readonly RunResult[]): RankingRow["metrics"] {
  const metrics: RankingRow["metrics"] = {};
  for (const name of Object.keys(runs[0]!.metrics)) {
    const values = runs.map((run) => run.metrics[name]);
    if (values.every((value) => value !== undefined)) metrics[name] = interval(values);
  }
  return metrics;
}

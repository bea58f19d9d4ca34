// Does a ranking survive shaking? From runs on shaken copies of replication 0, at each load.

import type { RankingRow, Robustness, RunResult } from "../model/results.js";
import { kendallTau } from "./inference.js";
import { mean } from "./statistics.js";

type Pair = Pick<RankingRow, "queue" | "place">;

/**
 * @param runs all runs, shaken and not; rows of jobs are not looked at.
 * @param ranking of the runs that were not shaken; oracles are left out, since they are never the answer.
 * @returns one entry a load that has shaken runs.
 */
export function robustness(
  runs: readonly Pick<RunResult, "spec" | "metrics">[],
  ranking: readonly RankingRow[],
): Robustness[] {
  const loads = [...new Set(ranking.map((row) => row.load))];
  return loads.flatMap((load) => {
    const pairs = ranking.filter((row) => row.load === load && !row.oracle);
    const shakes = [
      ...new Set(runs.flatMap(({ spec }) => (spec.load === load && spec.shake !== null ? [spec.shake] : []))),
    ];
    if (pairs.length === 0 || shakes.length === 0) return [];
    const jctOf = new Map(runs.map(({ spec, metrics }) => [keyOf(spec), metrics.jctSecondsMean ?? Number.NaN]));
    const jct = (shake: number | null) =>
      pairs.map((pair) => jctOf.get(keyOf({ ...pair, load, replication: 0, shake })) ?? Number.NaN);
    const unshaken = jct(null);
    const copies = shakes.sort((a, b) => a - b).map(jct);
    return [{ load, shakes: copies.length, ...summary(pairs, unshaken, copies) }];
  });
}

function keyOf(spec: Pair & { load: number | null; replication: number; shake: number | null }): string {
  return JSON.stringify([spec.queue, spec.place, spec.load, spec.replication, spec.shake]);
}

function summary(
  pairs: readonly Pair[],
  unshaken: readonly number[],
  copies: readonly number[][],
): Omit<Robustness, "load" | "shakes"> {
  const counts = pairs.map(() => 0);
  for (const copy of copies) counts[leastIndex(copy)]!++;
  const best = pairs
    .map(({ queue, place }, i) => ({ queue, place, count: counts[i]! }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  const taus = copies.map((copy) => (pairs.length < 2 ? 1 : kendallTau(copy, unshaken)));
  const changes = copies.flatMap((copy) => copy.map((value, i) => Math.abs(value / unshaken[i]! - 1)));
  return {
    // pairs are in order of the ranking
    sameBest: counts[0]! / copies.length,
    best,
    tauMean: mean(taus),
    tauLeast: Math.min(...taus),
    changeMost: Math.max(...changes),
  };
}

/** The first on equality, which is the better one of the ranking. */
function leastIndex(values: readonly number[]): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[at]!) at = i;
  return at;
}

// From runs to lines of a ranking: policy pairs at a load, with intervals and paired differences.

import { createDraws } from "../engine/draws.js";
import { exp, log } from "../engine/math.js";
import type { Interval, RankingRow, RunResult } from "../model/results.js";
import { bootstrapMean } from "./bootstrap.js";
import { holm, pOfZero } from "./inference.js";
import { interval, pairedDifference, shareBelow, standardDeviation } from "./statistics.js";

/** Metrics whose distribution over replications is skewed: their intervals are bootstrapped. */
const PERCENTILE = /(?:Median|P50|P90|P99)$/;

/**
 * Ranks policy pairs by mean JCT within each load.
 *
 * The best row of a load is the non-oracle one with the lowest mean; every row at that load (oracles too) is compared
 * with it on the same jobs: over the replications both have or, where there is one replication, over stretches of it.
 * @param runs in any order, none of them shaken; rows of jobs are not looked at.
 * @param oracle true if the queue policy is told true run times.
 * @returns by load (fixed size first, then ascending), then mean JCT, then name.
 * @throws Error if two runs share policy pair, load and replication.
 */
export function rank(runs: readonly RunResult[], oracle: (queue: string) => boolean): RankingRow[] {
  const groups = groupRuns(runs);
  const loads = [...new Set(groups.map((group) => group.load))];
  return loads.flatMap((load) => {
    const here = groups.filter((group) => group.load === load);
    const best = here.find((group) => !oracle(group.queue) && Number.isFinite(group.jct));
    const adjusted = adjustedP(here, best);
    return here.map((group, i) => {
      const [own, others] = best ? matched(group, best) : [[], []];
      return {
        queue: group.queue,
        place: group.place,
        load,
        oracle: oracle(group.queue),
        metrics: intervals([...group.runs.values()]),
        jctSecondsMeanVsBest: pairedDifference(own, others),
        jctRatioToBest: ratioInterval(best ? logRatios(group, best) : new Float64Array(0)),
        probabilityBetter: shareBelow(own, others),
        pAdjusted: adjusted[i]!,
        from: group.runs.size === 1 && onlyRun(group).within ? "batches" : "replications",
      };
    });
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

function onlyRun(group: Group): RunResult {
  return group.runs.values().next().value!;
}

/** Mean JCT of two pairs on the same jobs: replication by replication, or stretch by stretch of a single one. */
function matched(a: Group, b: Group): [ArrayLike<number>, ArrayLike<number>] {
  if (a.runs.size === 1 && b.runs.size === 1) {
    const [first, second] = [onlyRun(a).within, onlyRun(b).within];
    const { length } = first?.jctSecondsBatches ?? [];
    if (first && second && length > 0 && length === second.jctSecondsBatches.length) {
      return [first.jctSecondsBatches, second.jctSecondsBatches];
    }
  }
  const shared = [...a.runs.keys()].filter((replication) => b.runs.has(replication));
  const of = (group: Group) => shared.map((replication) => jctSecondsMean(group.runs.get(replication)!));
  return [of(a), of(b)];
}

/**
 * p of each row against the best. Two things have to be paid for: that there are many comparisons (Holm), and that the
 * best was picked by the same runs. For the second: the truly best pair is called worse only if some other one looks
 * better by chance, and of those there are as many as comparisons; so a one-sided p times their number bounds that
 * chance (Gupta, Technometrics 7, 1965: selection of a subset that holds the best). The larger of both is taken.
 */
function adjustedP(here: readonly Group[], best: Group | undefined): number[] {
  if (!best) return here.map(() => Number.NaN);
  const raw = here.map((group) => (group === best ? Number.NaN : pOfLogs(logRatios(group, best))));
  const comparisons = raw.filter((p) => !Number.isNaN(p)).length;
  return holm(raw).map((p, i) => (here[i] === best ? 1 : Math.max(p, Math.min(1, (raw[i]! * comparisons) / 2))));
}

/** ln(own / best), pair by pair; NaN where a mean is not above zero. */
function logRatios(a: Group, b: Group): Float64Array {
  const [own, others] = matched(a, b);
  return Float64Array.from(own, (value, i) => (value > 0 && others[i]! > 0 ? log(value / others[i]!) : Number.NaN));
}

function pOfLogs(logs: Float64Array): number {
  return pOfZero(interval(logs), standardDeviation(logs) / Math.sqrt(logs.length));
}

/** Geometric mean with its interval: t on the logarithms, which are far closer to normal than ratios are. */
function ratioInterval(logs: Float64Array): Interval {
  const { mean, low, high, count } = interval(logs);
  const [centre, from, to] = [exp(mean), exp(low), exp(high)];
  return { mean: centre, halfWidth: (to - from) / 2, low: from, high: to, count };
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
    if (!values.every((value) => value !== undefined)) continue;
    metrics[name] = intervalOf(name, values, runs);
  }
  return metrics;
}

/** t over replications; a bootstrap over them for percentiles; from within where there is one run. */
function intervalOf(name: string, values: readonly number[], runs: readonly RunResult[]): Interval {
  const found = interval(values);
  const band =
    runs.length === 1
      ? runs[0]!.within?.bands[name]
      : PERCENTILE.test(name)
        ? bootstrapMean(values, createDraws(1, `sim/bootstrap/${name}`).uniform)
        : undefined;
  if (!band) return found;
  const count = runs.length === 1 ? (runs[0]!.within?.jctSecondsBatches.length ?? 1) : found.count;
  return { ...found, ...band, halfWidth: (band.high - band.low) / 2, count };
}

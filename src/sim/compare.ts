// Two experiments against each other: the same policy pair at the same load before and after, metric by metric.

import type { ComparedMetric, Interval, RunResult } from "../model/results.js";
import { holm, pOfZero, studentTwoSided } from "./inference.js";
import { interval, pairedDifference, standardDeviation } from "./statistics.js";
import { studentT975 } from "./student-t.js";

export type ComparedRun = Pick<RunResult, "spec" | "metrics">;

export interface Side {
  runs: readonly ComparedRun[];
  /** Digest of the data. */
  data: string;
}

type Pair = ComparedMetric["a"];

/** What is set against what: a pair of A and a pair of B. */
export interface Match {
  a: Pair;
  b: Pair;
}

/** Every pair that both sides have, in order of A. */
export function commonPairs(a: Side, b: Side): Match[] {
  const names = new Set(b.runs.map(({ spec }) => keyOf(spec)));
  const found = new Map<string, Match>();
  for (const { spec } of a.runs) {
    const pair = { queue: spec.queue, place: spec.place };
    if (names.has(keyOf(spec))) found.set(keyOf(spec), { a: pair, b: pair });
  }
  return [...found.values()];
}

/**
 * Compares matched pairs at every load that both sides have. Shaken runs are left out.
 * Paired by replication where data and seeds are the same on both sides, else by Welch's test (Biometrika 34, 1947).
 * With one run a side there is a difference and no interval.
 */
export function compareSides(
  a: Side,
  b: Side,
  matches: readonly Match[],
  metrics: readonly string[],
): ComparedMetric[] {
  const loadsB = new Set(b.runs.map(({ spec }) => spec.load));
  const loads = [...new Set(a.runs.map(({ spec }) => spec.load))].filter((load) => loadsB.has(load));
  return metrics.flatMap((metric) => {
    const rows = loads.flatMap((load) =>
      matches.flatMap((match) => {
        const before = runsOf(a, match.a, load, metric);
        const after = runsOf(b, match.b, load, metric);
        return before.length === 0 || after.length === 0
          ? []
          : [{ ...match, load, metric, ...comparison(before, after, a.data === b.data) }];
      }),
    );
    const adjusted = holm(rows.map((row) => row.p));
    return rows.map(({ p: _p, ...row }, i) => ({ ...row, pAdjusted: adjusted[i]! }));
  });
}

interface Value {
  replication: number;
  seed: number;
  value: number;
}

function keyOf({ queue, place }: Pair): string {
  return JSON.stringify([queue, place]);
}

function runsOf(side: Side, pair: Pair, load: number | null, metric: string): Value[] {
  return side.runs
    .filter(({ spec, metrics }) => {
      return keyOf(spec) === keyOf(pair) && spec.load === load && spec.shake === null && metrics[metric] !== undefined;
    })
    .map(({ spec, metrics }) => ({ replication: spec.replication, seed: spec.seed, value: metrics[metric]! }))
    .sort((x, y) => x.replication - y.replication);
}

type Comparison = Pick<ComparedMetric, "meanA" | "meanB" | "difference" | "paired"> & { p: number };

function comparison(a: readonly Value[], b: readonly Value[], sameData: boolean): Comparison {
  const sameSeeds =
    a.length === b.length && a.every((v, i) => v.replication === b[i]!.replication && v.seed === b[i]!.seed);
  const [valuesA, valuesB] = [a.map((v) => v.value), b.map((v) => v.value)];
  const [meanA, meanB] = [interval(valuesA).mean, interval(valuesB).mean];
  if (sameData && sameSeeds) {
    const difference = pairedDifference(valuesB, valuesA);
    const each = valuesB.map((value, i) => value - valuesA[i]!);
    const p = pOfZero(difference, standardDeviation(each) / Math.sqrt(each.length));
    return { meanA, meanB, difference, paired: true, p };
  }
  return { meanA, meanB, ...welch(valuesA, valuesB), paired: false };
}

function welch(a: readonly number[], b: readonly number[]): { difference: Interval; p: number } {
  const mean = interval(b).mean - interval(a).mean;
  const count = Math.min(a.length, b.length);
  const [va, vb] = [squared(standardDeviation(a)) / a.length, squared(standardDeviation(b)) / b.length];
  const error = Math.sqrt(va + vb);
  if (!Number.isFinite(error)) {
    return { difference: { mean, halfWidth: Number.NaN, low: Number.NaN, high: Number.NaN, count }, p: Number.NaN };
  }
  // Welch and Satterthwaite, rounded down: on the safe side
  const freedom = squared(va + vb) / (squared(va) / (a.length - 1) + squared(vb) / (b.length - 1));
  const df = error === 0 ? count - 1 : Math.max(1, Math.floor(freedom));
  const halfWidth = studentT975(df) * error;
  const p = error === 0 ? (mean === 0 ? 1 : 0) : studentTwoSided(mean / error, df);
  return { difference: { mean, halfWidth, low: mean - halfWidth, high: mean + halfWidth, count }, p };
}

function squared(x: number): number {
  return x * x;
}

// What an experiment would cost and how sure it would be, from a pilot of a few replications.

import type { RankingRow } from "../model/results.js";
import { studentT975 } from "./student-t.js";

/** More replications than this are not worth a forecast from a pilot. */
export const REPLICATIONS_MAX = 10_000;

export interface NeededRow {
  queue: string;
  place: string;
  load: number | null;
  oracle: boolean;
  /** Of the pilot, seconds. */
  jctSecondsMean: number;
  /** Half width over mean in the pilot. */
  relativeHalfWidth: number;
  /** Replications for the wanted width; null: more than REPLICATIONS_MAX. */
  forWidth: number | null;
  /** Replications until the ratio to the best pair of the pilot is told from 1; null: more than that; undefined: the best. */
  forLead: number | null | undefined;
}

/**
 * Fewest replications n with t(0.975, n - 1) x s / sqrt(n) <= wanted; null above REPLICATIONS_MAX.
 * @param deviation standard deviation of one replication.
 */
export function replicationsFor(deviation: number, wanted: number): number | null {
  if (deviation === 0) return 2;
  if (!(wanted > 0)) return null;
  for (let n = 2; n <= REPLICATIONS_MAX; n++) {
    // t x s / sqrt(n) <= wanted, squared: no root needed
    const t = studentT975(n - 1);
    if (t * t * deviation * deviation <= wanted * wanted * n) return n;
  }
  return null;
}

/**
 * @param ranking of the pilot, with two replications at least.
 * @param width wanted half width of the 95 % interval, as a share of the mean.
 */
export function neededReplications(ranking: readonly RankingRow[], width: number): NeededRow[] {
  return ranking.flatMap((row): NeededRow[] => {
    const jct = row.metrics.jctSecondsMean;
    if (!jct || !Number.isFinite(jct.halfWidth)) return [];
    const { queue, place, load, oracle } = row;
    const best = row.jctRatioToBest.mean === 1 && row.pAdjusted === 1;
    return [
      {
        queue,
        place,
        load,
        oracle,
        jctSecondsMean: jct.mean,
        relativeHalfWidth: jct.halfWidth / jct.mean,
        forWidth: replicationsFor(deviationOf(jct.halfWidth, jct.count), width * jct.mean),
        forLead: best ? undefined : forLead(row),
      },
    ];
  });
}

/** Standard deviation of one value, back from the half width of their mean. */
function deviationOf(halfWidth: number, count: number): number {
  return (halfWidth / studentT975(count - 1)) * Math.sqrt(count);
}

/** In ratios, to first order: the interval of the ratio must end before 1. One comparison; several need more. */
function forLead({ jctRatioToBest }: RankingRow): number | null {
  const { mean, low, high, count } = jctRatioToBest;
  const half = (high - low) / 2 / mean;
  if (!(half > 0)) return mean === 1 ? null : 2;
  return replicationsFor(deviationOf(half, count), Math.abs(mean - 1) / Math.max(mean, 1));
}

/** Whole seconds and bytes of the full experiment, from those of the pilot. */
export function scaleUp(pilot: {
  runs: number;
  runMillis: number;
  planMillis: number;
  replications: number;
  bytes: number;
}): (replications: number, shakes: number, workers: number) => { seconds: number; bytes: number; runs: number } {
  const runsEach = pilot.runs / pilot.replications;
  return (replications, shakes, workers) => {
    const runs = runsEach * (replications + shakes);
    const planning = (pilot.planMillis / pilot.replications) * replications;
    const seconds = (planning + ((pilot.runMillis / pilot.runs) * runs) / workers) / 1000;
    return { seconds, bytes: (pilot.bytes / pilot.runs) * runs, runs };
  };
}

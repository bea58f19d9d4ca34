// A record's own waits against simulated ones: how far apart, in which regime of load, for which kind of job.

import type { JobTable } from "../model/jobs.js";
import type { JobRows } from "../model/results.js";
import { MICROS_PER_SECOND, MILLI_PER_GPU } from "../model/units.js";
import { kolmogorovSmirnov } from "../replay/index.js";
import { mean, percentile, sorted } from "./statistics.js";

/** A wait longer than this is noticed. */
export const NOTICED_SECONDS = 10;

export interface WaitSummary {
  mean: number;
  median: number;
  p90: number;
  p99: number;
  /** Share of jobs that waited longer than NOTICED_SECONDS. */
  noticed: number;
}

export interface Regime {
  name: string;
  jobs: number;
  recorded: WaitSummary;
  simulated: WaitSummary;
  /** Kolmogorov-Smirnov distance of the two distributions of waits. */
  distance: number;
}

export interface Calibration {
  all: Regime;
  /** Quarters of the jobs by the GPUs in use in the record when they were submitted. */
  byLoad: Regime[];
  byKind: Regime[];
  /** GPUs in use in the record at the jobs' submissions: quartiles and most. */
  gpusInUse: { median: number; p75: number; most: number };
}

/**
 * Compares the waits of `jobs`, every one of which has a recorded wait, with those of the simulated `rows` (row `job` is
 * the index into `jobs`); a job that never started in the simulation counts with an infinite wait.
 */
export function calibrateWaits(jobs: JobTable, rows: JobRows): Calibration {
  const simulated = new Float64Array(jobs.count).fill(Number.POSITIVE_INFINITY);
  for (let r = 0; r < rows.count; r++) {
    const start = rows.firstStartMicros[r]!;
    if (!Number.isNaN(start)) simulated[rows.job[r]!] = (start - rows.submitMicros[r]!) / MICROS_PER_SECOND;
  }
  const recorded = jobs.waitMicros.map((wait) => wait / MICROS_PER_SECOND);
  const regime = (name: string, members: readonly number[]): Regime => {
    const a = Float64Array.from(members, (i) => recorded[i]!);
    const b = Float64Array.from(members, (i) => simulated[i]!);
    return {
      name,
      jobs: members.length,
      recorded: summarise(a),
      simulated: summarise(b),
      distance: kolmogorovSmirnov(a, b),
    };
  };
  const everyone = Array.from({ length: jobs.count }, (_, i) => i);
  const load = gpusInUse(jobs);
  const ascending = sorted(load);
  const quarter = Array.from({ length: 4 }, (_, q) => {
    // ties stay together: a quarter ends with the last job of its level
    const low = q === 0 ? Number.NEGATIVE_INFINITY : percentile(ascending, q / 4);
    const high = q === 3 ? Number.POSITIVE_INFINITY : percentile(ascending, (q + 1) / 4);
    return { low, high, members: everyone.filter((i) => load[i]! > low && load[i]! <= high) };
  });
  const gpus = (i: number) => (jobs.tasks[i]! * jobs.gpuMilli[i]!) / MILLI_PER_GPU;
  const kinds: [string, (i: number) => boolean][] = [
    ["no GPU", (i) => gpus(i) === 0],
    ["a share of a GPU", (i) => gpus(i) > 0 && gpus(i) < 1],
    ["one GPU", (i) => gpus(i) === 1],
    ["several GPUs", (i) => gpus(i) > 1],
  ];
  const filled = (list: readonly Regime[]) => list.filter((one) => one.jobs > 0);
  return {
    all: regime("all", everyone),
    byLoad: filled(
      quarter.map(({ high, members }) =>
        regime(high === Number.POSITIVE_INFINITY ? "busiest" : `to ${high.toFixed(1)} GPUs in use`, members),
      ),
    ),
    byKind: filled(kinds.map(([name, is]) => regime(name, everyone.filter(is)))),
    gpusInUse: { median: percentile(ascending, 0.5), p75: percentile(ascending, 0.75), most: percentile(ascending, 1) },
  };
}

function summarise(waits: Float64Array): WaitSummary {
  const ascending = sorted(waits);
  const noticed = waits.reduce((count, wait) => count + (wait > NOTICED_SECONDS ? 1 : 0), 0);
  return {
    mean: mean(waits),
    median: percentile(ascending, 0.5),
    p90: percentile(ascending, 0.9),
    p99: percentile(ascending, 0.99),
    noticed: noticed / waits.length,
  };
}

/** GPUs in use in the record at each submission: by jobs that had started (submission and wait) and not ended. */
export function gpusInUse(jobs: JobTable): Float64Array {
  const gpus = (i: number) => (jobs.tasks[i]! * jobs.gpuMilli[i]!) / MILLI_PER_GPU;
  const start = jobs.submitMicros.map((micros, i) => micros + jobs.waitMicros[i]!);
  const end = start.map((micros, i) => micros + jobs.runMicros[i]!);
  const order = (times: Float64Array) => [...times.keys()].sort((a, b) => times[a]! - times[b]!);
  const starts = order(start);
  const ends = order(end);
  let s = 0;
  let e = 0;
  let milli = 0;
  return jobs.submitMicros.map((now) => {
    // what starts at this moment does not yet stand in the way; what ends does not any more
    while (s < starts.length && start[starts[s]!]! < now) milli += Math.round(gpus(starts[s++]!) * MILLI_PER_GPU);
    while (e < ends.length && end[ends[e]!]! <= now) milli -= Math.round(gpus(ends[e++]!) * MILLI_PER_GPU);
    return milli / MILLI_PER_GPU;
  });
}

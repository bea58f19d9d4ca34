// What metrics are computed from: counts, sums, means and exact percentiles of a run's jobs, and of parts of them. Who
// answers is a table of a database, which holds any number of jobs, or arrays in memory, which are ten times as quick.
// Sums are compensated (Kahan 1965), percentiles interpolate between order statistics (type 7 of Hyndman and Fan, as in
// statistics.ts).

import { MICROS_PER_SECOND } from "../model/units.js";

export const DISTRIBUTIONS = ["jct", "wait", "totalWait", "slowdown"] as const;
export type DistributionName = (typeof DISTRIBUTIONS)[number];
export const PERCENTILE_SHARES = [0.5, 0.9, 0.99] as const;
export type PercentileShare = (typeof PERCENTILE_SHARES)[number];

/** NaN where there is nothing to average. */
export interface Distribution {
  mean: number;
  percentiles: Record<PercentileShare, number>;
}

/** Of a set of jobs. */
export interface JobSummary {
  jobs: number;
  startedCount: number;
  restarts: number;
  /** Seconds; slow-down is a plain number. */
  times: Record<DistributionName, Distribution>;
}

/** Of every job of a run; NaN where there is none. */
export interface WholeRun {
  count: number;
  finishedCount: number;
  failedCount: number;
  killedCount: number;
  makespanMicros: number;
  /** GPU-µs. */
  heldGpuMicros: number;
  lostGpuMicros: number;
  /** Sum of all job completion times. */
  jctSeconds: number;
}

/** Of a run as a whole. */
export interface RunSummary {
  /** Jobs that count: all but those of the warm-up. */
  counted: JobSummary;
  /** Every job: for what is of the run as a whole. */
  all: WholeRun;
  /** For each tenant with a finished job: mean of time holding resources over JCT, 0..1; in order of tenant. */
  serviceByTenant: number[];
  /** Absent without a trace. Themis' rho: JCT over what a job would take on a share of the GPUs of its own. */
  fairness?: Fairness;
  /** Absent where no job has a deadline. */
  deadlineMissShare?: number;
}

export interface Fairness {
  rhoWorst: number | undefined;
  unfairShare: number;
}

/** What the trace knows of its jobs and rows do not say; by row of the trace. */
export interface Truth {
  runMicros: Float64Array;
  deadlineMicros: Float64Array;
}

/** Parts into which jobs are taken: each job is in one part, or in none. */
export type Grouping =
  /** By GPUs of the whole gang: part i takes what is at most bounds[i] and was not taken before, the last part the rest. */
  | { by: "gpus"; bounds: readonly number[] }
  /** By pool: the part of each; a job without a pool is in none. */
  | { by: "pool"; parts: readonly number[] }
  /** By tenant: a part for each of the list, in its order, and one for all others. */
  | { by: "tenant"; tenants: readonly number[] };

/** The jobs of a run, asked. `cutJobs`: jobs at the start of the trace that do not count. */
export interface RunJobs {
  readonly count: number;
  /** Summaries by number of the part, ascending, parts without a job left out; one part of all without a grouping. */
  summarise(cutJobs: number, grouping?: Grouping): Promise<{ group: number; summary: JobSummary }[]>;
  whole(): Promise<WholeRun>;
  /** See RunSummary. */
  serviceByTenant(cutJobs: number): Promise<number[]>;
  /** Tenants with the most jobs, at most `most`; the one with the lower number first where equal. */
  tenantsByJobs(cutJobs: number, most: number): Promise<number[]>;
  /**
   * Finish-time fairness: JCT over what the job would take on a share of the GPUs of its own, one in the number of jobs at
   * once. A gang larger than that share runs slower there in proportion.
   * @param jobsPerGpu jobs at once, a GPU.
   */
  fairness(cutJobs: number, truth: Truth, jobsPerGpu: number): Promise<Fairness>;
  /** Share of jobs with a deadline that had not finished by then; undefined where no job that counts has one. */
  deadlineMisses(cutJobs: number, truth: Truth): Promise<number | undefined>;
  /**
   * Every job in order of submission: of two rows of the trace the one with the lower number was submitted first.
   * @param whole false: only JCT is asked for, and the rest may be NaN.
   */
  bySubmission(whole: boolean, visit: (jctSeconds: number, job: number, waitSeconds: number) => void): Promise<void>;
  /** Values of a distribution at evenly spread ranks, least and greatest included; all where there are fewer. */
  evenQuantiles(cutJobs: number, column: DistributionName, points: number): Promise<Float64Array>;
}

/** @param truth of the trace; absent for a stream. */
export async function summariseRun(
  jobs: RunJobs,
  cutJobs: number,
  gpusTotal: number,
  truth?: Truth,
): Promise<RunSummary> {
  const [every] = await jobs.summarise(cutJobs);
  const all = await jobs.whole();
  const summary: RunSummary = {
    counted: every?.summary ?? NO_JOBS,
    all,
    serviceByTenant: await jobs.serviceByTenant(cutJobs),
  };
  if (!truth) return summary;
  // Little's law: the mean number of jobs in the system is the sum of their times in it over the time of the run
  const jobsPerGpu = all.jctSeconds / (all.makespanMicros / MICROS_PER_SECOND) / gpusTotal;
  const fairness = Number.isNaN(jobsPerGpu)
    ? { rhoWorst: undefined, unfairShare: Number.NaN }
    : await jobs.fairness(cutJobs, truth, jobsPerGpu);
  const dated = !truth.deadlineMicros.every(Number.isNaN);
  const missed = dated ? await jobs.deadlineMisses(cutJobs, truth) : undefined;
  return { ...summary, fairness, ...(missed === undefined ? {} : { deadlineMissShare: missed }) };
}

/** @param values of each distribution at PERCENTILE_SHARES; fewer: there is none. */
export function timesOf(
  means: Readonly<Record<DistributionName, number>>,
  values: Readonly<Record<DistributionName, readonly number[]>>,
): JobSummary["times"] {
  const times = DISTRIBUTIONS.map((name) => {
    const percentiles = PERCENTILE_SHARES.map((share, i) => [share, values[name][i] ?? Number.NaN]);
    return [name, { mean: means[name], percentiles: Object.fromEntries(percentiles) }];
  });
  return Object.fromEntries(times) as JobSummary["times"];
}

/** The same number for every distribution. */
export function alike<T>(value: T): Record<DistributionName, T> {
  return { jct: value, wait: value, totalWait: value, slowdown: value };
}

const NO_JOBS: JobSummary = { jobs: 0, startedCount: 0, restarts: 0, times: timesOf(alike(Number.NaN), alike([])) };

/** Ranks of `points` values out of `count`, evenly spread, first and last included; all where there are fewer. */
export function evenRanks(count: number, points: number): number[] {
  const n = Math.min(points, count);
  return Array.from({ length: n }, (_, k) => (n === 1 ? 0 : Math.round((k * (count - 1)) / (n - 1))));
}

/** Type 7: what lies at a share of the way from least to greatest. `at` gives the value of a rank, ascending from 0. */
export function quantileOf(count: number, share: number, at: (rank: number) => number): number {
  const position = (count - 1) * share;
  const low = Math.floor(position);
  const value = at(low);
  return value + (at(Math.min(low + 1, count - 1)) - value) * (position - low);
}

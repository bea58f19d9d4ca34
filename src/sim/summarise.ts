// What metrics are computed from, asked of a run's table: counts, sums, means and exact percentiles, of the run and of
// parts of it. Sums are compensated (fsum, favg: Kahan), percentiles interpolate between order statistics
// (type 7 of Hyndman and Fan, as in statistics.ts).

import { END_STATUS } from "../model/jobs.js";
import { MICROS_PER_SECOND } from "../model/units.js";
import type { Cell, RunTable } from "./run-table.js";

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

/** Of a run as a whole. */
export interface RunSummary {
  /** Jobs that count: all but those of the warm-up. */
  counted: JobSummary;
  /** Every job: for what is of the run as a whole. */
  all: {
    count: number;
    finishedCount: number;
    failedCount: number;
    killedCount: number;
    makespanMicros: number;
    /** GPU-µs. */
    heldGpuMicros: number;
    lostGpuMicros: number;
  };
  /** For each tenant with a finished job: mean of time holding resources over JCT, 0..1; in order of tenant. */
  serviceByTenant: number[];
  /** Absent without a trace. Themis' rho: JCT over what a job would take on a share of the GPUs of its own. */
  fairness?: { rhoWorst: number | undefined; unfairShare: number };
  /** Absent where no job has a deadline. */
  deadlineMissShare?: number;
}

export interface Truth {
  runMicros: Float64Array;
  deadlineMicros: Float64Array;
}

/** More jobs than this are sorted on disk for their percentiles; fewer are quicker to select from in memory. */
export const SELECTED_JOBS_MAX = 1_000_000;

const COUNTS_AND_MEANS = [
  "count(*) AS jobs",
  "sum(restarts)::DOUBLE AS restarts",
  ...DISTRIBUTIONS.flatMap((name) => [`count(${name}) AS ${name}Count`, `favg(${name}) AS ${name}Mean`]),
].join(", ");

/** Jobs of the trace from `cutJobs` on. */
function countedFrom(cutJobs: number): string {
  return `(SELECT * FROM jobs WHERE job >= ${cutJobs})`;
}

/**
 * Summaries of parts of the jobs that count.
 * @param group SQL over `jobs`: number of the part a job belongs to, null for none.
 * @returns by number of the part, ascending; parts without a job are left out.
 */
export async function summariseGroups(
  table: RunTable,
  cutJobs: number,
  group: string,
  selectedJobsMax = SELECTED_JOBS_MAX,
): Promise<{ group: number; summary: JobSummary }[]> {
  const from = `(SELECT *, (${group})::INTEGER AS part FROM ${countedFrom(cutJobs)} WHERE part IS NOT NULL)`;
  const rows = await table.query(`SELECT part, ${COUNTS_AND_MEANS} FROM ${from} GROUP BY part ORDER BY part`);
  const percentiles =
    table.count > selectedJobsMax ? await bySorting(table, from, rows) : await bySelecting(table, from);
  return rows.map((row, i) => ({ group: number(row.part), summary: jobSummary(row, percentiles[i]!) }));
}

/** Percentiles of one part: values at PERCENTILE_SHARES by distribution. */
type Percentiles = Record<DistributionName, number[]>;

/** Holds the values of a part in memory, 16 bytes a job and distribution at most. */
async function bySelecting(table: RunTable, from: string): Promise<Percentiles[]> {
  const shares = `[${PERCENTILE_SHARES.join(", ")}]`;
  const wanted = DISTRIBUTIONS.map((name) => `quantile_cont(${name}, ${shares}) AS ${name}`);
  const rows = await table.query(`SELECT ${wanted.join(", ")} FROM ${from} GROUP BY part ORDER BY part`);
  return rows.map(
    (row) => Object.fromEntries(DISTRIBUTIONS.map((name) => [name, (row[name] ?? []) as number[]])) as Percentiles,
  );
}

/** The same in memory that does not grow: sorted by part and value, on disk if need be, and read at the ranks wanted. */
async function bySorting(
  table: RunTable,
  from: string,
  parts: readonly Record<string, Cell>[],
): Promise<Percentiles[]> {
  const found = parts.map(() => ({}) as Percentiles);
  for (const name of DISTRIBUTIONS) {
    const counts = parts.map((part) => number(part[`${name}Count`]));
    const ranks: number[] = [];
    let before = 0;
    for (const count of counts) {
      for (const share of count > 0 ? PERCENTILE_SHARES : []) {
        const low = Math.floor((count - 1) * share);
        ranks.push(before + low, before + Math.min(low + 1, count - 1));
      }
      before += count;
    }
    // ranks of neighbouring shares may cross where there are few jobs
    const ascending = [...new Set(ranks)].sort((a, b) => a - b);
    const sql = `SELECT ${name} FROM ${from} WHERE ${name} IS NOT NULL ORDER BY part, ${name}`;
    const values = await table.pick(sql, ascending);
    const at = new Map(ascending.map((rank, k) => [rank, values[k]!]));
    let next = 0;
    counts.forEach((count, i) => {
      found[i]![name] = (count > 0 ? PERCENTILE_SHARES : []).map((share) => {
        const [low, high] = [at.get(ranks[next++]!)!, at.get(ranks[next++]!)!];
        const position = (count - 1) * share;
        return low + (high - low) * (position - Math.floor(position));
      });
    });
  }
  return found;
}

function jobSummary(row: Record<string, Cell>, percentiles: Percentiles): JobSummary {
  const times = DISTRIBUTIONS.map((name) => {
    const values = PERCENTILE_SHARES.map((share, i) => [share, number(percentiles[name][i])]);
    return [name, { mean: number(row[`${name}Mean`]), percentiles: Object.fromEntries(values) }];
  });
  return {
    jobs: number(row.jobs),
    startedCount: number(row.waitCount),
    restarts: number(row.restarts ?? 0),
    times: Object.fromEntries(times),
  };
}

const NO_JOBS: JobSummary = jobSummary(
  { jobs: 0, waitCount: 0 },
  Object.fromEntries(DISTRIBUTIONS.map((name) => [name, []])) as unknown as Percentiles,
);

/** @param truth of the trace; absent for a stream. */
export async function summariseRun(
  table: RunTable,
  cutJobs: number,
  gpusTotal: number,
  truth?: Truth,
): Promise<RunSummary> {
  const counted = countedFrom(cutJobs);
  const [every] = await summariseGroups(table, cutJobs, "0");
  const [whole] = await table.query(
    `SELECT count(*) AS count, count(finish) AS finished, max(finish) - min(submitMicros) AS makespan,
       count(*) FILTER (finish IS NOT NULL AND endStatus = ${END_STATUS.failed}) AS failed,
       count(*) FILTER (finish IS NOT NULL AND endStatus = ${END_STATUS.killed}) AS killed,
       fsum(heldMicros * gpus) AS held, fsum(lostGpuMicros) AS lost, fsum(jct) AS jct FROM jobs`,
  );
  const tenants = await table.query(
    `SELECT favg(heldMicros / jctMicros) AS service FROM ${counted} WHERE finish IS NOT NULL GROUP BY tenant ORDER BY tenant`,
  );
  const makespanMicros = number(whole!.makespan);
  const summary: RunSummary = {
    counted: every?.summary ?? NO_JOBS,
    all: {
      count: number(whole!.count),
      finishedCount: number(whole!.finished),
      failedCount: number(whole!.failed),
      killedCount: number(whole!.killed),
      makespanMicros,
      heldGpuMicros: number(whole!.held ?? 0),
      lostGpuMicros: number(whole!.lost ?? 0),
    },
    serviceByTenant: tenants.map(({ service }) => number(service)),
  };
  if (!truth) return summary;
  const dated = !truth.deadlineMicros.every(Number.isNaN);
  await table.addTruth({ runMicros: truth.runMicros, ...(dated ? { deadlineMicros: truth.deadlineMicros } : {}) });
  // Little's law: the mean number of jobs in the system is the sum of their times in it over the time of the run
  const jobsAtOnce = number(whole!.jct ?? 0) / (makespanMicros / MICROS_PER_SECOND);
  const fairness = await fairnessOf(table, counted, jobsAtOnce / gpusTotal);
  const missed = dated ? await deadlineMisses(table, counted) : undefined;
  return { ...summary, fairness, ...(missed === undefined ? {} : { deadlineMissShare: missed }) };
}

/**
 * Finish-time fairness of the jobs that count: JCT over what the job would take on a share of the GPUs of its own, one in
 * the number of jobs at once. A gang larger than that share runs slower there in proportion.
 * @param jobsPerGpu jobs at once, a GPU.
 */
async function fairnessOf(
  table: RunTable,
  counted: string,
  jobsPerGpu: number,
): Promise<Required<RunSummary>["fairness"]> {
  if (Number.isNaN(jobsPerGpu)) return { rhoWorst: undefined, unfairShare: Number.NaN };
  const [row] = await table.query(
    `SELECT max(rho) AS worst, favg((rho > 1)::DOUBLE) AS unfair FROM (
       SELECT jctMicros / (runMicros * greatest(1, gpus * ${jobsPerGpu}::DOUBLE)) AS rho
       FROM ${counted} JOIN truth USING (job) WHERE finish IS NOT NULL)`,
  );
  return { rhoWorst: row!.worst === null ? undefined : number(row!.worst), unfairShare: number(row!.unfair) };
}

/** Share of jobs with a deadline that had not finished by then; undefined where no job that counts has one. */
async function deadlineMisses(table: RunTable, counted: string): Promise<number | undefined> {
  const [row] = await table.query(
    `SELECT favg((finish IS NULL OR finish > deadlineMicros)::DOUBLE) AS missed
     FROM ${counted} JOIN truth USING (job) WHERE NOT isnan(deadlineMicros)`,
  );
  return row!.missed === null ? undefined : number(row!.missed);
}

/** Values of a column at evenly spread ranks from least to greatest, first and last included; all where there are fewer. */
export async function evenQuantiles(table: RunTable, cutJobs: number, column: DistributionName, points: number) {
  const [counted] = await table.query(`SELECT count(${column}) AS jobs FROM ${countedFrom(cutJobs)}`);
  const count = Math.min(points, number(counted!.jobs));
  if (count === 0) return new Float64Array(0);
  const last = number(counted!.jobs) - 1;
  const ranks = Array.from({ length: count }, (_, k) => (count === 1 ? 0 : Math.round((k * last) / (count - 1))));
  // one sort: a list of so many quantile_cont takes many times as long
  const sql = `SELECT ${column} FROM ${countedFrom(cutJobs)} WHERE ${column} IS NOT NULL ORDER BY ${column}`;
  return table.pick(sql, ranks);
}

/** Counts come as big integers, and nothing as null. */
function number(cell: unknown): number {
  return cell === null || cell === undefined ? Number.NaN : Number(cell);
}

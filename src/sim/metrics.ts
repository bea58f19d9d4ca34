// The one table of metrics of a run: what is computed, printed and documented comes from here and nowhere else.
// Definitions follow Batsim (turnaround), Feitelson (bounded slowdown), FGD (allocation rate) and Jain et al. 1984.
//
// In JobRows a job's gpuMilli is that of its whole gang. A job is finished when the simulation ended it; that its record
// says `failed` or `killed` does not matter, since it held its GPUs just as long: such jobs count in every time.

import type { Metrics, Series } from "../model/results.js";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "../model/units.js";
import { sum } from "./statistics.js";
import type { DistributionName, JobSummary, PercentileShare, RunSummary } from "./summarise.js";

export interface Metric {
  name: string;
  title: string;
  /** "s", "h", "GPU h", "jobs", "USD", "1/h", "1" (a plain number) or "share" (0..1). */
  unit: string;
  formula: string;
  /** Which jobs count. */
  counted: string;
  better: "lower" | "higher" | "neither";
  /** Of jobs alone, so that it can be taken of a part of them too. Absent: it is of the run as a whole. */
  ofJobs?(jobs: JobSummary): number;
  /** Undefined: does not apply to this run, and is left out. NaN: applies, but there is nothing to average. */
  value(run: MeasuredRun): number | undefined;
}

/** What a metric is computed from. */
export interface MeasuredRun extends RunSummary {
  series: Series;
  /** GPUs of all pools together, > 0. */
  gpusTotal: number;
  /** What the run's capacity cost, USD; absent where the scenario has no prices. */
  costUsd?: number;
  /** Moves of running jobs; absent where the placement moves nobody. */
  jobsMoved?: number;
}

const FINISHED = "Every job that finished, those recorded as failed or killed included; unfinished ones not.";
const STARTED = "Every job that started, unfinished ones included.";
const ALL = "Every job of the run.";
const WHOLE = "The whole run, its warm-up too.";

/** A metric of jobs: of those that count in a run, or of any part of them. */
function ofJobs(value: (jobs: JobSummary) => number): Pick<Metric, "ofJobs" | "value"> {
  return { ofJobs: value, value: ({ counted }) => value(counted) };
}

/** A mean and percentiles of one column of derived times, best when small. */
function distribution(
  base: string,
  title: string,
  formula: string,
  counted: string,
  column: DistributionName,
  parts: { mean?: true; shares: [suffix: string, label: string, share: PercentileShare][] },
  unit = "s",
): Metric[] {
  const common = { unit, counted, better: "lower" } as const;
  const metrics: Metric[] = [];
  if (parts.mean) {
    const name = `${base}Mean`;
    metrics.push({
      ...common,
      name,
      title: `Mean ${title}`,
      formula: `mean of ${formula}`,
      ...ofJobs((jobs) => jobs.times[column].mean),
    });
  }
  for (const [suffix, label, share] of parts.shares) {
    const name = `${base}${suffix}`;
    const value = ofJobs((jobs) => jobs.times[column].percentiles[share]);
    metrics.push({ ...common, name, title: `${label} ${title}`, formula: `${label} of ${formula}`, ...value });
  }
  return metrics;
}

const P99: [string, string, PercentileShare] = ["P99", "P99", 0.99];
const P90: [string, string, PercentileShare] = ["P90", "P90", 0.9];

const RHO =
  "rho = (finish - submission) / time on a share of its own, one in N of the GPUs, N = mean number of jobs in the system (Themis, NSDI 2020; Sia, SOSP 2023, eq. 3)";

/** A mean a bin, times how long the bin lasted. */
function overTime({ binMicros, endMicros }: Series, means: Float64Array): number {
  return sum(means.map((mean, i) => mean * (Math.min(endMicros, (i + 1) * binMicros) - i * binMicros)));
}

export const METRICS: readonly Metric[] = [
  ...distribution("jctSeconds", "job completion time", "finish - submission", FINISHED, "jct", {
    mean: true,
    shares: [["Median", "median", 0.5], P90, P99],
  }),
  ...distribution("waitSeconds", "wait", "first start - submission", STARTED, "wait", {
    mean: true,
    shares: [["P50", "P50", 0.5], P90, P99],
  }),
  ...distribution(
    "totalWaitSeconds",
    "total wait",
    "finish - submission - time holding resources",
    FINISHED,
    "totalWait",
    { mean: true, shares: [] },
  ),
  ...distribution(
    "boundedSlowdown",
    "bounded slowdown",
    "max(1, (finish - submission) / max(time holding resources, 10 s))",
    FINISHED,
    "slowdown",
    { mean: true, shares: [P99] },
    "1",
  ),
  {
    name: "makespanSeconds",
    title: "Makespan",
    unit: "s",
    formula: "last finish - first submission",
    counted: FINISHED,
    better: "lower",
    value: ({ all }) => all.makespanMicros / MICROS_PER_SECOND,
  },
  {
    name: "gpuAllocationRate",
    title: "GPU allocation rate",
    unit: "share",
    formula: "sum of GPUs x time held, over GPUs there x (last finish - first submission)",
    counted: `${STARTED} Allocated, not busy: what a job does with its GPUs is not in the record.`,
    better: "higher",
    value: ({ all, gpusTotal }) => all.heldGpuMicros / (gpusTotal * all.makespanMicros),
  },
  {
    name: "gpuFragmentation",
    title: "GPU fragmentation",
    unit: "share",
    formula: "GPUs free on nodes that are partly in use, over all free GPUs; both summed over time",
    counted: `${WHOLE} Counted pools have no nodes and no fragmentation.`,
    better: "lower",
    value: ({ series, gpusTotal }) => {
      const free = series.gpusAllocated.map((used) => gpusTotal - used);
      return overTime(series, series.gpusStranded) / overTime(series, free);
    },
  },
  {
    name: "gpuHoursUseful",
    title: "Useful GPU-hours",
    unit: "GPU h",
    formula: "sum of GPUs x time held - work lost to stops",
    counted: `${STARTED} The warm-up too.`,
    better: "neither",
    value: ({ all }) => (all.heldGpuMicros - all.lostGpuMicros) / MICROS_PER_HOUR,
  },
  {
    name: "restartLossGpuHours",
    title: "GPU-hours lost to stops",
    unit: "GPU h",
    formula: "sum of GPUs x work done and lost when a job was stopped",
    counted: STARTED,
    better: "lower",
    value: ({ all }) => all.lostGpuMicros / MICROS_PER_HOUR,
  },
  {
    name: "restartsPerJob",
    title: "Restarts per job",
    unit: "1",
    formula: "starts after the first, divided by jobs that started",
    counted: STARTED,
    better: "lower",
    ...ofJobs((jobs) => jobs.restarts / jobs.startedCount),
  },
  {
    name: "jobsWaitingMax",
    title: "Longest queue",
    unit: "jobs",
    formula: "largest mean number of waiting jobs over the bins of the time series",
    counted: ALL,
    better: "lower",
    value: ({ series }) => series.jobsWaiting.reduce((most, jobs) => Math.max(most, jobs), 0),
  },
  {
    name: "jobsFinished",
    title: "Jobs finished",
    unit: "jobs",
    formula: "count of jobs with a finish",
    counted: ALL,
    better: "higher",
    value: ({ all }) => all.finishedCount,
  },
  {
    name: "jobsUnfinished",
    title: "Jobs unfinished",
    unit: "jobs",
    formula: "count of jobs without a finish when the run ended; where not 0, times leave out the worst jobs",
    counted: ALL,
    better: "lower",
    value: ({ all }) => all.count - all.finishedCount,
  },
  {
    name: "jobsFailed",
    title: "Jobs recorded as failed",
    unit: "jobs",
    formula: "count of finished jobs that the record says failed",
    counted: "Finished jobs.",
    better: "neither",
    value: ({ all }) => all.failedCount,
  },
  {
    name: "jobsKilled",
    title: "Jobs recorded as killed",
    unit: "jobs",
    formula: "count of finished jobs that the record says were killed",
    counted: "Finished jobs.",
    better: "neither",
    value: ({ all }) => all.killedCount,
  },
  {
    name: "jobsMoved",
    title: "Moves of running jobs",
    unit: "jobs",
    formula: "count of moves that made room for a waiting job; absent where the placement moves nobody",
    counted: "A job counts as often as it was moved.",
    better: "lower",
    value: ({ jobsMoved }) => jobsMoved,
  },
  {
    name: "jainIndexTenants",
    title: "Jain index over tenants",
    unit: "1",
    formula:
      "(sum x)^2 / (n x sum x^2) over n tenants, x = mean of time holding resources / (finish - submission); 1 = equal",
    counted: FINISHED,
    better: "higher",
    value: ({ serviceByTenant }) => jainIndex(serviceByTenant),
  },
  {
    name: "finishTimeFairnessWorst",
    title: "Worst finish-time fairness",
    unit: "1",
    formula: `largest rho of a job; ${RHO}`,
    counted: FINISHED,
    better: "lower",
    value: ({ fairness }) => fairness?.rhoWorst,
  },
  {
    name: "unfairJobShare",
    title: "Jobs treated unfairly",
    unit: "share",
    formula: `share of jobs with rho > 1; ${RHO}`,
    counted: FINISHED,
    better: "lower",
    value: ({ fairness }) => fairness?.unfairShare,
  },
  {
    name: "deadlineMissShare",
    title: "Deadlines missed",
    unit: "share",
    formula: "jobs that had not finished by their deadline, over jobs with a deadline; absent where no job has one",
    counted: "Every job with a deadline, unfinished ones included (as missed).",
    better: "lower",
    value: ({ deadlineMissShare }) => deadlineMissShare,
  },
  {
    name: "costUsd",
    title: "Cost",
    unit: "USD",
    formula: "sum of capacity x time x price, from the scenario's price table; absent without prices",
    counted: "Capacity, used or idle.",
    better: "lower",
    value: ({ costUsd }) => costUsd,
  },
];

/** (sum x)^2 / (n sum x^2): 1 when all are equal, 1 / n when one has everything (Jain, Chiu and Hawe 1984). */
export function jainIndex(shares: ArrayLike<number>): number {
  const total = sum(shares);
  const squares = sum(Array.from(shares, (x) => x * x));
  return (total * total) / (shares.length * squares);
}

/** Metrics that can be taken of a part of the jobs. */
export const GROUP_METRICS = METRICS.flatMap((metric) =>
  metric.ofJobs ? [{ name: metric.name, ofJobs: metric.ofJobs }] : [],
);

/** Every metric of the table that applies to a run, by name. */
export function metricsOf(run: MeasuredRun): Metrics {
  const metrics: Metrics = {};
  for (const metric of METRICS) {
    const value = metric.value(run);
    if (value !== undefined) metrics[metric.name] = value;
  }
  return metrics;
}

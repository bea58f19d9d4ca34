// The one table of metrics of a run: what is computed, printed and documented comes from here and nowhere else.
// Definitions follow Batsim (turnaround), Feitelson (bounded slowdown), FGD (allocation rate) and Jain et al. 1984.
//
// In JobRows a job's gpuMilli is that of its whole gang. A job is finished when the simulation ended it; that its record
// says `failed` or `killed` does not matter, since it held its GPUs just as long: such jobs count in every time.

import { END_STATUS } from "../model/jobs.js";
import type { JobRows, Metrics, Series } from "../model/results.js";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "../model/units.js";
import { JobColumns } from "./job-columns.js";
import { mean, percentile, sum } from "./statistics.js";

/** What a run knows beside its rows. */
export interface MetricContext {
  /** GPUs of all pools together, > 0. */
  gpusTotal: number;
  /** What the run's capacity cost, USD; absent where the scenario has no prices. */
  costUsd?: number;
}

export interface Metric {
  name: string;
  title: string;
  /** "s", "h", "GPU h", "jobs", "USD", "1/h", "1" (a plain number) or "share" (0..1). */
  unit: string;
  formula: string;
  /** Which jobs count. */
  counted: string;
  better: "lower" | "higher" | "neither";
  /** Undefined: does not apply to this run, and is left out. NaN: applies, but there is nothing to average. */
  value(columns: JobColumns, series: Series, context: MetricContext): number | undefined;
}

const FINISHED = "Every job that finished, those recorded as failed or killed included; unfinished ones not.";
const STARTED = "Every job that started, unfinished ones included.";
const ALL = "Every job of the run.";

/** A mean and percentiles of one column of seconds, best when small. */
function distribution(
  base: string,
  title: string,
  formula: string,
  counted: string,
  column: (columns: JobColumns) => Float64Array,
  parts: { mean?: true; shares: [suffix: string, label: string, share: number][] },
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
      value: (c) => mean(column(c)),
    });
  }
  for (const [suffix, label, share] of parts.shares) {
    const name = `${base}${suffix}`;
    const value = (c: JobColumns) => percentile(column(c), share);
    metrics.push({ ...common, name, title: `${label} ${title}`, formula: `${label} of ${formula}`, value });
  }
  return metrics;
}

const P99: [string, string, number] = ["P99", "P99", 0.99];
const P90: [string, string, number] = ["P90", "P90", 0.9];

export const METRICS: readonly Metric[] = [
  ...distribution("jctSeconds", "job completion time", "finish - submission", FINISHED, (c) => c.jctSeconds, {
    mean: true,
    shares: [["Median", "median", 0.5], P90, P99],
  }),
  ...distribution("waitSeconds", "wait", "first start - submission", STARTED, (c) => c.waitSeconds, {
    mean: true,
    shares: [["P50", "P50", 0.5], P90, P99],
  }),
  ...distribution(
    "totalWaitSeconds",
    "total wait",
    "finish - submission - time holding resources",
    FINISHED,
    (c) => c.totalWaitSeconds,
    { mean: true, shares: [] },
  ),
  ...distribution(
    "boundedSlowdown",
    "bounded slowdown",
    "max(1, (finish - submission) / max(time holding resources, 10 s))",
    FINISHED,
    (c) => c.boundedSlowdown,
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
    value: (c) => c.makespanMicros / MICROS_PER_SECOND,
  },
  {
    name: "gpuAllocationRate",
    title: "GPU allocation rate",
    unit: "share",
    formula: "sum of GPUs x time held, over GPUs there x (last finish - first submission)",
    counted: `${STARTED} Allocated, not busy: what a job does with its GPUs is not in the record.`,
    better: "higher",
    value: (c, _series, { gpusTotal }) => c.heldGpuMicros / (gpusTotal * c.makespanMicros),
  },
  {
    name: "gpuHoursUseful",
    title: "Useful GPU-hours",
    unit: "GPU h",
    formula: "sum of GPUs x time held - work lost to stops",
    counted: STARTED,
    better: "neither",
    value: (c) => (c.heldGpuMicros - c.lostGpuMicros) / MICROS_PER_HOUR,
  },
  {
    name: "restartLossGpuHours",
    title: "GPU-hours lost to stops",
    unit: "GPU h",
    formula: "sum of GPUs x work done and lost when a job was stopped",
    counted: STARTED,
    better: "lower",
    value: (c) => c.lostGpuMicros / MICROS_PER_HOUR,
  },
  {
    name: "restartsPerJob",
    title: "Restarts per job",
    unit: "1",
    formula: "starts after the first, divided by jobs that started",
    counted: STARTED,
    better: "lower",
    value: (c) => c.restarts / c.startedCount,
  },
  {
    name: "jobsWaitingMax",
    title: "Longest queue",
    unit: "jobs",
    formula: "largest mean number of waiting jobs over the bins of the time series",
    counted: ALL,
    better: "lower",
    value: (_c, series) => series.jobsWaiting.reduce((most, jobs) => Math.max(most, jobs), 0),
  },
  {
    name: "jobsFinished",
    title: "Jobs finished",
    unit: "jobs",
    formula: "count of jobs with a finish",
    counted: ALL,
    better: "higher",
    value: (c) => c.finishedCount,
  },
  {
    name: "jobsUnfinished",
    title: "Jobs unfinished",
    unit: "jobs",
    formula: "count of jobs without a finish when the run ended; where not 0, times leave out the worst jobs",
    counted: ALL,
    better: "lower",
    value: (c) => c.count - c.finishedCount,
  },
  {
    name: "jobsFailed",
    title: "Jobs recorded as failed",
    unit: "jobs",
    formula: "count of finished jobs that the record says failed",
    counted: "Finished jobs.",
    better: "neither",
    value: (c) => c.countFinished(END_STATUS.failed),
  },
  {
    name: "jobsKilled",
    title: "Jobs recorded as killed",
    unit: "jobs",
    formula: "count of finished jobs that the record says were killed",
    counted: "Finished jobs.",
    better: "neither",
    value: (c) => c.countFinished(END_STATUS.killed),
  },
  {
    name: "jainIndexTenants",
    title: "Jain index over tenants",
    unit: "1",
    formula:
      "(sum x)^2 / (n x sum x^2) over n tenants, x = mean of time holding resources / (finish - submission); 1 = equal",
    counted: FINISHED,
    better: "higher",
    value: (c) => jainIndex(c.serviceByTenant()),
  },
  {
    name: "costUsd",
    title: "Cost",
    unit: "USD",
    formula: "sum of capacity x time x price, from the scenario's price table; absent without prices",
    counted: "Capacity, used or idle.",
    better: "lower",
    value: (_c, _series, context) => context.costUsd,
  },
];

/** (sum x)^2 / (n sum x^2): 1 when all are equal, 1 / n when one has everything (Jain, Chiu and Hawe 1984). */
export function jainIndex(shares: ArrayLike<number>): number {
  const total = sum(shares);
  const squares = sum(Array.from(shares, (x) => x * x));
  return (total * total) / (shares.length * squares);
}

/** Every metric of the table that applies to a run, by name. */
export function computeMetrics(rows: JobRows, series: Series, context: MetricContext): Metrics {
  const columns = new JobColumns(rows);
  const metrics: Metrics = {};
  for (const metric of METRICS) {
    const value = metric.value(columns, series, context);
    if (value !== undefined) metrics[metric.name] = value;
  }
  return metrics;
}

// Metrics of a run's jobs once more, from arrays, sorted and added up in plain sight: what the queries of
// src/sim/summarise.ts must agree with.

import { END_STATUS } from "../../src/model/jobs.js";
import type { JobRows, Metrics, Series } from "../../src/model/results.js";

interface Context {
  gpusTotal: number;
  /** Jobs below this number do not count in metrics of jobs. */
  cutJobs?: number;
  jobs?: { runMicros: Float64Array; deadlineMicros: Float64Array };
  costUsd?: number;
}

const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const total = (values: number[]) => values.reduce((sum, v) => sum + v, 0);

function percentile(values: number[], share: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  const at = (ascending.length - 1) * share;
  const [low, high] = [ascending[Math.floor(at)], ascending[Math.ceil(at)]];
  return low === undefined ? Number.NaN : low + (high! - low) * (at - Math.floor(at));
}

interface Job {
  job: number;
  jct: number;
  wait: number;
  held: number;
  gpus: number;
  lost: number;
  restarts: number;
  endStatus: number;
  tenant: number;
  submit: number;
  finish: number;
}

function jobsOf(rows: JobRows): Job[] {
  return Array.from({ length: rows.count }, (_, i) => ({
    job: rows.job[i]!,
    jct: (rows.finishMicros[i]! - rows.submitMicros[i]!) / 1e6,
    wait: (rows.firstStartMicros[i]! - rows.submitMicros[i]!) / 1e6,
    held: rows.heldMicros[i]! / 1e6,
    gpus: rows.gpuMilli[i]! / 1000,
    lost: rows.lostGpuMicros[i]! / 1e6,
    restarts: rows.restarts[i]!,
    endStatus: rows.endStatus[i]!,
    tenant: rows.tenant[i]!,
    submit: rows.submitMicros[i]! / 1e6,
    finish: rows.finishMicros[i]! / 1e6,
  }));
}

/** Metrics of these jobs alone. */
function ofJobs(jobs: Job[]): Metrics {
  const finished = jobs.filter((j) => !Number.isNaN(j.finish));
  const jct = finished.map((j) => j.jct);
  const wait = jobs.flatMap((j) => (Number.isNaN(j.wait) ? [] : [j.wait]));
  const slowdown = finished.map((j) => Math.max(1, j.jct / Math.max(j.held, 10)));
  return {
    jctSecondsMean: mean(jct),
    jctSecondsMedian: percentile(jct, 0.5),
    jctSecondsP90: percentile(jct, 0.9),
    jctSecondsP99: percentile(jct, 0.99),
    waitSecondsMean: mean(wait),
    waitSecondsP50: percentile(wait, 0.5),
    waitSecondsP90: percentile(wait, 0.9),
    waitSecondsP99: percentile(wait, 0.99),
    totalWaitSecondsMean: mean(finished.map((j) => j.jct - j.held)),
    boundedSlowdownMean: mean(slowdown),
    boundedSlowdownP99: percentile(slowdown, 0.99),
    restartsPerJob: total(jobs.map((j) => j.restarts)) / wait.length,
  };
}

export function plainMetrics(rows: JobRows, series: Series, context: Context): Metrics {
  const all = jobsOf(rows);
  const counted = all.filter((j) => j.job >= (context.cutJobs ?? 0));
  const done = all.filter((j) => !Number.isNaN(j.finish));
  const makespan =
    done.length === 0 ? Number.NaN : Math.max(...done.map((j) => j.finish)) - Math.min(...all.map((j) => j.submit));
  const held = total(all.map((j) => j.held * j.gpus));
  const lost = total(all.map((j) => j.lost));
  const { gpusTotal, costUsd } = context;
  const span = (i: number) => Math.min(series.endMicros, (i + 1) * series.binMicros) - i * series.binMicros;
  const free = total(Array.from(series.gpusAllocated, (used, i) => (gpusTotal - used) * span(i)));
  return {
    ...ofJobs(counted),
    makespanSeconds: makespan,
    gpuAllocationRate: held / (gpusTotal * makespan),
    gpuFragmentation: total(Array.from(series.gpusStranded, (gpus, i) => gpus * span(i))) / free,
    gpuHoursUseful: (held - lost) / 3600,
    restartLossGpuHours: lost / 3600,
    jobsWaitingMax: Math.max(0, ...series.jobsWaiting),
    jobsFinished: done.length,
    jobsUnfinished: all.length - done.length,
    jobsFailed: done.filter((j) => j.endStatus === END_STATUS.failed).length,
    jobsKilled: done.filter((j) => j.endStatus === END_STATUS.killed).length,
    jainIndexTenants: jain(counted),
    ...(context.jobs ? byTruth(all, counted, makespan, { ...context, jobs: context.jobs }) : {}),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

function jain(jobs: Job[]): number {
  const finished = jobs.filter((j) => !Number.isNaN(j.finish));
  const tenants = [...new Set(finished.map((j) => j.tenant))];
  const service = tenants.map((t) => mean(finished.filter((j) => j.tenant === t).map((j) => j.held / j.jct)));
  return total(service) ** 2 / (service.length * total(service.map((x) => x * x)));
}

/** Fairness and deadlines: what only the trace knows. */
function byTruth(all: Job[], counted: Job[], makespan: number, context: Required<Pick<Context, "jobs">> & Context) {
  const { runMicros, deadlineMicros } = context.jobs;
  const done = (jobs: Job[]) => jobs.filter((j) => !Number.isNaN(j.finish));
  const atOnce = total(done(all).map((j) => j.jct)) / makespan;
  const rho = done(counted).map((j) => {
    return j.jct / ((runMicros[j.job]! / 1e6) * Math.max(1, (j.gpus * atOnce) / context.gpusTotal));
  });
  const due = counted.filter((j) => !Number.isNaN(deadlineMicros[j.job]!));
  const missed = due.filter((j) => !(j.finish * 1e6 <= deadlineMicros[j.job]!));
  return {
    ...(rho.length > 0 ? { finishTimeFairnessWorst: Math.max(...rho) } : {}),
    unfairJobShare: mean(rho.map((value) => (value > 1 ? 1 : 0))),
    ...(due.length > 0 ? { deadlineMissShare: missed.length / due.length } : {}),
  };
}

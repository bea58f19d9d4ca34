// Everything that is computed from the rows of one run, in one place: a run is measured when it ends, and once more if
// the warm-up of its replication is only known when all its runs are done.

import { createDraws } from "../engine/draws.js";
import { BATCHES, type JobRows, type RunResult, type Series, type Within } from "../model/results.js";
import { ARRAY_JOBS_MAX, ArrayJobs } from "./array-jobs.js";
import { batchMeans, lagOneCorrelation } from "./batches.js";
import { blockBootstrap } from "./bootstrap.js";
import { groupJobs } from "./groups.js";
import { metricsOf } from "./metrics.js";
import { RunTable } from "./run-table.js";
import { interval, mean } from "./statistics.js";
import { type RunJobs, summariseRun, type Truth } from "./summarise.js";
import { TableJobs } from "./table-jobs.js";
import { Fives, mser5OfMeans } from "./warmup.js";

export interface MeasureSetup {
  gpusTotal: number;
  costUsd?: number;
  jobsMoved?: number;
  /** By row of the trace; absent for a stream. */
  jobs?: Truth;
  tenants: readonly string[];
  /** GPU model of each pool. */
  poolModels: readonly string[];
  /** Jobs at the start of the trace that do not count. */
  cutJobs: number;
  /** Also say how sure this one run is: where there are no replications. */
  within: boolean;
}

export type Measures = Pick<RunResult, "metrics" | "warmupJobs" | "cutJobs" | "within" | "groups" | "curves">;

/** @param rows every job of the run. */
export async function measureRun(rows: JobRows, series: Series, setup: MeasureSetup): Promise<Measures> {
  if (rows.count <= ARRAY_JOBS_MAX) return measureJobs(new ArrayJobs(rows), series, setup);
  const table = await RunTable.create();
  try {
    table.add(rows);
    return await measureJobs(new TableJobs(table), series, setup);
  } finally {
    await table.close();
  }
}

/** @param runJobs every job of the run. */
export async function measureJobs(runJobs: RunJobs, series: Series, setup: MeasureSetup): Promise<Measures> {
  const { cutJobs, gpusTotal, jobs, costUsd, jobsMoved } = setup;
  const summary = await summariseRun(runJobs, cutJobs, gpusTotal, jobs);
  const { fives, stretches, jct, wait } = await scanBySubmission(runJobs, cutJobs, setup.within);
  const { cut, settled } = mser5OfMeans(fives.means);
  return {
    metrics: metricsOf({
      ...summary,
      series,
      gpusTotal,
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(jobsMoved === undefined ? {} : { jobsMoved }),
    }),
    warmupJobs: settled ? cut : null,
    cutJobs,
    within: setup.within ? withinRun(jct, wait) : null,
    groups: await groupJobs(runJobs, cutJobs, setup.poolModels, setup.tenants),
    curves: {
      jctSecondsQuantiles: await runJobs.evenQuantiles(cutJobs, "jct", CURVE_POINTS),
      jctSecondsByStretch: Float64Array.from(stretches),
      jobs: runJobs.count,
    },
  };
}

const CURVE_POINTS = 201;
const STRETCHES = 60;

/**
 * Passes over all jobs in order of submission and keeps what is less than they are; the times themselves, of jobs that count, only if `keep`.
 */
async function scanBySubmission(jobs: RunJobs, cutJobs: number, keep: boolean) {
  const fives = new Fives();
  const stretches: number[] = [];
  const jct: number[] = [];
  const wait: number[] = [];
  const size = jobs.count / STRETCHES;
  const stretch: number[] = [];
  let passed = 0;
  await jobs.bySubmission(keep, (jctSeconds, job, waitSeconds) => {
    fives.add(jctSeconds);
    passed++;
    if (!Number.isNaN(jctSeconds)) stretch.push(jctSeconds);
    if (size >= 2 && passed >= Math.floor((stretches.length + 1) * size)) {
      stretches.push(mean(stretch));
      stretch.length = 0;
    }
    if (keep && job >= cutJobs) {
      jct.push(jctSeconds);
      wait.push(waitSeconds);
    }
  });
  return { fives, stretches, jct, wait };
}

const PERCENTILES: [suffix: string, share: number][] = [
  ["Median", 0.5],
  ["P50", 0.5],
  ["P90", 0.9],
  ["P99", 0.99],
];

/** Seed of the block bootstrap: a constant, so that the same rows always give the same interval. */
const SEED = 1;

/** @param jct, wait seconds of each job that counts, in order of submission; NaN where it did not happen. */
function withinRun(jct: readonly number[], wait: readonly number[]): Within {
  const jctSecondsBatches = batchMeans(jct);
  const bands: Within["bands"] = {};
  for (const [base, values] of [
    ["jctSeconds", jct],
    ["waitSeconds", wait],
  ] as const) {
    const { low, high } = interval(batchMeans(values));
    bands[`${base}Mean`] = { low, high };
    const draws = createDraws(SEED, `sim/blocks/${base}`);
    const found = blockBootstrap(
      values,
      BATCHES,
      PERCENTILES.map(([, share]) => share),
      draws.uniform,
    );
    PERCENTILES.forEach(([suffix], i) => {
      bands[`${base}${suffix}`] = found[i]!;
    });
  }
  return { jctSecondsBatches, bands, lagOne: lagOneCorrelation(jctSecondsBatches) };
}

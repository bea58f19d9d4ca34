// Everything that is computed from the rows of one run, in one place: a run is measured when it ends, and once more if
// the warm-up of its replication is only known when all its runs are done.

import { createDraws } from "../engine/draws.js";
import type { JobTable } from "../model/jobs.js";
import { BATCHES, type JobRows, type RunResult, type Series, type Within } from "../model/results.js";
import { batchMeans, lagOneCorrelation } from "./batches.js";
import { blockBootstrap } from "./bootstrap.js";
import { groupJobs } from "./groups.js";
import { JobColumns, rowsFrom } from "./job-columns.js";
import { metricsOf } from "./metrics.js";
import { interval, mean } from "./statistics.js";
import { mser5 } from "./warmup.js";

export interface MeasureSetup {
  gpusTotal: number;
  costUsd?: number;
  jobs: Pick<JobTable, "deadlineMicros" | "runMicros">;
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
export function measureRun(rows: JobRows, series: Series, setup: MeasureSetup): Measures {
  const { cutJobs, gpusTotal, jobs, costUsd } = setup;
  const countedRows = rowsFrom(rows, cutJobs);
  const all = new JobColumns(rows);
  const counted = countedRows === rows ? all : new JobColumns(countedRows);
  const bySubmission = all.jctBySubmission();
  const { cut, settled } = mser5(bySubmission);
  const context = { gpusTotal, jobs, ...(costUsd === undefined ? {} : { costUsd }) };
  return {
    metrics: metricsOf({ counted, all, series, context }),
    warmupJobs: settled ? cut : null,
    cutJobs,
    within: setup.within ? withinRun(counted) : null,
    groups: groupJobs(countedRows, setup.poolModels, setup.tenants),
    curves: {
      jctSecondsQuantiles: atEvenRanks(counted.jctSeconds),
      jctSecondsByStretch: stretchMeans(bySubmission),
      jobs: rows.count,
    },
  };
}

const CURVE_POINTS = 201;
const STRETCHES = 60;

/** First and last value included. */
function atEvenRanks(ascending: Float64Array): Float64Array {
  const count = Math.min(CURVE_POINTS, ascending.length);
  const rank = (k: number) => (count === 1 ? 0 : Math.round((k * (ascending.length - 1)) / (count - 1)));
  return Float64Array.from({ length: count }, (_, k) => ascending[rank(k)]!);
}

function stretchMeans(values: Float64Array): Float64Array {
  if (values.length < 2 * STRETCHES) return new Float64Array(0);
  const size = values.length / STRETCHES;
  return Float64Array.from({ length: STRETCHES }, (_, s) => {
    const part = values.subarray(Math.floor(s * size), Math.floor((s + 1) * size));
    return mean(part.filter((value) => !Number.isNaN(value)));
  });
}

const PERCENTILES: [suffix: string, share: number][] = [
  ["Median", 0.5],
  ["P50", 0.5],
  ["P90", 0.9],
  ["P99", 0.99],
];

/** Seed of the block bootstrap: a constant, so that the same rows always give the same interval. */
const SEED = 1;

function withinRun(columns: JobColumns): Within {
  const jct = columns.jctBySubmission();
  const wait = columns.waitBySubmission();
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

// Utilisation and queue over simulated time: what a mean hides.

import type { Experiment, RankingRow, RunResult } from "../../model/results.js";
import { MICROS_PER_HOUR } from "../../model/units.js";
import { atLoad } from "../answer.js";
import { forChart } from "../numbers.js";
import { firstRun, pairName } from "../pairs.js";
import { type Chart, FULL_WIDTH } from "./chart.js";
import { type LineAxis, type LinePoint, lineChart } from "./lines.js";

/** Points of a line; more only make noise at the width of a page. */
const POINTS = 120;
/** Longer runs read better in days. */
const DAYS_FROM_HOURS = 96;

export function allocationChart(
  experiment: Experiment,
  pairs: readonly RankingRow[],
  load: number | null,
  id: string,
): Chart | undefined {
  return overTime(
    experiment,
    pairs,
    load,
    (run) => run.series.gpusAllocated,
    (value, run) => value / run.gpusTotal,
    {
      id,
      title: `GPUs allocated over time ${atLoad(load)}`,
      caption:
        "Share of all GPUs that are held by some job, first replication. Allocated does not mean busy: what a job does with its GPUs is not in the record. Click the legend to bring out one line.",
      axis: { title: "share of GPUs allocated", scale: { domain: [0, 1] }, axis: { format: ".0%", tickCount: 5 } },
    },
  );
}

export function waitingChart(
  experiment: Experiment,
  pairs: readonly RankingRow[],
  load: number | null,
  id: string,
): Chart | undefined {
  return overTime(
    experiment,
    pairs,
    load,
    (run) => run.series.jobsWaiting,
    (value) => value,
    {
      id,
      title: `Jobs waiting over time ${atLoad(load)}`,
      caption: "Jobs submitted and not running, first replication.",
      axis: { title: "jobs waiting", scale: { zero: true }, axis: { tickCount: 5 } },
    },
  );
}

function overTime(
  experiment: Experiment,
  pairs: readonly RankingRow[],
  load: number | null,
  column: (run: RunResult) => Float64Array,
  scaled: (value: number, run: RunResult) => number,
  chart: Pick<Chart, "id" | "title" | "caption"> & { axis: LineAxis },
): Chart | undefined {
  const runs = pairs.flatMap((pair) => {
    const run = firstRun(experiment, pair, load);
    return run && column(run).length > 0 ? [{ pair, run }] : [];
  });
  if (runs.length === 0) return undefined;
  const hours = Math.max(...runs.map(({ run }) => (column(run).length * run.series.binMicros) / MICROS_PER_HOUR));
  const inDays = hours > DAYS_FROM_HOURS;
  const points: LinePoint[] = runs.flatMap(({ pair, run }) =>
    thinned(column(run)).map(({ middle, mean }) => ({
      pair: pairName(pair),
      x: forChart((middle * run.series.binMicros) / MICROS_PER_HOUR / (inDays ? 24 : 1)),
      y: forChart(scaled(mean, run)),
    })),
  );
  const x = { title: `${inDays ? "days" : "hours"} since the start of the trace`, axis: { tickCount: 8, grid: false } };
  const { axis, ...rest } = chart;
  return {
    ...rest,
    spec: {
      ...FULL_WIDTH,
      height: 240,
      ...lineChart(
        runs.map(({ pair }) => pair),
        points,
        x,
        axis,
      ),
    },
  };
}

/** Means over equal groups of bins, at most POINTS of them; `middle` is in bins. */
function thinned(bins: Float64Array): { middle: number; mean: number }[] {
  const group = Math.ceil(bins.length / POINTS);
  const out: { middle: number; mean: number }[] = [];
  for (let from = 0; from < bins.length; from += group) {
    const part = bins.subarray(from, from + group);
    out.push({ middle: from + part.length / 2, mean: part.reduce((a, b) => a + b) / part.length });
  }
  return out;
}

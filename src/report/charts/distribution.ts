// Distribution of job completion times: whether a good mean is bought with a long tail.

import type { Curves, Experiment, RankingRow } from "../../model/results.js";
import { atLoad } from "../answer.js";
import { forChart } from "../numbers.js";
import { firstRun, pairName } from "../pairs.js";
import { type Chart, FULL_WIDTH } from "./chart.js";
import { type LinePoint, lineChart } from "./lines.js";

/** A logarithmic axis has no zero. */
const LEAST_HOURS = 1 / 3600;
/** Ticks that people think in, hours and label. */
const TICKS: [hours: number, label: string][] = [
  [1 / 3600, "1 s"],
  [1 / 360, "10 s"],
  [1 / 60, "1 min"],
  [1 / 6, "10 min"],
  [1, "1 h"],
  [10, "10 h"],
  [100, "100 h"],
  [1000, "1,000 h"],
  [10000, "10,000 h"],
];
/** A lookup written out, since an axis hands its label expression only the value. */
const TICK_LABELS = `${TICKS.map(([hours, label]) => `datum.value < ${hours * 1.01} ? '${label}' : `).join("")}''`;

export function distributionChart(
  experiment: Experiment,
  pairs: readonly RankingRow[],
  load: number | null,
  id: string,
): Chart | undefined {
  const lines = pairs.flatMap((pair) => {
    const run = firstRun(experiment, pair, load);
    const points = run ? curve(run.curves) : [];
    return points.length > 0 ? [{ pair, points: points.map((point) => ({ pair: pairName(pair), ...point })) }] : [];
  });
  if (lines.length === 0) return undefined;
  const x = {
    title: "job completion time (logarithmic)",
    scale: { type: "log" },
    axis: { values: TICKS.map(([hours]) => hours), labelExpr: TICK_LABELS, labelOverlap: true, grid: true },
  };
  const y = { title: "share of jobs done within", scale: { domain: [0, 1] }, axis: { format: ".0%", tickCount: 5 } };
  return {
    id,
    title: `How long jobs take ${atLoad(load)}`,
    caption:
      "Share of finished jobs that were done within the time below, first replication. Further left and higher is better; the time at 50 % is the median.",
    spec: {
      ...FULL_WIDTH,
      height: 280,
      ...lineChart(
        lines.map(({ pair }) => pair),
        lines.flatMap(({ points }) => points),
        x,
        y,
      ),
    },
  };
}

/** The empirical distribution at the ranks that were kept. */
function curve({ jctSecondsQuantiles: seconds }: Curves): Omit<LinePoint, "pair">[] {
  const last = Math.max(1, seconds.length - 1);
  return [...seconds].map((value, k) => ({ x: forChart(Math.max(value / 3600, LEAST_HOURS)), y: forChart(k / last) }));
}

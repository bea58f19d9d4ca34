// Is the run settled? Mean completion time of jobs in order of submission: a line that still climbs has no steady state.

import type { Experiment, JobRows, RankingRow } from "../../model/results.js";
import { MICROS_PER_HOUR } from "../../model/units.js";
import { atLoad } from "../answer.js";
import { forChart, timeUnitFor } from "../numbers.js";
import { firstRun, pairName } from "../pairs.js";
import { GREY } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";
import { type LinePoint, lineChart } from "./lines.js";

const STRETCHES = 60;

export function settlingChart(
  experiment: Experiment,
  pairs: readonly RankingRow[],
  load: number | null,
  id: string,
): Chart | undefined {
  const runs = pairs.flatMap((pair) => {
    const run = firstRun(experiment, pair, load);
    return run && run.rows.count >= 2 * STRETCHES ? [{ pair, run }] : [];
  });
  if (runs.length === 0) return undefined;
  const lines = runs.map(({ pair, run }) => ({ pair, points: stretches(run.rows) }));
  const unit = timeUnitFor(lines.flatMap(({ points }) => points.map((point) => point.hours * 3600)));
  const points: LinePoint[] = lines.flatMap(({ pair, points: own }) =>
    own.map(({ job, hours }) => ({ pair: pairName(pair), x: job, y: forChart((hours * 3600) / unit.seconds) })),
  );
  const cut = Math.max(...runs.map(({ run }) => run.cutJobs));
  const chart = lineChart(
    runs.map(({ pair }) => pair),
    points,
    { title: "jobs in order of submission", axis: { tickCount: 8, grid: false } },
    { title: `mean completion time, ${unit.word}`, scale: { zero: true }, axis: { tickCount: 5 } },
  );
  const { data, params, mark, encoding } = chart;
  return {
    id,
    title: `Is the run settled ${atLoad(load)}?`,
    caption: `Mean job completion time of ${STRETCHES} equal stretches of jobs, first replication. ${cut > 0 ? `Jobs left of the dashed line (${cut}) are the warm-up that MSER-5 finds; they count in no metric of jobs.` : "All jobs count."} Where a line keeps climbing, the queue grows for as long as jobs come, and a mean says how long that was.`,
    spec: {
      ...FULL_WIDTH,
      height: 220,
      layer: [
        { data, params, mark, encoding },
        ...(cut > 0
          ? [
              {
                data: { values: [{ cut }] },
                mark: { type: "rule" as const, strokeDash: [5, 4], strokeWidth: 1.5, color: GREY },
                encoding: { x: { field: "cut", type: "quantitative" as const } },
              },
            ]
          : []),
      ],
    },
  };
}

/** Means over equal stretches of jobs by number; a job that did not finish is left out. */
function stretches(rows: JobRows): { job: number; hours: number }[] {
  const last = rows.job.reduce((most, job) => Math.max(most, job), 0) + 1;
  const sums = new Float64Array(STRETCHES);
  const counts = new Int32Array(STRETCHES);
  for (let i = 0; i < rows.count; i++) {
    const hours = (rows.finishMicros[i]! - rows.submitMicros[i]!) / MICROS_PER_HOUR;
    if (Number.isNaN(hours)) continue;
    const at = Math.floor((rows.job[i]! / last) * STRETCHES);
    sums[at]! += hours;
    counts[at]!++;
  }
  return [...sums].flatMap((sum, i) => {
    return counts[i]! > 0 ? [{ job: Math.round(((i + 0.5) * last) / STRETCHES), hours: sum / counts[i]! }] : [];
  });
}

// Is the run settled? Mean completion time of jobs in order of submission: a line that still climbs has no steady state.

import type { Experiment, RankingRow } from "../../model/results.js";
import { atLoad } from "../answer.js";
import { forChart, timeUnitFor } from "../numbers.js";
import { firstRun, pairName } from "../pairs.js";
import { GREY } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";
import { type LinePoint, lineChart } from "./lines.js";

export function settlingChart(
  experiment: Experiment,
  pairs: readonly RankingRow[],
  load: number | null,
  id: string,
): Chart | undefined {
  const runs = pairs.flatMap((pair) => {
    const run = firstRun(experiment, pair, load);
    return run && run.curves.jctSecondsByStretch.length > 0 ? [{ pair, run }] : [];
  });
  if (runs.length === 0) return undefined;
  const unit = timeUnitFor(runs.flatMap(({ run }) => [...run.curves.jctSecondsByStretch]));
  const points: LinePoint[] = runs.flatMap(({ pair, run: { curves } }) => {
    const means = [...curves.jctSecondsByStretch];
    return means.flatMap((mean, i) => {
      const x = Math.round(((i + 0.5) * curves.jobs) / means.length);
      return Number.isNaN(mean) ? [] : [{ pair: pairName(pair), x, y: forChart(mean / unit.seconds) }];
    });
  });
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
    caption: `Mean job completion time of equal stretches of jobs, first replication. ${cut > 0 ? `Jobs left of the dashed line (${cut}) are the warm-up that MSER-5 finds; they count in no metric of jobs.` : "All jobs count."} Where a line keeps climbing, the queue grows for as long as jobs come, and a mean says how long that was.`,
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

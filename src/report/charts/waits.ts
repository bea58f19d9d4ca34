// Who waited, and why: waiting jobs over time by what keeps them from starting, under the best pair and another.

import type { Experiment, RankingRow, WaitReasons } from "../../model/results.js";
import { MICROS_PER_HOUR } from "../../model/units.js";
import { atLoad } from "../answer.js";
import { forChart, formatShare } from "../numbers.js";
import { firstRun, pairName } from "../pairs.js";
import { BLUE, GREY, VERMILLION } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";

const REASONS = [
  { name: "too few GPUs free", column: "capacity", colour: GREY },
  { name: "enough free, wrongly scattered", column: "scattered", colour: VERMILLION },
  { name: "would fit, others go first", column: "order", colour: BLUE },
] as const;
const DAYS_FROM_HOURS = 96;

/** Undefined where nobody waited, or the run was not watched. */
export function waitsChart(
  experiment: Experiment,
  pair: RankingRow,
  load: number | null,
  id: string,
): Chart | undefined {
  const waits = firstRun(experiment, pair, load)?.waits;
  if (!waits || waits.timeMicros.length === 0) return undefined;
  const hours = waits.timeMicros.at(-1)! / MICROS_PER_HOUR;
  const unit = hours > DAYS_FROM_HOURS ? { word: "days", hours: 24 } : { word: "hours", hours: 1 };
  const values = REASONS.flatMap(({ name, column }, order) =>
    [...waits.timeMicros].map((micros, i) => ({
      x: forChart(micros / MICROS_PER_HOUR / unit.hours),
      jobs: waits[column][i]!,
      reason: name,
      order,
    })),
  );
  const names = REASONS.map(({ name }) => name);
  return {
    id,
    title: `Why jobs wait under ${pairName(pair)} ${atLoad(load)}`,
    caption: `Waiting jobs at ${waits.timeMicros.length} moments of the first replication. ${sharesOf(waits)}. Asked of the placement itself, each time after the policy has decided: a job that would still fit, and waits, waits for the policy's order; what was free before went to others.`,
    spec: {
      ...FULL_WIDTH,
      height: 200,
      data: { values },
      mark: { type: "area", interpolate: "step-after", line: false },
      encoding: {
        x: {
          field: "x",
          type: "quantitative",
          title: `${unit.word} since the start of the trace`,
          axis: { tickCount: 8, grid: false },
        },
        y: { field: "jobs", type: "quantitative", title: "jobs waiting", stack: "zero", axis: { tickCount: 5 } },
        color: {
          field: "reason",
          type: "nominal",
          scale: { domain: names, range: REASONS.map(({ colour }) => colour) },
          legend: { title: null, orient: "top", columns: { expr: "width > 640 ? 3 : 1" } },
        },
        order: { field: "order", type: "quantitative" },
      },
    },
  };
}

/** `61 % of waiting was for lack of GPUs, ...`: the picture in words. */
function sharesOf(waits: WaitReasons): string {
  const sums = REASONS.map(({ column }) => waits[column].reduce((a, b) => a + b, 0));
  const total = sums.reduce((a, b) => a + b, 0);
  if (total === 0) return "Nobody waited";
  const [capacity, scattered, order] = sums.map((sum) => formatShare(sum / total));
  return `Of all waiting, ${capacity} was for lack of free GPUs, ${scattered} because those free were scattered, ${order} behind others`;
}

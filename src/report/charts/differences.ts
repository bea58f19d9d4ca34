// How many times the best pair's mean each other pair takes, on the same jobs: whether an interval holds 1 is what decides.

import type { Experiment } from "../../model/results.js";
import { atLoad, mayBeChance } from "../answer.js";
import { forChart, formatRatio } from "../numbers.js";
import { bestOf, pairName, rowsAt, shortList } from "../pairs.js";
import { BLUE, GREY, INK } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";
import { rowLabels } from "./row-labels.js";

const ROW_PIXELS = 34;
/** Ratios that people think in; those in range and far enough apart are shown. */
const TICKS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1, 1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20,
  50, 100, 200, 500, 1000, 10_000,
];
const LABEL =
  "datum.value === 1 ? 'equal' : datum.value < 2 && datum.value > 0.5 ? format(datum.value - 1, '+.0%') : format(datum.value, ',~r') + ' ×'";

/** Undefined where there is nothing to compare. */
export function differencesChart(experiment: Experiment, load: number | null, id: string): Chart | undefined {
  const all = rowsAt(experiment.ranking, load);
  const best = bestOf(all);
  const others = all.filter((row) => row !== best && Number.isFinite(row.jctRatioToBest.mean));
  if (!best || others.length === 0) return undefined;
  const values = shortList(others).map((row) => {
    const { mean, low, high } = row.jctRatioToBest;
    return {
      pair: pairName(row),
      label: `${pairName(row)}${row.oracle ? " (oracle)" : ""}`,
      verdict: mayBeChance(row) ? "may be chance" : "clear",
      ratio: forChart(mean),
      low: forChart(Number.isFinite(low) ? low : mean),
      high: forChart(Number.isFinite(high) ? high : mean),
      text: formatRatio(row.jctRatioToBest),
    };
  });
  const ticks = ticksBetween(Math.min(1, ...values.map((v) => v.low)), Math.max(1, ...values.map((v) => v.high)));
  const x = { type: "quantitative" as const };
  const row = {
    y: { field: "pair", type: "nominal" as const, sort: null, axis: null, scale: { padding: 0 } },
    color: {
      field: "verdict",
      type: "nominal" as const,
      scale: { domain: ["clear", "may be chance"], range: [BLUE, GREY] },
      legend: null,
    },
  };
  return {
    id,
    title: `Mean job completion time against ${pairName(best)} ${atLoad(load)}`,
    caption:
      "Each replication is compared with the best pair's on the same jobs, so luck that both share drops out. Right of the line: jobs take longer. Lines through dots: 95 % interval of one comparison. Filled and blue: the difference is clear even when all comparisons are counted; hollow and grey: it may be chance. The axis is logarithmic.",
    spec: {
      ...FULL_WIDTH,
      height: values.length * ROW_PIXELS,
      data: { values },
      layer: [
        {
          data: { values: [{ equal: 1 }] },
          mark: { type: "rule", color: INK, strokeWidth: 1.5 },
          encoding: { x: { field: "equal", ...x }, color: { value: INK } },
        },
        {
          mark: { type: "rule", strokeWidth: 2.5, yOffset: 7 },
          encoding: {
            ...row,
            x: {
              field: "low",
              ...x,
              title: "mean job completion time against the best pair's",
              scale: { type: "log", nice: false, padding: 20 },
              axis: { labelExpr: LABEL, orient: "top", offset: 6, labelOverlap: true, values: ticks },
            },
            x2: { field: "high" },
          },
        },
        {
          mark: { type: "point", size: 90, opacity: 1, yOffset: 7 },
          encoding: {
            ...row,
            x: { field: "ratio", ...x },
            fill: {
              field: "verdict",
              type: "nominal",
              scale: { domain: ["clear", "may be chance"], range: [BLUE, "white"] },
              legend: null,
            },
            tooltip: [
              { field: "label", title: "policy pair" },
              { field: "text", title: "against the best" },
              { field: "verdict", title: "verdict" },
            ],
          },
        },
        ...rowLabels(row.y),
      ],
    },
  };
}

/** Round ratios in a range, at least an eighth of it (on the logarithmic axis) apart; 1 is always among them. */
function ticksBetween(low: number, high: number): number[] {
  const apart = Math.sqrt(Math.sqrt(Math.sqrt(high / low)));
  const kept = [1];
  for (const tick of TICKS) {
    if (tick < low || tick > high) continue;
    if (kept.every((other) => Math.max(tick / other, other / tick) >= apart)) kept.push(tick);
  }
  return kept.sort((a, b) => a - b);
}

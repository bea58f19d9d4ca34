// Paired differences to the best pair at one load: whether an interval crosses zero is what decides.

import type { Experiment } from "../../model/results.js";
import { atLoad, mayBeChance } from "../answer.js";
import { forChart, formatShareInterval } from "../numbers.js";
import { bestOf, pairName, rowsAt, shortList } from "../pairs.js";
import { BLUE, GREY, INK } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";
import { rowLabels } from "./row-labels.js";

const ROW_PIXELS = 34;
/** From three times as slow on, a linear axis would leave no room for what is close. */
const SQUEEZE_FROM = 2;
/** Linear near zero, logarithmic away from it. */
const SQUEEZED = { type: "symlog" as const, constant: 0.1, nice: false };
const TICKS = [-0.9, -0.5, -0.2, 0, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000];
const PERCENT = "datum.value === 0 ? '0%' : format(datum.value, '+,.0%')";

/** Undefined where there is nothing to compare. */
export function differencesChart(experiment: Experiment, load: number | null, id: string): Chart | undefined {
  const all = rowsAt(experiment.ranking, load);
  const best = bestOf(all);
  const bestMean = best?.metrics.jctSecondsMean?.mean;
  const others = all.filter((row) => row !== best && Number.isFinite(row.jctSecondsMeanVsBest.mean));
  if (!best || bestMean === undefined || others.length === 0) return undefined;
  const values = shortList(others).map((row) => {
    const share = row.jctSecondsMeanVsBest.mean / bestMean;
    const half = Number.isFinite(row.jctSecondsMeanVsBest.halfWidth)
      ? row.jctSecondsMeanVsBest.halfWidth / bestMean
      : 0;
    return {
      pair: pairName(row),
      label: `${pairName(row)}${row.oracle ? " (oracle)" : ""}`,
      verdict: mayBeChance(row) ? "may be chance" : "clear",
      share: forChart(share),
      low: forChart(share - half),
      high: forChart(share + half),
      text: formatShareInterval(share, row.jctSecondsMeanVsBest.halfWidth / bestMean),
    };
  });
  const squeezed = values.some((value) => value.high > SQUEEZE_FROM);
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
    title: `Difference of mean job completion time to ${pairName(best)} ${atLoad(load)}`,
    caption: `Each replication is compared with the best pair's on the same jobs, so luck that both share drops out. Right of zero is slower. Filled and blue: the 95 % interval does not contain zero; hollow and grey: the difference may be chance.${squeezed ? " The axis is squeezed away from zero." : ""}`,
    spec: {
      ...FULL_WIDTH,
      height: values.length * ROW_PIXELS,
      data: { values },
      layer: [
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: "rule", color: INK, strokeWidth: 1.5 },
          encoding: { x: { field: "zero", ...x }, color: { value: INK } },
        },
        {
          mark: { type: "rule", strokeWidth: 2.5, yOffset: 7 },
          encoding: {
            ...row,
            x: {
              field: "low",
              ...x,
              title: "difference of the mean to the best pair's",
              ...(squeezed ? { scale: SQUEEZED } : {}),
              axis: {
                labelExpr: PERCENT,
                orient: "top",
                offset: 6,
                labelOverlap: true,
                ...(squeezed ? { values: TICKS } : { tickCount: 6 }),
              },
            },
            x2: { field: "high" },
          },
        },
        {
          mark: { type: "point", size: 90, opacity: 1, yOffset: 7 },
          encoding: {
            ...row,
            x: { field: "share", ...x },
            fill: {
              field: "verdict",
              type: "nominal",
              scale: { domain: ["clear", "may be chance"], range: [BLUE, "white"] },
              legend: null,
            },
            tooltip: [
              { field: "label", title: "policy pair" },
              { field: "text", title: "difference" },
              { field: "verdict", title: "verdict" },
            ],
          },
        },
        ...rowLabels(row.y),
      ],
    },
  };
}

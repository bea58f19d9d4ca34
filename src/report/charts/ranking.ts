// Dots with intervals: mean JCT of every pair at one load, and the lower bound as a rule.

import type { Experiment, RankingRow } from "../../model/results.js";
import { atLoad } from "../answer.js";
import { forChart, formatInterval, formatTime, timeUnitFor } from "../numbers.js";
import { bestOf, pairName, rowsAt, shortList } from "../pairs.js";
import { BLUE, GREY, VERMILLION } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";
import { rowLabels } from "./row-labels.js";

/** From this ratio of largest to smallest on, a linear axis would squeeze the best ones together. */
const LOG_FROM = 8;
/** Room for a pair's name above its dot. */
const ROW_PIXELS = 34;

export function rankingChart(experiment: Experiment, load: number | null, id: string): Chart {
  const all = rowsAt(experiment.ranking, load).filter((row) => Number.isFinite(row.metrics.jctSecondsMean?.mean));
  const rows = shortList(all);
  const best = bestOf(rows);
  const bound = experiment.bounds.find((other) => other.load === load)?.jctSecondsMean.mean;
  const unit = timeUnitFor(rows.map((row) => row.metrics.jctSecondsMean!.mean));
  // no mean lies below the lower bound, so an interval that reaches further says nothing there
  const floor = (mean: number) => Math.min(mean, bound ?? mean / 100);
  const values = rows.map((row) => {
    const { mean, halfWidth } = row.metrics.jctSecondsMean!;
    const half = Number.isFinite(halfWidth) ? halfWidth : 0;
    return {
      pair: pairName(row),
      label: `${pairName(row)}${row.oracle ? " (oracle)" : row === best ? " (best)" : ""}`,
      kind: row.oracle ? "oracle" : "policy",
      jct: forChart(mean / unit.seconds),
      low: forChart(Math.max(mean - half, floor(mean)) / unit.seconds),
      cut: mean - half < floor(mean),
      high: forChart((mean + half) / unit.seconds),
      text: `${formatInterval(row.metrics.jctSecondsMean!, unit.seconds)} ${unit.symbol}`,
    };
  });
  const single = singleRuns(experiment, rows, unit.seconds);
  const drawn = [...values.map((value) => value.low), ...single.map((run) => run.jct)];
  const smallest = Math.min(...drawn, bound === undefined ? Infinity : bound / unit.seconds);
  const largest = Math.max(...values.map((value) => value.high), ...single.map((run) => run.jct));
  const isLog = largest / smallest > LOG_FROM;
  const left = all.length - rows.length;
  const row = {
    y: { field: "pair", type: "nominal" as const, sort: null, axis: null, scale: { padding: 0 } },
    color: {
      field: "kind",
      type: "nominal" as const,
      scale: { domain: ["policy", "oracle"], range: [BLUE, VERMILLION] },
      legend: null,
    },
  };
  return {
    id,
    title: `Mean job completion time ${atLoad(load)}`,
    caption: [
      `Dots: mean over replications. Lines through them: 95 % interval. ${single.length > 0 ? "Small strokes: single replications. " : ""}Blue: policies that could be built; orange diamonds: oracles.`,
      bound === undefined
        ? ""
        : "Dashed line: lower bound, also a mean over replications; no schedule of the same jobs can be faster.",
      isLog ? "The axis is logarithmic: each equal step multiplies the time by the same factor." : "",
      values.some((value) => value.cut)
        ? "An interval that would reach below the lower bound is drawn from the bound on; the table has its whole width."
        : "",
      left > 0 ? `${left} of ${all.length} pairs are left out; the table has them.` : "",
    ]
      .filter(Boolean)
      .join(" "),
    spec: {
      ...FULL_WIDTH,
      height: rows.length * ROW_PIXELS,
      data: { values },
      layer: [
        ...(bound === undefined ? [] : [boundRule(bound / unit.seconds)]),
        {
          mark: { type: "rule", strokeWidth: 2.5, yOffset: 7 },
          encoding: {
            ...row,
            x: {
              field: "low",
              type: "quantitative",
              title: `mean job completion time, ${unit.word}`,
              scale: isLog ? { type: "log", nice: true } : { zero: true },
              axis: { orient: "top", offset: 6, tickCount: 6 },
            },
            x2: { field: "high" },
          },
        },
        {
          data: { values: single },
          mark: { type: "tick", thickness: 1.5, size: 11, opacity: 0.55, yOffset: 7 },
          encoding: {
            ...row,
            x: { field: "jct", type: "quantitative" },
            tooltip: [{ field: "text", title: "one replication" }],
          },
        },
        {
          mark: { type: "point", filled: true, size: 90, opacity: 1, yOffset: 7 },
          encoding: {
            ...row,
            x: { field: "jct", type: "quantitative" },
            shape: {
              field: "kind",
              type: "nominal",
              scale: { domain: ["policy", "oracle"], range: ["circle", "diamond"] },
              legend: null,
            },
            tooltip: [
              { field: "label", title: "policy pair" },
              { field: "text", title: "mean JCT" },
            ],
          },
        },
        ...rowLabels(row.y),
      ],
    },
  };
}

/** The means behind each dot, where there are several; one far from the others explains a wide interval. */
function singleRuns(experiment: Experiment, rows: readonly RankingRow[], unitSeconds: number) {
  return rows.flatMap((row) => {
    const runs = experiment.runs.filter(({ spec }) => {
      return spec.queue === row.queue && spec.place === row.place && spec.load === row.load && spec.shake === null;
    });
    if (runs.length < 2) return [];
    return runs.map(({ spec, metrics }) => ({
      pair: pairName(row),
      kind: row.oracle ? "oracle" : "policy",
      jct: forChart((metrics.jctSecondsMean ?? Number.NaN) / unitSeconds),
      text: `${spec.replication}: ${formatTime(metrics.jctSecondsMean ?? Number.NaN)}`,
    }));
  });
}

function boundRule(value: number) {
  return {
    data: { values: [{ bound: forChart(value) }] },
    mark: { type: "rule" as const, strokeDash: [5, 4], strokeWidth: 1.5, tooltip: { content: "data" as const } },
    encoding: {
      x: { field: "bound", type: "quantitative" as const },
      color: { value: GREY },
    },
  };
}

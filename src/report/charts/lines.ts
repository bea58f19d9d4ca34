// What the line charts share: one colour and dash a policy pair, the same in every chart, and a legend that can be
// clicked to bring one line out.

import type { RankingRow } from "../../model/results.js";
import { pairName } from "../pairs.js";
import { LINE_COLOURS, ORACLE_DASH, SOLID } from "../theme.js";

export interface LinePoint {
  pair: string;
  x: number;
  y: number;
}

export interface LineAxis {
  title: string;
  scale?: object;
  axis?: object;
}

/** Layers, parameters and encodings of a chart of one line a pair. */
export function lineChart(pairs: readonly RankingRow[], points: readonly LinePoint[], x: LineAxis, y: LineAxis) {
  const label = (pair: RankingRow) => `${pairName(pair)}${pair.oracle ? " (oracle)" : ""}`;
  const domain = pairs.map(label);
  const labels = new Map(pairs.map((pair) => [pairName(pair), label(pair)]));
  const dashes = pairs.map((pair) => (pair.oracle ? ORACLE_DASH : SOLID));
  const legend = {
    title: null,
    orient: "top" as const,
    columns: { expr: "width > 640 ? 3 : width > 420 ? 2 : 1" },
    symbolType: "stroke" as const,
    symbolSize: 400,
  };
  return {
    data: { values: points.map((point) => ({ ...point, pair: labels.get(point.pair) })) },
    params: [{ name: "picked", select: { type: "point" as const, fields: ["pair"] }, bind: "legend" as const }],
    mark: { type: "line" as const, strokeWidth: 2, interpolate: "linear" as const, clip: true },
    encoding: {
      x: { field: "x", type: "quantitative" as const, ...x },
      y: { field: "y", type: "quantitative" as const, ...y },
      color: {
        field: "pair",
        type: "nominal" as const,
        scale: { domain, range: [...LINE_COLOURS].slice(0, domain.length) },
        legend,
      },
      strokeDash: { field: "pair", type: "nominal" as const, scale: { domain, range: dashes }, legend },
      opacity: { condition: { param: "picked", value: 1 }, value: 0.15 },
      tooltip: [{ field: "pair", title: "policy pair" }],
    },
  };
}

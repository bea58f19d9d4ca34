// Accuracy against what it takes: a point a method, a line through the rounds of the same one.

import { LINE_COLOURS } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";

export interface EnsemblePoint {
  method: string;
  family: string;
  accuracy: number;
  low: number;
  high: number;
  /** Bytes, dollars or hours. */
  cost: number;
}

export function accuracyChart(id: string, title: string, axis: string, points: readonly EnsemblePoint[]): Chart {
  const families = [...new Set(points.map((point) => point.family))];
  const positive = points.filter(({ cost }) => cost > 0).map(({ cost }) => cost);
  const least = Math.min(...positive);
  const free = points.filter(({ cost }) => cost <= 0).length;
  const x = {
    field: "cost",
    type: "quantitative" as const,
    title: axis,
    scale: { type: "symlog" as const, constant: least, zero: free > 0, nice: false },
    // an SI suffix of hours would read as minutes
    axis: { format: least > 1e3 ? "~s" : "~g", tickCount: 6 },
  };
  // more ways than colours: those after the first seven have triangles and dashes
  const second = (i: number) => i >= LINE_COLOURS.length;
  const by = (range: readonly (string | number[])[]) => ({
    field: "family",
    type: "nominal" as const,
    title: null,
    sort: families,
    scale: { domain: families, range: [...range] as string[] },
    legend: { title: null, orient: "top" as const, columns: 4 },
  });
  const colour = by(families.map((_, i) => LINE_COLOURS[i % LINE_COLOURS.length]!));
  const shape = by(families.map((_, i) => (second(i) ? "triangle-up" : "circle")));
  const dash = by(families.map((_, i) => (second(i) ? [4, 3] : [1, 0])));
  const joined = families.filter(
    (family) => points.filter((point) => point.method.startsWith(`${family} `)).length > 2,
  );
  return {
    id,
    title,
    caption: "Points are means over replications, bars their 95 % intervals; lines join the rounds of one method.",
    spec: {
      ...FULL_WIDTH,
      height: 340,
      data: { values: points.map((point) => ({ ...point })) },
      encoding: { x, color: colour },
      layer: [
        {
          mark: { type: "line", strokeWidth: 1.5 },
          transform: [{ filter: { field: "family", oneOf: joined } }],
          encoding: { y: { field: "accuracy", type: "quantitative" }, strokeDash: dash },
        },
        {
          mark: { type: "rule", strokeWidth: 1.5 },
          encoding: { y: { field: "low", type: "quantitative", title: "accuracy" }, y2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: 55, opacity: 1 },
          encoding: {
            y: { field: "accuracy", type: "quantitative", title: "accuracy", axis: { format: ".0%" } },
            shape,
          },
        },
      ],
    },
  };
}

// How time grows with size, one line a way of doing it, both axes logarithmic: a power of the size is a straight line.

import { GREY, LINE_COLOURS } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";

export interface GrowthPoint {
  /** Which line it belongs to. */
  series: string;
  /** What it grows with. */
  size: number;
  value: number;
}

/** A straight line through two corners of the plot, to compare slopes with: time proportional to size. */
function proportional(points: readonly GrowthPoint[]): GrowthPoint[] {
  const sizes = points.map((point) => point.size);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const from = Math.min(...points.map((point) => point.value));
  return [least, most].map((size) => ({ series: "in proportion to size", size, value: (from * size) / least }));
}

/** @param sizeTitle, valueTitle what the axes show, with unit. */
export function growthChart(
  points: readonly GrowthPoint[],
  titles: { title: string; size: string; value: string },
): Chart {
  const series = [...new Set(points.map((point) => point.series))];
  const axes = {
    x: {
      field: "size",
      type: "quantitative",
      scale: { type: "log", nice: false },
      title: titles.size,
      axis: { format: "~s", tickCount: 5 },
    },
    y: {
      field: "value",
      type: "quantitative",
      scale: { type: "log" },
      title: titles.value,
      axis: { tickCount: 6, format: "~g" },
    },
  } as const;
  return {
    id: "growth",
    title: titles.title,
    caption: "Both axes are logarithmic. The dashed line grows in proportion to size; what is steeper grows faster.",
    spec: {
      ...FULL_WIDTH,
      height: 340,
      layer: [
        {
          data: { values: proportional(points) },
          mark: { type: "line", color: GREY, strokeDash: [5, 4], strokeWidth: 1.5 },
          encoding: axes,
        },
        {
          data: { values: [...points] },
          mark: { type: "line", point: { size: 40 }, strokeWidth: 2 },
          encoding: {
            ...axes,
            color: {
              field: "series",
              type: "nominal",
              scale: { domain: series, range: series.map((_, i) => LINE_COLOURS[i % LINE_COLOURS.length]!) },
              legend: { title: null, orient: "bottom", columns: 2 },
            },
          },
        },
      ],
    },
  };
}

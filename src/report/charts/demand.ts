// Pictures of a trace: bars of a distribution, and a line over time.

import { BLUE } from "../theme.js";
import type { Chart } from "./chart.js";
import { FULL_WIDTH } from "./chart.js";

const ROW_PIXELS = 22;

export function barsChart(
  id: string,
  title: string,
  what: string,
  bars: readonly { label: string; count: number }[],
): Chart {
  const total = bars.reduce((sum, bar) => sum + bar.count, 0);
  return {
    id,
    title,
    caption: `Share of ${total} ${what}.`,
    spec: {
      ...FULL_WIDTH,
      height: bars.length * ROW_PIXELS,
      data: { values: bars.map(({ label, count }) => ({ label, share: count / total })) },
      mark: { type: "bar", color: BLUE },
      encoding: {
        y: { field: "label", type: "nominal", sort: null, title: null },
        x: { field: "share", type: "quantitative", title: "share", axis: { format: ".0%" } },
      },
    },
  };
}

export function overTimeChart(
  id: string,
  title: string,
  axis: string,
  { binMicros, values }: { binMicros: number; values: readonly number[] },
): Chart {
  const days = binMicros / 86_400e6;
  return {
    id,
    title,
    caption: `Means over ${values.length} spans of ${(days * 24).toFixed(1)} hours.`,
    spec: {
      ...FULL_WIDTH,
      height: 200,
      data: { values: values.map((value, i) => ({ day: (i + 0.5) * days, value })) },
      mark: { type: "line", color: BLUE, strokeWidth: 2 },
      encoding: {
        x: { field: "day", type: "quantitative", title: "days from the first" },
        y: { field: "value", type: "quantitative", title: axis },
      },
    },
  };
}

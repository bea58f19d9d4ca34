// Ensemble services: accuracy against what it takes, and over time.

import { GREY, LINE_COLOURS } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";

export interface AnswerPoint {
  policy: string;
  point: string;
  accuracy: number;
  low: number;
  high: number;
  /** Seconds or dollars. */
  cost: number;
}

export interface AnswerLine {
  point: string;
  minutes: readonly number[];
  values: readonly number[];
}

export interface AnswerWindow {
  from: number;
  to: number;
  what: string;
}

const colourOf = (field: string, domain: readonly string[]) => ({
  field,
  type: "nominal" as const,
  scale: { domain: [...domain], range: domain.map((_, i) => LINE_COLOURS[i % LINE_COLOURS.length]!) },
  legend: { title: null, orient: "top" as const, columns: 3 },
});

/** A point a policy; those with several deadlines or thresholds are joined. */
export function tradeChart(id: string, title: string, axis: string, points: readonly AnswerPoint[]): Chart {
  const policies = [...new Set(points.map((p) => p.policy))];
  const y = {
    field: "accuracy",
    type: "quantitative" as const,
    title: "accuracy of all requests",
    axis: { format: ".0%" },
    scale: { zero: false },
  };
  return {
    id,
    title,
    caption:
      "Points are means over replications, bars their 95 % intervals; lines join the deadlines or thresholds of one policy. Up and to the left is better.",
    spec: {
      ...FULL_WIDTH,
      height: 320,
      data: { values: points.map((p) => ({ ...p })) },
      encoding: {
        x: { field: "cost", type: "quantitative", title: axis, scale: { zero: false, nice: true } },
        color: colourOf("policy", policies),
      },
      layer: [
        { mark: { type: "line", strokeWidth: 1.5 }, encoding: { y, order: { field: "cost" } } },
        {
          mark: { type: "rule", strokeWidth: 1.5 },
          encoding: {
            y: { field: "low", type: "quantitative", title: "accuracy of all requests" },
            y2: { field: "high" },
          },
        },
        { mark: { type: "point", filled: true, size: 60, opacity: 1 }, encoding: { y } },
      ],
    },
  };
}

/** Lines over the run, with what happened as grey bands. */
export function timeChart(
  id: string,
  title: string,
  axis: string,
  format: string,
  lines: readonly AnswerLine[],
  windows: readonly AnswerWindow[],
): Chart {
  const domain = lines.map((line) => line.point);
  const values = lines.flatMap(({ point, minutes, values: own }) =>
    minutes.map((minute, i) => ({ point, minute, value: Number.isNaN(own[i]!) ? null : own[i]! })),
  );
  return {
    id,
    title,
    caption:
      windows.length > 0
        ? `Grey: ${windows.map((w) => w.what).join("; ")}. By the moment of asking, means over replications.`
        : "By the moment of asking, means over replications.",
    spec: {
      ...FULL_WIDTH,
      height: 240,
      layer: [
        {
          data: { values: windows.map((w) => ({ ...w })) },
          mark: { type: "rect", color: GREY, opacity: 0.15 },
          encoding: { x: { field: "from", type: "quantitative" }, x2: { field: "to" } },
        },
        {
          data: { values },
          mark: { type: "line", strokeWidth: 1.5 },
          encoding: {
            x: { field: "minute", type: "quantitative", title: "minutes" },
            y: { field: "value", type: "quantitative", title: axis, axis: { format }, scale: { zero: false } },
            color: colourOf("point", domain),
          },
        },
      ],
    },
  };
}

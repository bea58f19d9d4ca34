// What the arms of a study of services cost, and which of them are good enough.

import { BLUE, GREY } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";

export interface ArmCost {
  /** What the arm is called, in a few words. */
  arm: string;
  usd: number;
  low: number;
  high: number;
  /** Its share within bounds reaches the study's target, interval included. */
  reaches: boolean;
}

/** A line an arm, in the order of the study. */
export function armsChart(service: string, target: string, arms: readonly ArmCost[]): Chart {
  const [yes, no] = [`${target} within bounds`, "fewer"];
  const values = arms.map(({ reaches, ...arm }) => ({ ...arm, met: reaches ? yes : no }));
  const y = { field: "arm", type: "nominal" as const, sort: null, title: null, axis: { labelLimit: 480, grid: true } };
  return {
    id: `${service}-cost`,
    title: `${service}: what each costs, and whether it is good enough`,
    caption: "USD of a run: means over replications with their 95 % intervals. Further to the left is cheaper.",
    spec: {
      ...FULL_WIDTH,
      height: 22 * arms.length,
      data: { values },
      encoding: {
        y,
        color: {
          field: "met",
          type: "nominal",
          scale: { domain: [yes, no], range: [BLUE, GREY] },
          legend: { title: null, orient: "top" },
        },
      },
      layer: [
        {
          mark: { type: "rule", strokeWidth: 2 },
          encoding: { x: { field: "low", type: "quantitative", title: "USD" }, x2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: 70, opacity: 1 },
          encoding: { x: { field: "usd", type: "quantitative" } },
        },
      ],
    },
  };
}

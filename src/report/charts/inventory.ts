// Forecasters by their errors and by what orders made from them cost.

import { BLUE, VERMILLION } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";

export interface InventoryPoint {
  method: string;
  wape: number;
  usd: number;
  low: number;
  high: number;
  fused: boolean;
}

export function inventoryChart(points: readonly InventoryPoint[]): Chart {
  const x = {
    field: "wape",
    type: "quantitative" as const,
    title: "error of the forecast (WAPE over the lead time)",
    axis: { format: ".1%", tickCount: 6 },
    scale: { zero: false },
  };
  const title = "USD a warehouse and day above the oracle";
  const y = { field: "usd", type: "quantitative" as const, title, scale: { zero: false } };
  const color = {
    field: "fused",
    type: "nominal" as const,
    scale: { domain: [false, true], range: [BLUE, VERMILLION] },
    legend: { title: null, orient: "top" as const, labelExpr: "datum.value ? 'fused' : 'one forecaster'" },
  };
  return {
    id: "cost-error",
    title: "What errors cost",
    caption: "A point a forecaster. Were errors all that counts, points would lie on a rising line.",
    spec: {
      ...FULL_WIDTH,
      height: 360,
      // neighbours write above and below their points
      data: { values: [...points].sort((a, b) => a.usd - b.usd).map((p, i) => ({ ...p, above: i % 2 === 0 })) },
      encoding: { x, y, color },
      layer: [
        { mark: { type: "point", filled: true, size: 60, opacity: 1 } },
        ...[true, false].map((above) => ({
          transform: [{ filter: { field: "above", equal: above } }],
          mark: { type: "text" as const, align: "left" as const, dx: 7, dy: above ? -7 : 7, fontSize: 11 },
          encoding: { text: { field: "method" } },
        })),
      ],
    },
  };
}

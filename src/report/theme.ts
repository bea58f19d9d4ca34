// Colours and the look of charts. Okabe and Ito's palette (2008) can be told apart with every common colour vision
// deficiency. Oracles are dashed as well, so that a black-and-white print cannot pass one off as a policy.

import type { Config } from "vega-lite";

export const INK = "#222222";
export const GREY = "#767676";
export const BLUE = "#0072B2";
export const VERMILLION = "#D55E00";
export const GREEN = "#009E73";

/** For lines on white; Okabe-Ito without its yellow, which white swallows. */
export const LINE_COLOURS = [BLUE, VERMILLION, GREEN, "#CC79A7", INK, "#56B4E9", "#E69F00"] as const;
export const ORACLE_DASH = [6, 4];
export const SOLID = [1, 0];

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

export const CHART_CONFIG: Config = {
  background: "white",
  font: FONT,
  view: { stroke: null },
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    labelColor: INK,
    titleColor: INK,
    gridColor: "#E6E6E6",
    domainColor: GREY,
    tickColor: GREY,
  },
  legend: { labelFontSize: 12, titleFontSize: 12, labelLimit: 320, titleLimit: 320, symbolStrokeWidth: 2.5 },
};

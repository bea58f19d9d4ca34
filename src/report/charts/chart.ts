// What a chart is to the page: a Vega-Lite specification with its data inside, and words for those who cannot see it.

import type { TopLevelSpec } from "vega-lite";

export interface Chart {
  /** Unique on the page; letters, digits and `-`. */
  id: string;
  /** One line above the chart. */
  title: string;
  /** How to read it, one or two sentences below the chart. */
  caption: string;
  spec: TopLevelSpec;
}

/** Charts follow the width of their box, on a phone and on paper. */
export const FULL_WIDTH = { width: "container", autosize: { type: "fit-x", contains: "padding" } } as const;

// From Vega-Lite to what draws it: a compiled Vega specification for the page, or SVG text without a browser.

import type * as vega from "vega";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { CHART_CONFIG } from "./theme.js";

/** Width of an SVG whose specification leaves it to its container, pixels. */
const SVG_WIDTH = 720;

/**
 * Compiles a chart so that a page needs Vega only, not Vega-Lite.
 * @throws Error on a warning: our specifications have none.
 */
export function compileChart(spec: TopLevelSpec): vega.Spec {
  return compile(spec, { config: CHART_CONFIG, logger: THROWING }).spec;
}

/**
 * Draws a chart as SVG text, in Node. Text is measured by estimate, as there is no font.
 * @param spec Vega-Lite with its data inside.
 */
export async function chartSvg(spec: TopLevelSpec): Promise<string> {
  const fixed = "width" in spec && spec.width === "container" ? { ...spec, width: SVG_WIDTH } : spec;
  const view = new View(parse(compileChart(fixed as TopLevelSpec)), { renderer: "none", logger: THROWING });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

type Logger = NonNullable<NonNullable<Parameters<typeof compile>[1]>["logger"]>;

function fail(...parts: readonly unknown[]): never {
  throw new Error(`chart specification: ${parts.join(" ")}`);
}

/** Turns warnings into failures, so that a chart is never quietly wrong. */
const THROWING: Logger = {
  level: ((value?: number) => (value === undefined ? 2 : THROWING)) as Logger["level"],
  error: fail,
  warn: fail,
  info: () => THROWING,
  debug: () => THROWING,
};

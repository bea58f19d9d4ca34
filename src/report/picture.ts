// A chart as a picture that stands by itself: title on top, caption below, text in a font that travels with the product,
// so that a machine without fonts draws it as well.

import { fileURLToPath } from "node:url";
import { Resvg } from "@resvg/resvg-js";
import type { Chart } from "./charts/chart.js";
import { chartSvg } from "./render-chart.js";

/** Roboto (SIL Open Font License 1.1), see assets/Roboto-LICENSE.txt. */
const FONT_FILE = fileURLToPath(new URL("../../assets/Roboto-Regular.ttf", import.meta.url));
const FONT_FAMILY = "Roboto";
/** Twice as many pixels as the SVG has units: sharp on today's screens and in print. */
const ZOOM = 2;

/** SVG text of a chart with its title. */
export async function pictureSvg({ spec, title }: Chart): Promise<string> {
  const heading = { text: title, anchor: "start" as const, fontSize: 15, offset: 12 };
  return chartSvg({ ...spec, title: heading } as Chart["spec"]);
}

/** PNG bytes of a chart with its title, at double size. */
export async function picturePng(chart: Chart): Promise<Uint8Array> {
  const svg = await pictureSvg(chart);
  const font = {
    fontFiles: [FONT_FILE],
    loadSystemFonts: false,
    defaultFontFamily: FONT_FAMILY,
    sansSerifFamily: FONT_FAMILY,
  };
  return new Resvg(svg, { font, fitTo: { mode: "zoom", value: ZOOM }, background: "white" }).render().asPng();
}

// Names of rows inside the plot, above their dots: a long policy pair beside the plot would leave a phone no room for it.

import { INK } from "../theme.js";

type Row = { field: string; type: "nominal"; sort: null; axis: null; scale: object };

/** Two layers of the field `label`: a white halo, so that rules do not strike through a name, and the name. */
export function rowLabels(y: Row) {
  const mark = {
    type: "text" as const,
    align: "left" as const,
    baseline: "middle" as const,
    fontSize: 12,
    yOffset: -8,
    xOffset: 4,
  };
  const encoding = { y, x: { value: 0 }, text: { field: "label" } };
  return [
    { mark: { ...mark, stroke: "white", strokeWidth: 6, strokeJoin: "round" as const }, encoding },
    { mark, encoding: { ...encoding, color: { value: INK } } },
  ];
}

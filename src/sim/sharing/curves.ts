// From rows after each arrival to the published tables: 131 columns, one a per cent of the cluster's GPUs requested so far.

import type { SharingRun } from "./run.js";

/** Columns 0..130 of one run. */
export interface SharingCurves {
  /** Allocated share of all GPU, per cent. */
  allocation: number[];
  /** Fragments, per cent of all GPU. */
  fragment: number[];
  /** Fragments, per cent of the GPU that is idle. */
  fragmentRatio: number[];
  /** GPU that is free, by what keeps typical requests from using it, per cent of all GPU; CLASSES, column by column. */
  classes: number[][];
}

/** Q1 lacks GPU and CPU, Q2 lacks GPU, Q3 fits, Q4 lacks CPU, XL and XR for requests without GPU, NA of other models. */
export const CLASSES = ["Q1", "Q2", "Q3", "Q4", "XL", "XR", "NA"] as const;

export const COLUMNS = 131;
const METRICS = ["allocation", "fragment", "fragmentRatio"] as const satisfies readonly (keyof SharingCurves)[];
export type SharingMetric = (typeof METRICS)[number];
export const SHARING_METRICS: readonly SharingMetric[] = METRICS;

/** As the study's own scripts do it: what was written with two decimals is averaged with two decimals. */
export function curvesOf(run: SharingRun): SharingCurves {
  const percentOf = run.gpusTotal * 10; // milli to per cent
  const buckets = Array.from({ length: COLUMNS }, (): number[] => []);
  run.arrivedMilli.forEach((arrived, i) => {
    buckets[roundHalfEven(arrived / run.gpusTotal / 10)]?.push(i);
  });
  const rows = buckets.map((own, x) => {
    // an empty column takes its neighbours' rows
    return own.length > 0 ? own : [...(buckets[x - 1] ?? []), ...(buckets[x + 1] ?? [])];
  });
  const idle = (i: number) => run.gpusTotal * 1000 - run.usedMilli[i]!;
  const average = (of: (i: number) => number) => rows.map((own) => own.reduce((sum, i) => sum + of(i), 0) / own.length);
  return {
    allocation: average((i) => twoDecimals(run.usedMilli[i]! / percentOf)).map(twoDecimals),
    fragment: average((i) => twoDecimals(run.fragmentMilli[i]!)).map((mean) =>
      twoDecimals((100 * mean) / 1000 / run.gpusTotal),
    ),
    classes: CLASSES.map((_, c) => average((i) => run.classesMilli[i * CLASSES.length + c]! / percentOf)),
    fragmentRatio: average((i) => twoDecimals((100 * run.fragmentMilli[i]!) / idle(i))),
  };
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const over = x - below;
  if (over !== 0.5) return over < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

function twoDecimals(x: number): number {
  return Number(x.toFixed(2));
}

// The three pictures of the GPU-sharing study: what stays free as requests come, why it is free, and what ties do.

import { BLUE, GREY, LINE_COLOURS, VERMILLION } from "../theme.js";
import { type Chart, FULL_WIDTH } from "./chart.js";

/** One placement: a value a column (per cent requested so far) and seed. */
export interface SharingLine {
  name: string;
  /** Per cent of GPU that nobody holds; by seed, then column. */
  free: number[][];
  /** The published ones; may be empty. */
  published: number[][];
}

/** Before this hardly anybody is turned away. */
const FROM = 80;

/** Unallocated GPU against GPU requested: median over the seeds, the middle half of them, and the published median dashed. */
export function freeChart(trace: string, lines: readonly SharingLine[]): Chart {
  const names = lines.map((line) => line.name);
  const points = lines.flatMap((line) => [
    ...pointsOf(line.name, "ours", line.free),
    ...(line.published.length > 0 ? pointsOf(line.name, "published", line.published) : []),
  ]);
  const colour = {
    field: "placement",
    type: "nominal" as const,
    scale: { domain: names, range: [...LINE_COLOURS].slice(0, names.length) },
    legend: {
      title: null,
      orient: "top" as const,
      columns: 3,
      symbolType: "stroke" as const,
      symbolSize: 400,
      symbolOpacity: 1,
    },
  };
  const x = {
    field: "requested",
    type: "quantitative" as const,
    title: "GPU requested so far, % of the cluster",
    scale: { domain: [FROM, 130], nice: false },
  };
  const published = lines.some((line) => line.published.length > 0);
  return {
    id: `sharing-free-${idOf(trace)}`,
    title: `${trace}: how much GPU stays free while requests come`,
    caption: `Lines: median over ${lines[0]?.free.length ?? 0} arrival orders; bands: the middle half of them.${published ? " Dashed: the published median; where it is not seen it lies under ours." : ""} Lower is better; along the straight line on the left nobody is turned away.`,
    spec: {
      ...FULL_WIDTH,
      height: 320,
      data: { values: points },
      encoding: { x },
      layer: [
        {
          transform: [{ filter: "datum.whose === 'ours'" }],
          mark: { type: "area", opacity: 0.2, clip: true },
          encoding: { y: { field: "low", type: "quantitative", title }, y2: { field: "high" }, color: colour },
        },
        {
          transform: [{ filter: "datum.whose === 'ours'" }],
          mark: { type: "line", strokeWidth: 2, clip: true },
          encoding: { y: { field: "median", type: "quantitative", title }, color: colour },
        },
        ...(published ? [PUBLISHED_LINE] : []),
      ],
    },
  };
}

const title = "GPU that nobody holds, %";
const DASHED: number[] = [4, 4];
const PUBLISHED_LINE = {
  transform: [{ filter: "datum.whose === 'published'" }] as { filter: string }[],
  mark: { type: "line", strokeWidth: 1.2, strokeDash: DASHED, color: "black", clip: true },
  encoding: {
    y: { field: "median", type: "quantitative", title },
    detail: { field: "placement", type: "nominal" },
  },
} as const;

function pointsOf(placement: string, whose: string, curves: readonly number[][]) {
  const columns = curves[0]?.length ?? 0;
  return Array.from({ length: Math.max(0, columns - FROM) }, (_, i) => {
    // an order may end before so much is requested
    const at = curves
      .flatMap((curve) => (Number.isFinite(curve[FROM + i]!) ? [curve[FROM + i]!] : []))
      .sort((a, b) => a - b);
    const quantile = (share: number) => round(between(at, share));
    return { placement, whose, requested: FROM + i, low: quantile(0.25), median: quantile(0.5), high: quantile(0.75) };
  }).filter(({ median }) => Number.isFinite(median));
}

function between(ascending: readonly number[], share: number): number {
  const position = share * (ascending.length - 1);
  const below = Math.floor(position);
  const low = ascending[below]!;
  return low + (position - below) * ((ascending[below + 1] ?? low) - low);
}

const round = (value: number) => Math.round(value * 1000) / 1000;
const idOf = (name: string) => name.replace(/[^A-Za-z0-9]+/g, "-");

/** Classes of free GPU in words, in the order in which they are stacked. */
const REASONS = [
  ["Q2", "too little left on its device"],
  ["Q1", "too little GPU and CPU"],
  ["Q4", "no CPU left beside it"],
  ["XR", "for requests without GPU, no CPU"],
  ["XL", "for requests without GPU"],
  ["NA", "of a model that is not wanted"],
  ["Q3", "can be used"],
] as const;

export interface SharingParts {
  name: string;
  /** Per cent of all GPU by class. */
  parts: Readonly<Record<string, number>>;
}

/** Why free GPU cannot be used, at 100 % requested. */
export function fragmentChart(trace: string, placements: readonly SharingParts[]): Chart {
  const values = placements.flatMap(({ name, parts }) =>
    REASONS.map(([key, reason], order) => ({ placement: name, reason, order, share: round(parts[key] ?? 0) })),
  );
  return {
    id: `sharing-fragment-${idOf(trace)}`,
    title: `${trace}: why free GPU is of no use, when as much is requested as there is`,
    caption:
      "Free GPU seen by the typical requests, in proportion to how common they are. Only the grey part could be used. Means over the arrival orders.",
    spec: {
      ...FULL_WIDTH,
      height: placements.length * 34,
      data: { values },
      mark: { type: "bar" },
      encoding: {
        y: { field: "placement", type: "nominal", sort: null, title: null },
        x: { field: "share", type: "quantitative", title: "% of all GPU", stack: "zero" },
        order: { field: "order", type: "quantitative" },
        color: {
          field: "reason",
          type: "nominal",
          scale: {
            domain: REASONS.map(([, reason]) => reason),
            range: [BLUE, "#56B4E9", VERMILLION, "#E69F00", "#CC79A7", "#009E73", "#BBBBBB"],
          },
          legend: { title: null, orient: "top", columns: 2 },
        },
      },
    },
  };
}

export interface SharingTies {
  name: string;
  ties: "lowest rank" | "drawn";
  /** Allocation at 100 % requested, by seed. */
  allocated: readonly number[];
}

/** What it changes that equal nodes are taken in a fixed order, or drawn. */
export function tiesChart(trace: string, ties: readonly SharingTies[]): Chart {
  const values = ties.flatMap(({ name, ties: how, allocated }) =>
    allocated.map((share) => ({ placement: name, ties: how, share })),
  );
  const names = [...new Set(ties.map(({ name }) => name))];
  const y = { field: "placement", type: "nominal" as const, sort: names, title: null };
  const colour = {
    field: "ties",
    type: "nominal" as const,
    scale: { domain: ["lowest rank", "drawn"], range: [BLUE, VERMILLION] },
    legend: { title: "among equal nodes", orient: "top" as const },
  };
  const x = { field: "share", type: "quantitative" as const, title: "GPU allocated, %", scale: { zero: false } };
  return {
    id: `sharing-ties-${idOf(trace)}`,
    title: `${trace}: drawing among equal nodes undoes what a score gains`,
    caption:
      "One dot an arrival order, at 100 % requested. Scores are coarse whole numbers, so most decisions are ties; always the lowest rank fills few nodes first, drawing spreads over many.",
    spec: {
      ...FULL_WIDTH,
      height: names.length * 40,
      data: { values },
      layer: [
        {
          mark: { type: "rule", color: GREY },
          encoding: {
            y,
            x: { aggregate: "min", ...x },
            x2: { aggregate: "max", field: "share" },
            color: colour,
            yOffset: { field: "ties" },
          },
        },
        {
          mark: { type: "point", filled: true, size: 45, opacity: 0.8 },
          encoding: { y, x, color: colour, yOffset: { field: "ties" } },
        },
      ],
    },
  } as Chart;
}

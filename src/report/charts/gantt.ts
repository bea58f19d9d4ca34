// Gantt chart of nodes: what ran where and when in one run, bounded to the first nodes and the first hours.

import type { RankingRow, RunResult, Stay } from "../../model/results.js";
import { MICROS_PER_HOUR } from "../../model/units.js";
import { atLoad } from "../answer.js";
import { forChart } from "../numbers.js";
import { pairName } from "../pairs.js";
import { type Chart, FULL_WIDTH } from "./chart.js";
import { assignLanes } from "./lanes.js";

const NODES_MAX = 12;
/** Stays of one run: what a page still draws at once. */
const STAYS_MAX = 600;
const NODE_PIXELS = 36;
/** Share of a node's row that is left white, so that rows can be told apart. */
const NODE_GAP = 0.14;
const IDLE = "#E4E4E4";
/** Light to dark; told apart by lightness alone. */
const SIZES = [
  { label: "1 GPU or less", most: 1, colour: "#B5D9F2" },
  { label: "2 to 8 GPUs", most: 8, colour: "#56B4E9" },
  { label: "9 to 32 GPUs", most: 32, colour: "#0072B2" },
  { label: "more than 32 GPUs", most: Number.POSITIVE_INFINITY, colour: "#003A5C" },
] as const;

export interface GanttRun {
  pair: RankingRow;
  run: RunResult;
}

/** The part of the runs that is drawn: the same nodes and hours for all, so that they can be compared. */
export interface GanttWindow {
  nodes: number;
  fromMicros: number;
  untilMicros: number;
}

/** Undefined if no run has a stay. */
export function ganttWindow(runs: readonly GanttRun[]): GanttWindow | undefined {
  const withStays = runs.map(({ run }) => run).filter((run) => run.stays.length > 0);
  if (withStays.length === 0) return undefined;
  const nodes = Math.min(NODES_MAX, ...withStays.map((run) => run.nodesTotal));
  if (nodes < 1) return undefined;
  let fromMicros = Number.POSITIVE_INFINITY;
  let untilMicros = Number.POSITIVE_INFINITY;
  for (const run of withStays) {
    const starts = run.stays.flatMap((stay) => (stay.node < nodes ? [stay.startMicros] : [])).sort((a, b) => a - b);
    const last = run.stays.reduce((end, stay) => Math.max(end, stay.endMicros), 0);
    fromMicros = Math.min(fromMicros, starts[0] ?? fromMicros);
    untilMicros = Math.min(untilMicros, starts[STAYS_MAX] ?? last);
  }
  return fromMicros < untilMicros ? { nodes, fromMicros, untilMicros } : undefined;
}

/**
 * One run drawn, or of several runs the one that the reader picks from a menu.
 * @param first name of the pair that is shown first.
 */
export function ganttChart(
  runs: readonly GanttRun[],
  window: GanttWindow,
  id: string,
  first: string,
): Chart | undefined {
  const drawn = runs.filter(({ run }) => run.stays.length > 0);
  if (drawn.length === 0) return undefined;
  const names = drawn.map(({ pair }) => pairName(pair));
  const shown = names.includes(first) ? first : names[0]!;
  const withMenu = names.length > 1;
  const where = atLoad(drawn[0]!.run.spec.load);
  const values = drawn.flatMap(({ pair, run }) =>
    rectangles(run, window).map((box) => ({ pair: pairName(pair), ...box })),
  );
  const hours = (window.untilMicros - window.fromMicros) / MICROS_PER_HOUR;
  const rows = Array.from({ length: window.nodes }, (_, node) => rowOf(node, 0, 1));
  const ticks = Array.from({ length: window.nodes }, (_, node) => node + 0.5);
  const y = {
    field: "top",
    type: "quantitative" as const,
    title: "node",
    scale: { domain: [0, window.nodes], reverse: true, nice: false },
    axis: { values: ticks, labelExpr: "floor(datum.value)", grid: false, ticks: false, domain: false },
  };
  return {
    id,
    title: withMenu
      ? `Who runs where ${where}: pick a policy pair to compare`
      : `Who runs where under ${shown} ${where}`,
    caption: `First ${window.nodes} nodes and first ${hours < 48 ? `${hours.toFixed(0)} hours` : `${(hours / 24).toFixed(0)} days`} of the first replication; each node's row is as high as its GPUs. A job on several nodes has a bar on each. Grey is idle.`,
    spec: {
      ...FULL_WIDTH,
      height: window.nodes * NODE_PIXELS,
      data: { values },
      ...(withMenu
        ? {
            params: [
              { name: "shown", value: shown, bind: { input: "select" as const, options: names, name: "policy pair " } },
            ],
          }
        : {}),
      layer: [
        {
          data: { values: rows },
          mark: { type: "rect", color: IDLE },
          encoding: { x: { value: 0 }, x2: { value: "width" }, y, y2: { field: "bottom" } },
        },
        {
          transform: withMenu ? [{ filter: "datum.pair === shown" }] : [],
          mark: { type: "rect", stroke: "white", strokeWidth: 0.5, clip: true },
          encoding: {
            x: {
              field: "start",
              type: "quantitative",
              title: "hours since the first start",
              scale: { domain: [0, forChart(hours)], nice: false },
              axis: { grid: false, tickCount: 8 },
            },
            x2: { field: "end" },
            y,
            y2: { field: "bottom" },
            color: {
              field: "size",
              type: "ordinal",
              scale: { domain: SIZES.map(({ label }) => label), range: SIZES.map(({ colour }) => colour) },
              legend: {
                title: "size of the whole job",
                orient: "top",
                columns: { expr: "width > 560 ? 4 : 2" },
                symbolType: "square",
              },
            },
            tooltip: [
              { field: "job", title: "job" },
              { field: "node", title: "node" },
              { field: "gpus", title: "GPUs here" },
              { field: "start", title: "from hour" },
              { field: "end", title: "to hour" },
            ],
          },
        },
      ],
    },
  };
}

function rectangles(run: RunResult, window: GanttWindow) {
  const gpusPerNode = run.gpusTotal / run.nodesTotal;
  const jobGpus = gpusByStart(run.stays);
  const boxes = [];
  const inside = run.stays.filter(
    (stay) => stay.startMicros < window.untilMicros && stay.endMicros > window.fromMicros,
  );
  for (let node = 0; node < window.nodes; node++) {
    const stays = inside.filter((stay) => stay.node === node);
    for (const { stay, top, bottom } of assignLanes(stays, gpusPerNode)) {
      const gpus = jobGpus.get(startKey(stay))!;
      boxes.push({
        job: stay.job,
        node,
        gpus: stay.gpus,
        size: SIZES.find(({ most }) => gpus <= most)!.label,
        start: forChart((stay.startMicros - window.fromMicros) / MICROS_PER_HOUR),
        end: forChart((stay.endMicros - window.fromMicros) / MICROS_PER_HOUR),
        ...rowOf(node, top / gpusPerNode, bottom / gpusPerNode),
      });
    }
  }
  return boxes;
}

/** Where a part of a node, given as shares of its GPUs, lies on the axis of nodes. */
function rowOf(node: number, top: number, bottom: number): { top: number; bottom: number } {
  const at = (share: number) => forChart(node + NODE_GAP / 2 + (1 - NODE_GAP) * share);
  return { top: at(top), bottom: at(bottom) };
}

/** GPUs of each start of a job over all its nodes. */
function gpusByStart(stays: readonly Stay[]): Map<string, number> {
  const gpus = new Map<string, number>();
  for (const stay of stays) gpus.set(startKey(stay), (gpus.get(startKey(stay)) ?? 0) + stay.gpus);
  return gpus;
}

function startKey(stay: Stay): string {
  return `${stay.job}@${stay.startMicros}`;
}

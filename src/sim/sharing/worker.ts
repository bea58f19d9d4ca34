// What a worker thread does for the study: reads lists and orders once a trace, runs, discretises, compares placements.

import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { gunzipSync } from "node:zlib";
import { Engine } from "../../engine/engine.js";
import { type Outcome, outcomeOf } from "../../engine/outcome.js";
import { exposeToPool } from "../../engine/pool-worker.js";
import type { TypicalKind } from "../../engine/typical.js";
import { WindtunnelError } from "../../model/errors.js";
import { type NodeList, type PodList, readNodeList, readPodList } from "../../replay/index.js";
import { curvesOf, type SharingCurves } from "./curves.js";
import { generateOrder } from "./generate.js";
import { type ArrivalOrder, runSharing, type SharingPolicy, type SharingRun, typicalOfPods } from "./run.js";

export interface SharingTask {
  trace: string;
  nodes: string;
  pods: string;
  /** File of arrival orders; absent: generated. */
  orders?: string | undefined;
  seed: number;
  /** Draw among nodes of equal score. */
  randomTies?: boolean;
  policy: SharingPolicy;
  /** Recorded placements of this run, compared where the file is there. */
  golden?: string;
}

export interface SharingOutcome {
  curves: SharingCurves;
  goldenLines: number;
  goldenMatched: number;
  /** Engine and measures, files read before. */
  millis: number;
}

interface Orders {
  seeds: Record<string, { pods: number[]; nodeRank: number[] }>;
}

interface Loaded {
  key: string;
  nodes: NodeList;
  pods: PodList;
  typical: TypicalKind[];
  orders: Orders | undefined;
}

let latest: Loaded | undefined;
let latestOrders: { path: string; orders: Orders } | undefined;
let engine: Engine | undefined;

async function load({ nodes, pods, orders }: SharingTask): Promise<Loaded> {
  const key = [nodes, pods, orders ?? ""].join("\n");
  if (latest?.key === key) return latest;
  const list = await readPodList(pods);
  const cluster = await readNodeList(nodes);
  latest = {
    key,
    nodes: cluster,
    pods: list,
    typical: typicalOfPods(list, cluster),
    orders: orders === undefined ? undefined : await readOrders(orders),
  };
  return latest;
}

async function readOrders(path: string): Promise<Orders> {
  if (latestOrders?.path === path) return latestOrders.orders;
  try {
    const found = JSON.parse(gunzipSync(await readFile(path)).toString("utf8")) as Orders;
    const whole = Object.values(found.seeds).every((order) => order.pods.length > 0 && order.nodeRank.length > 0);
    if (whole) {
      latestOrders = { path, orders: found };
      return found;
    }
    throw new Error("an order lacks pods or nodeRank");
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new WindtunnelError(
      "TRACE_UNREADABLE",
      `cannot read the arrival orders in ${path}: ${what}.`,
      'Expected gzipped JSON: {"seeds": {"42": {"pods": [rows of the pod list], "nodeRank": [ranks of the node list]}}}.',
      { cause },
    );
  }
}

const api = {
  seeds(orders: string): Promise<Outcome<number[]>> {
    return outcomeOf(async () =>
      Object.keys((await readOrders(orders)).seeds)
        .map(Number)
        .sort((a, b) => a - b),
    );
  },

  run(task: SharingTask): Promise<Outcome<SharingOutcome>> {
    return outcomeOf(async () => {
      const { nodes, pods, typical, orders } = await load(task);
      const order = orders ? orderOf(task, orders, pods, nodes) : generateOrder(pods, nodes, task.seed);
      const setup = {
        nodes,
        pods,
        typical,
        order,
        policy: task.policy,
        randomTies: task.randomTies === true,
        seed: task.seed,
      };
      engine ??= new Engine();
      const begun = performance.now();
      const run = runSharing(setup, engine);
      const curves = curvesOf(run);
      const millis = performance.now() - begun;
      const golden = task.golden === undefined ? undefined : await readFile(task.golden).catch(() => undefined);
      if (!golden) return { curves, goldenLines: 0, goldenMatched: 0, millis };
      const placed = runSharing({ ...setup, placements: true }, engine);
      const lines = gunzipSync(golden).toString("utf8").trim().split("\n").slice(1);
      return { curves, millis, ...compareLines(lines, placed, nodes) };
    });
  },
};

function orderOf(task: SharingTask, orders: Orders, pods: PodList, nodes: NodeList): ArrivalOrder {
  const order = orders.seeds[task.seed]!;
  const wrong = order.pods.find((row) => !(row >= 0 && row < pods.count));
  if (wrong === undefined && order.nodeRank.length === nodes.count) {
    return { pods: Int32Array.from(order.pods), nodeRank: Int32Array.from(order.nodeRank) };
  }
  throw new WindtunnelError(
    "TRACE_UNREADABLE",
    `${task.orders}, seed ${task.seed}: ${wrong === undefined ? `it ranks ${order.nodeRank.length} nodes, and the list has ${nodes.count}` : `it names row ${wrong} of a list of ${pods.count} pods`}.`,
    "The orders must belong to these lists of pods and nodes.",
  );
}

/** i,pod,node,gpus,frag_milli,frag_ratio_pct,used_milli,arrived_milli; `-` = turned away. */
function compareLines(lines: readonly string[], run: SharingRun, nodes: NodeList) {
  let matched = 0;
  lines.forEach((line, i) => {
    const [, , node, gpus, fragment, ratio, used, arrived] = line.split(",");
    const row = run.placedOn![i]!;
    const idle = run.gpusTotal * 1000 - run.usedMilli[i]!;
    const same =
      (row < 0 ? "-" : nodes.names[row]) === node &&
      run.devices![i] === gpus &&
      run.fragmentMilli[i]!.toFixed(2) === fragment &&
      ((100 * run.fragmentMilli[i]!) / idle).toFixed(2) === ratio &&
      String(run.usedMilli[i]) === used &&
      String(run.arrivedMilli[i]) === arrived;
    if (same) matched++;
  });
  return { goldenLines: lines.length, goldenMatched: matched };
}

export type SharingApi = typeof api;

exposeToPool(api);

// The published study again: every trace, seed and policy for which there are arrival orders, compared with the published
// tables column by column, and with recorded placements line by line.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { unwrap } from "../../engine/outcome.js";
import { WorkerPool } from "../../engine/pool.js";
import { WindtunnelError } from "../../model/errors.js";
import { mean } from "../statistics.js";
import { COLUMNS, SHARING_METRICS, type SharingCurves, type SharingMetric } from "./curves.js";
import { SHARING_POLICIES, type SharingPolicy } from "./run.js";
import type { SharingApi, SharingOutcome, SharingTask } from "./worker.js";

export interface ReproduceOptions {
  /** Folder with orders/, golden/ and the tables analysis_*.csv. */
  expectedFolder: string;
  /** Folder with openb_node_list_gpu_node.csv and openb_pod_list_<trace>.csv. */
  listsFolder: string;
  traces?: readonly string[];
  policies: readonly SharingPolicy[];
  workers: number;
  onRun(done: number, total: number): void;
}

/** One policy on one trace, over all seeds. */
export interface Reproduced {
  trace: string;
  policy: SharingPolicy;
  seeds: number;
  /** Seeds that the tables have; a row a seed and metric. */
  rows: number;
  /** Rows of which every column is within 0.01; of a policy that draws, rows whose mean over seeds is within its band. */
  matched: number;
  /** Largest difference in any column, percentage points; of a policy that draws, of the means over seeds at 100 and 130. */
  largest: number;
  goldenLines: number;
  goldenMatched: number;
  /** Curves of every seed, ascending. */
  curves: { seed: number; curves: SharingCurves }[];
  millisMedian: number;
}

const TABLES: Record<SharingMetric, string> = {
  allocation: "analysis_allo_discrete.csv",
  fragment: "analysis_frag_discrete.csv",
  fragmentRatio: "analysis_frag_ratio_discrete.csv",
};
/** The published mean was rounded twice. */
const EXACT_WITHIN = 0.01 + 1e-9;
/** 99 % band of the difference of two means over ten seeds, of the policy that draws (±0.4 pp on the default trace). */
const RANDOM_WITHIN = 0.4;

export const WORKER_URL = import.meta.url.endsWith(".ts")
  ? new URL("../../../dist/sim/sharing/worker.js", import.meta.url)
  : new URL("./worker.js", import.meta.url);

/** @throws WindtunnelError TRACE_NOT_FOUND where folders or a trace that was asked for are missing. */
export async function reproduceSharing(options: ReproduceOptions): Promise<Reproduced[]> {
  const traces = await tracesWith(options);
  const published = await readPublished(options.expectedFolder);
  const pool = new WorkerPool<SharingApi>({
    url: WORKER_URL,
    size: options.workers,
    taskMillisMax: 600_000,
    attempts: 2,
  });
  const tasks: SharingTask[] = [];
  for (const trace of traces) {
    const orders = join(options.expectedFolder, "orders", `${trace}.json.gz`);
    const pods = join(options.listsFolder, `openb_pod_list_${trace}.csv`);
    const nodes = join(options.listsFolder, "openb_node_list_gpu_node.csv");
    for (const seed of await seedsOf(pool, orders)) {
      for (const policy of options.policies) {
        const golden = join(options.expectedFolder, "golden", `${trace}.${seed}.${policy}.csv.gz`);
        tasks.push({ trace, nodes, pods, orders, seed, policy, golden });
      }
    }
  }
  let done = 0;
  try {
    const results = await Promise.all(
      tasks.map(async (task) => {
        const name = `${task.trace} ${task.policy} seed ${task.seed}`;
        const result = unwrap(await pool.run(name, async (api) => api.run(task), task.trace));
        options.onRun(++done, tasks.length);
        return { task, result };
      }),
    );
    return traces.flatMap((trace) =>
      options.policies.map((policy) => {
        const own = results.filter(({ task }) => task.trace === trace && task.policy === policy);
        return judge(trace, policy, own, published);
      }),
    );
  } finally {
    await pool.close();
  }
}

type Own = { task: SharingTask; result: SharingOutcome }[];

function judge(trace: string, policy: SharingPolicy, own: Own, published: Published): Reproduced {
  const millis = own.map(({ result }) => result.millis).sort((a, b) => a - b);
  const base = {
    trace,
    policy,
    seeds: own.length,
    goldenLines: own.reduce((sum, { result }) => sum + result.goldenLines, 0),
    goldenMatched: own.reduce((sum, { result }) => sum + result.goldenMatched, 0),
    curves: own.map(({ task, result }) => ({ seed: task.seed, curves: result.curves })),
    millisMedian: millis[millis.length >> 1] ?? Number.NaN,
  };
  const rows = own.flatMap(({ task, result }) =>
    SHARING_METRICS.flatMap((metric) => {
      const row = published.get(publishedKey(metric, trace, policy, task.seed));
      return row ? [{ metric, ours: result.curves[metric], theirs: row }] : [];
    }),
  );
  if (policy === "01-Random") return { ...base, ...judgeMeans(rows) };
  const largest = rows.map(({ ours, theirs }) => Math.max(...ours.map((value, x) => Math.abs(value - theirs[x]!))));
  return {
    ...base,
    rows: rows.length,
    matched: largest.filter((difference) => difference <= EXACT_WITHIN).length,
    largest: Math.max(0, ...largest),
  };
}

/** A policy that draws is compared by its mean over seeds, at 100 and 130 per cent, in what the band is known for. */
function judgeMeans(rows: readonly { metric: SharingMetric; ours: number[]; theirs: number[] }[]) {
  const differences = SHARING_METRICS.flatMap((metric) => {
    const own = rows.filter((row) => row.metric === metric);
    if (own.length === 0) return [];
    return [100, 130].map((x) => Math.abs(mean(own.map((r) => r.ours[x]!)) - mean(own.map((r) => r.theirs[x]!))));
  });
  return {
    rows: differences.length,
    matched: differences.filter((difference) => difference <= RANDOM_WITHIN).length,
    largest: Math.max(0, ...differences),
  };
}

async function tracesWith({ expectedFolder, listsFolder, traces }: ReproduceOptions): Promise<string[]> {
  const names = await readdir(join(expectedFolder, "orders")).catch((cause: unknown) => {
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `There is no folder orders in ${expectedFolder}.`,
      "Set WINDTUNNEL_EXPECTED to the folder that holds gpu-sharing with orders and tables.",
      { cause },
    );
  });
  const there = names.filter((name) => name.endsWith(".json.gz")).map((name) => name.slice(0, -".json.gz".length));
  const wanted = traces ?? there.sort();
  for (const trace of wanted) {
    if (there.includes(trace)) continue;
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `There are no arrival orders of trace "${trace}" in ${expectedFolder}; there are ${there.sort().join(", ")}.`,
      "Give one of these with --trace.",
    );
  }
  const lists = await readdir(listsFolder).catch(() => [] as string[]);
  const missing = wanted.find((trace) => !lists.includes(`openb_pod_list_${trace}.csv`));
  if (missing !== undefined) {
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `openb_pod_list_${missing}.csv is not in ${listsFolder}.`,
      "Set WINDTUNNEL_DATA to the folder that holds openb-fgd, or get it with `windtunnel trace get openb`.",
    );
  }
  return [...wanted];
}

async function seedsOf(pool: WorkerPool<SharingApi>, orders: string): Promise<number[]> {
  return unwrap(await pool.run(`seeds of ${orders}`, async (api) => api.seeds(orders)));
}

/** Curves of the published tables. */
export type Published = Map<string, number[]>;

export function publishedKey(metric: SharingMetric, trace: string, policy: string, seed: number): string {
  return `${metric} ${trace} ${policy} ${seed}`;
}

/** Rows of the published tables (analysis_*.csv) of a folder by publishedKey; none where a table is missing. */
export async function readPublished(folder: string): Promise<Published> {
  const rows: Published = new Map();
  for (const metric of SHARING_METRICS) {
    const text = await readFile(join(folder, TABLES[metric]), "utf8").catch(() => "");
    const [head, ...lines] = text
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const first = head?.indexOf("0") ?? -1;
    if (!head || first < 0) continue;
    const [workload, policy, seed] = ["workload", "sc_policy", "seed"].map((name) => head.indexOf(name));
    for (const line of lines) {
      const trace = line[workload!]!.replace(/^openb_pod_list_/, "");
      const values = line.slice(first, first + COLUMNS).map(Number);
      rows.set(publishedKey(metric, trace, line[policy!]!, Number(line[seed!])), values);
    }
  }
  return rows;
}

export function isSharingPolicy(name: string): name is SharingPolicy {
  return name in SHARING_POLICIES;
}

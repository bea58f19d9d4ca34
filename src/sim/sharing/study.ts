// The FGD study as a file of one's own: any lists of nodes and pods, arrival orders given or generated, policies with ties by
// rank and drawn, published tables to stand beside.

import { z } from "zod";
import { unwrap } from "../../engine/outcome.js";
import { WorkerPool } from "../../engine/pool.js";
import { mean, standardDeviation } from "../statistics.js";
import { SHARING_METRICS, type SharingCurves, type SharingMetric } from "./curves.js";
import { type Published, publishedKey, WORKER_URL } from "./reproduce.js";
import { SHARING_POLICIES, type SharingPolicy } from "./run.js";
import type { SharingApi, SharingTask } from "./worker.js";

const policyNames = Object.keys(SHARING_POLICIES) as [SharingPolicy, ...SharingPolicy[]];
const path = z.string().min(1);

export const sharingSchema = z.strictObject({
  sharing: z.literal(1).describe("Version of the format."),
  title: z.string().min(1).describe("One line."),
  description: z.string().default("").describe("What the study asks."),
  source: z.string().default("").describe("Where it is from."),
  nodes: path.describe(
    "List of nodes (sn,cpu_milli,memory_mib,gpu,model): relative to this file, or in WINDTUNNEL_DATA.",
  ),
  pods: z
    .record(z.string().min(1), path)
    .refine((lists) => Object.keys(lists).length > 0, "at least one list")
    .describe("Lists of pods (name,cpu_milli,memory_mib,num_gpu,gpu_milli[,gpu_spec]) by name of the trace."),
  orders: path
    .default("generate")
    .describe(
      "Arrival orders (gzipped JSON), {trace} stands for the trace: relative to this file, or in WINDTUNNEL_EXPECTED; or generate.",
    ),
  seeds: z
    .array(z.number().int().nonnegative())
    .min(1)
    .default([42, 43, 44, 45, 46, 47, 48, 49, 50, 51])
    .describe("Seeds; of orders in a file those it has."),
  policies: z.array(z.enum(policyNames)).min(1).default(policyNames).describe("Placements to compare."),
  randomTies: z
    .boolean()
    .default(false)
    .describe("true: every placement also with ties drawn at random, in place of the lowest rank."),
  published: path
    .optional()
    .describe("Folder with the published tables (analysis_*.csv), to stand beside; in WINDTUNNEL_EXPECTED."),
});

export type SharingStudy = z.output<typeof sharingSchema>;

/** Files of a study, found. */
export interface SharingFiles {
  nodes: string;
  pods: ReadonlyMap<string, string>;
  /** Undefined: generated. */
  ordersOf(trace: string): string | undefined;
  published: Published;
}

/** One placement on one trace, over all seeds. */
export interface SharingRow {
  trace: string;
  policy: SharingPolicy;
  ties: "rank" | "drawn";
  seeds: number;
  curves: SharingCurves[];
  /** Published curves of the same seeds' experiment, by metric; empty where there is no table. */
  published: Record<SharingMetric, number[][]>;
  /** Of allocation at 100 %: our mean minus the published, percentage points, and how far chance takes it in 99 of 100. */
  difference?: { points: number; within: number };
}

/** @throws what a run throws: TRACE_UNREADABLE for files that cannot be used. */
export async function runStudy(
  study: SharingStudy,
  files: SharingFiles,
  { workers, onRun }: { workers: number; onRun(done: number, total: number): void },
): Promise<SharingRow[]> {
  const pool = new WorkerPool<SharingApi>({ url: WORKER_URL, size: workers, taskMillisMax: 600_000, attempts: 2 });
  try {
    const groups: { row: Omit<SharingRow, "curves">; tasks: SharingTask[] }[] = [];
    for (const [trace, pods] of files.pods) {
      const orders = files.ordersOf(trace);
      const seeds = orders === undefined ? study.seeds : await seedsIn(pool, orders, study.seeds);
      for (const policy of study.policies) {
        for (const ties of tiesOf(study, policy)) {
          const base = { trace, nodes: files.nodes, pods, orders, policy, randomTies: ties === "drawn" };
          const row = {
            trace,
            policy,
            ties,
            seeds: seeds.length,
            published: publishedOf(files.published, trace, policy, seeds),
          };
          groups.push({ row, tasks: seeds.map((seed) => ({ ...base, seed })) });
        }
      }
    }
    const total = groups.reduce((sum, { tasks }) => sum + tasks.length, 0);
    let done = 0;
    const run = async (task: SharingTask) => {
      const name = `${task.trace} ${task.policy} seed ${task.seed}`;
      const { curves } = unwrap(await pool.run(name, async (api) => api.run(task), task.trace));
      onRun(++done, total);
      return curves;
    };
    return await Promise.all(
      groups.map(async ({ row, tasks }) => withDifference({ ...row, curves: await Promise.all(tasks.map(run)) })),
    );
  } finally {
    await pool.close();
  }
}

/** Of Random ties mean nothing: it draws anyhow. */
function tiesOf({ randomTies }: SharingStudy, policy: SharingPolicy): SharingRow["ties"][] {
  if (policy === "01-Random") return ["drawn"];
  return randomTies ? ["rank", "drawn"] : ["rank"];
}

async function seedsIn(pool: WorkerPool<SharingApi>, orders: string, wanted: readonly number[]): Promise<number[]> {
  const there = unwrap(await pool.run(`seeds of ${orders}`, async (api) => api.seeds(orders)));
  const both = there.filter((seed) => wanted.includes(seed));
  return both.length > 0 ? both : there;
}

function publishedOf(published: Published, trace: string, policy: SharingPolicy, seeds: readonly number[]) {
  return Object.fromEntries(
    SHARING_METRICS.map((metric) => [
      metric,
      seeds.flatMap((seed) => {
        const row = published.get(publishedKey(metric, trace, policy, seed));
        return row ? [row] : [];
      }),
    ]),
  ) as SharingRow["published"];
}

/** Standard deviation of allocation at 100 % over 100 seeds of the default trace, of an independent program. */
const SIGMA: Record<SharingPolicy, number> = {
  "01-Random": 0.3,
  "02-DotProd": 0.31,
  "03-GpuClustering": 0.44,
  "04-GpuPacking": 0.44,
  "05-BestFit": 0.19,
  "06-FGD": 0.11,
};
/** Of a normal distribution, two-sided 99 %. */
const Z99 = 2.576;
const AT = 100;

/** Placements whose ties were drawn have no published counterpart, but Random. */
function withDifference(row: SharingRow): SharingRow {
  const theirs = row.published.allocation.map((curve) => curve[AT]!);
  if (theirs.length === 0 || (row.ties === "drawn" && row.policy !== "01-Random")) return row;
  const ours = row.curves.map((curves) => curves.allocation[AT]!);
  const sigma = row.trace === "default" ? SIGMA[row.policy] : Math.max(standardDeviation(theirs), 0.12);
  const within = Z99 * sigma * Math.sqrt(1 / ours.length + 1 / theirs.length);
  return { ...row, difference: { points: mean(ours) - mean(theirs), within } };
}

// A cluster as a study: its nodes as pools of a scenario, its pods and queue as a trace, with every assumption written down.

import { stringify } from "yaml";
import type { SeenJob, SeenPool } from "./history.js";

export interface ImportInput {
  name: string;
  jobs: readonly SeenJob[];
  pools: readonly SeenPool[];
  nowMillis: number;
  /** USD per GPU-hour by instance type. */
  prices: ReadonlyMap<string, number>;
}

export interface Imported {
  files: Map<string, string>;
  assumptions: string[];
  jobs: number;
}

const csv = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Hours that what has not started is taken to run. */
const WAITING_HOURS = 1;

function runSeconds(job: SeenJob, nowMillis: number): number {
  const { startedMillis, endedMillis } = job;
  if (Number.isNaN(startedMillis))
    return Number.isNaN(job.estimateSeconds) ? WAITING_HOURS * 3600 : job.estimateSeconds;
  if (!Number.isNaN(endedMillis)) return Math.max(1, (endedMillis - startedMillis) / 1000);
  return Math.max(1, (2 * (nowMillis - startedMillis)) / 1000);
}

export function importCluster({ name, jobs, pools, nowMillis, prices }: ImportInput): Imported {
  const models = new Set(pools.map((p) => p.product));
  const usable = jobs.filter((j) => j.gpuMilliEach > 0 && j.tasks > 0);
  const first = Math.min(nowMillis, ...usable.map((j) => j.submittedMillis));
  const rows = usable.map((job, i) =>
    [
      i + 1,
      ((job.submittedMillis - first) / 1000).toFixed(3),
      runSeconds(job, nowMillis).toFixed(3),
      job.gpuMilliEach < 1000 ? job.tasks : (job.tasks * job.gpuMilliEach) / 1000,
      job.gpuMilliEach < 1000 ? job.gpuMilliEach : "",
      job.tasks,
      job.tasks * job.cpuMilliEach,
      job.tasks * job.memoryMibEach,
      models.has(job.product) && models.size > 1 ? job.product : "",
      `${job.cluster}/${job.namespace}`,
      `${job.namespace}/${job.name}`,
    ]
      .map((cell) => csv(String(cell)))
      .join(","),
  );
  const assumptions = [
    "A job that runs is taken to run as long again as it has run.",
    `A job that waits is taken to run as long as its annotation windtunnel.dev/estimate-seconds says, or ${WAITING_HOURS} h.`,
    "Pods of others that hold GPUs are jobs of one task each.",
    "Selectors, taints and affinity are not in a scenario: a job that has run somewhere may run on GPUs of that product.",
  ];
  const head = "row,submit,run,gpus,gpu_milli,tasks,cpu,memory,models,tenant,name";
  const files = new Map<string, string>();
  files.set("jobs.csv", `${[head, ...rows].join("\n")}\n`);
  files.set(
    "trace.yaml",
    stringify({
      windtunnelTrace: 1,
      title: `Jobs of ${name}, as they stood`,
      files: "jobs.csv",
      select:
        "SELECT row AS _row, submit, run, gpus, NULLIF(gpu_milli, '') AS gpu_milli, tasks, cpu, memory, NULLIF(models, '') AS models, tenant, name FROM raw",
      units: { cpu: "milli", memory: "mib" },
      licence: "yours",
      assumptions,
    }),
  );
  files.set("scenario.yaml", scenarioText(name, pools, prices));
  return { files, assumptions, jobs: usable.length };
}

function scenarioText(name: string, pools: readonly SeenPool[], prices: ReadonlyMap<string, number>): string {
  const used = new Set<string>();
  return stringify({
    windtunnel: 1,
    title: `What ${name} would do under other policies`,
    description: "Imported from a live cluster: see the assumptions of trace.yaml.",
    pools: pools.map((pool) => {
      const base = `${pool.cluster}-${pool.product}`.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, "-");
      let unique = base;
      for (let n = 2; used.has(unique); n++) unique = `${base}-${n}`;
      used.add(unique);
      const price = prices.get(pool.instanceType);
      return {
        name: unique,
        cloud: pool.cluster,
        gpuModel: pool.product,
        size: { nodes: pool.nodes },
        gpusPerNode: pool.gpus,
        cpuCoresPerNode: pool.cpuMilli / 1000,
        memoryGibPerNode: Math.floor(pool.memoryMib / 1024),
        ...(price === undefined ? {} : { prices: [{ usdPerGpuHour: price }] }),
      };
    }),
    workload: { dataset: "trace.yaml" },
    policies: { queue: ["fifo", "las", "easy"], place: ["fewest-nodes", "best-fit"] },
    replications: { count: 1, method: "none" },
  });
}

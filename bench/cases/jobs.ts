// Recorded and synthetic job lists through the whole engine, facts and measures included; reading and loading are not
// counted. Engine time is from the first event to the last.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { createDraws } from "#src/engine/draws.js";
import { createJobTable, type JobTable, type Trace } from "#src/model/jobs.js";
import { scenarioSchema } from "#src/model/scenario.js";
import { fillEstimates, loadTrace } from "#src/replay/index.js";
import { measureDemand, sizePools } from "#src/sim/pools.js";
import { buildSetup } from "#src/sim/setup.js";
import { Simulation } from "#src/sim/simulation.js";
import type { Case, Sample } from "../harness.js";
import { batchTwin } from "../twins/batch.js";

export interface DataFolders {
  data: string | undefined;
  expected: string | undefined;
  cache: string;
}

function traceOf(jobs: JobTable, name: string): Trace {
  return {
    names: { tenants: ["all"], gpuModels: [], jobClasses: ["default"] },
    jobs,
    provenance: { dataset: name, part: "", digest: "", licence: "", citation: "", assumptions: [] },
    rejected: [],
  };
}

/** Poisson arrivals, exponential run times of mean 1 h, 1 to 8 GPUs, for a pool of 512 GPUs at load 0.9. */
export function synthesise(count: number, seed: number): Trace {
  const draws = createDraws(seed, "bench");
  const jobs = createJobTable(count);
  const sizes = [1, 1, 1, 1, 2, 2, 4, 8];
  const gpusMean = sizes.reduce((a, g) => a + g, 0) / sizes.length;
  const gapSeconds = (3600 * gpusMean) / (512 * 0.9);
  let now = 0;
  for (let i = 0; i < count; i++) {
    now += Math.round(draws.exponential() * gapSeconds * 1e6);
    jobs.submitMicros[i] = now;
    jobs.runMicros[i] = 1 + Math.round(draws.exponential() * 3.6e9);
    jobs.tasks[i] = sizes[draws.integer(sizes.length)]!;
  }
  return traceOf(jobs, "synthetic");
}

/** Prepares runs of one policy on one trace; the sample's work is jobs. */
export function runs(trace: Trace, queue: string, gpus: number | null, topology: "counted" | "nodes" = "counted") {
  const scenario = scenarioSchema.parse({
    windtunnel: 1,
    title: "bench",
    pools: [{ name: "p", topology, size: gpus === null ? { offeredLoad: 0.9 } : { nodes: gpus / 8 } }],
    workload: { dataset: "bench" },
    policies: { queue: [queue], place: ["first-fit"] },
  });
  const pools = sizePools(scenario, measureDemand(trace.jobs), null, []);
  return (): Sample & { simulation: Simulation } => {
    const choice = { queue, place: "first-fit", seed: 1, records: false };
    const setup = buildSetup(scenario, pools, trace, choice);
    setup.world.capacities.input = trace.jobs.count;
    const simulation = new Simulation(setup, { rows: () => undefined });
    simulation.load(trace.jobs);
    const begun = performance.now();
    simulation.runUntil(Number.POSITIVE_INFINITY);
    const millis = performance.now() - begun;
    const { digest } = simulation.totals();
    return { work: trace.jobs.count, millis, hash: digest, simulation };
  };
}

function twin(trace: Trace, gpus: number, backfill: boolean): () => Sample {
  const { jobs } = trace;
  const input = { count: jobs.count, submit: jobs.submitMicros, run: jobs.runMicros, gpus: jobs.tasks };
  return () => {
    const begun = performance.now();
    const wait = batchTwin(input, gpus, backfill);
    return { work: jobs.count, millis: performance.now() - begun, hash: (wait / 1e6).toFixed(3) };
  };
}

function phillyCase(queue: string, name: string, folders: DataFolders): Case {
  const baseline = {
    name: "plain JavaScript twin",
    run: (): Sample => {
      throw new Error("the case has not been set up");
    },
  };
  const hasTwin = queue === "fifo";
  return {
    name,
    unit: "s",
    better: "lower",
    runs: 5,
    baseline: hasTwin ? baseline : null,
    async setup(tiny) {
      if (!tiny && folders.data === undefined) return { missing: "WINDTUNNEL_DATA is not set" };
      const recorded = tiny
        ? synthesise(500, 3)
        : await loadTrace("philly", { dataFolder: folders.data!, cacheFolder: folders.cache });
      const trace = fillEstimates(recorded, [1, 3], 1);
      const run = runs(trace, queue, null);
      if (hasTwin) baseline.run = twin(trace, run().simulation.gpusTotal, false);
      return { run };
    },
  };
}

async function readList(path: string): Promise<Trace> {
  const rows: number[][] = [];
  const lines = createInterface({ input: createReadStream(path).pipe(createGunzip()) });
  for await (const line of lines) rows.push(line.split(",").map(Number));
  rows.shift();
  const jobs = createJobTable(rows.length);
  rows.forEach(([, submit, run, gpus], i) => {
    jobs.submitMicros[i] = submit! * 1e6;
    jobs.runMicros[i] = run! * 1e6;
    jobs.tasks[i] = gpus!;
  });
  return traceOf(jobs, path);
}

/** The reference lists: 100,000 jobs on 512 GPUs, EASY with exact run times. The twin's answer must be ours. */
function referenceCase(rule: "fifo" | "easy", load: "085" | "105", folders: DataFolders): Case {
  const baseline = {
    name: "plain JavaScript twin",
    run: (): Sample => {
      throw new Error("the case has not been set up");
    },
  };
  return {
    name: `jobs/reference-${rule}-${load}`,
    unit: "s",
    better: "lower",
    runs: 9,
    baseline,
    async setup(tiny) {
      if (!tiny && folders.expected === undefined) return { missing: "WINDTUNNEL_EXPECTED is not set" };
      const path = join(folders.expected ?? "", "batch", `jobs-100k-load${load}.csv.gz`);
      if (!tiny && !(await stat(path).catch(() => undefined))) return { missing: `${path} is not there` };
      const trace = tiny ? synthesise(500, 4) : await readList(path);
      const run = runs(trace, rule === "easy" ? "easy-oracle" : "fifo", 512);
      baseline.run = twin(trace, 512, rule === "easy");
      const wait = (run().simulation.totals().waitMicrosMean / 1e6).toFixed(3);
      const other = baseline.run().hash;
      if (wait !== other) throw new Error(`${rule} at ${load}: mean wait ${wait} s, the twin says ${other} s`);
      return { run };
    },
  };
}

function sizeCase(count: number): Case {
  return {
    name: `jobs/fifo-1e${Math.round(Math.log10(count))}`,
    unit: "s",
    better: "lower",
    runs: 5,
    baseline: null,
    async setup(tiny) {
      const trace = synthesise(tiny ? 500 : count, 5);
      return { run: runs(trace, "fifo", 512) };
    },
  };
}

export function jobCases(folders: DataFolders): Case[] {
  return [
    phillyCase("fifo", "jobs/philly-fifo", folders),
    phillyCase("sjf", "jobs/philly-sjf", folders),
    phillyCase("las", "jobs/philly-las", folders),
    phillyCase("easy", "jobs/philly-easy", folders),
    referenceCase("fifo", "085", folders),
    referenceCase("fifo", "105", folders),
    referenceCase("easy", "085", folders),
    referenceCase("easy", "105", folders),
    sizeCase(10_000),
    sizeCase(100_000),
    sizeCase(1_000_000),
  ];
}

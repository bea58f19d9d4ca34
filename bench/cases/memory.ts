// Memory: bytes a live job, and a trace of ten million jobs that streams in the memory of a short one.

import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDraws } from "#src/engine/draws.js";
import { createJobTable, type JobTable } from "#src/model/jobs.js";
import { scenarioSchema } from "#src/model/scenario.js";
import { measureJobs } from "#src/sim/measure.js";
import { sizePools } from "#src/sim/pools.js";
import { RunTable } from "#src/sim/run-table.js";
import { buildSetup } from "#src/sim/setup.js";
import { Simulation, type Sinks } from "#src/sim/simulation.js";
import { TableJobs } from "#src/sim/table-jobs.js";
import type { Case, Sample } from "../harness.js";

const SCENARIO = scenarioSchema.parse({
  windtunnel: 1,
  title: "stream",
  pools: [{ name: "p", topology: "counted", size: { nodes: 64 } }],
  workload: { dataset: "bench" },
  policies: { queue: ["fifo"], place: ["first-fit"] },
});
const NAMES = { tenants: ["all"], gpuModels: [], jobClasses: ["default"] };
const CHUNK = 50_000;

/** The same kind of jobs as in jobs/fifo-*, made chunk by chunk. */
async function* chunks(count: number): AsyncIterable<JobTable> {
  const draws = createDraws(9, "stream");
  let now = 0;
  for (let made = 0; made < count; made += CHUNK) {
    const jobs = createJobTable(Math.min(CHUNK, count - made));
    for (let i = 0; i < jobs.count; i++) {
      now += Math.round(draws.exponential() * 15.6e6);
      jobs.submitMicros[i] = now;
      jobs.runMicros[i] = 1 + Math.round(draws.exponential() * 2.4e9);
      jobs.tasks[i] = 1 + draws.integer(4);
    }
    yield jobs;
  }
}

function simulation(liveJobs: number, rows: Sinks["rows"] = () => undefined): Simulation {
  const pools = sizePools(SCENARIO, { gpuHours: 1, spanHours: 1, gpusMax: 4 }, null, []);
  const setup = buildSetup(
    SCENARIO,
    pools,
    { names: NAMES, jobs: { count: Number.POSITIVE_INFINITY } },
    {
      queue: "fifo",
      place: "first-fit",
      seed: 1,
      records: false,
      capacities: { liveJobs },
    },
  );
  return new Simulation(setup, { rows });
}

/** One streamed and measured run in this process: what `measuredMemory` starts a process for. */
export async function streamMeasured(count: number): Promise<{ mebibytes: number; seconds: number; digest: string }> {
  const folder = await mkdtemp(join(tmpdir(), "windtunnel-stream-"));
  try {
    const begun = performance.now();
    const table = await RunTable.create(join(folder, "spill"));
    const run = simulation(16_384, (rows) => table.add(rows));
    await run.runStream(chunks(count));
    const setup = { gpusTotal: run.gpusTotal, tenants: [], poolModels: [""], cutJobs: 0, within: false };
    const { metrics } = await measureJobs(new TableJobs(table), run.series(), setup);
    await table.write(join(folder, "rows.parquet"));
    await table.close();
    return {
      mebibytes: process.resourceUsage().maxRSS / 1024,
      seconds: (performance.now() - begun) / 1000,
      digest: `${run.totals().digest} P99 ${metrics.jctSecondsP99}`,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Most memory of a process that simulates ten million jobs, measures them exactly and writes their rows: some 100 MiB of
 * Node, the engine's, and what DuckDB needs to sort on disk. A process of its own, since memory once touched stays.
 */
export const measuredMemory: Case = {
  name: "memory/measured-1e7",
  unit: "MiB",
  better: "lower",
  runs: 1,
  baseline: null,
  value: (sample) => sample.work,
  async setup(tiny) {
    const inProcess = (count: number): Awaited<ReturnType<typeof streamMeasured>> => {
      const code = `import(${JSON.stringify(import.meta.url)}).then(async (m) => console.log(JSON.stringify(await m.streamMeasured(${count}))))`;
      return JSON.parse(execFileSync(process.execPath, ["-e", code], { encoding: "utf8" }));
    };
    return {
      async run() {
        // the tests have TypeScript, which a process of plain Node cannot load
        const once = import.meta.url.endsWith(".ts") ? streamMeasured : inProcess;
        const { mebibytes, seconds, digest } = await once(tiny ? 4_000 : 10_000_000);
        return { work: mebibytes, millis: seconds * 1000, hash: digest };
      },
    };
  },
};

/** Streams `count` jobs; time includes making them. */
async function stream(count: number): Promise<Sample & { bytes: number; live: number }> {
  const begun = performance.now();
  const run = simulation(16_384);
  await run.runStream(chunks(count));
  const { digest, arenaBytes, livePeak } = run.totals();
  return { work: count, millis: performance.now() - begun, hash: digest, bytes: arenaBytes, live: livePeak };
}

export const stream1e7: Case = {
  name: "jobs/stream-1e7",
  unit: "s",
  better: "lower",
  runs: 1,
  baseline: null,
  setup: async (tiny) => ({ run: () => stream(tiny ? 2_000 : 10_000_000) }),
};

/** Engine memory of ten million streamed jobs over that of one hundred thousand: 1 = flat. */
export const streamMemory: Case = {
  name: "memory/stream-1e7-over-1e5",
  unit: "1",
  better: "lower",
  runs: 1,
  baseline: null,
  value: (sample) => sample.work,
  async setup(tiny) {
    return {
      async run() {
        const long = await stream(tiny ? 4_000 : 10_000_000);
        const short = await stream(tiny ? 2_000 : 100_000);
        return { work: long.bytes / short.bytes, millis: long.millis, hash: long.hash };
      },
    };
  },
};

/** What one more live job costs: all tables of the engine, indexes and result rows included. */
export const bytesPerLiveJob: Case = {
  name: "memory/bytes-per-live-job",
  unit: "B",
  better: "lower",
  runs: 1,
  baseline: null,
  value: (sample) => sample.work,
  async setup(tiny) {
    const [small, large] = tiny ? [1024, 2048] : [65_536, 131_072];
    return {
      run() {
        const begun = performance.now();
        const bytes = simulation(large).engine.arenaBytes() - simulation(small).engine.arenaBytes();
        return { work: bytes / (large - small), millis: performance.now() - begun, hash: String(bytes) };
      },
    };
  },
};

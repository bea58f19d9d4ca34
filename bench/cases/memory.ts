// Memory: bytes a live job, and a trace of ten million jobs that streams in the memory of a short one.

import { createDraws } from "#src/engine/draws.js";
import { createJobTable, type JobTable } from "#src/model/jobs.js";
import { scenarioSchema } from "#src/model/scenario.js";
import { sizePools } from "#src/sim/pools.js";
import { buildSetup } from "#src/sim/setup.js";
import { Simulation } from "#src/sim/simulation.js";
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

function simulation(liveJobs: number): Simulation {
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
  return new Simulation(setup, { rows: () => undefined });
}

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

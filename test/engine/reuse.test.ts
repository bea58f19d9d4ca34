import { expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { createJobTable, type Trace } from "../../src/model/jobs.js";
import { scenarioSchema } from "../../src/model/scenario.js";
import { fillEstimates } from "../../src/replay/index.js";
import { measureDemand, sizePools } from "../../src/sim/pools.js";
import { simulate } from "../../src/sim/run.js";

function trace(count: number): Trace {
  const jobs = createJobTable(count);
  for (let i = 0; i < count; i++) {
    jobs.submitMicros[i] = i * 60e6;
    jobs.runMicros[i] = (1 + ((i * 7919) % 101)) * 60e6;
    jobs.tasks[i] = 1 + ((i * 31) % 9);
  }
  const provenance = { dataset: "t", part: "", digest: "", licence: "", citation: "", assumptions: [] };
  return fillEstimates(
    { names: { tenants: ["t"], gpuModels: [], jobClasses: ["default"] }, jobs, provenance, rejected: [] },
    [1, 3],
    1,
  );
}

function digest(queue: string, count: number, topology: "nodes" | "counted", engine?: Engine): string {
  const scenario = scenarioSchema.parse({
    windtunnel: 1,
    title: "reuse",
    pools: [{ name: "p", topology, size: { offeredLoad: 0.9 }, prices: [{ usdPerGpuHour: 2 }] }],
    jobClasses: [{ name: "default", failuresPerGpuHour: 0.05, checkpointSeconds: 600 }],
    workload: { dataset: "t" },
    policies: { queue: [queue], place: ["best-fit"] },
  });
  const t = trace(count);
  const pools = sizePools(scenario, measureDemand(t.jobs), null, []);
  const spec = { id: "r", queue, place: "best-fit", load: null, replication: 0, shake: null, seed: 5 };
  const { result, simulation } = simulate(spec, scenario, pools, t, { engine, charts: true, clock: () => 0 });
  return JSON.stringify([
    result.digest,
    [...result.rows.finishMicros],
    simulation.totals(),
    result.stays.length,
    [...result.series.gpusAllocated],
  ]);
}

it("an engine used again, for other policies, sizes and pools, answers as a new one", () => {
  const used = new Engine();
  for (const [queue, count, topology] of [
    ["las", 900, "nodes"],
    ["easy", 100, "counted"],
    ["srtf-oracle", 700, "nodes"],
    ["sjf-history", 1200, "nodes"],
    ["conservative", 300, "counted"],
    ["las", 900, "nodes"],
  ] as const) {
    expect(digest(queue, count, topology, used), queue).toBe(digest(queue, count, topology));
  }
});

// Pools that change size while jobs run.

import { describe, expect, it } from "vitest";
import * as abi from "../../src/engine/abi.js";
import { joinLog, LogReader } from "../../src/engine/log.js";
import {
  forecastDemand,
  gapRule,
  greedyRule,
  linearRule,
  type Observation,
  type PoolRule,
} from "../../src/plan/pool-rules.js";
import { replayLog } from "../../src/replay/driver.js";
import { type ControlSetup, runControlled } from "../../src/sim/controlled.js";
import { measureDemand, sizePools } from "../../src/sim/pools.js";
import { buildSetup } from "../../src/sim/setup.js";
import { Simulation } from "../../src/sim/simulation.js";
import { type SmallJob, scenarioOf, traceOf } from "./schedules/small.js";

const MINUTE = 60e6;

const POOL = { topology: "counted", gpusPerNode: 1, prices: [{ usdPerGpuHour: 6 }] };
const TWO = [
  { name: "cheap", cloud: "a", gpuModel: "A", size: { nodes: 8 }, ...POOL, prices: [{ usdPerGpuHour: 2 }] },
  { name: "dear", cloud: "b", gpuModel: "B", size: { nodes: 8 }, ...POOL },
];

function run(
  jobs: readonly SmallJob[],
  rule: PoolRule,
  queue = "fifo",
  pools: object[] = [{ name: "p", size: { nodes: 8 }, ...POOL }],
) {
  const scenario = scenarioOf(pools as Record<string, unknown>[], {}, { queue: [queue] });
  const trace = traceOf(jobs, ["B"]);
  const sized = sizePools(scenario, measureDemand(trace.jobs), null, trace.names.gpuModels);
  const setup = buildSetup(
    scenario,
    sized,
    { names: trace.names, jobs: { ...trace.jobs, count: jobs.length } },
    {
      queue,
      place: "first-fit",
      seed: 1,
      records: true,
    },
  );
  const capacities = { ...setup.world.capacities, facts: 4 };
  const starts = new Map<number, number>();
  const log: Uint8Array[] = [];
  const simulation = new Simulation(
    { ...setup, world: { ...setup.world, capacities } },
    {
      rows: (rows) => {
        for (let i = 0; i < rows.count; i++) starts.set(rows.job[i]!, rows.firstStartMicros[i]! / MINUTE);
      },
      log: (bytes) => void log.push(bytes.slice()),
    },
  );
  const control: ControlSetup = {
    pools: scenario.pools.map((pool, p) => ({
      cloud: pool.cloud,
      gpuModel: pool.gpuModel,
      gpusMin: 0,
      gpusMax: sized[p]!.nodes,
    })),
    modelBits: new Map([["B", 1]]),
    periodMicros: 60 * MINUTE,
    provisioningMicros: 10 * MINUTE,
  };
  const trail = runControlled(simulation, trace.jobs, control, rule);
  const recording = { world: setup.world, shapes: simulation.shapes, log: joinLog(log) };
  return { starts, totals: simulation.totals(), trail, recording, series: simulation.series() };
}

const job = (at: number, run: number, gpus: number, extra: object = {}): SmallJob => ({
  at: at * 60,
  run: run * 60,
  gpus,
  ...extra,
});

describe("pools under control", () => {
  it("are there when ordered and ten minutes have passed, and cost from then until they are given up", () => {
    // tick at 0: nothing wanted, everything given up; at 60: 4 wanted, there at 70; job ends at 130; tick at 120 keeps, 180 is after the end
    const { starts, totals } = run([job(5, 60, 4)], greedyRule);
    expect(starts.get(0)).toBe(70);
    expect(totals.capacityUsd).toBeCloseTo(4 * 1 * 6, 9);
    expect(totals.allocatedUsd).toBeCloseTo(4 * 1 * 6, 9);
  });

  it("give up nothing that is in use", () => {
    const rule: PoolRule = (seen) => [seen.tick === 0 ? 8 : 0];
    const { starts, totals } = run([job(1, 90, 3), job(2, 30, 5)], rule);
    expect([...starts.values()].sort()).toEqual([1, 2]);
    // 8 GPUs for an hour, then the 3 in use until minute 91
    expect(totals.capacityUsd).toBeCloseTo((8 * 60 + 3 * 31) / 10, 9);
  });

  it("call off what is on its way and no longer wanted", () => {
    // ordered at 0, arrives at 10; a rule that wants it at the first tick only has paid from 10 to 60
    const rule: PoolRule = (seen) => [seen.tick === 1 ? 4 : 0];
    const { totals } = run([job(200, 10, 1), job(201, 1, 1)], (seen) => (seen.tick >= 4 ? [1] : rule(seen)));
    expect(totals.capacityUsd).toBeCloseTo((4 * 50) / 10 + (1 * (261 - 250)) / 10, 6);
  });

  it("are the same to a replay of the recorded facts, under every queue policy", () => {
    const jobs = Array.from({ length: 60 }, (_, i) =>
      job(i * 70, 20 + ((i * 37) % 90), 1 + ((i * 5) % 6), { priority: i % 3 }),
    );
    for (const queue of ["fifo", "sjf", "srtf", "las", "easy", "conservative", "priority"]) {
      const first = run(jobs, greedyRule, queue);
      expect(first.totals.finished, queue).toBe(60);
      expect(run(jobs, greedyRule, queue).totals.digest, queue).toBe(first.totals.digest);
      expect(replayLog(first.recording).firstDifference, queue).toBeNull();
      const reader = new LogReader(first.recording.log);
      let changes = 0;
      for (let i = 0; i < reader.count; i++) if (reader.kind(i) === abi.FACT_CAPACITY) changes++;
      expect(changes, queue).toBeGreaterThan(5);
      // the series of GPUs in use adds up to the GPU-time that was held
      const used = first.series.gpusAllocated.reduce((sum, gpus, i) => {
        const width = Math.min(first.series.binMicros, first.totals.lastFinishMicros - i * first.series.binMicros);
        return sum + gpus * width;
      }, 0);
      expect(used / first.totals.heldGpuMicros, queue).toBeCloseTo(1, 6);
    }
  });

  it("serve work that needs a model from pools that have it, and the rest from the cheapest", () => {
    const jobs = [job(1, 120, 2, { modelMask: 1 }), job(1, 120, 3)];
    for (const rule of [greedyRule, linearRule()]) {
      const { trail } = run(jobs, rule, "fifo", TWO);
      expect(trail.targets[1]).toEqual([3, 2]);
    }
  });

  it("are refused where nodes are tracked", () => {
    const tracked = [{ name: "p", gpusPerNode: 8, size: { nodes: 1 }, prices: [{ usdPerGpuHour: 1 }] }];
    expect(() => run([job(1, 1, 1)], () => [0], "fifo", tracked)).toThrow(/tracks its nodes/);
  });
});

describe("rules for pool sizes", () => {
  const seen = (gpus: number, history: number[], largestGpus = 0): Observation => ({
    tick: 0,
    ticksPerDay: 24,
    pools: [
      { cloud: "a", gpuModel: "A", usdPerGpuHour: 2, gpusMin: 0, gpusMax: 10, gpus: 5, ordered: 0, allocated: 5 },
      { cloud: "b", gpuModel: "B", usdPerGpuHour: 3, gpusMin: 0, gpusMax: 10, gpus: 5, ordered: 0, allocated: 5 },
    ],
    demands: [{ gpuModels: [], gpusNow: gpus, history, largestGpus }],
  });

  it("forecast with yesterday's next hour, and never less than now", () => {
    expect(forecastDemand([4], 24)).toBe(4);
    expect(forecastDemand([20, ...new Array(22).fill(0), 4], 24)).toBe(12);
    expect(forecastDemand([0, ...new Array(22).fill(0), 4], 24)).toBe(4);
  });

  it("fill the cheapest pool first", () => {
    expect(greedyRule(seen(12, [12]))).toEqual([10, 2]);
    expect(linearRule()(seen(12, [12]))).toEqual([10, 2]);
    expect(linearRule()(seen(25, [25]))).toEqual([10, 10]);
  });

  it("make room for a gang in one pool", () => {
    expect(greedyRule(seen(12, [12], 4))).toEqual([10, 2]);
    expect(greedyRule(seen(12, [12], 5))).toEqual([10, 2]);
    const busy = seen(14, [14], 5);
    const [a, b] = busy.pools;
    // three are free in the first and two in the second: the second has room to grow by three more
    expect(
      greedyRule({
        ...busy,
        pools: [
          { ...a!, allocated: 7 },
          { ...b!, allocated: 2 },
        ],
      }),
    ).toEqual([10, 7]);
  });

  it("move a fixed number between pools, at most a step at a time", () => {
    const rule = gapRule(10, 2);
    const lopsided = { ...seen(0, [0]), demands: [{ gpuModels: ["B"], gpusNow: 9, history: [9], largestGpus: 0 }] };
    expect(rule(lopsided)).toEqual([3, 7]);
    expect(rule(lopsided)).toEqual([1, 9]);
    expect(rule(lopsided)).toEqual([1, 9]);
  });
});

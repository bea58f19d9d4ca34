// The engine against an independent scheduler written from the definitions, on random small instances.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type TwinJob, type TwinRule, twinSchedule } from "../../twins/scheduler.js";
import { expectClean, record, scenarioOf, traceOf } from "./small.js";

const SECOND = 1e6;
const BOUNDS_GPU_SECONDS = [6, 20];

/** Small whole numbers, so that many things happen at one moment. */
const job = (gpus: number) =>
  fc.record({
    at: fc.integer({ min: 0, max: 12 }),
    run: fc.integer({ min: 1, max: 12 }),
    gpus: fc.integer({ min: 1, max: gpus }),
    // below 1: a job that outlives its estimate
    factor: fc.constantFrom(0.5, 1, 1, 1.5, 3),
    priority: fc.integer({ min: 0, max: 2 }),
  });

const instance = fc
  .integer({ min: 1, max: 6 })
  .chain((gpus) => fc.record({ gpus: fc.constant(gpus), jobs: fc.array(job(gpus), { minLength: 1, maxLength: 12 }) }));

const cases: [queue: string, rule: TwinRule][] = [
  ["fifo", "fifo"],
  ["sjf", "sjf"],
  ["sjf-oracle", "sjf"],
  ["easy", "easy"],
  ["easy-oracle", "easy"],
  ["conservative", "conservative"],
  ["conservative-oracle", "conservative"],
  ["priority", "priority"],
  ["srtf", "srtf"],
  ["srtf-oracle", "srtf"],
  ["las", "las"],
];

test.each(cases)("%s starts and ends every job when the definition says", (queue, rule) => {
  fc.assert(
    fc.property(instance, ({ gpus, jobs }) => {
      const sorted = jobs.map((j) => ({ ...j, estimate: j.run * j.factor })).sort((a, b) => a.at - b.at);
      const told = (j: (typeof sorted)[number]) => (queue.endsWith("oracle") ? j.run : j.estimate);
      const twin = twinSchedule(
        sorted.map((j): TwinJob => ({ ...j, at: j.at * SECOND, run: j.run * SECOND, estimate: told(j) * SECOND })),
        gpus,
        rule,
        BOUNDS_GPU_SECONDS.map((bound) => bound * SECOND),
      );
      for (const topology of ["counted", "nodes"]) {
        const scenario = scenarioOf(
          [{ topology, gpusPerNode: 1, size: { nodes: gpus } }],
          {},
          { lasThresholdsGpuSeconds: BOUNDS_GPU_SECONDS },
        );
        const { result, report } = record(scenario, traceOf(sorted), queue, "worst-fit");
        expectClean(report);
        const { rows } = result;
        const made = { firstStart: [] as number[], finish: [] as number[] };
        for (let i = 0; i < rows.count; i++) {
          made.firstStart[rows.job[i]!] = rows.firstStartMicros[i]!;
          made.finish[rows.job[i]!] = rows.finishMicros[i]!;
        }
        expect(made).toEqual(twin);
      }
    }),
    { numRuns: 80 },
  );
});

// Services that are there by their recorded instances: GPUs over time, and what training has beside them.

import { describe, expect, it } from "vitest";
import type { Trace } from "#src/model/jobs.js";
import { loadTrace } from "#src/replay/index.js";
import { recordedSteps, stepsTogether } from "#src/sim/services/recorded.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { testOnRecords } from "../../replay/real-data.js";
import { type SmallJob, traceOf } from "../schedules/small.js";

const HOUR = 3600e6;

/** Instances by tenant x or y, hours. */
function instances(list: readonly [tenant: 0 | 1, from: number, to: number, gpus: number][]): Trace {
  const jobs: SmallJob[] = list.map(([, from, to, gpus]) => ({ at: from * 3600, run: (to - from) * 3600, gpus }));
  const trace = traceOf(jobs);
  trace.jobs.tenant.set(list.map(([tenant]) => tenant));
  return { ...trace, names: { ...trace.names, tenants: ["x", "y"] } };
}

const TRACE = instances([
  [0, 0, 9, 4],
  [0, 1, 3, 2],
  [1, 2, 4, 8],
  [0, 4, 5, 1],
  [1, 7, 9, 1],
]);
const SPEC = { name: "recommender", dataset: "own", fromHours: 0, scale: 1 };

describe("recorded instances", () => {
  it("hold GPUs from their start to their end, worked out by hand", () => {
    const all = recordedSteps(TRACE, SPEC, 6);
    expect(all.steps).toEqual([
      { atMicros: 0, gpus: 4 },
      { atMicros: HOUR, gpus: 6 },
      { atMicros: 2 * HOUR, gpus: 14 },
      { atMicros: 3 * HOUR, gpus: 12 },
      { atMicros: 4 * HOUR, gpus: 5 },
      { atMicros: 5 * HOUR, gpus: 4 },
    ]);
    expect(all).toMatchObject({ ups: 3, downs: 3, gpusMin: 4, gpusMax: 14 });
    expect(all.gpusMean).toBeCloseTo((4 + 6 + 14 + 12 + 5 + 4) / 6, 9);
    // those of one tenant, from hour 2.5 on, halved and rounded up
    const some = recordedSteps(TRACE, { ...SPEC, tenants: ["y"], fromHours: 2.5, scale: 0.5 }, 6);
    expect(some.steps).toEqual([
      { atMicros: 0, gpus: 4 },
      { atMicros: 1.5 * HOUR, gpus: 0 },
      { atMicros: 4.5 * HOUR, gpus: 1 },
    ]);
    expect(() => recordedSteps(TRACE, { ...SPEC, tenants: ["z"] }, 6)).toThrow(/own has no tenant "z"/);
  });

  it("add up with others over time", () => {
    const one = [
      { atMicros: 0, gpus: 1 },
      { atMicros: 20, gpus: 3 },
    ];
    const other = [
      { atMicros: 0, gpus: 5 },
      { atMicros: 10, gpus: 4 },
      { atMicros: 20, gpus: 2 },
    ];
    expect(stepsTogether([one, other])).toEqual([
      { atMicros: 0, gpus: 6 },
      { atMicros: 10, gpus: 5 },
    ]);
  });

  const text = `
windtunnelServices: 1
title: shared
hours: 6
replications: 1
controllers: [fixed]
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    requestsPerSecond: 0.1
    bounds: { ttftSeconds: 2 }
    replicas: { min: 2, max: 2 }
training: { gpus: 20, dataset: philly, queue: fifo }
recorded: [{ name: recommender, dataset: alibaba-dlrm }]
`;

  it("leave training what they do not hold, and services as they are", () => {
    const study = parseServiceStudy(text, "services.yaml");
    const traces = [traceOf(Array.from({ length: 20 }, (_, i) => ({ at: i * 600, run: 3000, gpus: 2 })))];
    const recorded = [recordedSteps(TRACE, SPEC, 6)];
    const beside = runServiceStudy(study, [undefined], undefined, traces, recorded);
    const alone = runServiceStudy(study, [undefined], undefined, traces);
    expect(beside.rows).toEqual(alone.rows);
    const gpus = (result: typeof beside) => result.lending!.rows.map(({ metrics }) => metrics.gpusMean.mean);
    const [notLent, fixed] = gpus(beside);
    expect(gpus(alone)).toEqual([18, 18]);
    // never lent: what nobody may ever have; lent: what nobody has
    expect(notLent).toBeCloseTo(20 - 2 - 14, 9);
    expect(fixed).toBeCloseTo(20 - 2 - recorded[0]!.gpusMean, 9);
    const alsoNeeded = text.replace(/training:.*\n/, "");
    expect(() => parseServiceStudy(alsoNeeded, "services.yaml")).toThrow(
      /hold GPUs of training's pool, and there is no training/,
    );
  });
});

testOnRecords("the recommenders of the record begin with the instances that were there before", async (folders) => {
  const trace = await loadTrace("alibaba-dlrm", folders);
  const { steps, ups, gpusMax } = recordedSteps(trace, { ...SPEC, dataset: "alibaba-dlrm" }, 743);
  // 7,386 instances with a GPU, of which 4,263 were created within the record
  expect(steps[0]!.gpus).toBeGreaterThanOrEqual(7_386 - 4_263);
  expect(steps[0]!.gpus).toBeLessThan(7_386 - 4_263 + 50);
  expect(ups).toBeGreaterThan(4_000);
  expect(gpusMax).toBeLessThan(7_386);
});

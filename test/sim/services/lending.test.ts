// GPUs that services do not hold, lent to training: worked out by hand.

import { describe, expect, it } from "vitest";
import type { ServiceStudy } from "../../../src/model/service-study.js";
import { heldSteps, runTraining } from "../../../src/sim/services/lending.js";
import type { ServiceTrail, TickRow } from "../../../src/sim/services/replicas.js";
import { runServiceStudy } from "../../../src/sim/services/study.js";
import { parseServiceStudy } from "../../../src/sim/services/study-file.js";
import { type SmallJob, scenarioOf, traceOf } from "../schedules/small.js";

const SECOND = 1e6;

function trailOf(rows: [ready: number, starting: number, draining: number][]): ServiceTrail {
  const ticks = rows.map(([ready, starting, draining], i): TickRow => {
    return {
      atMicros: i * 10 * SECOND,
      ready,
      starting,
      draining,
      outstanding: 0,
      memoryShare: 0,
      running: 0,
      waiting: 0,
    };
  });
  const none = {
    readyMicros: 0,
    startingMicros: 0,
    drainingMicros: 0,
    busyMicros: 0,
    spanMicros: 0,
    scalings: 0,
    coldStarts: 0,
    crashes: 0,
    alerts: [],
  };
  return { ticks, ...none };
}

describe("what services hold", () => {
  it("is taken at the tick that orders it, and given back at the tick after it has drained", () => {
    const trail = trailOf([
      [1, 0, 0],
      [1, 2, 0], // ordered at the tick before
      [3, 0, 0],
      [1, 0, 2],
      [1, 0, 0],
      [1, 0, 0],
    ]);
    expect(heldSteps([trail], [2])).toEqual([
      { atMicros: 0, gpus: 6 },
      { atMicros: 40 * SECOND, gpus: 2 },
    ]);
  });

  it("is the sum over services", () => {
    const flat = (count: number) =>
      trailOf([
        [count, 0, 0],
        [count, 0, 0],
      ]);
    expect(heldSteps([flat(2), flat(1)], [1, 4])).toEqual([{ atMicros: 0, gpus: 6 }]);
  });
});

describe("training on the rest", () => {
  const train = (jobs: SmallJob[], steps: [at: number, gpus: number][], queue = "fifo", classes: object = {}) => {
    const scenario = scenarioOf([{ topology: "counted", gpusPerNode: 1, size: { nodes: 8 } }], {
      jobClasses: [{ name: "default", ...classes }],
    });
    return runTraining(
      { scenario, trace: traceOf(jobs), queue, gpusTotal: 8, spanMicros: 100 * SECOND, seed: 1 },
      steps.map(([at, gpus]) => ({ atMicros: at * SECOND, gpus })),
    );
  };

  it("stops the latest to start when services take GPUs back, and goes on when they give them", () => {
    const jobs = [
      { at: 0, run: 60, gpus: 4 },
      { at: 1, run: 60, gpus: 4 },
    ];
    // from 20 to 50 services hold four: the second job stands still with 41 s left, and ends at 91
    const got = train(jobs, [
      [0, 0],
      [20, 4],
      [50, 0],
    ]);
    expect(got.jctHoursMean * 3600).toBeCloseTo((60 + 90) / 2, 6);
    expect([got.stopsPerJob, got.doneShare, got.lostGpuHours]).toEqual([0.5, 1, 0]);
  });

  it("loses the work since the last checkpoint, and pays for the restart", () => {
    const jobs = [
      { at: 0, run: 60, gpus: 4 },
      { at: 1, run: 60, gpus: 4 },
    ];
    const got = train(
      jobs,
      [
        [0, 0],
        [20, 4],
        [50, 0],
      ],
      "fifo",
      { checkpointSeconds: 10, restartSeconds: 5 },
    );
    // 19 s done, 10 kept; at 50 + 5 s it has 50 s left, of which 5 s come after the services have begun again
    expect(got.lostGpuHours * 3600).toBeCloseTo(9 * 4, 6);
    expect(got.stopsPerJob).toBe(0.5);
  });

  it("begins the services' run again until all jobs are done", () => {
    // eight GPUs only from 90 to 100: 10 s of 25 a round
    const got = train(
      [{ at: 0, run: 25, gpus: 8 }],
      [
        [0, 8],
        [90, 0],
      ],
    );
    expect(got.doneShare).toBe(0);
    expect(got.jctHoursMean * 3600).toBeCloseTo(295, 6);
  });

  it("says so if a job never finds room", () => {
    expect(() => train([{ at: 0, run: 1, gpus: 8 }], [[0, 4]])).toThrow("never find as many GPUs free");
  });
});

describe.each(["fifo", "las", "easy", "sjf", "srtf", "conservative", "priority"])("under %s", (queue) => {
  it("whoever is stopped goes on, and every job ends", () => {
    const scenario = scenarioOf([{ topology: "counted", gpusPerNode: 1, size: { nodes: 16 } }]);
    const jobs = Array.from({ length: 200 }, (_, i) => ({ at: i * 3, run: 20 + ((i * 37) % 90), gpus: 1 + (i % 4) }));
    const steps = Array.from({ length: 40 }, (_, i) => ({ atMicros: i * 15 * SECOND, gpus: (i * 7) % 13 }));
    const setup = { scenario, trace: traceOf(jobs), queue, gpusTotal: 16, spanMicros: 600 * SECOND, seed: 1 };
    const got = runTraining(setup, steps);
    const work = jobs.reduce((sum, job) => sum + job.run * job.gpus, 0) / 3600;
    expect(got.usefulGpuHours).toBeCloseTo(work, 6);
    expect(got.stopsPerJob).toBeGreaterThan(0);
  });
});

describe("a study with training", () => {
  const text = (training: string) => `
windtunnelServices: 1
title: shared
hours: 2
replications: 2
controllers: [fixed, hpa]
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    requestsPerSecond: 1
    lengths: { promptTokensMedian: 500, promptTokensP90: 900, outputTokensMedian: 60, outputTokensP90: 120 }
    bounds: { ttftSeconds: 2 }
    replicas: { min: 1, max: 4 }
training: { ${training} }
`;
  const jobs: SmallJob[] = Array.from({ length: 30 }, (_, i) => ({ at: i * 200, run: 600, gpus: 1 + (i % 3) }));

  it("serves as it would without, and trains sooner the more is lent", () => {
    const study = parseServiceStudy(text("gpus: 8, dataset: philly, queue: fifo"), "services.yaml");
    const traces = [traceOf(jobs), traceOf(jobs)];
    const shared = runServiceStudy(study, [undefined], undefined, traces);
    const { training: _, ...alone } = study;
    expect(runServiceStudy(alone as ServiceStudy, [undefined]).rows).toEqual(shared.rows);
    const [notLent, fixed, hpa] = shared.lending!.rows;
    expect([notLent!.arm, fixed!.arm?.controller, hpa!.arm?.controller]).toEqual([null, "fixed", "hpa"]);
    // fixed holds four all the time: the same as what is never lent
    expect(fixed!.metrics.jctHoursMean.mean).toBe(notLent!.metrics.jctHoursMean.mean);
    expect(fixed!.metrics.gpusMean.mean).toBe(4);
    expect(hpa!.metrics.gpusMean.mean).toBeGreaterThan(4);
    expect(hpa!.metrics.savedHoursMean.mean).toBeGreaterThan(0);
  });

  it.each([
    ["gpus: 3, dataset: philly", "the services' replicas may need 4"],
    ["gpus: 8", "either a dataset or a generator"],
    ["gpus: 8, dataset: philly, queue: fiffo", "fifo"],
  ])("is refused: %s", (training, message) => {
    expect(() => parseServiceStudy(text(training), "services.yaml")).toThrow(message);
  });
});

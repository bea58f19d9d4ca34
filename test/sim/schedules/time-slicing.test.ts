// Jobs that share a device and slow each other down: schedules worked out by hand, and runs that the checkers add up.

import { describe, expect, it } from "vitest";
import { QUEUE_POLICIES } from "../../../src/model/policies.js";
import type { TimeSlicing } from "../../../src/model/scenario.js";
import { sliceDevices } from "../../../src/sim/slices.js";
import { busyTrace } from "../check/busy.js";
import { checkRecorded, expectClean, record, type SmallJob, scenarioOf, traceOf } from "./small.js";

const FOLDERS = { scenarioPath: "", dataFolder: undefined, cacheFolder: "" };
const CLASSES = ["small", "large"];

async function sliced(jobs: (SmallJob & { jobClass?: number })[], slicing: Partial<TimeSlicing> = {}) {
  const trace = traceOf(jobs);
  trace.names.jobClasses = CLASSES;
  jobs.forEach((job, i) => {
    trace.jobs.jobClass[i] = job.jobClass ?? 0;
  });
  const pairs = [
    { jobClass: "small", beside: "small", rate: 0.8 },
    { jobClass: "small", beside: "large", rate: 0.5 },
    { jobClass: "large", beside: "small", rate: 0.25 },
  ];
  return sliceDevices(trace, { slices: 2, pairs, ...slicing }, FOLDERS);
}

const ONE_GPU = scenarioOf([{ gpusPerNode: 1, size: { nodes: 1 } }]);

async function finishes(jobs: Parameters<typeof sliced>[0], slicing: Partial<TimeSlicing> = {}, scenario = ONE_GPU) {
  const run = record(scenario, await sliced(jobs, slicing), "fifo");
  expectClean(run.report);
  const { rows } = run.result;
  return Array.from({ length: rows.count }, (_, job) => rows.finishMicros[rows.job.indexOf(job)]! / 1e6);
}

describe("two jobs on one device", () => {
  it("run at the rates of their pair, and alone at full speed", async () => {
    // small at 0.5, large at 0.25 until small ends at 200; large has 50 of 100 done then and goes on alone
    expect(
      await finishes([
        { at: 0, run: 100, gpus: 1 },
        { at: 0, run: 100, gpus: 1, jobClass: 1 },
      ]),
    ).toEqual([200, 250]);
  });

  it("change speed when one comes, and when one goes", async () => {
    // alone until 40; then both at 0.8: the first has 60 left and ends at 115; the second has done 60 of 100
    expect(
      await finishes([
        { at: 0, run: 100, gpus: 1 },
        { at: 40, run: 100, gpus: 1 },
      ]),
    ).toEqual([115, 155]);
  });

  it("take turns where nothing is said of a pair", async () => {
    const two = [
      { at: 0, run: 100, gpus: 1, jobClass: 1 },
      { at: 0, run: 100, gpus: 1, jobClass: 1 },
    ];
    expect(await finishes(two)).toEqual([200, 200]);
    expect(await finishes(two, { otherwise: 1 })).toEqual([100, 100]);
  });

  it("let a third wait for a slice, and three share if there are three slices", async () => {
    const three = Array.from({ length: 3 }, () => ({ at: 0, run: 80, gpus: 1 }));
    expect(await finishes(three)).toEqual([100, 100, 180]);
    // beside two at 0.8 each: 0.64
    expect(await finishes(three, { slices: 3 })).toEqual([125, 125, 125]);
  });

  it("do not slow each other while one is loading", async () => {
    const loading = scenarioOf([{ gpusPerNode: 1, size: { nodes: 1 } }]);
    loading.jobClasses = [startup("small", 0), startup("large", 50)];
    // large loads until 50; then small (50 left) at 0.5 ends at 150; large has done 25 of 100, and ends at 225
    const jobs = [
      { at: 0, run: 100, gpus: 1 },
      { at: 0, run: 100, gpus: 1, jobClass: 1 },
    ];
    expect(await finishes(jobs, {}, loading)).toEqual([150, 225]);
  });

  it("leave jobs of several GPUs as they are", async () => {
    const trace = await sliced([{ at: 0, run: 10, gpus: 2 }]);
    expect([trace.jobs.tasks[0], trace.jobs.gpuMilli[0]]).toEqual([2, 1000]);
  });

  it("refuse a class that no job has, with the nearest name", async () => {
    const pairs = [{ jobClass: "smal", beside: "large", rate: 0.5 }];
    await expect(sliced([{ at: 0, run: 1, gpus: 1 }], { pairs })).rejects.toThrow('the nearest name is "small"');
  });
});

function startup(name: string, startupSeconds: number) {
  return {
    name,
    startupSeconds,
    restartSeconds: 0,
    migrationSeconds: 0,
    checkpointSeconds: 0,
    slowdownSameRack: 1,
    slowdownAcrossRacks: 1,
    failuresPerGpuHour: 0,
    inputGib: 0,
    inputCloud: "here",
  };
}

describe("a busy cluster of sliced devices", () => {
  const scenario = scenarioOf(
    [{ gpusPerNode: 4, size: { nodes: 3 } }],
    {},
    { lasThresholdsGpuSeconds: [30, 100, 400] },
  );
  scenario.jobClasses = [
    { ...startup("small", 2), checkpointSeconds: 20, failuresPerGpuHour: 20 },
    { ...startup("large", 0), checkpointSeconds: 0 },
  ];
  const busy = async (seed: number) => {
    const trace = busyTrace(250, seed);
    trace.names.jobClasses = CLASSES;
    trace.jobs.jobClass.forEach((_, i, column) => {
      column[i] = i % 2;
    });
    const pairs = [
      { jobClass: "small", beside: "small", rate: 0.7 },
      { jobClass: "large", beside: "small", rate: 0.9 },
      { jobClass: "small", beside: "large", rate: 0.45 },
    ];
    return sliceDevices(trace, { slices: 2, pairs, otherwise: 0.6 }, FOLDERS);
  };

  it.each(QUEUE_POLICIES.map((p) => p.name))("keeps every rule under %s, with stops and failures", async (queue) => {
    for (const place of ["first-fit", "fgd"]) expectClean(record(scenario, await busy(3), queue, place).report);
  });

  it("is found out if it works at other speeds than the table says", async () => {
    const trace = await busy(3);
    const run = record(scenario, trace, "fifo");
    const { pairRates } = run.setup;
    const other = { ...run, setup: { ...run.setup, pairRates: pairRates!.map((rate) => rate * 0.99) } };
    const broken = checkRecorded(other, trace, run.log).filter((rule) => !rule.ok);
    expect(broken.map(({ rule }) => rule)).toContain(
      "a job holds its GPUs for its start-ups, its work and its lost work",
    );
  });
});

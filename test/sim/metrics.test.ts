import { describe, expect, it } from "vitest";
import { END_STATUS } from "../../src/model/jobs.js";
import type { JobRows, Series } from "../../src/model/results.js";
import { measureRun } from "../../src/sim/measure.js";
import { jainIndex, METRICS } from "../../src/sim/metrics.js";
import { NO_SERIES, rowsOf } from "./rows.js";

const NEVER = Number.NaN;
const cluster = { gpusTotal: 4 };

async function computeMetrics(rows: JobRows, series: Series, context: { gpusTotal: number; costUsd?: number }) {
  const setup = { tenants: [], poolModels: [""], cutJobs: 0, within: false, ...context };
  return (await measureRun(rows, series, setup)).metrics;
}

describe("the metrics of a run", () => {
  it("match a schedule worked out by hand", async () => {
    const rows = rowsOf([
      // Runs at once: JCT 100.
      { submit: 0, held: 100, gpuMilli: 2000, tenant: 0 },
      // Waits 20, is stopped once, waits again: JCT 200, held 150 of which 30 GPU-s are lost.
      { submit: 10, start: 30, held: 150, finish: 210, gpuMilli: 1000, lost: 30, restarts: 1, tenant: 1 },
      // Half a GPU, failed in the record: JCT 40.
      { submit: 100, start: 130, held: 10, finish: 140, gpuMilli: 500, endStatus: END_STATUS.failed, tenant: 1 },
      // Never started.
      { submit: 110, start: NEVER, finish: NEVER, held: 0, endStatus: END_STATUS.killed, tenant: 2 },
    ]);
    const series = { ...NO_SERIES, jobsWaiting: Float64Array.of(0, 2.5, 1) };
    const metrics = await computeMetrics(rows, series, cluster);
    expect(metrics).toMatchObject({
      jctSecondsMedian: 100,
      jctSecondsP90: 180,
      jctSecondsP99: 198,
      waitSecondsP50: 20,
      makespanSeconds: 210,
      restartsPerJob: 1 / 3,
      jobsFinished: 3,
      jobsUnfinished: 1,
      jobsFailed: 1,
      jobsKilled: 0,
      jobsWaitingMax: 2.5,
    });
    expect(metrics.jctSecondsMean).toBeCloseTo(340 / 3, 10);
    expect(metrics.waitSecondsMean).toBeCloseTo(50 / 3, 10);
    expect(metrics.totalWaitSecondsMean).toBeCloseTo((0 + 50 + 30) / 3, 10);
    expect(metrics.boundedSlowdownMean).toBeCloseTo((1 + 200 / 150 + 4) / 3, 10);
    expect(metrics.gpuAllocationRate).toBeCloseTo((200 + 150 + 5) / (4 * 210), 12);
    expect(metrics.gpuHoursUseful).toBeCloseTo(325 / 3600, 12);
    expect(metrics.restartLossGpuHours).toBeCloseTo(30 / 3600, 12);
    // Tenant 0 gets 1, tenant 1 (0.75 + 0.25) / 2; tenant 2 finished nothing and has no service to compare.
    expect(metrics.jainIndexTenants).toBeCloseTo(1.5 ** 2 / (2 * 1.25), 12);
  });

  it("do not divide by a job of a second: slowdown is bounded at ten", async () => {
    const rows = rowsOf([{ submit: 0, start: 19, held: 1 }]);
    expect((await computeMetrics(rows, NO_SERIES, cluster)).boundedSlowdownMean).toBe(2);
  });

  it("have a cost only where there is a price", async () => {
    const rows = rowsOf([{ submit: 0 }]);
    expect(await computeMetrics(rows, NO_SERIES, cluster)).not.toHaveProperty("costUsd");
    expect((await computeMetrics(rows, NO_SERIES, { ...cluster, costUsd: 12.5 })).costUsd).toBe(12.5);
  });

  it("are NaN, not zero, where no job finished", async () => {
    const metrics = await computeMetrics(rowsOf([{ submit: 0, start: NEVER, finish: NEVER }]), NO_SERIES, cluster);
    expect(metrics.jctSecondsMean).toBeNaN();
    expect(metrics.makespanSeconds).toBeNaN();
    expect(metrics.jobsUnfinished).toBe(1);
  });

  it("ignore what lies behind the last row of a larger buffer", async () => {
    const rows = rowsOf([
      { submit: 5, held: 10 },
      { submit: 0, held: 1e6, restarts: 9, lost: 9 },
    ]);
    const metrics = await computeMetrics({ ...rows, count: 1 }, NO_SERIES, cluster);
    expect(metrics).toMatchObject({
      jctSecondsMean: 10,
      makespanSeconds: 10,
      restartsPerJob: 0,
      gpuAllocationRate: 0.25,
    });
  });
});

describe("the Jain index", () => {
  it("is 1 for equal shares and 1/n when one has everything", () => {
    expect(jainIndex([0.3, 0.3, 0.3])).toBeCloseTo(1, 12);
    expect(jainIndex([5, 0, 0, 0])).toBe(0.25);
  });
});

describe("the table of metrics", () => {
  it("names each metric once and says unit, formula and what is counted", () => {
    const names = METRICS.map((metric) => metric.name);
    expect(new Set(names).size).toBe(names.length);
    for (const metric of METRICS) {
      for (const text of [metric.title, metric.unit, metric.formula, metric.counted])
        expect(text, metric.name).not.toBe("");
    }
  });

  it("says the unit in the name where it is a time", () => {
    for (const metric of METRICS) expect(metric.name.includes("Seconds"), metric.name).toBe(metric.unit === "s");
  });
});

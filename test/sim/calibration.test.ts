import { describe, expect, test } from "vitest";
import type { JobRows } from "../../src/model/results.js";
import { calibrateWaits, gpusInUse } from "../../src/sim/calibration.js";
import { traceAt } from "../replay/fixtures.js";

const S = 1e6;

/** Rows of a simulation in which job i waited so many seconds. */
function rowsWith(submitMicros: ArrayLike<number>, waitSeconds: readonly number[]): JobRows {
  const count = waitSeconds.length;
  return {
    count,
    job: Int32Array.from({ length: count }, (_, i) => i),
    submitMicros: Float64Array.from(submitMicros),
    firstStartMicros: Float64Array.from(waitSeconds, (wait, i) => submitMicros[i]! + wait * S),
  } as JobRows;
}

describe("a calibration", () => {
  const { jobs } = traceAt([0, 10 * S, 20 * S, 30 * S], [15 * S, 100 * S, 100 * S, 100 * S]);
  jobs.waitMicros.set([0, 20 * S, 0, 0]);
  jobs.gpuMilli.set([500, 1000, 2000, 0]);

  test("counts the GPUs in use when a job is submitted from recorded starts", () => {
    // job 0 holds half a GPU until 15 s, job 1 one from 30 s on, job 2 two from 20 s on
    expect([...gpusInUse(jobs)]).toEqual([0, 0.5, 0, 2]);
  });

  test("finds no distance where the waits agree, and says by kind and load where they do not", () => {
    expect(calibrateWaits(jobs, rowsWith(jobs.submitMicros, [0, 20, 0, 0])).all).toMatchObject({
      distance: 0,
      jobs: 4,
    });
    const { all, byKind, byLoad } = calibrateWaits(jobs, rowsWith(jobs.submitMicros, [0, 0, 0, 40]));
    expect(all.recorded).toMatchObject({ mean: 5, noticed: 0.25 });
    expect(all.simulated).toMatchObject({ mean: 10, noticed: 0.25 });
    expect(byKind.map((one) => [one.name, one.jobs, one.distance])).toEqual([
      ["no GPU", 1, 1],
      ["a share of a GPU", 1, 0],
      ["one GPU", 1, 1],
      ["several GPUs", 1, 0],
    ]);
    expect(byLoad.reduce((sum, one) => sum + one.jobs, 0)).toBe(4);
  });

  test("counts a job that never started as waiting for ever", () => {
    const rows = rowsWith(jobs.submitMicros, [0, 20, 0, 0]);
    rows.firstStartMicros[3] = Number.NaN;
    expect(calibrateWaits(jobs, rows).all.simulated.mean).toBe(Number.POSITIVE_INFINITY);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJobTable, type JobTable } from "../../src/model/jobs.js";
import { jctSecondsMeanBound, makespanSecondsBound } from "../../src/sim/bounds.js";
import { listSchedule, permutations, type SmallJob, searchOptimum } from "./exhaustive.js";

/** Time steps of one second. */
function tableOf(jobs: readonly SmallJob[]): JobTable {
  const table = createJobTable(jobs.length);
  [...jobs]
    .sort((a, b) => a.submit - b.submit)
    .forEach((job, j) => {
      table.submitMicros[j] = job.submit * 1e6;
      table.runMicros[j] = job.run * 1e6;
      table.tasks[j] = job.gpus;
    });
  return table;
}

const GPUS = 3;
const smallJob = fc.record({
  submit: fc.integer({ min: 0, max: 5 }),
  run: fc.integer({ min: 1, max: 4 }),
  gpus: fc.integer({ min: 1, max: GPUS }),
});

describe("the lower bounds", () => {
  it("are below the best of all preemptive schedules", () => {
    let tight = 0;
    fc.assert(
      fc.property(fc.array(smallJob, { minLength: 1, maxLength: 4 }), (jobs) => {
        const best = searchOptimum(jobs, GPUS);
        const jct = jctSecondsMeanBound(tableOf(jobs), GPUS);
        const makespan = makespanSecondsBound(tableOf(jobs), GPUS);
        expect(jct).toBeLessThanOrEqual(best.flow / jobs.length + 1e-9);
        expect(makespan).toBeLessThanOrEqual(best.makespan + 1e-9);
        if (Math.abs(makespan - best.makespan) < 1e-9) tight++;
      }),
      { numRuns: 400 },
    );
    // A bound of zero would pass the above.
    expect(tight).toBeGreaterThan(100);
  });

  it("are below every list schedule of up to five jobs", () => {
    fc.assert(
      fc.property(fc.array(smallJob, { minLength: 1, maxLength: 5 }), (jobs) => {
        const jct = jctSecondsMeanBound(tableOf(jobs), GPUS);
        const makespan = makespanSecondsBound(tableOf(jobs), GPUS);
        for (const order of permutations(jobs.length)) {
          const schedule = listSchedule(jobs, order, GPUS);
          expect(jct).toBeLessThanOrEqual(schedule.flow / jobs.length + 1e-9);
          expect(makespan).toBeLessThanOrEqual(schedule.makespan + 1e-9);
        }
      }),
    );
  });

  it("are the run time when nobody waits", () => {
    const jobs = tableOf([
      { submit: 0, run: 10, gpus: 1 },
      { submit: 1, run: 20, gpus: 2 },
    ]);
    expect(jctSecondsMeanBound(jobs, 3)).toBe(15);
    expect(makespanSecondsBound(jobs, 3)).toBe(21);
  });

  it("are the shortest-remaining-first schedule when every job takes the whole cluster", () => {
    // SRPT by hand: 0-1 long, 1-3 short (preempts), 3-4 tiny, 4-9 rest of the long one: flows 9, 2, 2.
    const jobs = tableOf([
      { submit: 0, run: 6, gpus: 3 },
      { submit: 1, run: 2, gpus: 3 },
      { submit: 2, run: 1, gpus: 3 },
    ]);
    expect(jctSecondsMeanBound(jobs, 3)).toBeCloseTo(13 / 3, 12);
    expect(
      searchOptimum(
        [
          { submit: 0, run: 6, gpus: 3 },
          { submit: 1, run: 2, gpus: 3 },
          { submit: 2, run: 1, gpus: 3 },
        ],
        3,
      ).flow,
    ).toBe(13);
    expect(makespanSecondsBound(jobs, 3)).toBe(9);
  });

  it("take in that a narrow job cannot use the whole cluster", () => {
    // Eight one-GPU jobs of 4 s on two GPUs: the fast machine alone would say 9 s, waves of two say 10 s.
    const jobs = tableOf(Array.from({ length: 8 }, () => ({ submit: 0, run: 4, gpus: 1 })));
    expect(jctSecondsMeanBound(jobs, 2)).toBe(10);
  });

  it("count a late burst of work on its own", () => {
    const jobs = tableOf([
      { submit: 0, run: 1, gpus: 1 },
      ...Array.from({ length: 6 }, () => ({ submit: 100, run: 4, gpus: 1 })),
    ]);
    expect(makespanSecondsBound(jobs, 2)).toBe(112);
  });

  it("count shares of a GPU and jobs without one", () => {
    const jobs = tableOf([
      { submit: 0, run: 8, gpus: 1 },
      { submit: 0, run: 8, gpus: 1 },
      { submit: 0, run: 3, gpus: 1 },
    ]);
    jobs.gpuMilli.set([500, 500, 0]);
    expect(makespanSecondsBound(jobs, 0.5)).toBe(16);
    expect(jctSecondsMeanBound(jobs, 1)).toBeCloseTo(19 / 3, 12);
  });

  it("have nothing to say of no job, and refuse no GPU", () => {
    expect(jctSecondsMeanBound(createJobTable(0), 4)).toBeNaN();
    expect(makespanSecondsBound(createJobTable(0), 4)).toBeNaN();
    expect(() => jctSecondsMeanBound(createJobTable(1), 0)).toThrow("GPU");
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hourlyDispersion, kolmogorovSmirnov, loadByHour, traceDistance } from "../../../src/replay/synth/distance.js";
import { HOUR, traceAt } from "../fixtures.js";

/** The definition, at every point where either function steps. */
function kolmogorovSmirnovByDefinition(a: readonly number[], b: readonly number[]): number {
  const below = (sample: readonly number[], x: number) => sample.filter((value) => value <= x).length / sample.length;
  return Math.max(...[...a, ...b].map((x) => Math.abs(below(a, x) - below(b, x))));
}

describe("the Kolmogorov-Smirnov distance", () => {
  const sample = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 });

  test("is the largest difference between the distribution functions, ties included", () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        expect(kolmogorovSmirnov(a, b)).toBeCloseTo(kolmogorovSmirnovByDefinition(a, b), 12);
        expect(kolmogorovSmirnov(a, b)).toBeCloseTo(kolmogorovSmirnov(b, a), 12);
      }),
    );
  });

  test("is 0 for the same sample and 1 for separate ones", () => {
    expect(kolmogorovSmirnov([1, 2, 2], [2, 1, 2])).toBe(0);
    expect(kolmogorovSmirnov([1, 2], [3, 4])).toBe(1);
  });
});

describe("the distance of a trace", () => {
  const trace = traceAt([0, HOUR / 2, 3 * HOUR, 5 * HOUR]).jobs;

  test("from itself is nothing", () => {
    const same = { gaps: 0, runTimes: 0, gpus: 0, loadCurve: 0, gpuHoursRatio: 1, dispersionRatio: 1 };
    expect(traceDistance(trace, trace)).toEqual({ ...same, dispersionTrimmedRatio: 1 });
  });

  test("from one of twice the GPUs shows in GPUs, load and GPU-hours alone", () => {
    const doubled = { ...trace, tasks: trace.tasks.map((tasks) => 2 * tasks) };
    const same = { gaps: 0, runTimes: 0, dispersionRatio: 1, dispersionTrimmedRatio: 1 };
    expect(traceDistance(trace, doubled)).toEqual({ ...same, gpus: 1, loadCurve: 1, gpuHoursRatio: 2 });
  });
});

test("the load curve is the mean of the GPUs running at once, by hour of the week", () => {
  const { jobs } = traceAt([0, HOUR / 2, 168 * HOUR, 336 * HOUR]);
  const curve = loadByHour(jobs);
  // Hour 0: the first job whole and the second half in the first week, the third job in the second week.
  expect(curve[0]).toBeCloseTo((1 + 0.5 + 1) / 2, 12);
  expect(curve[1]).toBeCloseTo(0.5 / 2, 12);
  expect(curve[2]).toBe(0);
});

test("the dispersion is variance over mean of whole hours, with or without the busiest", () => {
  const submissions = [3, 1, 1, 3].flatMap((count, hour) => Array.from({ length: count }, (_, k) => hour * HOUR + k));
  const { jobs } = traceAt([...submissions, 4 * HOUR]);
  expect(hourlyDispersion(jobs)).toBeCloseTo(1 / 2, 12);
  expect(hourlyDispersion(jobs, 0.5)).toBe(0);
});

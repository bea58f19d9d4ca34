import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fillEstimates } from "../../src/replay/estimates.js";
import { traceAt } from "./fixtures.js";

describe("estimates filled in", () => {
  test("are whole microseconds between the factors, one at least", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1e12 }), { minLength: 1 }),
        fc.double({ min: 0.001, max: 5, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.nat(),
        (runs, low, width, seed) => {
          const { jobs } = fillEstimates(
            traceAt(
              runs.map(() => 0),
              runs,
            ),
            [low, low + width],
            seed,
          );
          runs.forEach((run, i) => {
            const estimate = jobs.estimateMicros[i]!;
            expect(Number.isInteger(estimate)).toBe(true);
            expect(estimate).toBeGreaterThanOrEqual(Math.max(1, Math.round(run * low)));
            expect(estimate).toBeLessThanOrEqual(Math.max(1, Math.round(run * (low + width))));
          });
        },
      ),
    );
  });

  test("do not change those of the record, nor the draws of other rows", () => {
    const whole = traceAt([0, 1, 2, 3]);
    const partly = traceAt([0, 1, 2, 3]);
    partly.jobs.estimateMicros[1] = 42;
    const filled = fillEstimates(partly, [1, 3], 9).jobs.estimateMicros;
    const expected = fillEstimates(whole, [1, 3], 9).jobs.estimateMicros;
    expect([...filled]).toEqual([expected[0], 42, expected[2], expected[3]]);
    expect(new Set(expected).size).toBe(4);
  });

  test("are declared as an assumption, and nothing is said where none was missing", () => {
    const trace = fillEstimates(traceAt([0, 1]), [1, 3], 4);
    expect(trace.provenance.assumptions).toEqual([expect.stringMatching(/^2 of 2 jobs .*\[1, 3\].*seed 4/)]);
    expect(fillEstimates(trace, [1, 3], 5)).toBe(trace);
  });

  test("leave the given trace alone", () => {
    const trace = traceAt([0]);
    fillEstimates(trace, [1, 3], 1);
    expect(trace.jobs.estimateMicros[0]).toBeNaN();
    expect(trace.provenance.assumptions).toEqual([]);
  });

  test.each([[[3, 1]], [[0, 1]], [[-1, 1]], [[Number.NaN, 1]], [[1, Number.POSITIVE_INFINITY]]] as [
    [number, number],
  ][])("refuse the factors %j", (factors) => {
    expect(() => fillEstimates(traceAt([0]), factors, 1)).toThrow(
      expect.objectContaining({ code: "SCENARIO_INVALID" }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resampleDays } from "../../src/replay/resample.js";
import { DAY, HOUR, traceAt } from "./fixtures.js";

/** One job each hour; its run time names the hour, so that every job can be traced back. */
function hourlyTrace(days: number) {
  const hours = days * 24 + 1;
  return traceAt(
    Array.from({ length: hours }, (_, i) => i * HOUR),
    Array.from({ length: hours }, (_, i) => i + 1),
  );
}

const dayOf = (micros: number): number => Math.floor(micros / DAY);

describe("days redrawn", () => {
  test("are whole days of the record, in their order within the day", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), (days, seed) => {
        const { jobs } = resampleDays(hourlyTrace(days), seed);
        expect(jobs.count).toBe(days * 24);
        for (let i = 0; i < jobs.count; i++) {
          expect(jobs.submitMicros[i]).toBe(i * HOUR);
          const hourDrawn = jobs.runMicros[i]! - 1;
          expect(hourDrawn % 24).toBe(i % 24);
          expect(dayOf(hourDrawn * HOUR)).toBe(dayOf((jobs.runMicros[i - (i % 24)]! - 1) * HOUR));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("keep their weekday where the record has three of it", () => {
    const { jobs } = resampleDays(hourlyTrace(21), 5);
    const drawn = Array.from({ length: 21 }, (_, day) => dayOf((jobs.runMicros[day * 24]! - 1) * HOUR));
    expect(drawn.map((day) => day % 7)).toEqual(drawn.map((_, day) => day % 7));
    expect(new Set(drawn).size).toBeLessThan(21);
  });

  test("come from any weekday where it has fewer", () => {
    const { jobs } = resampleDays(hourlyTrace(13), 5);
    const drawn = Array.from({ length: 13 }, (_, day) => dayOf((jobs.runMicros[day * 24]! - 1) * HOUR));
    expect(drawn.some((day, i) => day % 7 !== i % 7)).toBe(true);
  });

  test("move deadlines along and leave the record unchanged", () => {
    const trace = hourlyTrace(9);
    trace.jobs.deadlineMicros = trace.jobs.submitMicros.map((micros, i) => (i % 2 === 0 ? micros + 5 : Number.NaN));
    const before = trace.jobs.submitMicros.slice();
    const { jobs } = resampleDays(trace, 3);
    jobs.deadlineMicros.forEach((deadline, i) => {
      expect(deadline).toEqual(i % 2 === 0 ? jobs.submitMicros[i]! + 5 : Number.NaN);
    });
    expect(trace.jobs.submitMicros).toEqual(before);
  });

  test("are the same for a seed and others for another, and say so", () => {
    const trace = hourlyTrace(28);
    expect(resampleDays(trace, 1)).toEqual(resampleDays(trace, 1));
    expect(resampleDays(trace, 1).jobs).not.toEqual(resampleDays(trace, 2).jobs);
    expect(resampleDays(trace, 7).provenance.assumptions[0]).toMatch(
      /28 whole days .* redrawn with replacement.*\(seed 7\)/,
    );
  });

  test("need two whole days", () => {
    expect(() => resampleDays(traceAt([0, 2 * DAY - 1]), 1)).toThrow(
      expect.objectContaining({ code: "TRACE_TOO_SHORT" }),
    );
    expect(resampleDays(traceAt([0, 2 * DAY]), 1).jobs.count).toBeLessThanOrEqual(2);
  });
});

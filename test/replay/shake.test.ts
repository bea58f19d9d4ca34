import fc from "fast-check";
import { expect, test } from "vitest";
import { shakeTrace } from "../../src/replay/shake.js";
import { HOUR, traceAt } from "./fixtures.js";

const SHAKING = { arrivalSeconds: 300, runTimeShare: 0.1 };

test("a shaken copy moves arrivals and run times within their bounds, keeps every job, and is in order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 60 }), fc.nat(), (seconds, seed) => {
      const submit = seconds.map((s) => s * 1e6).sort((a, b) => a - b);
      // run times name the job: a factor within 1.1 cannot turn one into another
      const run = submit.map((_, i) => 1e6 * 1.5 ** (i % 40) + 1);
      const { jobs } = shakeTrace(traceAt(submit, run.map(Math.round)), SHAKING, seed);
      expect(jobs.count).toBe(submit.length);
      for (let i = 1; i < jobs.count; i++)
        expect(jobs.submitMicros[i]!).toBeGreaterThanOrEqual(jobs.submitMicros[i - 1]!);
      for (let i = 0; i < jobs.count; i++) {
        const nearest = Math.min(...submit.map((s) => Math.abs(s - jobs.submitMicros[i]!)));
        expect(nearest).toBeLessThanOrEqual(300e6);
        expect(jobs.submitMicros[i]!).toBeGreaterThanOrEqual(submit[0]!);
        const factor = Math.min(...run.map((r) => Math.max(r / jobs.runMicros[i]!, jobs.runMicros[i]! / r)));
        expect(factor).toBeLessThanOrEqual(1.1 + 1e-6);
      }
    }),
    { numRuns: 60 },
  );
});

test("a shaken copy is the same for the same seed, another for another, and the record itself where nothing may move", () => {
  const trace = traceAt([0, HOUR, 2 * HOUR], [5e6, 6e6, 7e6]);
  expect(shakeTrace(trace, SHAKING, 3).jobs).toEqual(shakeTrace(trace, SHAKING, 3).jobs);
  expect(shakeTrace(trace, SHAKING, 3).jobs).not.toEqual(shakeTrace(trace, SHAKING, 4).jobs);
  expect(shakeTrace(trace, { arrivalSeconds: 0, runTimeShare: 0 }, 3).jobs).toEqual(trace.jobs);
});

test("run times are as often longer as shorter, so that the load stays", () => {
  const trace = traceAt(
    Array.from({ length: 4000 }, (_, i) => i * HOUR),
    Array.from({ length: 4000 }, () => 1e9),
  );
  const { jobs } = shakeTrace(trace, { arrivalSeconds: 0, runTimeShare: 0.2 }, 1);
  const longer = jobs.runMicros.filter((micros) => micros > 1e9).length;
  expect(Math.abs(longer - 2000)).toBeLessThan(100);
});

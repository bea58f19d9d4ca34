import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histogram, profileJobs, profileRates, timeBars } from "../../src/replay/profile.js";
import { gpuHoursTotal } from "../../src/replay/totals.js";
import { HOUR, traceAt } from "./fixtures.js";

describe("the profile of jobs", () => {
  test("counts each value once, in bars from the first to the last that holds one", () => {
    expect(histogram([0, 1, 1, 5, 99], [0, 1, 2, 4, 50, 100], ["a", "b", "c", "d", "e", "f"])).toEqual([
      { label: "a", count: 1 },
      { label: "b", count: 2 },
      { label: "c", count: 0 },
      { label: "d", count: 1 },
      { label: "e", count: 1 },
    ]);
    expect(timeBars([1e6, 9.99e6, 10e6, 4_000 * HOUR]).map((bar) => `${bar.label}: ${bar.count}`)).toEqual([
      "to 10 s: 2",
      "to 1 min: 1",
      "to 10 min: 0",
      "to 1 h: 0",
      "to 10 h: 0",
      "to 100 h: 0",
      "to 1000 h: 0",
      "over 1000 h: 1",
    ]);
    expect(timeBars([])).toEqual([]);
  });

  test("loses no job and no GPU-time before the last submission", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 * HOUR }), { minLength: 2, maxLength: 40 }), (times) => {
        const submit = times.sort((a, b) => a - b);
        fc.pre(submit.at(-1)! > 72);
        const run = submit.map((at) => Math.max(1, Math.floor((submit.at(-1)! - at) / 2)));
        const { jobs } = traceAt(submit, run);
        const { arrivals, load, runTimes } = profileJobs(jobs);
        const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
        expect(sum(runTimes.map((bar) => bar.count))).toBe(jobs.count);
        expect((sum(arrivals.values) * arrivals.binMicros) / HOUR).toBeCloseTo(jobs.count, 6);
        // jobs of the last moment run past the end; all others are inside
        const inside = submit.filter((at) => at < submit.at(-1)!).length;
        const gpuHours = gpuHoursTotal(jobs) - (jobs.count - inside) / HOUR;
        expect((sum(load.values) * load.binMicros) / HOUR).toBeCloseTo(gpuHours, 6);
      }),
    );
  });
});

test("the profile of rates is the mean over time of all series together", () => {
  const rates = {
    count: 4,
    startMicros: Float64Array.of(0, 0, HOUR, HOUR),
    windowMicros: new Float64Array(4).fill(HOUR),
    series: Int32Array.of(0, 1, 0, 1),
    perSecond: Float64Array.of(1, 2, 10, 0),
    cv: new Float64Array(4),
  };
  const { values } = profileRates(rates);
  expect([values[0], values[35], values[36], values[71]].map((x) => Number(x!.toFixed(9)))).toEqual([3, 3, 10, 10]);
});

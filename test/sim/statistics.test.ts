import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  interval,
  mean,
  pairedDifference,
  percentile,
  shareBelow,
  sorted,
  standardDeviation,
  sum,
} from "../../src/sim/statistics.js";
import { studentT975 } from "../../src/sim/student-t.js";

/** Deterministic uniform draws: a linear congruential generator, modulus 2^31 - 1. */
function uniformFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 60 });

describe("sum and mean", () => {
  it("keep small terms that plain addition loses", () => {
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(mean([1e16, 1, 1, 1, 1, -1e16])).toBe(4 / 6);
  });

  it("are infinite, not NaN, when a value is", () => {
    expect(sum([1, Number.POSITIVE_INFINITY, 2])).toBe(Number.POSITIVE_INFINITY);
  });

  it("have no mean of nothing", () => {
    expect(mean([])).toBeNaN();
  });
});

describe("the t quantile", () => {
  it("agrees with published tables", () => {
    // NIST/SEMATECH e-Handbook, table 1.3.6.7.2, column 0.975.
    const published: [number, number][] = [
      [1, 12.706],
      [4, 2.776],
      [9, 2.262],
      [19, 2.093],
      [30, 2.042],
      [35, 2.03],
      [40, 2.021],
      [50, 2.009],
      [60, 2.0],
      [80, 1.99],
      [100, 1.984],
      [120, 1.98],
      [1000, 1.962],
    ];
    for (const [df, t] of published) expect(Math.abs(studentT975(df) - t), `df ${df}`).toBeLessThan(0.0006);
  });

  it("falls with every degree of freedom and stays above the normal quantile", () => {
    for (let df = 1; df < 500; df++) expect(studentT975(df + 1)).toBeLessThan(studentT975(df));
    expect(studentT975(1e9)).toBeGreaterThan(1.9599);
  });

  it("refuses what is not a count", () => {
    for (const df of [0, -1, 1.5, Number.NaN]) expect(() => studentT975(df)).toThrow("degrees of freedom");
  });
});

describe("an interval", () => {
  it("matches a worked example", () => {
    // Mean 4, s = 2.160247, n = 4: 3.182446 x 2.160247 / 2.
    const found = interval([2, 3, 4, 7]);
    expect(found.mean).toBe(4);
    expect(found.count).toBe(4);
    expect(found.halfWidth).toBeCloseTo(3.437431, 5);
    expect(standardDeviation([2, 3, 4, 7])).toBeCloseTo(2.160247, 6);
  });

  it("has no width below two values", () => {
    expect(interval([5])).toMatchObject({ mean: 5, halfWidth: Number.NaN, low: Number.NaN, count: 1 });
  });

  it("covers the true mean in about 95 of 100 samples", () => {
    const uniform = uniformFrom(20_240_601);
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      // A sum of 12 uniforms is close to normal with mean 6.
      const sample = Array.from({ length: 5 }, () => sum(Array.from({ length: 12 }, uniform)));
      const { mean: centre, halfWidth } = interval(sample);
      if (Math.abs(centre - 6) <= halfWidth) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.935);
    expect(covered / 2000).toBeLessThan(0.965);
  });
});

describe("paired comparison", () => {
  it("sees a small constant difference through large common variation", () => {
    const luck = [100, 900, 250, 4000, 30];
    const difference = pairedDifference(
      luck,
      luck.map((x) => x + 2),
    );
    expect(difference.mean).toBeCloseTo(-2, 9);
    expect(difference.halfWidth).toBeLessThan(1e-9);
  });

  it("counts the replications in which one is strictly below", () => {
    expect(shareBelow([1, 5, 3, 3], [2, 4, 3, 9])).toBe(0.5);
    expect(shareBelow([], [])).toBeNaN();
  });

  it("refuses pairs that do not match", () => {
    expect(() => pairedDifference([1], [1, 2])).toThrow("equal lengths");
    expect(() => shareBelow([1], [1, 2])).toThrow("equal lengths");
  });
});

describe("a percentile", () => {
  it("interpolates between order statistics, as R, NumPy and quantile_cont do", () => {
    const ascending = sorted([40, 10, 30, 20]);
    expect(percentile(ascending, 0)).toBe(10);
    expect(percentile(ascending, 0.5)).toBe(25);
    expect(percentile(ascending, 0.9)).toBeCloseTo(37, 12);
    expect(percentile(ascending, 1)).toBe(40);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it("refuses 99 for 0.99", () => {
    expect(() => percentile([1, 2], 99)).toThrow("share");
  });

  it("never decreases with the share and stays within the values", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(values, share, share, (sample, a, b) => {
        const ascending = sorted(sample);
        const low = percentile(ascending, Math.min(a, b));
        const high = percentile(ascending, Math.max(a, b));
        // One rounding of the interpolation may pass a bound by a last bit.
        const slack = 1e-6;
        expect(low).toBeLessThanOrEqual(high + slack);
        expect(low).toBeGreaterThanOrEqual(ascending[0]! - slack);
        expect(high).toBeLessThanOrEqual(ascending.at(-1)! + slack);
      }),
    );
  });
});

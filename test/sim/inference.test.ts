import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import { holm, kendallTau, pOfZero, studentTwoSided } from "../../src/sim/inference.js";
import { interval, standardDeviation } from "../../src/sim/statistics.js";
import { studentT975 } from "../../src/sim/student-t.js";

describe("the two-sided p of Student's t", () => {
  it("agrees with an independent implementation (SciPy 1.x, 2 x t.sf)", () => {
    const known: [t: number, df: number, p: number][] = [
      [2.5, 4, 0.06676654481198814],
      [2.5, 9, 0.033861827682985735],
      [7.7, 1, 0.08221771844319012],
      [1, 2, 0.4226497308103742],
      [0.3, 29, 0.7663170933289678],
      [12, 7, 6.358310378185098e-6],
    ];
    for (const [t, df, p] of known) expect(studentTwoSided(t, df)).toBeCloseTo(p, 12);
  });

  it("is 5 % at the quantiles of the table", () => {
    for (let df = 1; df <= 30; df++) expect(studentTwoSided(studentT975(df), df)).toBeCloseTo(0.05, 6);
    expect(studentTwoSided(1.959964, 100_000)).toBeCloseTo(0.05, 4);
  });

  it("is 1 at zero, 0 at infinity, and falls in between", () => {
    expect(studentTwoSided(0, 5)).toBe(1);
    expect(studentTwoSided(Number.POSITIVE_INFINITY, 5)).toBe(0);
    const t = fc.double({ min: 0, max: 50, noNaN: true });
    fc.assert(
      fc.property(t, t, fc.integer({ min: 1, max: 60 }), (a, b, df) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(studentTwoSided(more, df)).toBeLessThanOrEqual(studentTwoSided(less, df) + 1e-14);
        expect(studentTwoSided(-a, df)).toBe(studentTwoSided(a, df));
      }),
    );
  });

  it("of a mean without spread is all or nothing", () => {
    expect(pOfZero(interval([0, 0]), 0)).toBe(1);
    expect(pOfZero(interval([2, 2]), 0)).toBe(0);
    expect(pOfZero(interval([2]), 0)).toBeNaN();
  });
});

describe("Holm's adjustment", () => {
  it("does the worked example of the method", () => {
    // ascending 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1, never falling
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [i, expected] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(expected, 12);
  });

  it("leaves out what has no p, and never passes 1", () => {
    const [first, none, last] = holm([0.6, Number.NaN, 0.9]);
    expect([first, none, last]).toEqual([1, Number.NaN, 1]);
  });

  it("keeps the chance of one false call among all at 5 %", () => {
    // ten means of nothing but noise: without adjustment four in ten families would hold a false call
    const { normal } = createDraws(3, "test/holm");
    let plain = 0;
    let adjusted = 0;
    const families = 600;
    for (let f = 0; f < families; f++) {
      const p = Array.from({ length: 10 }, () => {
        const values = Array.from({ length: 8 }, normal);
        return pOfZero(interval(values), standardDeviation(values) / Math.sqrt(8));
      });
      if (Math.min(...p) <= 0.05) plain++;
      if (Math.min(...holm(p)) <= 0.05) adjusted++;
    }
    expect(plain / families).toBeGreaterThan(0.33);
    // 5 % and three standard errors (0.9 %)
    expect(adjusted / families).toBeLessThan(0.077);
    expect(adjusted / families).toBeGreaterThan(0.023);
  });
});

describe("Kendall's tau", () => {
  it("is 1 for the same order, -1 for the reverse, and counts pairs between", () => {
    expect(kendallTau([1, 2, 3, 4], [10, 20, 30, 40])).toBe(1);
    expect(kendallTau([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    // one of six pairs turned over: (5 - 1) / 6
    expect(kendallTau([1, 2, 3, 4], [1, 2, 4, 3])).toBeCloseTo(4 / 6, 12);
    expect(kendallTau([1, 1], [1, 2])).toBeNaN();
  });
});

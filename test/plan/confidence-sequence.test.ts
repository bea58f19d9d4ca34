// Bounds that hold at every moment: against the formulas written out, and by counting how often they are wrong.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newSequence, observed, type Sequence } from "../../src/plan/confidence-sequence.js";
import { randomOf } from "./random.js";

/** Theorem 2, each term from the whole list, as the paper writes it. */
function writtenOut(values: readonly number[], alpha: number): { low: number; high: number } {
  const mean = (t: number) => (0.5 + values.slice(0, t).reduce((s, x) => s + x, 0)) / (t + 1);
  const variance = (t: number) =>
    (0.25 + values.slice(0, t).reduce((s, x, i) => s + (x - mean(i + 1)) ** 2, 0)) / (t + 1);
  let [low, high] = [0, 1];
  let [weights, weighted, penalty] = [0, 0, 0];
  for (let t = 1; t <= values.length; t++) {
    const bet = Math.min(0.5, Math.sqrt((2 * Math.log(2 / alpha)) / (variance(t - 1) * t * Math.log(1 + t))));
    const v = 4 * (values[t - 1]! - mean(t - 1)) ** 2;
    const psi = (-Math.log(1 - bet) - bet) / 4;
    weights += bet;
    weighted += bet * values[t - 1]!;
    penalty += v * psi;
    low = Math.max(low, weighted / weights - (Math.log(2 / alpha) + penalty) / weights);
    high = Math.min(high, weighted / weights + (Math.log(2 / alpha) + penalty) / weights);
  }
  return { low, high };
}

describe("a confidence sequence", () => {
  test("is what the formulas say, and goes on after it was written down and read", () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.001, max: 0.4, noNaN: true }), (list, alpha) => {
        const all = list.reduce<Sequence>((s, x) => JSON.parse(JSON.stringify(observed(s, x, alpha))), newSequence());
        const twin = writtenOut(list, alpha);
        expect(all.low).toBeCloseTo(twin.low, 9);
        expect(all.high).toBeCloseTo(twin.high, 9);
      }),
    );
  });

  test("leaves the mean out, ever, no more often than is said; a plain interval looked at each time does", () => {
    const alpha = 0.05;
    const runs = 2000;
    const wrong = { sequence: 0, plain: 0 };
    for (let seed = 1; seed <= runs; seed++) {
      const next = randomOf(seed);
      let s = newSequence();
      let [sum, squares] = [0, 0];
      const missed = { sequence: false, plain: false };
      for (let t = 1; t <= 300; t++) {
        const value = next() < 0.3 ? 1 : 0;
        s = observed(s, value, alpha);
        sum += value;
        squares += value * value;
        const mean = sum / t;
        const error = 1.96 * Math.sqrt(Math.max(1e-9, squares / t - mean * mean) / t);
        if (s.low > 0.3 || s.high < 0.3) missed.sequence = true;
        if (t >= 20 && Math.abs(mean - 0.3) > error) missed.plain = true;
      }
      if (missed.sequence) wrong.sequence++;
      if (missed.plain) wrong.plain++;
    }
    expect(wrong.sequence / runs).toBeLessThanOrEqual(alpha);
    expect(wrong.plain / runs).toBeGreaterThan(0.2);
  });

  test("becomes narrow: 1,000 observations give a tenth", () => {
    const next = randomOf(7);
    let s = newSequence();
    for (let t = 0; t < 1000; t++) s = observed(s, next() < 0.3 ? 1 : 0, 0.05);
    expect(s.high - s.low).toBeLessThan(0.14);
    expect([s.low < 0.3, s.high > 0.3]).toEqual([true, true]);
  });

  test("refuses what is not within 0 and 1", () => {
    expect(() => observed(newSequence(), 1.1, 0.05)).toThrow(/not within/);
    expect(() => observed(newSequence(), Number.NaN, 0.05)).toThrow(/not within/);
  });
});

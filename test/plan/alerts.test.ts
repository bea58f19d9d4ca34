// Alert rules: worked out by hand, and against a plain reading of the rule on random walks.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Alert, type AlertRule } from "#src/plan/alerts.js";

const RULE: AlertRule = { name: "busy", above: 10, forSeconds: 30, clearAt: 6, clearSeconds: 20 };

function changes(rule: AlertRule, values: readonly number[], stepSeconds = 10) {
  const alert = new Alert(rule);
  return values.flatMap((value, i) => {
    const change = alert.see(i * stepSeconds, value);
    return change ? [`${change.state} at ${change.atSeconds} since ${change.sinceSeconds}`] : [];
  });
}

describe("an alert", () => {
  it("fires when the threshold was passed for long enough without a break", () => {
    expect(changes(RULE, [0, 11, 12, 11, 11, 11])).toEqual(["firing at 40 since 10"]);
    expect(changes(RULE, [0, 11, 12, 10, 11, 12, 11])).toEqual([]);
  });

  it("clears when the metric has come well back for long enough, not at the threshold", () => {
    const fired = [11, 11, 11, 11];
    expect(changes(RULE, [...fired, 9, 8, 7, 7, 9])).toEqual(["firing at 30 since 0"]);
    expect(changes(RULE, [...fired, 6, 5, 9, 6, 6, 6])).toEqual(["firing at 30 since 0", "ok at 90 since 70"]);
  });

  it("fires and clears at once where no time is asked for, and below as above", () => {
    const rule = { name: "few", below: 2, forSeconds: 0, clearSeconds: 0 };
    expect(changes(rule, [3, 1, 1, 2, 1])).toEqual([
      "firing at 10 since 10",
      "ok at 30 since 30",
      "firing at 40 since 40",
    ]);
  });

  it("does not know what is not known", () => {
    expect(changes(RULE, [11, Number.NaN, 11, 11])).toEqual(["firing at 30 since 0"]);
  });

  it("refuses a rule that says nothing or contradicts itself", () => {
    expect(() => new Alert({ name: "a", forSeconds: 0, clearSeconds: 0 })).toThrow("either above or below");
    expect(() => new Alert({ ...RULE, below: 1 })).toThrow("either above or below");
    expect(() => new Alert({ ...RULE, clearAt: 11 })).toThrow("clearAt, 11");
  });

  it("is firing exactly when a plain reading of the rule says so", () => {
    const walk = fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(walk, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), (values, bad, good) => {
        const alert = new Alert({ ...RULE, forSeconds: bad * 10, clearSeconds: good * 10 });
        let firing = false;
        let from = 0; // the plain reading: looks back over all values since the last change
        values.forEach((value, i) => {
          alert.see(i * 10, value);
          const count = firing ? good : bad;
          const back = values.slice(Math.max(from, i - count), i + 1);
          const all = back.length > count && back.every((v) => (firing ? v <= 6 : v > 10));
          if (all) {
            firing = !firing;
            from = i + 1;
          }
          expect(alert.isFiring).toBe(firing);
        });
      }),
    );
  });
});

// A controller that looks ahead: what it orders, when, and what it does before it has seen a season.

import { describe, expect, it } from "vitest";
import type { ServiceView } from "#src/plan/autoscalers.js";
import { findForecastMethod } from "#src/plan/forecast/index.js";
import { predictive, predictiveFrom } from "#src/plan/predictive.js";

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Ten requests at once, and a hundred from noon to one o'clock. */
const concurrencyAt = (seconds: number) => (Math.floor((seconds % DAY) / HOUR) === 12 ? 100 : 10);

/** What is wanted at each tick of 60 s; whatever is wanted is ready at once. */
function run(days: number, headroom = 0) {
  const control = predictive({
    target: 10,
    method: findForecastMethod("seasonal-naive")!,
    binSeconds: 300,
    seasonSeconds: DAY,
    leadSeconds: 600,
    headroom,
  });
  const wanted = new Map<number, number>();
  let ready = 1;
  for (let at = 0; at < days * DAY; at += 60) {
    const seen: ServiceView = {
      atSeconds: at,
      ready,
      starting: 0,
      replicasMin: 1,
      replicasMax: 100,
      outstanding: concurrencyAt(at),
      concurrencyMean: concurrencyAt(Math.max(0, at - 60)),
      memoryShare: 0,
    };
    ready = control(seen);
    wanted.set(at, ready);
  }
  return (day: number, hours: number) => wanted.get(day * DAY + Math.round((hours * HOUR) / 60) * 60)!;
}

describe("a predictive controller", () => {
  it("reacts on the first day, for it has seen none", () => {
    const wanted = run(1);
    expect(wanted(0, 11.95)).toBe(1);
    expect(wanted(0, 12.2)).toBe(10);
  });

  it("orders a lead before the same hour of the next day, and not earlier than a stretch more", () => {
    const wanted = run(2);
    expect(wanted(1, 11.7)).toBe(1);
    expect(wanted(1, 12 - 10 / 60)).toBe(10);
    expect(wanted(1, 12.5)).toBe(10);
  });

  it("lets go when neither it nor the rule beside it wants more", () => {
    // five minutes of the reactive rule's window, and the stretch under way
    expect(run(2)(1, 13.25)).toBe(1);
  });

  it("adds headroom to what it expects", () => {
    expect(run(2, 0.25)(1, 12 - 10 / 60)).toBe(13);
  });

  it("refuses a method that there is not, and stretches that make up no season", () => {
    const spec = { method: "seasonal-naive", seasonHours: 24, binMinutes: 5, headroom: 0 };
    expect(() => predictiveFrom({ ...spec, method: "oracle" }, 10, 60)).toThrow('no forecaster "oracle"');
    expect(() => predictiveFrom({ ...spec, binMinutes: 7 }, 10, 60)).toThrow("no whole number of stretches");
  });
});

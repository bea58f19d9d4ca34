// The controller that knows demand: never short, never dearer than any other plan that is not short, and in time.

import { describe, expect, it } from "vitest";
import { oracle, oraclePath, ratesOf } from "#src/plan/oracle.js";

const SETUP = { binSeconds: 300, perSecondPerReplica: 2, leadSeconds: 100, replicasMax: 3, replicasAtStart: 1 };

/** Replica-seconds of a plan: running, and starting. */
function cost(path: ArrayLike<number>): number {
  let sum = 0;
  for (let t = 0; t < path.length; t++)
    sum += path[t]! * 300 + Math.max(0, path[t]! - (t > 0 ? path[t - 1]! : 1)) * 100;
  return sum;
}

describe("the oracle", () => {
  it("has the cheapest plan of all that serve everything, found by trying them all", () => {
    for (const demand of [
      [1, 3, 5, 0.5, 5.5, 1],
      [0, 0, 6, 0, 0, 6],
      [2, 2, 2, 2, 2, 2],
    ]) {
      const needed = demand.map((rate) => Math.ceil(rate / 2));
      let best = Number.POSITIVE_INFINITY;
      for (let code = 0; code < 4 ** 6; code++) {
        const path = needed.map((_, t) => Math.floor(code / 4 ** t) % 4);
        if (path.every((x, t) => x >= needed[t]!)) best = Math.min(best, cost(path));
      }
      const path = oraclePath({ ...SETUP, perSecond: Float64Array.from(demand) });
      expect(path.every((x, t) => x >= needed[t]!)).toBe(true);
      expect(cost(path)).toBeCloseTo(best, 6);
    }
  });

  it("orders so far ahead that replicas are there in time", () => {
    const control = oracle({ ...SETUP, perSecond: Float64Array.of(2, 6, 2, 2) });
    const at = (atSeconds: number) => control({ atSeconds } as Parameters<typeof control>[0]);
    expect([0, 195, 200, 500, 600].map(at)).toEqual([1, 1, 3, 3, 1]);
  });

  it("counts arrivals by stretches", () => {
    expect(Array.from(ratesOf([0, 1e6, 299e6, 300e6], 600, 300))).toEqual([3 / 300, 1 / 300]);
  });
});

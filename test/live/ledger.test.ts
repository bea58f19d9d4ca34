// Budgets and windows: arithmetic over what was changed lately.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLiveConfig } from "../../src/live/config.js";
import { isOpen } from "../../src/live/guards.js";
import { overBudget, type Spending } from "../../src/live/ledger.js";
import { NOW, scale, setting, spent } from "./guard-setting.js";

describe("budgets", () => {
  test("are never exceeded by what they let through, whatever comes in whatever order", () => {
    const config = parseLiveConfig(
      "windtunnelLive: 1\nclusters: [{ name: a }]\nbudgets: [{ perCycle: { changes: 3 }, perHour: { changes: 5, gpus: 9 }, perOwner: 2 }, { namespace: team, perHour: { replicas: 6 } }]\n",
      "x.yaml",
    );
    const snapshot = setting();
    const move = fc.record({
      name: fc.constantFrom("x", "y", "z"),
      gpus: fc.integer({ min: 0, max: 4 }),
      gap: fc.integer({ min: 0, max: 1_500_000 }),
      cycle: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        let now = NOW;
        let cycle: Spending[] = [];
        const all: Spending[] = [];
        for (const { name, gpus, gap, cycle: isNew } of moves) {
          now += gap;
          if (isNew) cycle = [];
          const change = { ...scale(snapshot), object: { ...scale(snapshot).object, name }, gpus, replicas: gpus };
          if (overBudget(config.budgets, change, { nowMillis: now, spent: all, cycle, inFlight: 0, gpusTotal: 24 }))
            continue;
          const one = spent({ at: now, object: `Deployment team/${name}`, gpus, replicas: gpus });
          all.push(one);
          cycle.push(one);
          const hour = all.filter((s) => s.at > now - 3_600_000);
          const total = (of: "gpus" | "replicas") => hour.reduce((sum, s) => sum + s[of], 0);
          if (hour.length > 5 || total("gpus") > 9 || total("replicas") > 6 || cycle.length > 3) return false;
          if (hour.filter((s) => s.object === one.object).length > 2) return false;
        }
        return true;
      }),
    );
  });

  test("of nought freeze", () => {
    const config = parseLiveConfig(
      "windtunnelLive: 1\nclusters: [{ name: a }]\nbudgets: [{ perHour: { changes: 0 } }]\n",
      "x.yaml",
    );
    expect(
      overBudget(config.budgets, scale(setting()), {
        nowMillis: NOW,
        spent: [],
        cycle: [],
        inFlight: 0,
        gpusTotal: 24,
      }),
    ).toContain("at most 0");
  });
});

test("a window that passes midnight belongs to the day on which it opens", () => {
  const window = { cluster: "*", namespace: "*", days: ["sat" as const], from: "22:00", to: "02:00" };
  const at = (text: string) => isOpen(window, Date.parse(text));
  expect([
    at("2027-03-06T23:00:00Z"),
    at("2027-03-07T01:59:00Z"),
    at("2027-03-07T02:00:00Z"),
    at("2027-03-06T01:00:00Z"),
    at("2027-03-06T21:59:00Z"),
  ]).toEqual([true, true, false, false, false]);
});

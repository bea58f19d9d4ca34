// Many seeded schedules of faults: nothing that may not be is, and without any one of the guards that the checks can see it is.
// CHAOS_SCHEDULES says how many (.ci/run: 10,000); CHAOS_SEED repeats one.

import { describe, expect, test } from "vitest";
import { Chaos } from "./chaos.js";

const SCHEDULES = Number(process.env.CHAOS_SCHEDULES ?? "100");
const FIRST = Number(process.env.CHAOS_SEED ?? "1");
const STEPS = 260;

describe(`${SCHEDULES} schedules from seed ${FIRST} on`, () => {
  test("keep budgets, switches, permits, leases, views and rests, write everything down, and settle when faults stop", async () => {
    const found: string[] = [];
    let kept = 0;
    let settled = 0;
    let healed = 0;
    for (let seed = FIRST; seed < FIRST + SCHEDULES; seed++) {
      const chaos = new Chaos(seed);
      await chaos.run(STEPS);
      if (seed % 20 === 0 && !chaos.isExpired) {
        healed++;
        if (await chaos.heal()) settled++;
        else found.push(`seed ${seed}: it does not settle`);
      }
      kept += chaos.checks.kept;
      for (const what of [...chaos.checks.violations, ...chaos.brokenLogs(), ...chaos.errors.map(String)])
        found.push(`seed ${seed}: ${what}`);
      if (found.length > 5) break;
    }
    console.log(`${SCHEDULES} schedules: ${kept} writes kept, ${settled} of ${healed} settled`);
    expect(found).toEqual([]);
    expect(kept).toBeGreaterThan(SCHEDULES / 4);
    expect(settled).toBeGreaterThan(0);
  }, 1_800_000);
});

describe("without a guard", () => {
  // the lease is asked twice, by a guard and when it is written: it takes both to be missing
  test.each(["mode", "permit", "leader and lease", "pause", "view", "protected", "owner", "window", "rest", "budget"])(
    "%s it is noticed",
    async (name) => {
      for (let seed = 1; seed < 300; seed++) {
        const chaos = new Chaos(seed, name);
        await chaos.run(3 * STEPS);
        if (chaos.checks.violations.length > 0) return;
      }
      expect.fail(`300 schedules without the guard "${name}" show nothing`);
    },
    120_000,
  );
});

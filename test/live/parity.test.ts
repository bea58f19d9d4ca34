// One engine behind three drivers: the facts of a recorded simulation, as frames through the live driver, give the same
// decisions byte for byte; and served as the objects of a cluster, pass by pass, the same decisions again.

import { describe, expect, test } from "vitest";
import * as abi from "../../src/engine/abi.js";
import { LogReader } from "../../src/engine/log.js";
import { LiveDriver } from "../../src/live/driver.js";
import { PLACE_RULES, QUEUE_POLICIES } from "../../src/model/policies.js";
import { busyScenario, busyTrace } from "../sim/check/busy.js";
import { type Recorded, record } from "../sim/schedules/small.js";
import { compareObjects } from "./as-objects.js";

const trace = busyTrace(200, 31);

/** Decisions of a log, pass by pass, against those of the live driver; the number of passes. */
function compareFrames(run: Recorded): number {
  const reader = new LogReader(run.log);
  const { world } = run.setup;
  const capacities = { ...world.capacities, log: 300_000, facts: 70_000, input: 1 };
  const driver = new LiveDriver();
  driver.begin({ ...world, capacities, jobClasses: 1, links: 0, prices: 0 }, run.simulation.shapes);
  let passes = 0;
  for (let i = 0; i < reader.count; ) {
    const from = i;
    while (i < reader.count && reader.kind(i) < abi.PASS) i++;
    driver.observe(run.log.subarray(from * abi.RECORD_BYTES, i * abi.RECORD_BYTES));
    if (i >= reader.count) break;
    const pass = reader.record(i++);
    const first = i;
    while (i < reader.count && reader.kind(i) >= abi.DECIDE_START) i++;
    const { records } = driver.decide(pass.timeMicros, pass.a);
    const recorded = run.log.subarray(first * abi.RECORD_BYTES, i * abi.RECORD_BYTES);
    if (Buffer.compare(records, recorded) !== 0) throw new Error(`pass ${passes} at ${pass.timeMicros} µs differs`);
    passes++;
  }
  return passes;
}

describe("facts of a recorded run as frames", () => {
  test.each(QUEUE_POLICIES.map((p) => p.name))("%s decides the same, byte for byte, under every placement", (queue) => {
    for (const place of Object.keys(PLACE_RULES)) {
      expect(compareFrames(record(busyScenario(), trace, queue, place))).toBeGreaterThan(100);
    }
  });

  test("and a log of which one fact was changed does not", () => {
    const run = record(busyScenario(), trace, "easy", "best-fit");
    const reader = new LogReader(run.log);
    const log = run.log.slice();
    for (let i = 0, seen = 0; i < reader.count; i++) {
      if (reader.kind(i) === abi.FACT_SUBMITTED && ++seen === 40) {
        new DataView(log.buffer).setInt32(
          i * abi.RECORD_BYTES + 40,
          (reader.record(i).b + 1) % run.simulation.shapes.length,
          true,
        );
      }
    }
    expect(() => compareFrames({ ...run, log })).toThrow(/differs/);
  });
});

describe("the same run served as the objects of a cluster", () => {
  test.each(["fifo", "sjf", "srtf", "las", "easy", "conservative", "priority"])(
    "%s decides the same at each pass",
    (queue) => {
      const calm = record(busyScenario(false), busyTrace(120, 33), queue, "best-fit");
      const passes = compareObjects(calm, queue, "best-fit");
      expect(passes.compared).toBeGreaterThan(100);
      expect(passes.decisions).toBeGreaterThan(100);
    },
  );

  test("and placements that score nodes too", () => {
    for (const place of ["first-fit", "fewest-nodes", "worst-fit", "same-node", "gpu-packing", "gpu-clustering"]) {
      expect(
        compareObjects(record(busyScenario(false), busyTrace(80, 34), "las", place), "las", place).compared,
      ).toBeGreaterThan(50);
    }
  });
});

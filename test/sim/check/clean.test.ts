// Runs of every policy pair pass every rule, and every rule has something to say about some run.

import fc from "fast-check";
import { expect, test } from "vitest";
import { PLACE_RULES, QUEUE_POLICIES } from "../../../src/model/policies.js";
import { expectClean, record, scenarioOf } from "../schedules/small.js";
import { busyScenario, busyTrace, pricedScenario } from "./busy.js";

const places = Object.keys(PLACE_RULES);

test.each(QUEUE_POLICIES.map((p) => p.name))(
  "%s keeps every rule under all placements, with failures and costs",
  (queue) => {
    for (const place of places) expectClean(record(busyScenario(), busyTrace(400, 11), queue, place).report);
  },
);

test("runs with links, input and prices keep every rule, and the dollars add up", () => {
  for (const { name } of QUEUE_POLICIES) {
    const { report } = record(pricedScenario(), busyTrace(300, 5, ["A", "B"]), name, "best-fit");
    expectClean(report);
    expect(report.find((r) => r.rule.startsWith("every dollar"))!.checked).toBe(2);
  }
});

test("every rule is applied in some run", () => {
  const applied = new Map<string, number>();
  for (const { name } of QUEUE_POLICIES) {
    for (const place of ["first-fit", "same-node"]) {
      for (const scenario of [busyScenario(), pricedScenario(), busyScenario(false)]) {
        const models = scenario.pools.length > 1 ? ["A", "B"] : [];
        // without shares free GPUs add up, and the rules about reservations have something to say
        const { report } = record(scenario, busyTrace(200, 3, models, models.length > 0), name, place);
        for (const { rule, checked } of report) applied.set(rule, (applied.get(rule) ?? 0) + checked);
      }
    }
  }
  expect([...applied].filter(([, checked]) => checked === 0)).toEqual([]);
});

test("any busy trace keeps every rule on nodes beside a counted pool, under any pair, with indexes dropped now and then", () => {
  const scenario = scenarioOf(
    [
      { gpuModel: "A", gpusPerNode: 8, size: { nodes: 1 }, cpuCoresPerNode: 16 },
      { gpuModel: "B", topology: "counted", gpusPerNode: 8, size: { nodes: 1 } },
    ],
    {},
    { lasThresholdsGpuSeconds: [30, 100, 400], reservationDepth: 3 },
  );
  const pair = fc.record({
    queue: fc.constantFrom(...QUEUE_POLICIES.map((p) => p.name)),
    place: fc.constantFrom(...places),
    seed: fc.integer({ min: 0, max: 1e6 }),
    count: fc.integer({ min: 0, max: 150 }),
    dropIndexesEvery: fc.constantFrom(0, 0, 3),
  });
  fc.assert(
    fc.property(pair, ({ queue, place, seed, count, dropIndexesEvery }) => {
      const trace = busyTrace(count, seed, ["A", "B"], seed % 3 > 0);
      expectClean(record(scenario, trace, queue, place, { seed, dropIndexesEvery }).report);
    }),
    { numRuns: 60 },
  );
});

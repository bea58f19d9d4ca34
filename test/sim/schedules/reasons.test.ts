import { expect, test } from "vitest";
import { measure } from "../../../src/sim/run.js";
import { expectClean, record, scenarioOf, traceOf } from "./small.js";

const POOL = { gpusPerNode: 4, size: { nodes: 2 } };

test("a waiting job is told by what keeps it: too few GPUs, those free scattered, or the order", () => {
  // two nodes of four: three GPUs of each are held until 100, so two are free, one on each
  const trace = traceOf([
    { at: 0, run: 100, gpus: 3 },
    { at: 0, run: 100, gpus: 3 },
    { at: 1, run: 10, gpus: 2 }, // same-node: one here and one there will not do
    { at: 2, run: 10, gpus: 4 }, // there are only two
    { at: 3, run: 10, gpus: 1 }, // would fit; fifo lets it wait behind the others
    { at: 60, run: 10, gpus: 1 },
  ]);
  const scenario = scenarioOf([POOL]);
  const run = record(scenario, trace, "fifo", "same-node", { charts: true });
  expectClean(run.report);
  const { waits } = run.result;
  const at = waits!.timeMicros.findIndex((micros) => micros > 10e6);
  expect([waits!.scattered[at], waits!.capacity[at], waits!.order[at]]).toEqual([1, 1, 1]);
  const late = waits!.timeMicros.findIndex((micros) => micros > 61e6);
  expect(waits!.order[late]).toBe(2);
  // looking changes nothing
  expect(record(scenario, trace, "fifo", "same-node").result.digest).toBe(run.result.digest);
});

test("GPUs free on partly used nodes are fragmentation, those of an empty node are not", async () => {
  const trace = traceOf([
    { at: 0, run: 100, gpus: 3 },
    { at: 50, run: 50, gpus: 4 },
  ]);
  const { metrics } = await measure(record(scenarioOf([POOL]), trace, "fifo", "same-node"));
  // free: 1 + 4 GPUs for 50 s, then 1 for 50 s; stranded: 1 for 100 s
  expect(metrics.gpuFragmentation).toBeCloseTo(100 / 300, 10);
});

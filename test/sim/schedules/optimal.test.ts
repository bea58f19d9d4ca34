// What theory says of the engine's schedules, by brute force on small instances.

import fc from "fast-check";
import { expect, test } from "vitest";
import { listSchedule, permutations, searchOptimum } from "../exhaustive.js";
import { expectClean, record, scenarioOf, traceOf } from "./small.js";

/** Sum of finish - submit over all jobs on one GPU, seconds. */
function flowOf(jobs: readonly { at: number; run: number }[], queue: string): number {
  const trace = traceOf([...jobs].sort((a, b) => a.at - b.at));
  const { result, report } = record(scenarioOf([{ gpusPerNode: 1, size: { nodes: 1 } }]), trace, queue);
  expectClean(report);
  const { rows } = result;
  return rows.finishMicros.reduce((sum, finish, i) => sum + finish - rows.submitMicros[i]!, 0) / 1e6;
}

const asSmall = (job: { at: number; run: number }) => ({ submit: job.at, run: job.run, gpus: 1 });

test("sjf on true run times, one GPU, all jobs there: no other order has a smaller mean completion time", () => {
  const jobs = fc.array(fc.record({ at: fc.constant(0), run: fc.integer({ min: 1, max: 20 }) }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(jobs, (list) => {
      const flows = permutations(list.length).map((order) => listSchedule(list.map(asSmall), order, 1).flow);
      expect(flowOf(list, "sjf-oracle")).toBe(Math.min(...flows));
      // and the worst order is not mistaken for it
      expect(flowOf(list, "fifo")).toBeLessThanOrEqual(Math.max(...flows));
    }),
    { numRuns: 60 },
  );
});

test("srtf on true run times, one GPU: no preemptive schedule has a smaller mean completion time", () => {
  const job = fc.record({ at: fc.integer({ min: 0, max: 8 }), run: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(fc.array(job, { minLength: 1, maxLength: 5 }), (list) => {
      expect(flowOf(list, "srtf-oracle")).toBe(searchOptimum(list.map(asSmall), 1).flow);
    }),
    { numRuns: 80 },
  );
});

// Where every task is one whole GPU and nothing else, nodes cannot matter: a counted pool and any shape of nodes give
// the same schedule under every policy.

import fc from "fast-check";
import { expect, test } from "vitest";
import { QUEUE_POLICIES } from "../../../src/model/policies.js";
import { busyTrace } from "../check/busy.js";
import { expectClean, record, scenarioOf } from "./small.js";

const classes = { name: "default", startupSeconds: 4, restartSeconds: 2, checkpointSeconds: 45, failuresPerGpuHour: 3 };

test.each(QUEUE_POLICIES.map((p) => p.name))("%s: counted pools and nodes agree on every start and finish", (queue) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const trace = busyTrace(150, seed, [], false);
      const times = (pool: Record<string, unknown>, place: string) => {
        const scenario = scenarioOf([pool], { jobClasses: [classes] }, { lasThresholdsGpuSeconds: [60, 300] });
        const { result, report } = record(scenario, trace, queue, place);
        expectClean(report);
        const { job, firstStartMicros, finishMicros, heldMicros, restarts } = result.rows;
        return { job, firstStartMicros, finishMicros, heldMicros, restarts };
      };
      const counted = times({ topology: "counted", gpusPerNode: 16, size: { nodes: 1 } }, "first-fit");
      expect(times({ gpusPerNode: 4, size: { nodes: 4 } }, "best-fit")).toEqual(counted);
      expect(times({ gpusPerNode: 2, size: { nodes: 8 } }, "worst-fit")).toEqual(counted);
      expect(times({ gpusPerNode: 1, size: { nodes: 16 } }, "first-fit")).toEqual(counted);
      expect(times({ gpusPerNode: 8, size: { nodes: 2 } }, "fewest-nodes")).toEqual(counted);
      // all on one node: nothing is left to refuse
      expect(times({ gpusPerNode: 16, size: { nodes: 1 } }, "same-node")).toEqual(counted);
    }),
    { numRuns: 4 },
  );
});

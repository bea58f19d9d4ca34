// Placements that score nodes: by hand, and a gang against as many single jobs.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClean, onNodes, record, type SmallJob, scenarioOf, staysOf, traceOf } from "./small.js";

// Three nodes of 4 GPUs with 1, 3 and 2 GPUs free, as in places.test.ts.
const filled: SmallJob[] = [
  { at: 0, run: 100, tasks: 1, gpuMilli: 3000 },
  { at: 0, run: 1, gpus: 1 },
  { at: 0, run: 100, gpus: 1 },
  { at: 0, run: 1, tasks: 1, gpuMilli: 3000 },
  { at: 0, run: 100, tasks: 1, gpuMilli: 2000 },
];

describe("with 1, 3 and 2 GPUs free on nodes 0, 1 and 2", () => {
  const next = (place: string, gpus: number) =>
    onNodes(3, 4, [...filled, { at: 2, run: 10, gpus }], "fifo", place)[5]!.join(" ");

  test("gpu-packing: used nodes are equal, the lowest goes first", () => {
    expect(next("gpu-packing", 2)).toBe("2-12 @0x1,1x1");
    expect(next("gpu-packing", 5)).toBe("2-12 @0x1,1x3,2x1");
  });
  test("best-fit-sum: least left after the task", () => {
    // left over 0, 2 and 1 of 4 GPUs: node 0, then node 2 (1 left, then 0), then node 1
    expect(next("best-fit-sum", 2)).toBe("2-12 @0x1,2x1");
    expect(next("best-fit-sum", 4)).toBe("2-12 @0x1,1x1,2x2");
  });
  test("random finds room wherever it is", () => {
    const nodes = tasksByNode([[next("random", 6)]], 6);
    expect(Object.values(nodes).reduce((sum, tasks) => sum + tasks, 0)).toBe(6);
  });
});

const SCORED = ["dot-product", "gpu-clustering", "gpu-packing", "best-fit-sum", "fgd"] as const;
const POOL = { gpusPerNode: 4, size: { nodes: 5 }, cpuCoresPerNode: 24, memoryGibPerNode: 64 };

const small = fc.record({
  gpuMilli: fc.constantFrom(0, 250, 500, 700, 1000, 1000, 2000),
  cpuMilli: fc.constantFrom(1000, 3000, 8000),
});

test("a gang goes where as many single jobs of one instant go, and all rules are kept", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SCORED),
      fc.array(small, { maxLength: 12 }),
      small,
      fc.integer({ min: 2, max: 6 }),
      (place, before, member, tasks) => {
        const there = before.map((job): SmallJob => ({ at: 0, run: 1000, tasks: 1, ...job }));
        const gang = [{ at: 1, run: 10, ...member, tasks }];
        const single = Array.from({ length: tasks }, () => ({ at: 1, run: 10, ...member, tasks: 1 }));
        const [together, apart] = [gang, single].map((next) => {
          const trace = traceOf([...there, ...next]);
          const run = record(scenarioOf([POOL]), trace, "fifo", place);
          expectClean(run.report);
          return staysOf(run.log, trace.jobs.count).slice(there.length);
        });
        // who has to wait starts apart or together: compare those that start at once
        if (together![0]![0]!.startsWith("1-") && apart!.every((stays) => stays[0]!.startsWith("1-"))) {
          expect(tasksByNode(together!, tasks)).toEqual(tasksByNode(apart!, 1));
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** "1-11 @0x2,1x1" of several jobs as tasks by node; all `tasks` of a job are on a node that stands alone. */
function tasksByNode(jobs: readonly string[][], tasks: number): Record<string, number> {
  const out: Record<string, number> = {};
  for (const stay of jobs.flat()) {
    for (const part of stay.split("@")[1]!.split(",")) {
      const [node, own = tasks] = part.split("x");
      out[node!] = (out[node!] ?? 0) + Number(own);
    }
  }
  return out;
}

test("a gang goes to the pool of its best node, else to the first that holds it, else to a counted one", () => {
  const scenario = scenarioOf([
    { gpusPerNode: 8, size: { nodes: 1 } },
    { gpusPerNode: 4, size: { nodes: 1 } },
    { gpusPerNode: 8, size: { nodes: 2 }, topology: "counted" },
  ]);
  const jobs: SmallJob[] = [
    { at: 0, run: 50, gpus: 2 }, // least left on the small node
    { at: 1, run: 50, gpus: 3 }, // best node is the small one, which has 2 left: the large one
    { at: 2, run: 50, gpus: 12 }, // no node has room
  ];
  const run = record(scenario, traceOf(jobs), "fifo", "best-fit-sum");
  expectClean(run.report);
  expect(staysOf(run.log, 3)).toEqual([["0-50 @1"], ["1-51 @0"], ["2-52"]]);
});

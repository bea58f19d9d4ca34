// Which nodes, worked out by hand. "@0x2,1x1": two tasks on node 0, one on node 1. All runs are fifo.

import { describe, expect, test } from "vitest";
import { expectClean, onNodes, record, type SmallJob, scenarioOf, staysOf, traceOf } from "./small.js";

// Three nodes of 4 GPUs. Jobs 0-2 hold 3, 1 and 2 GPUs of nodes 0, 1 and 2 to the end (they are placed by size: each is
// followed by a filler that ends at 1 and keeps the next one off its node). From then on 1, 3 and 2 GPUs are free.
const filled = (next: SmallJob[]): SmallJob[] => [
  { at: 0, run: 100, tasks: 1, gpuMilli: 3000 },
  { at: 0, run: 1, gpus: 1 },
  { at: 0, run: 100, gpus: 1 },
  { at: 0, run: 1, tasks: 1, gpuMilli: 3000 },
  { at: 0, run: 100, tasks: 1, gpuMilli: 2000 },
  ...next,
];
const fillers = ["0-100 @0", "0-1 @0", "0-100 @1", "0-1 @1", "0-100 @2"];
const at = (gpus: number): SmallJob[] => [{ at: 2, run: 10, gpus }];
const placed = (place: string, next: SmallJob[]) => {
  const stays = onNodes(3, 4, filled(next), "fifo", place).map((s) => s.join(" "));
  return { before: stays.slice(0, 5), next: stays.slice(5) };
};

describe("with 1, 3 and 2 GPUs free on nodes 0, 1 and 2", () => {
  test("first-fit fills nodes in order", () => {
    expect(placed("first-fit", at(2))).toEqual({ before: fillers, next: ["2-12 @0x1,1x1"] });
    expect(placed("first-fit", at(5)).next).toEqual(["2-12 @0x1,1x3,2x1"]);
  });
  test("best-fit fills the fullest node first", () => {
    // 0 (1 free), then 2 (2 free), then 1
    expect(placed("best-fit", at(2))).toEqual({ before: fillers, next: ["2-12 @0x1,2x1"] });
    expect(placed("best-fit", at(5)).next).toEqual(["2-12 @0x1,1x2,2x2"]);
  });
  test("fewest-nodes takes the tightest node that holds all, else the roomiest first", () => {
    // 2 fit on node 2 exactly; 4 do not fit on any node: 3 on node 1, then the tightest for 1 more: node 0
    expect(placed("fewest-nodes", at(2))).toEqual({ before: fillers, next: ["2-12 @2"] });
    expect(placed("fewest-nodes", at(4)).next).toEqual(["2-12 @0x1,1x3"]);
    expect(placed("fewest-nodes", at(5)).next).toEqual(["2-12 @1x3,2x2"]);
  });
  test("same-node waits for one node, and for the fewest where one can never do", () => {
    // 3 fit on node 1 now. 4 need a whole node: none is empty until 100, then the first. 5 need two nodes: 3 + 2 do.
    expect(placed("same-node", at(3))).toEqual({ before: fillers, next: ["2-12 @1"] });
    expect(placed("same-node", at(4)).next).toEqual(["100-110 @0"]);
    expect(placed("same-node", at(5)).next).toEqual(["2-12 @1x3,2x2"]);
    // 6 are free in all, and three nodes hold them, but two would do on empty nodes: it waits
    expect(placed("same-node", at(6)).next).toEqual(["100-110 @0x4,1x2"]);
  });
});

test("worst-fit gives each task to the emptiest node at that moment", () => {
  // Job 0 (one task of 2 GPUs) takes node 0 (all are equal). Job 1's tasks: nodes 1 and 2 have 4, node 0 has 2: 1, 2
  // (4 against 3), then 1 and 2 have 3: 1, 2, then all have 2: 0.
  const jobs = [
    { at: 0, run: 10, tasks: 1, gpuMilli: 2000 },
    { at: 1, run: 10, gpus: 5 },
  ];
  expect(onNodes(3, 4, jobs, "fifo", "worst-fit")).toEqual([["0-10 @0"], ["1-11 @0x1,1x2,2x2"]]);
});

describe("shares of a device", () => {
  test("go to the device with the least that still holds them, and never across devices", () => {
    // One node of 2 GPUs: 600 on device 0, 500 on device 1 (400 are left on 0), 400 back on device 0, 500 on device 1.
    // Nothing is free then: the last 300 wait for the first to end.
    const jobs = [600, 500, 400, 500, 300].map((gpuMilli, i) => ({ at: i, run: 10, gpuMilli }));
    const scenario = scenarioOf([{ gpusPerNode: 2, size: { nodes: 1 } }]);
    const run = record(scenario, traceOf(jobs), "fifo");
    expectClean(run.report);
    expect(staysOf(run.log, 5)).toEqual([["0-10 @0"], ["1-11 @0"], ["2-12 @0"], ["3-13 @0"], ["10-20 @0"]]);
  });
  test("crumbs of several devices are no whole GPU: easy keeps the head's device free", () => {
    // One node of 4 GPUs, three jobs of 600 milli on a device each (10, 100 and 100 s). The head wants two whole GPUs:
    // one is free, the second at 10. A share of 500 fits on no crumb (400), only on the free device, until long after
    // 10: it must wait, though 2,200 milli are free. At 10 the head starts, at 20 the share.
    const jobs = [
      { at: 0, run: 10, gpuMilli: 600 },
      { at: 0, run: 100, gpuMilli: 600 },
      { at: 0, run: 100, gpuMilli: 600 },
      { at: 1, run: 10, gpus: 2 },
      { at: 2, run: 1000, gpuMilli: 500 },
    ];
    expect(onNodes(1, 4, jobs, "easy-oracle", "first-fit")).toEqual([
      ["0-10 @0"],
      ["0-100 @0"],
      ["0-100 @0"],
      ["10-20 @0"],
      ["20-1020 @0"],
    ]);
  });
});

test("CPU and memory send tasks elsewhere, and 0 a node means that they are not looked at", () => {
  // Two nodes of 4 GPUs, 4 cores, 8 GiB. Job 0: 3 tasks of 2 cores: two on node 0, one on node 1. Job 1: 1 task of 6 GiB
  // and no CPU: node 0 has 8 GiB. Job 2: 1 task of 4 GiB: node 0 has 2 GiB left, node 1 has 8.
  const jobs = [
    { at: 0, run: 10, gpus: 3, cpuMilli: 2000 },
    { at: 1, run: 10, gpus: 1, memoryMib: 6144 },
    { at: 2, run: 10, gpus: 1, memoryMib: 4096 },
  ];
  const limits = { cpuCoresPerNode: 4, memoryGibPerNode: 8 };
  expect(onNodes(2, 4, jobs, "fifo", "first-fit", limits)).toEqual([["0-10 @0x2,1x1"], ["1-11 @0"], ["2-12 @1"]]);
  expect(onNodes(2, 4, jobs, "fifo", "first-fit")).toEqual([["0-10 @0"], ["1-11 @0"], ["2-12 @1"]]);
});

describe("several pools", () => {
  const models = ["A", "B"];
  test("a job goes to the first pool, in the scenario's order, that may and can take it", () => {
    const scenario = scenarioOf([
      { gpuModel: "A", gpusPerNode: 2, size: { nodes: 1 } },
      { gpuModel: "B", gpusPerNode: 2, size: { nodes: 1 } },
    ]);
    // Job 0 (any) goes to pool A, node 0. Job 1 (B only) to node 1. Job 2 (any, 2 GPUs) fits in neither: at 5 pool B.
    const trace = traceOf(
      [
        { at: 0, run: 10, gpus: 1 },
        { at: 1, run: 4, gpus: 1, modelMask: 2 },
        { at: 2, run: 10, gpus: 2 },
      ],
      models,
    );
    const run = record(scenario, trace, "fifo");
    expectClean(run.report);
    expect(staysOf(run.log, 3)).toEqual([["0-10 @0"], ["1-5 @1"], ["5-15 @1"]]);
  });
  test("conservative starts a job in the second pool when the first has only crumbs of nodes", () => {
    // Pool 0: two nodes of 2 GPUs, one GPU of each is taken until 10. Pool 1: one node of 2, free. Job 2 wants two GPUs
    // on one node: pool 0 has two free, but not together; pool 1 can take it at once.
    const scenario = scenarioOf([
      { gpuModel: "A", gpusPerNode: 2, size: { nodes: 2 } },
      { gpuModel: "B", gpusPerNode: 2, size: { nodes: 1 } },
    ]);
    const jobs = [
      { at: 0, run: 10, gpus: 1, modelMask: 1 },
      { at: 0, run: 1, gpus: 1, modelMask: 1 },
      { at: 0, run: 10, gpus: 1, modelMask: 1 },
      { at: 2, run: 5, gpus: 2 },
    ];
    const run = record(scenario, traceOf(jobs, models), "conservative-oracle", "same-node");
    expectClean(run.report);
    expect(staysOf(run.log, 4)).toEqual([["0-10 @0"], ["0-1 @0"], ["0-10 @1"], ["2-7 @2"]]);
  });
});

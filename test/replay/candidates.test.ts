// Why this node: the candidates of a choice, worked out by hand.

import { expect, test } from "vitest";
import { explainChoice } from "../../src/replay/index.js";
import { scoredSetup } from "../../src/sim/setup.js";
import { busyTrace } from "../sim/check/busy.js";
import { record, type SmallJob, scenarioOf, traceOf } from "../sim/schedules/small.js";

// two nodes of 4 GPUs; the first job leaves 1 free on node 0, so that the second fits on both
const jobs: SmallJob[] = [
  { at: 0, run: 100, tasks: 1, gpuMilli: 3000 },
  { at: 1, run: 100, gpus: 1 },
  { at: 2, run: 100, tasks: 1, gpuMilli: 4000 },
  { at: 3, run: 100, gpus: 1 },
];

function choiceUnder(place: string, job: number, queue = "fifo") {
  const trace = traceOf(jobs);
  const run = record(scenarioOf([{ gpusPerNode: 4, size: { nodes: 2 } }]), trace, queue, place);
  const world = { ...run.setup.world, scored: run.setup.world.scored ?? scoredSetup(run.pools, trace.jobs) };
  const shape = run.simulation.shapeOf(trace.jobs, job);
  return explainChoice({ world, shapes: run.simulation.shapes, log: run.log }, { job, shape })!;
}

test("a scored placement's candidates come with scores and features, the taken one first", () => {
  const choice = choiceUnder("best-fit-sum", 1);
  expect(choice).toMatchObject({ timeMicros: 1e6, startedBefore: 0, stoppedBefore: 0, chosen: [0], withRoom: 2 });
  // nothing is constrained but GPU: half of all CPU is left, and 0 or 3 of 4 GPUs
  expect(choice.candidates.map(({ node, score }) => [node, score])).toEqual([
    [0, 50],
    [1, 12],
  ]);
  expect(choice.candidates.map(({ features }) => features.nodeFreeMilli)).toEqual([1000, 4000]);
  const others = Object.fromEntries(choice.others.map(({ place, node }) => [place, node]));
  expect(others).toMatchObject({ "first-fit": 0, "best-fit": 0, "worst-fit": 1, "gpu-packing": 0 });
  expect(others).not.toHaveProperty("best-fit-sum");
});

test("one without scores lists the nodes with room, and says what scored ones would have done", () => {
  const choice = choiceUnder("worst-fit", 1);
  expect(choice.chosen).toEqual([1]);
  expect(choice.candidates.map(({ node, score }) => [node, score])).toEqual([
    [0, null],
    [1, null],
  ]);
  expect(choice.others.find(({ place }) => place === "best-fit-sum")!.node).toBe(0);
});

test("a job that waits is looked at when it starts", () => {
  // node 1 is taken whole at 2, and node 0 is full until 100
  const choice = choiceUnder("first-fit", 3);
  expect(choice).toMatchObject({ timeMicros: 100e6, chosen: [0], withRoom: 1 });
});

test.each(["dot-product", "best-fit-sum", "gpu-clustering", "gpu-packing", "fgd"])(
  "the terms of a score under %s add up to it, on a busy cluster",
  (place) => {
    const scenario = scenarioOf([{ gpusPerNode: 4, size: { nodes: 6 }, cpuCoresPerNode: 24 }]);
    const trace = busyTrace(120, 5);
    const run = record(scenario, trace, "fifo", place);
    const recording = { world: run.setup.world, shapes: run.simulation.shapes, log: run.log };
    let looked = 0;
    for (let job = 0; job < trace.jobs.count; job += 3) {
      const shape = run.simulation.shapeOf(trace.jobs, job);
      for (const { score, parts } of explainChoice(recording, { job, shape })!.candidates) {
        const sum = parts.reduce((total, { points }) => total + points, 0);
        // truncated: whole sums may lose one to the last bit
        expect(sum - score!, JSON.stringify(parts)).toBeLessThanOrEqual(1);
        expect(sum - score!).toBeGreaterThan(-1e-9);
        looked++;
      }
    }
    expect(looked).toBeGreaterThan(30);
  },
);

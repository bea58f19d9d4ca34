// Placements that move running jobs to make room for the first that waits: schedules worked out by hand, and runs under
// every queue policy that the checkers read and a replay repeats.

import { describe, expect, it } from "vitest";
import { PLACE_RULES, QUEUE_POLICIES } from "../../../src/model/policies.js";
import { replayLog } from "../../../src/replay/driver.js";
import { busyScenario, busyTrace } from "../check/busy.js";
import { expectClean, record, type SmallJob, scenarioOf, staysOf, traceOf } from "./small.js";

const TWO_NODES = [{ gpusPerNode: 4, size: { nodes: 2 } }];

function stays(
  jobs: SmallJob[],
  moving: object,
  pauseSeconds = 0,
  pools: object[] = TWO_NODES,
  place = "best-fit-moving",
) {
  const scenario = scenarioOf(
    pools as never,
    { jobClasses: [{ name: "default", migrationSeconds: pauseSeconds }] },
    { moving },
  );
  const trace = traceOf(jobs);
  const run = record(scenario, trace, "fifo", place);
  expectClean(run.report);
  const replayed = replayLog({ world: run.setup.world, shapes: run.simulation.shapes, log: run.log });
  expect(replayed.firstDifference).toBeNull();
  return { stays: staysOf(run.log, jobs.length), moves: run.simulation.totals().moves, run };
}

// worst fit puts the two on a node each
const SCATTERED: SmallJob[] = [
  { at: 0, run: 100, gpus: 2, tasks: 1, gpuMilli: 2000 },
  { at: 0, run: 100, gpus: 2, tasks: 1, gpuMilli: 2000 },
  { at: 20, run: 10, tasks: 1, gpuMilli: 4000 },
];

describe("a job that wants a whole node", () => {
  it("waits for one under a placement that moves nobody", () => {
    const scenario = scenarioOf(TWO_NODES);
    const run = record(scenario, traceOf(SCATTERED), "fifo", "worst-fit");
    expect(staysOf(run.log, 3)[2]).toEqual(["100-110 @0"]);
  });

  it("gets one at once where another can be moved, which then works on elsewhere after its pause", () => {
    const { stays: found, moves } = stays(SCATTERED, { restMinutes: 0 }, 5, TWO_NODES, "worst-fit-moving");
    expect(moves).toBe(1);
    // the first of two equally cheap nodes is cleared at 20; 80 s of work are left, and 5 s of pause
    expect(found).toEqual([["0-20 @0", "20-105 @1"], ["0-100 @1"], ["20-30 @0"]]);
  });

  it("waits while nobody may move: rested too little, or no move allowed that is larger than the job", () => {
    const rested = stays(SCATTERED, { restMinutes: 1 }, 5, TWO_NODES, "worst-fit-moving");
    // nothing happens between 20 and 100 that would ask again
    expect([rested.stays[2], rested.moves]).toEqual([["100-110 @0"], 0]);
    const small: SmallJob[] = [
      { at: 0, run: 100, tasks: 1, gpuMilli: 3000 },
      { at: 0, run: 100, tasks: 1, gpuMilli: 3000 },
      { at: 20, run: 10, tasks: 1, gpuMilli: 2000 },
    ];
    expect(stays(small, { restMinutes: 0 }, 0, TWO_NODES, "worst-fit-moving").moves).toBe(0);
  });

  it("has shares moved to the device that they fit on, and no more of them than needed", () => {
    const pools = [{ gpusPerNode: 1, size: { nodes: 3 } }];
    const jobs: SmallJob[] = [
      { at: 0, run: 100, gpuMilli: 300 },
      { at: 0, run: 100, gpuMilli: 400 },
      { at: 0, run: 100, gpuMilli: 500 },
      { at: 10, run: 10, gpuMilli: 800 },
    ];
    const { stays: found, moves } = stays(jobs, { restMinutes: 0 }, 0, pools, "worst-fit-moving");
    expect(moves).toBe(1);
    // 300 leaves node 0 for node 2, the fullest that holds it
    expect(found[0]).toEqual(["0-10 @0", "10-100 @2"]);
    expect(found[3]).toEqual(["10-20 @0"]);
  });

  it("has room made for each task of a gang, or for none", () => {
    const pools = [{ gpusPerNode: 2, size: { nodes: 4 } }];
    const ones = Array.from({ length: 4 }, () => ({ at: 0, run: 100, tasks: 1, gpuMilli: 1000 }));
    const gang = (tasks: number): SmallJob[] => [...ones, { at: 10, run: 10, tasks, gpuMilli: 2000 }];
    const two = stays(gang(2), { restMinutes: 0 }, 0, pools, "worst-fit-moving");
    expect([two.moves, two.stays[4]![0]!.startsWith("10-20")]).toEqual([2, true]);
    const tight = stays(gang(2), { restMinutes: 0, movesMax: 1 }, 0, pools, "worst-fit-moving");
    expect([tight.moves, tight.stays[4]![0]!.startsWith("100-110")]).toEqual([0, true]);
  });
});

it("makes room under las too, where nobody may be stopped", () => {
  const scenario = scenarioOf(TWO_NODES, {}, { moving: { restMinutes: 0 } });
  const run = record(scenario, traceOf(SCATTERED), "las", "worst-fit-moving");
  expectClean(run.report);
  expect(run.simulation.totals().moves).toBe(1);
});

it("is refused together with time-slicing", () => {
  const trace = { ...traceOf(SCATTERED), pairRates: Float64Array.of(0.5) };
  expect(() => record(scenarioOf(TWO_NODES), trace, "fifo", "fgd-moving")).toThrow("timeSlicing is given");
});

describe("same-node", () => {
  it("has one node made free for a whole gang, which it does not spread", () => {
    const jobs: SmallJob[] = [
      { at: 0, run: 100, gpus: 1 },
      { at: 0, run: 100, gpus: 2 },
      { at: 10, run: 10, gpus: 4 },
    ];
    const pools = [{ gpusPerNode: 4, size: { nodes: 2 } }];
    // best fit on one node each: both are on node 0, so that node 1 is free anyway
    expect(stays(jobs, { restMinutes: 0 }, 0, pools, "same-node-moving").moves).toBe(0);
    const spread: SmallJob[] = [
      { at: 0, run: 100, gpus: 3 },
      { at: 0, run: 100, gpus: 2 },
      { at: 1, run: 1, gpus: 1 },
      jobs[2]!,
    ];
    // 3 and 1 fill node 0, 2 lie on node 1: nothing can make four free
    expect(stays(spread, { restMinutes: 0 }, 0, pools, "same-node-moving").moves).toBe(0);
    const three = [{ gpusPerNode: 4, size: { nodes: 3 } }];
    const scattered: SmallJob[] = [
      { at: 0, run: 100, gpus: 3 },
      { at: 0, run: 100, gpus: 3 },
      { at: 0, run: 100, gpus: 1, cpuMilli: 0 },
      { at: 0, run: 5, gpus: 1 },
      { at: 0, run: 100, gpus: 1 },
      { at: 10, run: 10, gpus: 4 },
    ];
    // at 5 one GPU falls free beside three; at 10 the single one on node 2 fills it, and node 2 is the gang's
    const found = stays(scattered, { restMinutes: 0 }, 0, three, "same-node-moving");
    expect(found.moves).toBe(1);
    expect(found.stays[5]).toEqual(["10-20 @2"]);
  });
});

describe("a busy cluster", () => {
  it.each(QUEUE_POLICIES.map((p) => p.name))("keeps every rule under %s, and a replay decides the same", (queue) => {
    let moves = 0;
    for (const place of Object.keys(PLACE_RULES)) {
      const scenario = busyScenario();
      scenario.policies.moving = { movesMax: 4, restMinutes: 1 };
      scenario.jobClasses = scenario.jobClasses.map((c) => ({ ...c, migrationSeconds: 20 }));
      const run = record(scenario, busyTrace(250, 11), queue, `${place}-moving`, { dropIndexesEvery: 3 });
      expectClean(run.report);
      moves += run.simulation.totals().moves;
      const replayed = replayLog({ world: run.setup.world, shapes: run.simulation.shapes, log: run.log });
      expect(replayed.firstDifference, place).toBeNull();
    }
    // las leaves nothing free that the first in order could be given
    if (queue !== "las") expect(moves).toBeGreaterThan(0);
  });
});

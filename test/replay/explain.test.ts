import { expect, test } from "vitest";
import { type Explanation, explainJob } from "../../src/replay/explain.js";
import { record, type SmallJob, scenarioOf, traceOf } from "../sim/schedules/small.js";

const POOL = { gpusPerNode: 4, size: { nodes: 2 } };

function explain(jobs: SmallJob[], job: number, queue: string, place = "first-fit"): Explanation | null {
  const run = record(scenarioOf([POOL]), traceOf(jobs), queue, place);
  return explainJob({ world: run.setup.world, shapes: run.simulation.shapes, log: run.log }, job);
}

const seconds = (micros: number) => micros / 1e6;

test("a job that waits for GPUs is told who held them and whose end freed them", () => {
  const found = explain(
    [
      { at: 0, run: 100, gpus: 6 },
      { at: 0, run: 50, gpus: 2 },
      { at: 10, run: 5, gpus: 4 },
    ],
    2,
    "fifo",
  )!;
  expect(found.waits.map((w) => [seconds(w.fromMicros), seconds(w.toMicros), w.reason])).toEqual([
    [10, 100, "capacity"],
  ]);
  expect(found.holders.map((h) => [h.job, h.gpus, seconds(h.untilMicros)])).toEqual([
    [0, 6, 100],
    [1, 2, 50],
  ]);
  expect(found.freedBy.map((other) => other.job)).toEqual([0]);
  expect(found.held.map((h) => [seconds(h.fromMicros), seconds(h.toMicros), h.end])).toEqual([[100, 105, "finished"]]);
  expect(found.chance).toBeNull();
  expect(found.overtakenTimes).toBe(0);
});

test("a job that fits behind a larger one waits for the order, and its chance is named", () => {
  const jobs = [
    { at: 0, run: 100, gpus: 6 },
    { at: 1, run: 10, gpus: 8 }, // head of the line under fifo, wants everything
    { at: 2, run: 5, gpus: 2 }, // would fit at once
  ];
  const found = explain(jobs, 2, "fifo")!;
  expect(found.waits.map((w) => w.reason)).toEqual(["order", "capacity"]);
  expect(seconds(found.held[0]!.fromMicros)).toBe(110);
  // at 100 everything was free, and the large job was started in its place
  expect(found.chance).toMatchObject({ timeMicros: 100e6, started: [{ job: 1, gpus: 8 }] });
});

test("a job that others overtake is told by whom", () => {
  const jobs = [
    { at: 0, run: 100, gpus: 6 },
    { at: 1, run: 10, gpus: 8, estimate: 10 },
    { at: 2, run: 5, gpus: 2, estimate: 5 }, // backfilled
    { at: 3, run: 5, gpus: 1, estimate: 5 }, // waits for the one before, then backfilled
  ];
  const found = explain(jobs, 1, "easy")!;
  expect(found.overtakenTimes).toBe(2);
  expect(found.overtakers.map((other) => [other.job, seconds(other.startMicros)])).toEqual([
    [2, 2],
    [3, 7],
  ]);
  expect(found.waits).toHaveLength(1);
});

test("a job that is scattered out, preempted, or not there at all", () => {
  const scattered = explain(
    [
      { at: 0, run: 100, gpus: 3 },
      { at: 0, run: 90, gpus: 3 },
      { at: 1, run: 10, gpus: 2 },
    ],
    2,
    "fifo",
    "same-node",
  )!;
  expect(scattered.waits.map((w) => [w.reason, seconds(w.toMicros)])).toEqual([["scattered", 90]]);
  const preempted = explain(
    [
      { at: 0, run: 100, gpus: 8, priority: 0 },
      { at: 10, run: 20, gpus: 8, priority: 5 },
    ],
    0,
    "priority",
  )!;
  expect(preempted.held.map((h) => [seconds(h.fromMicros), seconds(h.toMicros), h.end])).toEqual([
    [0, 10, "preempted"],
    [30, 120, "finished"],
  ]);
  expect(preempted.waits.map((w) => [seconds(w.fromMicros), seconds(w.toMicros)])).toEqual([[10, 30]]);
  expect(explain([{ at: 0, run: 1 }], 7, "fifo")).toBeNull();
});

// One engine behind two drivers: the facts of a simulated run, fed back without a plant, give the same decisions byte for
// byte, under every queue policy and placement.

import { describe, expect, test } from "vitest";
import { PLACE_RULES, QUEUE_POLICIES } from "../../src/model/policies.js";
import { replayLog } from "../../src/replay/index.js";
import { KINDS } from "../../src/sim/check/record.js";
import { busyScenario, busyTrace, pricedScenario } from "../sim/check/busy.js";
import { readRecords, writeRecords } from "../sim/check/edit-log.js";
import { type Recorded, record } from "../sim/schedules/small.js";

const places = Object.keys(PLACE_RULES);
const trace = busyTrace(300, 21);

function replay(run: Recorded, log = run.log) {
  return replayLog({ world: run.setup.world, shapes: run.simulation.shapes, log });
}

describe("with failures, start-up, checkpoints, slow-down, shares, CPU and memory", () => {
  test.each(QUEUE_POLICIES.map((p) => p.name))("%s decides the same again under every placement", (queue) => {
    for (const place of places) {
      const run = record(busyScenario(), trace, queue, place);
      const replayed = replay(run);
      expect({ place, difference: replayed.firstDifference }).toEqual({ place, difference: null });
      expect(replayed.records).toBe(run.log.byteLength / 48);
      expect(replayed.facts + replayed.passes + replayed.decisions).toBe(replayed.records);
    }
  });
});

test.each(QUEUE_POLICIES.map((p) => p.name))("%s decides the same again with links, input and prices", (queue) => {
  for (const place of ["first-fit", "fewest-nodes"]) {
    const run = record(pricedScenario(), busyTrace(250, 22, ["A", "B"]), queue, place);
    expect(replay(run).firstDifference).toBeNull();
  }
});

test("a recording made with a small log replays", () => {
  // drained after nearly every instant
  const small = record(busyScenario(), trace, "las", "worst-fit", { capacities: { log: 160 } });
  expect(Buffer.compare(small.log, record(busyScenario(), trace, "las", "worst-fit").log)).toBe(0);
  expect(replay(small).firstDifference).toBeNull();
});

test("a trace without jobs is a run without records", () => {
  const run = record(busyScenario(), busyTrace(0, 1), "easy");
  expect(run.log.byteLength).toBe(0);
  expect(replay(run)).toEqual({ records: 0, facts: 0, passes: 0, decisions: 0, firstDifference: null });
});

describe("a recording that was tampered with differs, and the replay says where", () => {
  const run = record(busyScenario(), trace, "easy", "best-fit");
  const cases: [string, (records: ReturnType<typeof readRecords>) => number][] = [
    [
      "a decision on another node",
      (records) => {
        const i = records.findIndex((r, n) => n > 200 && r.kind === KINDS.part);
        records[i]!.a = (records[i]!.a + 1) % 4;
        return i;
      },
    ],
    [
      "a decision that was dropped",
      (records) => {
        const i = records.findIndex((r, n) => n > 200 && r.kind === KINDS.start && r.b === 1);
        records.splice(i, 2);
        return i;
      },
    ],
    [
      "a decision in another pool",
      (records) => {
        const i = records.findLastIndex((r) => r.kind === KINDS.start);
        records[i]!.a = 1;
        return i;
      },
    ],
  ];
  test.each(cases)("%s", (_what, tamper) => {
    const records = readRecords(run.log);
    const at = tamper(records);
    const { firstDifference } = replay(run, writeRecords(records));
    expect(firstDifference!.record).toBe(at);
    expect(firstDifference!.recorded).not.toBe(firstDifference!.replayed);
  });
});

// Devices cut into partitions (MIG): what fits beside what, worked out by hand from NVIDIA's table of placements, and runs
// that the checkers read.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PLACE_RULES, QUEUE_POLICIES } from "../../../src/model/policies.js";
import { replayLog } from "../../../src/replay/driver.js";
import { roundToProfiles } from "../../../src/sim/partitions.js";
import { parseScenario } from "../../../src/sim/scenario-file.js";
import { busyTrace } from "../check/busy.js";
import { expectClean, record, type SmallJob, scenarioOf, traceOf } from "./small.js";

const ONE = scenarioOf([{ gpusPerNode: 1, size: { nodes: 1 }, mig: true }]);

/** First starts, seconds, of shares (milli) that come one after the other at 0 and run 100 s. */
function starts(millis: number[], scenario = ONE) {
  const trace = roundToProfiles(traceOf(millis.map((gpuMilli): SmallJob => ({ at: 0, run: 100, gpuMilli }))), scenario);
  const run = record(scenario, trace, "fifo");
  expectClean(run.report);
  const { rows } = run.result;
  return millis.map((_, job) => rows.firstStartMicros[rows.job.indexOf(job)]! / 1e6);
}

describe("one device of eight memory slices", () => {
  it("holds seven of the smallest profile, not eight", () => {
    expect(starts(Array.from({ length: 8 }, () => 125))).toEqual([0, 0, 0, 0, 0, 0, 0, 100]);
  });

  it("holds three of two slices and one of one, for the last two slices are no place for two", () => {
    expect(starts([250, 250, 250, 250])).toEqual([0, 0, 0, 100]);
    expect(starts([250, 250, 250, 125])).toEqual([0, 0, 0, 0]);
  });

  it("holds two halves, or a half with three quarters' worth of smaller ones", () => {
    expect(starts([500, 500, 125])).toEqual([0, 0, 100]);
    expect(starts([500, 250, 125])).toEqual([0, 0, 0]);
  });

  it("puts the smallest where they leave room for larger ones", () => {
    // 1 on slice 6, and 1 on slice 5: a half still fits
    expect(starts([125, 125, 500])).toEqual([0, 0, 0]);
  });

  it("rounds shares up to a profile", () => {
    expect(starts([130, 240, 200, 100])).toEqual([0, 0, 0, 0]); // three of 250 and one of 125
    const trace = roundToProfiles(
      traceOf([
        { at: 0, run: 1, gpuMilli: 300 },
        { at: 0, run: 1, gpuMilli: 700 },
      ]),
      ONE,
    );
    expect([...trace.jobs.gpuMilli]).toEqual([500, 1000]);
    expect(trace.provenance.assumptions.at(-1)).toContain("50 % more than was asked for");
  });

  it("without partitions holds all that adds up", () => {
    const plain = scenarioOf([{ gpusPerNode: 1, size: { nodes: 1 } }]);
    expect(
      starts(
        Array.from({ length: 8 }, () => 125),
        plain,
      ),
    ).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("a busy cluster of partitioned devices", () => {
  const scenario = scenarioOf(
    [
      { name: "cut", gpusPerNode: 4, size: { nodes: 3 }, mig: true },
      { name: "whole", gpusPerNode: 4, size: { nodes: 1 } },
    ],
    {},
    { lasThresholdsGpuSeconds: [60, 300], moving: { restMinutes: 1 } },
  );

  it("keeps every rule under every queue policy and placement, and a replay decides the same", () => {
    const pair = fc.record({
      queue: fc.constantFrom(...QUEUE_POLICIES.map((p) => p.name)),
      place: fc.constantFrom(...Object.keys(PLACE_RULES), "fgd-moving", "best-fit-moving"),
      seed: fc.integer({ min: 0, max: 1e6 }),
      dropIndexesEvery: fc.constantFrom(0, 3),
    });
    fc.assert(
      fc.property(pair, ({ queue, place, seed, dropIndexesEvery }) => {
        const busy = busyTrace(150, seed);
        for (let i = 0; i < busy.jobs.count; i += 2) {
          busy.jobs.tasks[i] = 1 + (i % 3);
          busy.jobs.gpuMilli[i] = [90, 200, 300, 450, 800][(i / 2) % 5]!;
        }
        const run = record(scenario, roundToProfiles(busy, scenario), queue, place, { seed, dropIndexesEvery });
        expectClean(run.report);
        const replayed = replayLog({ world: run.setup.world, shapes: run.simulation.shapes, log: run.log });
        expect(replayed.firstDifference).toBeNull();
      }),
      { numRuns: 60 },
    );
  });
});

it("a pool of partitions needs devices, and no time-slicing", () => {
  const text = (pool: string, rest = "") => `windtunnel: 1
title: t
pools: [{ name: p, size: { nodes: 1 }, mig: true${pool} }]
workload: { dataset: philly }
policies: { queue: [fifo], place: [fgd] }
replications: { method: none }
${rest}`;
  expect(() => parseScenario(text(", topology: counted"), "s.yaml")).toThrow("counted and mig");
  expect(() => parseScenario(text("", "timeSlicing: {}"), "s.yaml")).toThrow("do not slow each other down");
});

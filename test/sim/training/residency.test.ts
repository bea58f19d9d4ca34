// Records that must stay: what is left out, what moves, and whether the check sees what should not have.

import { describe, expect, it } from "vitest";
import { digitsOf, patientsOf } from "#src/sim/training/data.js";
import { checkResidency } from "#src/sim/training/residency.js";
import { runTraining, type TrainingStudy } from "#src/sim/training/study.js";

const cloud = (name: string, region: string) => {
  return { name, region, weight: 1, samplesPerSecond: 100, usdPerGpuHour: 3.6, preemptionsPerHour: 0 };
};
const study = (records: TrainingStudy["records"]): TrainingStudy => ({
  clouds: [cloud("a", "eu"), cloud("b", "eu"), cloud("c", "us"), cloud("d", "us")],
  place: {
    link: { mbitPerSecond: 0.08, latencySeconds: 0, usdPerGb: 0 },
    straggling: 0,
    restartSeconds: 0,
    checkpointSeconds: 1e9,
    cuts: [],
  },
  shape: {},
  sampleBytes: 100,
  modelBytes: 5000,
  local: { epochs: 1, batch: 16, rate: 0.1 },
  rounds: [2],
  federations: [],
  skewConcentration: 0.3,
  records,
});
const data = digitsOf(200, 100, 0.1, 3);
const run = (records: TrainingStudy["records"]) => runTraining(study(records), data, "even", 3);
const regions = new Map([
  ["a", "eu"],
  ["b", "eu"],
  ["c", "us"],
  ["d", "us"],
]);
const regionOf = (name: string) => regions.get(name);

describe("records that must stay", () => {
  it("stay: methods that move them are left out, and nothing larger than a model moves", () => {
    const { outcomes, transfers } = run("stay");
    expect(outcomes.some((one) => /pooled|preset/.test(one.method))).toBe(false);
    expect(transfers.length).toBeGreaterThan(10);
    expect(checkResidency(transfers, 5000, undefined)).toMatchObject({ recordBytesMoved: 0, faults: [] });
  });

  it("move within their region where that is allowed, and are trained on there", () => {
    const { outcomes, transfers } = run("region");
    const records = transfers.filter((one) => one.what === "records");
    expect(records.map(({ from, to, bytes }) => [from, to, bytes])).toEqual([
      ["b", "a", 5000],
      ["d", "c", 5000],
    ]);
    expect(checkResidency(transfers, 5000, regionOf).faults).toEqual([]);
    expect(checkResidency(transfers, 5000, undefined).faults).toHaveLength(2);
    const pooled = outcomes.find((one) => one.method === "pooled by region")!;
    // 5,000 bytes at 10,000 a second; two passes over 100 samples; a model from c to a
    expect(pooled.hours * 3600).toBeCloseTo(0.5 + 2 + 0.5, 4);
    expect(pooled.bytes).toBe(5000 + 5000 + 5000);
  });

  it("are seen by who reads the transfers: named, or by their size", () => {
    const { transfers } = run("free");
    const { faults } = checkResidency(transfers, 5000, regionOf);
    // c and d have sent theirs to a
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/pooled, second 0: 5000 bytes of records went from c to a/);
    const hidden = { method: "x", from: "b", to: "c", what: "update", atSeconds: 1, bytes: 9000 };
    expect(checkResidency([hidden], 5000, regionOf).faults[0]).toContain("has 9000 bytes, a model 5000");
  });
});

describe("patients", () => {
  it("are of three classes, which a line does not divide and readings tell of", () => {
    const { samples } = patientsOf(3000, 10, 0.2, 1);
    const shares = [0, 1, 2].map((c) => samples.labels.filter((label) => label === c).length / samples.count);
    expect(Math.min(...shares)).toBeGreaterThan(0.12);
    expect(Math.max(...shares)).toBeLessThan(0.6);
    expect(samples.features).toBe(12);
  });
});

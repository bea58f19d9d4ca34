// Training over clouds on the engine's clock: bytes, seconds and dollars by hand, and what is known of the methods.

import { describe, expect, it } from "vitest";
import { digitsOf, splitData, tableData } from "#src/sim/training/data.js";
import type { FederationSpec } from "#src/sim/training/federation.js";
import { runTraining, type TrainingStudy } from "#src/sim/training/study.js";

const cloud = (name: string, samplesPerSecond: number, preemptionsPerHour = 0) => {
  return { name, region: "here", weight: 1, samplesPerSecond, usdPerGpuHour: 3.6, preemptionsPerHour };
};
const federation = (name: string, change: Partial<FederationSpec> = {}): FederationSpec => ({
  name,
  proximal: 0,
  serverMomentum: 0,
  sampled: 1,
  dropouts: 0,
  compression: { kind: "none" },
  masked: false,
  roundSecondsMax: Number.POSITIVE_INFINITY,
  ...change,
});
const study: TrainingStudy = {
  clouds: [cloud("a", 100), cloud("b", 50), cloud("c", 100)],
  place: {
    // 1,000 bytes a second
    link: { mbitPerSecond: 0.008, latencySeconds: 1, usdPerGb: 1e6 },
    straggling: 0,
    restartSeconds: 0,
    checkpointSeconds: Number.POSITIVE_INFINITY,
    cuts: [],
  },
  shape: {},
  sampleBytes: 100,
  modelBytes: 5000,
  local: { epochs: 2, batch: 16, rate: 0.1 },
  rounds: [1, 4],
  federations: [
    federation("fedavg"),
    federation("masked", { masked: true }),
    federation("top", { compression: { kind: "top", share: 0.05 } }),
    federation("eight", { compression: { kind: "eight-bit" } }),
    federation("momentum", { serverMomentum: 0.5 }),
    federation("one", { sampled: 0.34 }),
    federation("lossy", { dropouts: 0.5 }),
    federation("hasty", { roundSecondsMax: 15 }),
  ],
  skewConcentration: 0.3,
  records: "free",
};
const data = digitsOf(300, 200, 0.1, 3);
const run = (change: Partial<TrainingStudy> = {}) => runTraining({ ...study, ...change }, data, "even", 3).outcomes;
const outcomes = run();
const of = (method: string, list = outcomes) => list.find((one) => one.method === method)!;

describe("a study of three clouds", () => {
  it("counts bytes, seconds and dollars as one would by hand", () => {
    // one round: two clouds fetch and send 5,000 bytes in 6 s each way; the slowest trains 200 samples in 4 s
    expect(of("fedavg 1").bytes).toBe(20_000);
    expect(of("fedavg 1").hours * 3600).toBeCloseTo(16, 4);
    expect(of("fedavg 1").usd).toBeCloseTo(20 + 3 * 16 * 0.001, 4);
    expect(of("fedavg 4").bytes).toBe(80_000);
    expect(of("fedavg 4").hours * 3600).toBeCloseTo(64, 4);
    // pooled: 100 samples of 100 bytes from two clouds side by side in 11 s; then 8 passes over 300 samples
    expect(of("pooled").bytes).toBe(20_000);
    expect(of("pooled").hours * 3600).toBeCloseTo(11 + 24, 4);
    expect(of("pooled").usd).toBeCloseTo(20 + 35 * 0.001, 4);
    expect(of("b alone").hours * 3600).toBeCloseTo(16, 4);
    expect(of("one-shot average").bytes).toBe(10_000);
    expect(of("one-shot average").hours * 3600).toBeCloseTo(16 + 6, 4);
    expect(of("average without c").bytes).toBe(5000);
  });

  it("sends less where updates are compressed, and masks change nothing but the last bits", () => {
    // up: a twentieth of 650 numbers, 33 of them at 8 bytes; or 650 bytes and 3 x 4; of 2,600
    expect(of("top 4").bytes).toBeCloseTo(4 * (10_000 + 10_000 * ((33 * 8) / 2600)), 0);
    expect(of("eight 4").bytes).toBeCloseTo(4 * (10_000 + 10_000 * ((650 + 12) / 2600)), 0);
    expect(of("eight 4").hours).toBeLessThan(of("fedavg 4").hours);
    expect(of("masked 4")).toMatchObject({ bytes: of("fedavg 4").bytes, hours: of("fedavg 4").hours });
    expect(Math.abs(of("masked 4").accuracy - of("fedavg 4").accuracy)).toBeLessThanOrEqual(0.01);
    expect(Math.abs(of("eight 4").accuracy - of("fedavg 4").accuracy)).toBeLessThan(0.05);
    expect(of("momentum 4").accuracy).not.toBe(of("fedavg 4").accuracy);
  });

  it("asks a part of the clouds, loses updates, closes rounds", () => {
    expect(of("one 4").bytes).toBeLessThanOrEqual(4 * 10_000);
    expect(of("lossy 4").bytes).toBeLessThan(of("fedavg 4").bytes);
    // a and c are back after 2 and 14 s, b after 16: a round closes at 15 without it, and it is late for the next
    expect(of("hasty 1").hours * 3600).toBeCloseTo(15, 4);
    expect(of("hasty 4").hours).toBeLessThan(of("fedavg 4").hours);
  });

  it("asynchronous rounds wait for nobody: as many updates take less time", () => {
    expect(of("asynchronous 4").hours).toBeLessThan(of("fedavg 4").hours);
  });

  it("preemptions cost time and money, fetch again, and change no model", () => {
    const clouds = [cloud("a", 100, 900), cloud("b", 50, 900), cloud("c", 100, 900)];
    const worse = run({ clouds });
    expect(of("fedavg 4", worse).preemptions).toBeGreaterThan(5);
    expect(of("fedavg 4", worse).hours).toBeGreaterThan(of("fedavg 4").hours);
    expect(of("fedavg 4", worse).bytes).toBeGreaterThan(of("fedavg 4").bytes);
    expect(of("fedavg 4", worse).accuracy).toBe(of("fedavg 4").accuracy);
    const saved = run({ clouds, place: { ...study.place, checkpointSeconds: 0.5 } });
    expect(of("fedavg 4", saved).hours).toBeLessThan(of("fedavg 4", worse).hours);
  });

  it("a cloud that is cut off goes on training, and sends when it is back", () => {
    const cut = (fromSeconds: number, seconds: number) =>
      of("fedavg 1", run({ place: { ...study.place, cuts: [{ cloud: "c", fromSeconds, seconds }] } }));
    // c fetches until 6 s, trains until 8 s, and would send until 14 s
    expect(cut(10, 50).hours * 3600).toBeCloseTo(60 + 6, 4);
    expect(cut(6.5, 1).hours * 3600).toBeCloseTo(16, 4);
    expect(cut(3, 7).hours * 3600).toBeCloseTo(10 + 6 + 2 + 6, 4);
  });

  it("is the same again, and finds what is known: together is better than alone, and more rounds than fewer", () => {
    expect(run()).toEqual(outcomes);
    expect(of("pooled").accuracy).toBeGreaterThan(of("a alone").accuracy);
    expect(of("fedavg 4").accuracy).toBeGreaterThan(of("fedavg 1").accuracy);
    expect(of("worked example").accuracy).toBeLessThan(0.3);
    // of two classes, with little data
    expect(of("second preset").accuracy).toBeGreaterThan(0.6);
  });
});

describe("data", () => {
  it("of a table are scaled by what is trained on, and cut in two by seed", () => {
    const table = {
      names: ["x", "c"],
      rows: 10,
      columns: [Float64Array.from({ length: 10 }, (_, n) => 5 * n), new Float64Array(10).fill(2)],
    };
    table.columns[1]!.fill(7, 0, 4);
    const { samples, trainCount } = tableData(table, "t.csv", "c", 0.2, 1);
    expect(trainCount).toBe(8);
    expect(samples).toMatchObject({ count: 10, features: 1, classes: 2 });
    const trained = samples.values.subarray(0, 8);
    expect(trained.reduce((a, b) => a + b)).toBeCloseTo(0, 5);
    expect(trained.reduce((a, b) => a + b * b, 0) / 8).toBeCloseTo(1, 5);
    expect(samples.labels.reduce((a, b) => a + b)).toBe(4);
    table.columns[0]![3] = Number.NaN;
    expect(() => tableData(table, "t.csv", "c", 0.2, 1)).toThrow("t.csv: row 4 of x is empty");
    expect(() => tableData(table, "t.csv", "z", 0.2, 1)).toThrow('there is no column "z"');
  });

  it("are split in each of the ways, every sample once", () => {
    for (const split of ["even", "random", "skewed", "clusters", "sizes"] as const) {
      const parts = splitData(data, split, 3, 0.3, 1);
      expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    }
  });
});

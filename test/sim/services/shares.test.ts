// Replicas with parts of GPUs: where they stand, by hand and against a slow count; what they are paid; how fast they are.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as abi from "#src/engine/abi.js";
import { createDraws } from "#src/engine/draws.js";
import { renderService } from "#src/live/render.js";
import { GPUS } from "#src/model/llm.js";
import type { ServiceStudy } from "#src/model/service-study.js";
import { MIG_PROFILES, PAIR_SPEEDS } from "#src/model/serving/share.js";
import { readPairRates } from "#src/replay/pair-rates.js";
import { Devices } from "#src/sim/services/devices.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { profileOf } from "#src/sim/services/setup.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { testOnRecords } from "../../replay/real-data.js";

function study(shares: readonly string[], more = ""): ServiceStudy {
  return parseServiceStudy(
    `
windtunnelServices: 1
title: t
hours: 1
replications: 1
controllers: [fixed]
services:
${shares
  .map(
    (share, i) => `
  - name: s${i}
    model: llama3.2-1b
    gpu: a100-80gb
    usdPerGpuHour: 4
    requestsPerSecond: 1
    bounds: { ttftSeconds: 5 }
    replicas: { max: 9 }
    ${share}
`,
  )
  .join("")}
${more}
`,
    "services.yaml",
  );
}

/** Services of these shares whose places are set as a test likes. */
function begin(shares: readonly string[]) {
  const { services } = study(shares.map((share) => `share: { ${share} }`));
  const profile = profileOf(services[0]!).setup;
  const simulation = new ServingSimulation({
    serving: {
      profiles: [profile],
      services: services.map(() => ({ places: 9, profile: 0, route: "round-robin" as const })),
      classes: [{ ttftMicros: 1, tpotMicros: 1, e2eMicros: 1, priority: 0 }],
      requests: 1,
      input: 1,
      rows: 0,
      binMicros: 1e6,
    },
    ready: services.map(() => 0),
    seed: 1,
  });
  const devices = new Devices(simulation.engine, services);
  const set = (service: number, i: number, isThere: boolean) => {
    simulation.engine.call((e) =>
      e.setReplica(service, service * 9 + i, isThere ? abi.REPLICA_READY : abi.REPLICA_ABSENT),
    );
    devices.sync(simulation.engine);
  };
  /** Devices in use: what a µs of all adds. */
  const inUse = () => {
    const sum = () => devices.use.reduce((total, { deviceMicros }) => total + deviceMicros, 0);
    const before = sum();
    devices.pass(1);
    return Math.round((sum() - before) * 1e9) / 1e9;
  };
  return { set, inUse, devices };
}

describe("parts of devices", () => {
  it("fill the first device with room, and leave it to others when they go", () => {
    const { set, inUse, devices } = begin(["milliGpu: 400", "milliGpu: 200"]);
    for (let i = 0; i < 3; i++) set(0, i, true);
    expect(inUse()).toBe(2); // 800 and 400
    set(1, 0, true); // into the 200 left on the first
    expect(inUse()).toBe(2);
    set(0, 0, false);
    set(0, 1, false);
    set(0, 2, false);
    expect(inUse()).toBe(1);
    // who is alone pays for all of it
    const before = devices.use[1]!.deviceMicros;
    devices.pass(10);
    expect(devices.use[1]!.deviceMicros - before).toBe(10);
  });

  it("as partitions: seven of the smallest, three of two slices, two of four, and what is left beside them", () => {
    const seven = begin(['mig: "1g.10gb"']);
    for (let i = 0; i < 7; i++) seven.set(0, i, true);
    expect(seven.inUse()).toBe(1);
    seven.set(0, 7, true);
    expect(seven.inUse()).toBe(2);
    const mixed = begin(['mig: "3g.40gb"', 'mig: "2g.20gb"', 'mig: "1g.20gb"']);
    mixed.set(0, 0, true); // from slice 4 on
    mixed.set(1, 0, true);
    mixed.set(1, 1, true); // 2 and 0: full
    expect(mixed.inUse()).toBe(1);
    mixed.set(2, 0, true);
    expect(mixed.inUse()).toBe(2);
    const large = begin(['mig: "4g.40gb"', 'mig: "3g.40gb"']);
    large.set(0, 0, true);
    large.set(0, 1, true); // only from slice 0
    expect(large.inUse()).toBe(2);
    large.set(1, 0, true);
    large.set(1, 1, true);
    expect(large.inUse()).toBe(2);
  });

  it("are never held twice, and need as many devices as a slow first fit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const draws = createDraws(seed, "shares");
        const sizes = Array.from({ length: 3 }, () => 50 + draws.integer(900));
        const { set, inUse } = begin(sizes.map((milli) => `milliGpu: ${milli}`));
        const slow: Map<number, number>[] = [];
        for (let step = 0; step < 60; step++) {
          const [service, i] = [draws.integer(3), draws.integer(9)];
          const place = service * 9 + i;
          const at = slow.findIndex((device) => device.has(place));
          set(service, i, at < 0);
          if (at >= 0) slow[at]!.delete(place);
          else {
            const fits = (device: Map<number, number>) =>
              [...device.values()].reduce((a, b) => a + b, 0) + sizes[service]! <= 1000;
            // an empty device is one that is not there, but keeps its number
            const device = slow.findIndex((d) => d.size > 0 && fits(d));
            const to = device >= 0 ? device : slow.findIndex((d) => d.size === 0);
            if (to < 0) slow.push(new Map([[place, sizes[service]!]]));
            else slow[to]!.set(place, sizes[service]!);
          }
          expect(inUse()).toBeCloseTo(slow.filter((device) => device.size > 0).length, 9);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("a replica with a part of a GPU", () => {
  it("has memory, throughput and bandwidth of it", () => {
    const gpu = GPUS["a100-80gb"]!;
    const read = (share: string) => {
      const { setup, weightsGib } = profileOf(study([share]).services[0]!);
      return {
        millis: (setup.microsByTokens[1]! - 2000) / 1000,
        gib: (setup.blocks * 16 * 2 ** 15) / 2 ** 30,
        weightsGib,
      };
    };
    const whole = read("");
    const quarter = read("share: { milliGpu: 250 }");
    expect(quarter.millis / whole.millis).toBeCloseTo(4, 6);
    expect(quarter.gib).toBeCloseTo(gpu.memoryGib * 0.25 * 0.9 - quarter.weightsGib, 1);
    // one neighbour, as measured
    expect(read("share: { milliGpu: 500, speed: gavel/v100 }").millis / whole.millis).toBeCloseTo(1 / 0.657, 6);
    expect(read("share: { milliGpu: 500, speed: 0.8 }").millis / whole.millis).toBeCloseTo(1.25, 6);
    const { setup } = profileOf(study(['share: { mig: "3g.40gb" }']).services[0]!);
    expect((setup.microsByTokens[1]! - 2000) / 1000 / whole.millis).toBeCloseTo(2, 6);
    // throughput by compute slices: three of seven
    const pairs = (share: string) => profileOf(study([share]).services[0]!).setup.microsPerPair;
    expect(pairs('share: { mig: "3g.40gb" }') / pairs("")).toBeCloseTo(7 / 3, 6);
  });

  it("shares the price of whole devices", () => {
    const { rows } = runServiceStudy(study(["share: { milliGpu: 300 }", "share: { milliGpu: 100 }"]), [
      undefined,
      undefined,
    ]);
    const [a, b] = rows.map(({ metrics }) => metrics);
    // 9 x 300 and 9 x 100: three of the larger and one of the smaller on each of three devices, and six of the smaller on a fourth
    expect(a!.devicesMean!.mean + b!.devicesMean!.mean).toBeCloseTo(4, 9);
    const hours = (a!.costUsd.mean + b!.costUsd.mean) / 4;
    expect(a!.unheldGpuHours!.mean + b!.unheldGpuHours!.mean).toBeCloseTo(hours * 0.1, 6);
    const accounts = (m: typeof a) => m!.busyGpuHours.mean + m!.idleGpuHours.mean + m!.startingGpuHours.mean;
    expect(accounts(a) + accounts(b)).toBeCloseTo(hours * 0.9, 6);
  });

  it("is refused where it means nothing, and rendered as what a cluster knows", () => {
    expect(() => study(["share: {}"])).toThrow(/either milliGpu or mig/);
    expect(() => study(["share: { milliGpu: 300 }\n    tensorParallel: 2"])).toThrow(/tensorParallel is 2/);
    expect(() => study(["share: { milliGpu: 300 }\n    times: vidur"])).toThrow(/times vidur are of whole GPUs/);
    expect(() => study(['share: { mig: "1g.10gb", speed: 0.5 }'])).toThrow(/slices of its own/);
    expect(() => study(["share: { milliGpu: 300 }"], "training: { gpus: 100, generator: g.json }")).toThrow(
      /parts of them/,
    );
    const choice = { namespace: "n", image: "i", port: 80 };
    const [service] = study(['share: { mig: "2g.20gb" }']).services;
    expect(JSON.stringify(renderService(service!, choice))).toContain('"nvidia.com/mig-2g.20gb":"1"');
    expect(() => renderService(study(["share: { milliGpu: 300 }"]).services[0]!, choice)).toThrow(/no such resource/);
  });

  it("never has more of a device than it is: compute slices of any partitions that fit", () => {
    for (const { memorySlices, computeSlices, starts } of Object.values(MIG_PROFILES)) {
      expect(starts.every((start) => start + memorySlices <= 8)).toBe(true);
      expect(computeSlices).toBeLessThanOrEqual(7);
    }
  });
});

testOnRecords("speeds beside a neighbour are means of the measured pairs", async (folders) => {
  for (const [table, speed] of Object.entries(PAIR_SPEEDS)) {
    const { pairs } = await readPairRates(table as keyof typeof PAIR_SPEEDS, folders);
    expect(pairs.reduce((sum, { rate }) => sum + Math.min(1, rate), 0) / pairs.length).toBeCloseTo(speed, 2);
  }
});

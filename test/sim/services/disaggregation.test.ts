// Prompts and decodes on different replicas: one and two requests by hand, and the accounts of a study.

import { describe, expect, it } from "vitest";
import { createRequestChunk, type ProfileSetup } from "#src/engine/services.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { traceOf } from "../schedules/small.js";

const PROFILE: ProfileSetup = {
  microsByTokens: Float64Array.from({ length: 513 }, (_, n) => 1_000 + 10 * n),
  microsPerContextToken: 0,
  microsPerPair: 0,
  batchMax: 64,
  blocks: 100,
  watermarkBlocks: 0,
  blockTokens: 16,
};

function serve(at: number[], prompt: number, output: number) {
  const chunk = createRequestChunk(at.length);
  chunk.atMicros.set(at);
  chunk.promptTokens.fill(prompt);
  chunk.outputTokens.fill(output);
  const times: [first: number, finish: number, place: number][] = [];
  const simulation = new ServingSimulation(
    {
      serving: {
        profiles: [PROFILE],
        services: [
          {
            places: 1,
            profile: 0,
            route: "round-robin",
            decoder: { service: 1, microsPerBlock: 100, latencyMicros: 50 },
          },
          { places: 1, profile: 0, route: "round-robin" },
        ],
        classes: [{ ttftMicros: 1e9, tpotMicros: 1e9, e2eMicros: 1e9, priority: 0 }],
        requests: 10,
        input: 10,
        rows: 100,
        binMicros: 1e6,
      },
      ready: [1, 1],
      seed: 1,
    },
    (rows) => {
      for (let i = 0; i < rows.count; i++)
        times[rows.id[i]!] = [rows.firstMicros[i]!, rows.finishMicros[i]!, rows.replica[i]!];
    },
  );
  simulation.run([chunk]);
  return times;
}

describe("prompts and decodes apart", () => {
  it("one request: its prompt, its transfer, its decodes", () => {
    // 160 tokens: 2,600 µs; 10 blocks: 1,000 µs and 50; two further tokens of 1,010 µs each
    expect(serve([0], 160, 3)).toEqual([[2_600, 2_600 + 1_050 + 2 * 1_010, 1]]);
    expect(serve([0], 160, 1)).toEqual([[2_600, 2_600, 0]]);
  });

  it("two at once: memory is asked for between iterations of the side that decodes", () => {
    // the first decodes from 3,650 to 5,670; the second's prompt ends at 5,200, within the second of these iterations: it is
    // asked for at 5,670, there at 6,720, and decodes twice
    expect(serve([0, 0], 160, 3)).toEqual([
      [2_600, 5_670, 1],
      [5_200, 5_670 + 1_050 + 2 * 1_010, 1],
    ]);
  });

  it("three at once: one transfer after the other, and who arrives joins after the iteration under way", () => {
    // short prompts: iterations of 1,160 and, the other two together, 1,320; a block takes 100 and 50
    expect(serve([0, 0, 0], 16, 2)).toEqual([
      [1_160, 1_160 + 150 + 1_010, 1],
      // handed over at 2,480, when the side that decodes is idle: there at 2,630 and, behind it on the link, 2,730
      [2_480, 2_630 + 1_010, 1],
      [2_480, 2_630 + 1_010 + 1_010, 1],
    ]);
  });

  it("a study pays for both sides and serves the same requests", () => {
    const study = parseServiceStudy(
      `
windtunnelServices: 1
title: apart
hours: 1
replications: 1
controllers: [fixed]
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 1
    requestsPerSecond: 1
    bounds: { ttftSeconds: 5 }
    replicas: { min: 3, max: 3 }
variants:
  - name: mixed
  - name: apart
    all: { replicas: { min: 2, max: 2 }, disaggregation: { decodeReplicas: 1 } }
`,
      "services.yaml",
    );
    const { rows } = runServiceStudy(study, [undefined]);
    const [mixed, apart] = rows.map((row) => row.metrics);
    expect(apart!.requests.mean).toBe(mixed!.requests.mean);
    expect(apart!.lost.mean).toBe(0);
    expect(apart!.replicasMean.mean).toBeCloseTo(3, 6);
    expect(apart!.costUsd.mean).toBeCloseTo(apart!.busyGpuHours.mean + apart!.idleGpuHours.mean, 6);
    expect(apart!.handoffSecondsMean!.mean).toBeGreaterThan(0.001);
  });

  it("stands beside a gateway, crashes and training: who crashes is replaced, and what decodes is not lent", () => {
    const text = (gpus: number) => `
windtunnelServices: 1
title: apart
hours: 6
replications: 1
controllers: [fixed]
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 1
    requestsPerSecond: 1
    bounds: { ttftSeconds: 5 }
    replicas: { min: 2, max: 2 }
    coldStartSeconds: 60
    crashes: { meanHours: 1, detectSeconds: 20 }
    gateway: { retries: 3, deadlineSeconds: 60 }
    disaggregation: { decodeReplicas: 2 }
training: { gpus: ${gpus}, dataset: made-up.yaml, checkpointSeconds: 600 }
`;
    const jobs = [0, 1, 2].map((at) => ({ at, run: 3_600, gpus: 1 }));
    const { rows, lending } = runServiceStudy(parseServiceStudy(text(6), "f"), [undefined], undefined, [traceOf(jobs)]);
    const m = rows[0]!.metrics;
    // 4 replicas for 6 hours, one crash an hour each
    expect(m.crashes!.mean).toBeGreaterThan(8);
    expect(m.coldStarts.mean).toBeGreaterThan(8);
    expect(m.retriedShare!.mean).toBeGreaterThan(0);
    expect(m.attainment.mean).toBeGreaterThan(0.95);
    expect(m.failedShare!.mean + m.expiredShare!.mean).toBeLessThan(0.02);
    expect(m.replicasMean.mean).toBeGreaterThan(3.9);
    expect(m.replicasMean.mean).toBeLessThanOrEqual(4);
    // of 6 GPUs four are held, but for a crash until it is replaced
    for (const { metrics } of lending!.rows) {
      expect(metrics.gpusMean.mean).toBeGreaterThanOrEqual(2);
      expect(metrics.gpusMean.mean).toBeLessThan(2.1);
      expect(metrics.jobs.mean).toBe(3);
    }
    expect(() => parseServiceStudy(text(3), "f")).toThrow(/may need 4/);
  });
});

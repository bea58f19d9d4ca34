// Servers of whole batches: against a slow twin, M/D/1, M/G/1, and a chain of batches.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDraws } from "#src/engine/draws.js";
import { OPEN_GATEWAY } from "#src/engine/gateways.js";
import { createRequestChunk, type ProfileSetup, type RequestChunk } from "#src/engine/services.js";
import { readOutcomes } from "#src/sim/services/outcomes.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { type EndedBatch, serveBatchesSlowly } from "../../twins/batches.js";

const PRIORITIES = [0, 2];

function profileOf(microsByBatch: number[], delayMicros = 0, microsPerToken = 0): ProfileSetup {
  return {
    microsByTokens: Float64Array.from([0, ...microsByBatch]),
    microsPerContextToken: microsPerToken,
    microsPerPair: 0,
    batchMax: microsByBatch.length,
    blocks: 2 ** 26,
    watermarkBlocks: 0,
    blockTokens: 16,
    batch: { delayMicros },
  };
}

function serve(
  profile: ProfileSetup,
  chunk: RequestChunk,
  rows = true,
): { ended: EndedBatch[]; waitMean: number; ttftMean: number } {
  const ended: EndedBatch[] = [];
  const serving = {
    profiles: [profile],
    services: [{ places: 1, profile: 0, route: "round-robin" as const }],
    classes: PRIORITIES.map((priority) => ({ ttftMicros: 1e12, tpotMicros: 1e12, e2eMicros: 1e12, priority })),
    requests: 200_000,
    input: 10_000,
    rows: rows ? 200_002 : 0,
    binMicros: 1e6,
  };
  const simulation = new ServingSimulation({ serving, ready: [1], seed: 1 }, (r) => {
    for (let i = 0; i < r.count; i++)
      ended[r.id[i]!] = { scheduled: r.scheduledMicros[i]!, finish: r.finishMicros[i]! };
  });
  simulation.run([chunk]);
  const [o] = readOutcomes(simulation.engine, serving);
  return { ended, waitMean: o!.waitSecondsMean, ttftMean: o!.ttftSecondsMean };
}

function arrivals(seed: number, count: number, gapMicros: number, tokens = () => 1): RequestChunk {
  const draws = createDraws(seed, "batch");
  const chunk = createRequestChunk(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    at += draws.exponential() * gapMicros;
    chunk.atMicros[i] = Math.floor(at);
    chunk.promptTokens[i] = tokens();
    chunk.outputTokens[i] = 1;
  }
  return chunk;
}

describe("a server of batches", () => {
  it("agrees with its slow twin", () => {
    let full = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const draws = createDraws(seed, "case");
        const size = 1 + draws.integer(5);
        let micros = 5 + draws.integer(20);
        const table = Array.from({ length: size }, () => (micros += draws.integer(10)));
        const profile = profileOf(table, draws.integer(2) * draws.integer(60), draws.integer(3));
        const chunk = arrivals(seed, 40, 4 + draws.integer(30), () => 1 + draws.integer(5));
        chunk.serviceClass.forEach((_, i) => {
          chunk.serviceClass[i] = draws.integer(2);
        });
        const slow = serveBatchesSlowly(profile, chunk);
        expect(serve(profile, chunk).ended).toEqual(slow);
        full += slow.filter(({ finish }) => slow.filter((other) => other.finish === finish).length === size).length;
      }),
      { numRuns: 150 },
    );
    expect(full).toBeGreaterThan(500);
  });

  it("one by one is M/D/1, and with times by length M/G/1 (Pollaczek and Khinchine)", () => {
    const count = 150_000;
    const fixed = serve(profileOf([8_000]), arrivals(3, count, 10_000), false);
    expect(fixed.waitMean / ((0.8 / (2 * 0.2)) * 0.008)).toBeCloseTo(1, 1);
    expect(fixed.ttftMean - fixed.waitMean).toBeCloseTo(0.008, 5);
    // 1 or 15 tokens of 1 ms each: mean 8 ms, second moment 113 ms²
    const draws = createDraws(4, "lengths");
    const general = serve(
      profileOf([0.001], 0, 1_000),
      arrivals(4, count, 16_000, () => (draws.integer(2) ? 1 : 15)),
      false,
    );
    const load = 8 / 16;
    expect(general.waitMean / (((1 / 0.016) * 113e-6) / (2 * (1 - load)))).toBeCloseTo(1, 1);
  });

  it("several behind one line, with exponential times, are M/M/c (Erlang)", () => {
    // tokens of a µs each are the times; a gateway that lets one request in for each server is the line
    const [servers, meanMicros, load, count] = [3, 6_000, 0.75, 150_000];
    const draws = createDraws(8, "times");
    const chunk = arrivals(6, count, meanMicros / (servers * load), () =>
      Math.max(1, Math.round(draws.exponential() * meanMicros)),
    );
    const none = Number.POSITIVE_INFINITY;
    const serving = {
      profiles: [profileOf([0.001], 0, 1)],
      services: [
        {
          places: servers,
          profile: 0,
          route: "least-requests" as const,
          gateway: { ...OPEN_GATEWAY, requestsPerReplica: 1, holdMax: count, holdMicros: none },
        },
      ],
      classes: [{ ttftMicros: none, tpotMicros: none, e2eMicros: none, priority: 0 }],
      requests: 10_000,
      input: 10_000,
      rows: 0,
      binMicros: 1e6,
    };
    const simulation = new ServingSimulation({ serving, ready: [servers], seed: 1 });
    simulation.run([chunk]);
    const [o] = readOutcomes(simulation.engine, serving);
    const offered = servers * load;
    let blocked = 1; // Erlang's first formula, then his second
    for (let n = 1; n <= servers; n++) blocked = (offered * blocked) / (n + offered * blocked);
    const waits = blocked / (1 - load * (1 - blocked));
    const expected = (waits * meanMicros) / (servers * (1 - load)) / 1e6;
    expect(o!.answered).toBe(count);
    expect(o!.waitSecondsMean / expected).toBeCloseTo(1, 1);
  });

  it("has the batches of its chain: what comes during one, up to the largest, is the next", () => {
    const [size, micros, gap] = [4, 10_000, 4_000];
    const { ended } = serve(profileOf(new Array(size).fill(micros)), arrivals(5, 120_000, gap));
    const seen = new Array(size + 1).fill(0);
    const batches = new Map<number, number>();
    for (const { scheduled } of ended) batches.set(scheduled, (batches.get(scheduled) ?? 0) + 1);
    for (const n of batches.values()) seen[n]++;
    // left waiting at the end of a batch: max(0, waiting - size) and Poisson arrivals; if nobody, the next alone
    const mean = micros / gap;
    const poisson = (k: number) =>
      Array.from({ length: k }, (_, i) => mean / (i + 1)).reduce((p, x) => p * x, Math.exp(-mean));
    let left = [1, ...new Array(199).fill(0)];
    for (let step = 0; step < 300; step++) {
      const then = new Array(200).fill(0);
      left.forEach((p, n) => {
        if (p < 1e-15) return;
        for (let k = 0; k < 40; k++) then[Math.min(199, Math.max(0, n - size) + k)] += p * poisson(k);
      });
      left = then;
    }
    const share = (n: number) =>
      n === 1 ? left[0]! + left[1]! : n === size ? left.slice(size).reduce((a, b) => a + b, 0) : left[n]!;
    for (let n = 1; n <= size; n++) expect(seen[n] / batches.size).toBeCloseTo(share(n), 1.8);
  });

  it("is asked for in a study, which refuses what means nothing to it", () => {
    const text = (server: string) => `
windtunnelServices: 1
title: t
services:
  - name: vision
    model: resnet
    gpu: t4
    usdPerGpuHour: 1
    requestsPerSecond: 1
    bounds: { e2eSeconds: 1 }
    replicas: { max: 1 }
    ${server}
`;
    expect(
      parseServiceStudy(text("server: { batchMillis: [[1, 5], [8, 12]] }"), "f").services[0]!.server,
    ).toBeDefined();
    expect(() => parseServiceStudy(text("server: { batchMillis: [[8, 5], [1, 12]] }"), "f")).toThrow(
      /batchMillis goes from/,
    );
    expect(() =>
      parseServiceStudy(text("server: { batchMillis: [[1, 5]] }\n    speculation: { acceptance: 0.5 }"), "f"),
    ).toThrow(/speculation is for language models/);
  });
});

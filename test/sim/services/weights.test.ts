// Weights beyond a replica's own: adapters and models. Hand-worked times, LRU's hit rate in closed form, a slow twin of batches
// with models, and a study. (Adapters beside all else: twin.test.ts.)

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as abi from "#src/engine/abi.js";
import { createDraws } from "#src/engine/draws.js";
import { readServers } from "#src/engine/prefixes.js";
import { createRequestChunk, type ProfileSetup, type RequestChunk, type RouteRule } from "#src/engine/services.js";
import type { WeightsSetup } from "#src/engine/weights.js";
import { drawRequests } from "#src/sim/services/requests.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { serveBatchesSlowly } from "../../twins/batches.js";

const CLASS = { ttftMicros: 1e12, tpotMicros: 1e12, e2eMicros: 1e12, priority: 0 };

interface Setup {
  profile: ProfileSetup;
  weights: readonly WeightsSetup[];
  replicas?: number;
  route?: RouteRule;
}

function serve({ profile, weights, replicas = 1, route = "least-requests" }: Setup, chunk: RequestChunk) {
  const ended: { scheduled: number; first: number; finish: number; replica: number }[] = [];
  const serving = {
    profiles: [profile],
    services: [{ places: replicas, profile: 0, route }],
    classes: [CLASS],
    weights,
    requests: chunk.count + 1,
    input: 10_000,
    rows: 2 * chunk.count + 4,
    binMicros: 1e6,
  };
  const simulation = new ServingSimulation({ serving, ready: [replicas], seed: 1 }, (r) => {
    for (let i = 0; i < r.count; i++)
      ended[r.id[i]!] = {
        scheduled: r.scheduledMicros[i]!,
        first: r.firstMicros[i]!,
        finish: r.finishMicros[i]!,
        replica: r.replica[i]!,
      };
  });
  simulation.run([chunk]);
  expect(simulation.engine.getI(abi.REQUEST_LIVE)).toBe(0);
  return { ended, servers: readServers(simulation.engine, 0) };
}

function requests(rows: readonly (readonly [at: number, set: number])[], prompt = 10, output = 2): RequestChunk {
  const chunk = createRequestChunk(rows.length);
  chunk.atMicros.set(rows.map(([at]) => at));
  chunk.weights = Int32Array.from(rows, ([, set]) => set);
  chunk.promptTokens.fill(prompt);
  chunk.outputTokens.fill(output);
  return chunk;
}

const LM: ProfileSetup = {
  microsByTokens: Float64Array.from({ length: 65 }, (_, n) => 1_000 + 10 * n),
  microsPerContextToken: 0,
  microsPerPair: 0,
  batchMax: 8,
  blocks: 100,
  watermarkBlocks: 0,
  blockTokens: 16,
  resident: { units: 2, iterationMicros: 100, eachMicros: 20 },
};
const SETS = [1, 2, 3].map(() => ({ units: 1, loadMicros: 500 }));

const times = (rows: ReturnType<typeof serve>["ended"]) => rows.map(({ first, finish }) => [first, finish]);

describe("adapters by hand", () => {
  it("are loaded in the iteration that needs them first, and make every iteration longer", () => {
    // 1,100 + 500 + 100 + 20, then 1,010 + 100 + 20
    expect(times(serve({ profile: LM, weights: SETS }, requests([[0, 1]])).ended)).toEqual([[1_720, 2_850]]);
    // nobody needs one
    expect(times(serve({ profile: LM, weights: SETS }, requests([[0, 0]])).ended)).toEqual([[1_100, 2_110]]);
    // the second finds it there
    const again = serve(
      { profile: LM, weights: SETS },
      requests([
        [0, 1],
        [10_000, 1],
      ]),
    );
    expect(again.ended[1]!.first).toBe(10_000 + 1_220);
    expect(again.servers).toMatchObject({ weightsAsked: 2, weightsHit: 1, weightsLoadMicros: 500 });
  });

  it("have slots: who finds none waits, and others go past", () => {
    // the first three arrive at once: the third's adapter has no slot until one of the others ends; the fourth needs the first's
    const { ended } = serve(
      { profile: LM, weights: SETS },
      requests([
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 1],
      ]),
    );
    const begin = ended.map(({ scheduled }) => scheduled);
    // iteration 1: the first alone, to 1,720; 2: a decode and two prompts, 1,210 + 500 + 100 + 40
    expect(begin.slice(0, 2)).toEqual([0, 1_720]);
    expect(begin[3]).toBe(1_720);
    expect(begin[2]).toBeGreaterThan(ended[1]!.first);
    // all that use the second have ended then
    expect(begin[2]).toBeGreaterThanOrEqual(Math.min(ended[1]!.finish, Math.max(ended[0]!.finish, ended[3]!.finish)));
  });

  it("least recently used goes first, with the hit rate of King's formula", () => {
    const shares = [0.4, 0.3, 0.2, 0.1];
    const draws = createDraws(3, "lru");
    const draw = () => {
      const u = draws.uniform();
      return [0.4, 0.7, 0.9, 1].findIndex((upTo) => u < upTo) + 1;
    };
    // one at a time: what is asked is independent, and two of four fit
    const chunk = requests(Array.from({ length: 20_000 }, (_, i) => [i * 100_000, draw()] as const));
    const { servers } = serve({ profile: LM, weights: [...SETS, SETS[0]!] }, chunk);
    let hit = 0;
    for (const [i, p] of shares.entries())
      for (const [j, q] of shares.entries()) if (i !== j) hit += ((p * q) / (1 - p)) * (p + q);
    expect(servers.weightsHit / servers.weightsAsked).toBeCloseTo(hit, 2);
  });

  it("keep their replica where the route knows who holds them", () => {
    const draws = createDraws(4, "route");
    const chunk = requests(Array.from({ length: 3_000 }, (_, i) => [i * 900, 1 + draws.integer(6)] as const));
    const setup = { profile: LM, weights: [...SETS, ...SETS], replicas: 3 };
    const share = (route: RouteRule) => {
      const { servers } = serve({ ...setup, route }, chunk);
      return servers.weightsHit / servers.weightsAsked;
    };
    // two of six fit on each of three replicas
    expect(share("resident")).toBeGreaterThan(0.7);
    expect(share("round-robin")).toBeLessThan(0.5);
  });
});

it("servers of batches with several models agree with their slow twin", () => {
  let loads = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
      const draws = createDraws(seed, "models");
      const size = 1 + draws.integer(4);
      const weights = Array.from({ length: 2 + draws.integer(4) }, () => ({
        units: 1 + draws.integer(3),
        loadMicros: draws.integer(40),
      }));
      let micros = 5 + draws.integer(15);
      const profile: ProfileSetup = {
        ...LM,
        microsByTokens: Float64Array.from([0, ...Array.from({ length: size }, () => (micros += draws.integer(8)))]),
        batchMax: size,
        blocks: 2 ** 26,
        batch: { delayMicros: draws.integer(2) * draws.integer(50) },
        resident: { units: 3 + draws.integer(4), iterationMicros: 0, eachMicros: 0 },
      };
      let at = 0;
      const rows = Array.from({ length: 40 }, () => {
        at += Math.floor(draws.exponential() * (5 + draws.integer(30)));
        return [at, 1 + draws.integer(weights.length)] as const;
      });
      const chunk = requests(rows, 1, 1);
      const { ended, servers } = serve({ profile, weights }, chunk);
      expect(ended.map(({ scheduled, finish }) => ({ scheduled, finish }))).toEqual(
        serveBatchesSlowly(profile, chunk, weights),
      );
      loads += servers.weightsAsked - servers.weightsHit;
    }),
    { numRuns: 150 },
  );
  expect(loads).toBeGreaterThan(500);
});

const study = (service: string) =>
  parseServiceStudy(
    `
windtunnelServices: 1
title: t
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
    replicas: { max: 2 }
    ${service}
`,
    "services.yaml",
  );

describe("a study", () => {
  it("tells hits, loads and what they took", () => {
    const adapters = "adapters: { count: 50, slots: 4, gib: 0.2, gigabytesPerSecond: 10 }";
    const { rows } = runServiceStudy(study(`${adapters}\n    route: resident`), [undefined]);
    const m = rows[0]!.metrics;
    expect(m.residentShare!.mean).toBeGreaterThan(0.3);
    const seconds = (0.2 * 2 ** 30) / 10e9;
    expect(m.weightLoadGpuHours!.mean).toBeCloseTo((m.weightLoads!.mean * seconds) / 3600, 6);
    expect(m.weightLoads!.mean).toBeCloseTo(m.requests.mean * (1 - m.residentShare!.mean), 6);
    // a conversation stays with its adapter
    const talk = study("adapters: { count: 50 }\n    sessions: { turnsMean: 6 }");
    const { session, weights, count } = drawRequests(talk, [undefined], 1);
    const bySession = new Map<number, Set<number>>();
    for (let i = 0; i < count; i++)
      bySession.set(session[i]!, (bySession.get(session[i]!) ?? new Set()).add(weights![i]!));
    expect(Math.max(...[...bySession.values()].map((set) => set.size))).toBe(1);
    expect(new Set(weights).size).toBeGreaterThan(30);
  });

  it("refuses what means nothing, or does not fit", () => {
    expect(() => study("route: resident")).toThrow(/route is resident/);
    expect(() => study("models: { list: [{ name: a, gib: 1 }, { name: b, gib: 1 }], memoryGib: 4 }")).toThrow(
      /servers of batches/,
    );
    expect(() => study("sessions: {}\n    prefixCache: {}\n    adapters: { count: 2 }")).toThrow(/do not go together/);
    const server = "server: { batchMillis: [[1, 5]] }";
    expect(() =>
      study(`${server}\n    models: { list: [{ name: a, gib: 5 }, { name: b, gib: 1 }], memoryGib: 4 }`),
    ).toThrow(/a has 5 GiB/);
    expect(() => runServiceStudy(study("adapters: { count: 9, slots: 1000 }"), [undefined])).toThrow(/leave no memory/);
  });
});

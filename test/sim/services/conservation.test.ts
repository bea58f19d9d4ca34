// What must hold of any run of services: every request ends once, all memory comes back, tokens given are tokens asked for,
// and counts of classes, series and sketches agree with the rows.

import { describe, expect, it } from "vitest";
import { createDraws } from "#src/engine/draws.js";
import { prefixSetupFor } from "#src/engine/prefixes.js";
import { type RequestChunk, ROUTE_RULES, type RouteRule } from "#src/engine/services.js";
import { accountsOf } from "#src/sim/services/accounts.js";
import { readOutcomes } from "#src/sim/services/outcomes.js";
import { buildProfile } from "#src/sim/services/profile.js";
import { ServingSimulation } from "#src/sim/services/serving.js";

const COUNT = 3_000;
const REPLICAS = 5;

function drawRequests(seed: number, ratePerSecond: number): RequestChunk {
  const draws = createDraws(seed, "conservation");
  let at = 0;
  const i32 = (f: () => number) => Int32Array.from({ length: COUNT }, f);
  return {
    count: COUNT,
    atMicros: Float64Array.from({ length: COUNT }, () => {
      at += Math.floor((draws.exponential() * 1e6) / ratePerSecond);
      return at;
    }),
    promptTokens: i32(() => 1 + draws.integer(900)),
    outputTokens: i32(() => 1 + draws.integer(300)),
    service: i32(() => 0),
    serviceClass: i32(() => draws.integer(2)),
    session: i32(() => draws.integer(50)),
    origin: i32(() => draws.integer(3)),
  };
}

/** Prompts of a session begin alike. */
function withPrompts(requests: RequestChunk): RequestChunk {
  const first = [0];
  const blocks: number[] = [];
  for (let i = 0; i < COUNT; i++) {
    const count = Math.floor(requests.promptTokens[i]! / 64);
    for (let k = 0; k < count; k++) blocks.push(requests.session[i]! * 100 + k);
    first.push(blocks.length);
  }
  return { ...requests, blockFirst: Int32Array.from(first), blocks: Int32Array.from(blocks) };
}

const spec = {
  model: "llama2-7b",
  gpu: "a10",
  tensorParallel: 1,
  bytesPerNumber: 2,
  memoryShare: 0.8,
  tokenBudget: 512,
  batchMax: 64,
  blockTokens: 16,
  watermarkShare: 0.01,
};

interface Run {
  ids: number[];
  replicas: number[];
  tokens: number;
  routed: [id: number, replica: number][];
  ttfts: number[];
  simulation: ServingSimulation;
}

function run(route: RouteRule, requests: RequestChunk): Run {
  const ids: number[] = [];
  const replicas = new Array<number>(REPLICAS).fill(0);
  const ttfts: number[] = [];
  const routed: [number, number][] = [];
  let tokens = 0;
  const simulation = new ServingSimulation(
    {
      serving: {
        profiles: [{ ...buildProfile(spec).setup, ...(requests.blocks ? { prefixTokens: 64 } : {}) }],
        services: [{ places: REPLICAS, profile: 0, route, clouds: [0, 0, 1, 1, 1], weights: [1, 1, 1, 1, 4] }],
        classes: [0, 2].map((priority) => ({ ttftMicros: 2e6, tpotMicros: 6e4, e2eMicros: 2e7, priority })),
        requests: COUNT,
        input: 500,
        rows: COUNT + 1,
        binMicros: 1e6,
        ...(requests.blocks ? { prefix: { ...prefixSetupFor(requests), inputBlocks: 5_000 } } : {}),
      },
      ready: [REPLICAS],
      seed: 3,
    },
    (rows) => {
      for (let i = 0; i < rows.count; i++) {
        ids.push(rows.id[i]!);
        routed.push([rows.id[i]!, rows.replica[i]!]);
        replicas[rows.replica[i]!]!++;
        tokens += rows.outputTokens[i]!;
        ttfts.push(rows.firstMicros[i]! - rows.atMicros[i]!);
        expect(rows.scheduledMicros[i]!).toBeGreaterThanOrEqual(rows.atMicros[i]!);
        expect(rows.firstMicros[i]!).toBeGreaterThan(rows.scheduledMicros[i]!);
        expect(rows.finishMicros[i]!).toBeGreaterThanOrEqual(rows.firstMicros[i]!);
      }
    },
  );
  simulation.run([requests]);
  return { ids, replicas, tokens, routed, ttfts, simulation };
}

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe.each(Object.keys(ROUTE_RULES) as RouteRule[])("services routed by %s", (route) => {
  const requests = route === "prefix" ? withPrompts(drawRequests(5, 6)) : drawRequests(5, 6);
  const { ids, tokens, ttfts, replicas, simulation } = run(route, requests);
  const { engine } = simulation;

  it("end every request once and give every token asked for", () => {
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
    expect(tokens).toBe(sum(requests.outputTokens));
    expect(sum(replicas)).toBe(COUNT);
  });

  it("leave nobody in the system and no block in use", () => {
    expect(accountsOf(engine, simulation.setup.serving)).toEqual({ ended: COUNT, left: 0 });
  });

  it("count in classes, series and sketches what the rows say", () => {
    const classes = readOutcomes(engine, simulation.setup.serving);
    expect(sum(classes.map((c) => c.arrived))).toBe(COUNT);
    expect(sum(classes.map((c) => c.answered))).toBe(COUNT);
    expect(sum(classes.map((c) => c.outputTokens))).toBe(tokens);
    expect(sum(classes.map((c) => c.ttftSecondsMean * c.answered))).toBeCloseTo(sum(ttfts) / 1e6, 6);
    const gaps = sum(simulation.gapCounts(0));
    expect(gaps).toBe(tokens - COUNT);
  });
});

describe("a sketch", () => {
  it("knows every percentile to within 1/256 of itself", () => {
    const requests = drawRequests(9, 6);
    requests.serviceClass.fill(0);
    const { ttfts, simulation } = run("round-robin", requests);
    const [first] = readOutcomes(simulation.engine, simulation.setup.serving);
    const ascending = Float64Array.from(ttfts).sort();
    for (const share of [0.01, 0.5, 0.9, 0.99, 0.999]) {
      const exact = ascending[Math.ceil(share * COUNT) - 1]! / 1e6;
      expect(Math.abs(first!.ttft.percentile(share) / exact - 1)).toBeLessThan(1 / 256);
    }
  });
});

describe("routing", () => {
  const requests = drawRequests(5, 6);
  it("by session keeps each session on one replica", () => {
    const seen = new Map<number, Set<number>>();
    const { routed } = run("session", requests);
    for (const [id, replica] of routed) {
      const session = requests.session[id]!;
      seen.set(session, (seen.get(session) ?? new Set()).add(replica));
    }
    expect(Math.max(...[...seen.values()].map((set) => set.size))).toBe(1);
    expect(new Set([...seen.values()].flatMap((set) => [...set])).size).toBe(REPLICAS);
  });

  it("by weights sends in proportion", () => {
    const { replicas } = run("weighted", requests);
    expect(replicas[4]! / COUNT).toBeCloseTo(0.5, 1);
    expect(replicas[0]! / COUNT).toBeCloseTo(0.125, 1);
  });

  it("to the nearest stays in the cloud of the origin where it has replicas", () => {
    const { replicas } = run("nearest", requests);
    const from = (cloud: number) => requests.origin.filter((o) => o === cloud).length;
    // origin 2 has no replicas: anywhere will do
    expect(replicas[0]! + replicas[1]!).toBeGreaterThanOrEqual(from(0));
    expect(replicas[2]! + replicas[3]! + replicas[4]!).toBeGreaterThanOrEqual(from(1));
  });
});

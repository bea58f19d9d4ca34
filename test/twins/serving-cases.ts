// Random small cases of serving, and both ways to serve them: the engine's and its slow twin's.

import { expect } from "vitest";
import { createDraws, type Draws } from "#src/engine/draws.js";
import { prefixSetupFor, readServers, type ServerCounts } from "#src/engine/prefixes.js";
import type { ProfileSetup, RequestChunk, RouteRule } from "#src/engine/services.js";
import type { WeightsSetup } from "#src/engine/weights.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { serveSlowly } from "./serving.js";
import type { Answer, Parting } from "./serving-parts.js";

export const PRIORITIES = [0, 1, 3];

export interface Case {
  profile: ProfileSetup;
  replicas: number;
  rule: RouteRule;
  requests: RequestChunk;
  parting?: Parting;
  /** Sets of weights that requests may need. */
  sets?: readonly WeightsSetup[];
}

export function drawCase(seed: number): Case {
  const draws = createDraws(seed, "serving-twin");
  const pick = (low: number, high: number) => low + draws.integer(high - low + 1);
  const batchMax = pick(1, 8);
  const budget = batchMax + pick(0, 40);
  const profile: ProfileSetup = {
    microsByTokens: Float64Array.from({ length: budget + 1 }, (_, n) => 50 + 3.7 * n + draws.uniform()),
    microsPerContextToken: pick(0, 2) === 0 ? 0 : draws.uniform(),
    microsPerPair: draws.uniform() / 10,
    batchMax,
    blocks: pick(8, 60),
    watermarkBlocks: pick(0, 3),
    blockTokens: 2 ** pick(0, 5),
  };
  const count = pick(1, 60);
  const gap = pick(1, 4) ** 3 * 20;
  let at = 0;
  const i32 = (f: () => number) => Int32Array.from({ length: count }, f);
  return {
    profile,
    replicas: pick(1, 4),
    rule: (["round-robin", "least-requests", "least-tokens"] as const)[pick(0, 2)]!,
    requests: {
      count,
      atMicros: Float64Array.from({ length: count }, () => {
        if (pick(0, 4) > 0) at += Math.floor(gap * draws.exponential());
        return at;
      }),
      promptTokens: i32(() => pick(1, 80)),
      outputTokens: i32(() => pick(1, 50)),
      service: i32(() => 0),
      serviceClass: i32(() => pick(0, 2)),
      session: i32(() => 0),
      origin: i32(() => 0),
    },
  };
}

export interface Served {
  answers: Answer[];
  digest: string;
  gaps: Float64Array;
  servers: ServerCounts;
}

export function serve(c: Case, stepped: boolean): Served {
  const answers: Answer[] = [];
  const simulation = new ServingSimulation(
    {
      serving: {
        profiles: [c.profile],
        services: [
          {
            places: c.replicas,
            profile: 0,
            route: c.rule,
            ...(c.parting ? { decoder: { service: 1, ...c.parting } } : {}),
          },
          ...(c.parting ? [{ places: c.parting.decoders, profile: 0, route: c.rule }] : []),
        ],
        classes: PRIORITIES.map((priority) => {
          return { ttftMicros: 1e6, tpotMicros: 1e6, e2eMicros: 1e6, priority };
        }),
        requests: 100,
        input: 7,
        rows: 101,
        binMicros: 1e6,
        stepped,
        ...(c.sets ? { weights: c.sets } : {}),
        ...(c.requests.blocks ? { prefix: prefixSetupFor(c.requests) } : {}),
      },
      ready: [c.replicas, ...(c.parting ? [c.parting.decoders] : [])],
      seed: 1,
    },
    (rows) => {
      for (let i = 0; i < rows.count; i++) {
        if (rows.status[i] !== 0) continue;
        answers.push({
          id: rows.id[i]!,
          scheduledMicros: rows.scheduledMicros[i]!,
          firstMicros: rows.firstMicros[i]!,
          finishMicros: rows.finishMicros[i]!,
          replica: rows.replica[i]!,
          preempted: rows.preempted[i]!,
        });
      }
    },
  );
  simulation.run([c.requests]);
  answers.sort((a, b) => a.id - b.id);
  return {
    answers,
    digest: simulation.engine.digest(),
    gaps: both(simulation.gapCounts(0), c.parting ? simulation.gapCounts(1) : undefined),
    servers: summed(readServers(simulation.engine, 0), c.parting ? readServers(simulation.engine, 1) : undefined),
  };
}

/** Of those that begin and those that decode. */
function summed(a: ServerCounts, b: ServerCounts | undefined): ServerCounts {
  if (!b) return a;
  const keys = Object.keys(a) as (keyof ServerCounts)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as ServerCounts;
}

function both(a: Float64Array, b: Float64Array | undefined): Float64Array {
  return b ? a.map((n, i) => n + b[i]!) : a;
}

/** Serves a case in all three ways; they must agree in every timestamp and gap. */
export function serveAllWays(c: Case): { fast: Served; slow: ReturnType<typeof serveSlowly> } {
  const fast = serve(c, false);
  const stepped = serve(c, true);
  const slow = serveSlowly(c.profile, c.replicas, c.rule, c.requests, PRIORITIES, 1, c.parting, c.sets);
  expect(fast.answers).toEqual(slow.answers);
  expect(stepped.answers).toEqual(slow.answers);
  expect(stepped.digest).toBe(fast.digest);
  expect(stepped.gaps).toEqual(fast.gaps);
  expect(stepped.servers).toEqual(fast.servers);
  expect(fast.gaps.reduce((sum, n) => sum + n, 0)).toBe(slow.gapTicks.length);
  return { fast, slow };
}

/** Prefixes along random walks down a tree, so that many begin alike; some go on into the answer. */
export function withPrefixes(c: Case, draws: Draws, prefixTokens: number): Case {
  const { requests } = c;
  const first = [0];
  const blocks: number[] = [];
  for (let i = 0; i < requests.count; i++) {
    const most = Math.floor(
      (requests.promptTokens[i]! + (draws.integer(2) ? requests.outputTokens[i]! : 0)) / prefixTokens,
    );
    let id = 0;
    for (let k = draws.integer(4) ? 0 : draws.integer(most + 1); k < most; k++) {
      id = id * 2 + 1 + (draws.integer(3) === 0 ? 1 : 0);
      blocks.push(id);
      if (id > 2 ** 28) break;
    }
    first.push(blocks.length);
  }
  return {
    ...c,
    profile: { ...c.profile, prefixTokens },
    requests: { ...requests, blockFirst: Int32Array.from(first), blocks: Int32Array.from(blocks) },
  };
}

/** Sometimes with room on the host, sometimes with drafts. */
export function withServers(c: Case, draws: Draws): Case {
  const profile = { ...c.profile };
  if (draws.integer(3) > 0) profile.swap = { hostBlocks: draws.integer(30), microsPerBlock: draws.uniform() * 20 };
  if (draws.integer(2) > 0) {
    const tokens = 1 + draws.integer(4);
    profile.draft = { tokens, share: draws.uniform() / 5, acceptance: draws.uniform() };
    const budget = profile.microsByTokens.length - 1;
    profile.batchMax = Math.min(profile.batchMax, Math.floor(budget / (tokens + 1)));
    if (profile.batchMax < 1) return c;
  }
  return { ...c, profile };
}

/** Prompts and decodes on different replicas, over links that may be slow. */
export function withParting(c: Case, draws: Draws): Case {
  const parting = {
    decoders: 1 + draws.integer(3),
    microsPerBlock: draws.uniform() * [2, 30][draws.integer(2)]!,
    latencyMicros: draws.integer(200),
  };
  return { ...c, parting };
}

/** Most requests need one of some sets of weights, of which not all fit. */
export function withWeights(c: Case, draws: Draws): Case {
  const sets = Array.from({ length: 2 + draws.integer(5) }, () => ({
    units: 1 + draws.integer(3),
    loadMicros: draws.uniform() * 300,
  }));
  const resident = {
    units: 3 + draws.integer(5),
    iterationMicros: draws.uniform() * 20,
    eachMicros: draws.integer(2) * draws.uniform() * 10,
  };
  const weights = Int32Array.from({ length: c.requests.count }, () => draws.integer(sets.length + 1));
  return { ...c, sets, profile: { ...c.profile, resident }, requests: { ...c.requests, weights } };
}

// Prompts and decodes apart beside gateways and crashes: how and when each request ends, against a slow twin; and that nothing is
// left anywhere.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as abi from "#src/engine/abi.js";
import { createDraws, type Draws } from "#src/engine/draws.js";
import { OPEN_GATEWAY } from "#src/engine/gateways.js";
import { prefixSetupFor } from "#src/engine/prefixes.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import {
  type Case,
  drawCase,
  PRIORITIES,
  withParting,
  withPrefixes,
  withServers,
  withWeights,
} from "../../twins/serving-cases.js";
import { type Crash, type Ended, serveFaultySlowly } from "../../twins/serving-faults.js";

const HOW = new Map<number, Ended["how"]>([
  [abi.REQUEST_DONE, "answered"],
  [abi.REQUEST_EXPIRED, "out of time"],
  [abi.REQUEST_FAILED, "failed"],
]);

function setupOf(c: Case, deadlineMicros: number, retriesMax: number, stepped: boolean) {
  return {
    profiles: [c.profile],
    services: [
      {
        places: c.replicas,
        profile: 0,
        route: c.rule,
        gateway: { ...OPEN_GATEWAY, retriesMax, backoffMicros: 50 },
        ...(c.parting ? { decoder: { service: 1, ...c.parting } } : {}),
      },
      ...(c.parting ? [{ places: c.parting.decoders, profile: 0, route: c.rule }] : []),
    ],
    classes: PRIORITIES.map((priority) => ({
      ttftMicros: 1e6,
      tpotMicros: 1e6,
      e2eMicros: 1e6,
      priority,
      deadlineMicros,
    })),
    requests: 1_000,
    input: 100,
    rows: 2_002,
    binMicros: 1e6,
    stepped,
    ...(c.sets ? { weights: c.sets } : {}),
    ...(c.requests.blocks ? { prefix: prefixSetupFor(c.requests) } : {}),
  };
}

function serve(c: Case, deadlineMicros: number, crashes: readonly Crash[], retriesMax = 0, stepped = false) {
  const ended: Ended[] = [];
  const serving = setupOf(c, deadlineMicros, retriesMax, stepped);
  const ready = [c.replicas, ...(c.parting ? [c.parting.decoders] : [])];
  const simulation = new ServingSimulation({ serving, ready, seed: 1 }, (rows) => {
    for (let i = 0; i < rows.count; i++) {
      const how = HOW.get(rows.status[i]!);
      if (how) ended.push({ id: rows.id[i]!, how, atMicros: rows.finishMicros[i]! });
    }
  });
  const { engine } = simulation;
  simulation.load(c.requests);
  const serviceOf = (place: number) => (place < c.replicas ? 0 : 1);
  const events = crashes.flatMap(({ place, atMicros, againMicros }) => [
    { at: atMicros, apply: () => engine.call((e) => e.crash(place, atMicros)) },
    {
      at: againMicros,
      apply: () => {
        for (const state of [abi.REPLICA_ABSENT, abi.REPLICA_READY])
          expect(engine.call((e) => e.setReplica(serviceOf(place), place, state))).toBe(1);
      },
    },
  ]);
  for (const { at, apply } of events.sort((a, b) => a.at - b.at)) {
    simulation.runTo(at + 1); // it crashes after all else of that moment
    apply();
  }
  simulation.run([]);
  for (const slot of [abi.REQUEST_LIVE, abi.CALL_LIVE]) expect(engine.getI(slot)).toBe(0);
  engine.call((e) => e.gauge(0));
  for (const id of [
    abi.COL_REPLICA_OUTSTANDING,
    abi.COL_REPLICA_TOKENS,
    abi.COL_REPLICA_RUNNING,
    abi.COL_REPLICA_WAITING,
  ])
    expect(engine.column(id, "i32").every((n) => n === 0)).toBe(true);
  // what crashed and was not replaced keeps its last count of blocks
  if (crashes.length === 0) expect(engine.column(abi.COL_REPLICA_BLOCKS, "i32").every((n) => n === 0)).toBe(true);
  return { ended: ended.sort((a, b) => a.id - b.id), digest: engine.digest() };
}

function drawFaults(c: Case, draws: Draws): { deadline: number; crashes: Crash[] } {
  const places = c.replicas + (c.parting?.decoders ?? 0);
  const last = c.requests.atMicros[c.requests.count - 1]!;
  const crashes = Array.from({ length: draws.integer(3) }, (_, i) => {
    const atMicros = draws.integer(last + 3_000);
    // each place once: a crash of what has crashed is none
    return { place: (draws.integer(places) + i) % places, atMicros, againMicros: atMicros + 1 + draws.integer(3_000) };
  });
  const once = crashes.filter(({ place }, i) => crashes.findIndex((other) => other.place === place) === i);
  return { deadline: draws.integer(2) > 0 ? 500 + draws.integer(8_000) : 1e9, crashes: once };
}

describe("prompts and decodes apart, beside deadlines and crashes", () => {
  it("end as the slow twin says, fast-forwarded or not", () => {
    const seen = { answered: 0, "out of time": 0, failed: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const draws = createDraws(seed, "parted faults");
        let c = drawCase(seed);
        if (draws.integer(2) > 0) c = withServers(c, draws);
        const kind = draws.integer(3);
        if (kind === 0) c = withWeights(c, draws);
        if (kind === 1) c = withPrefixes(c, draws, Math.max(2, c.profile.blockTokens));
        if (draws.integer(4) > 0) c = withParting(c, draws);
        const { deadline, crashes } = drawFaults(c, draws);
        const fast = serve(c, deadline, crashes);
        const slow = serveFaultySlowly(c, deadline, crashes);
        expect(fast.ended).toEqual(slow);
        expect(serve(c, deadline, crashes, 0, true).digest).toBe(fast.digest);
        for (const { how } of slow) seen[how]++;
      }),
      { numRuns: 150 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(200);
  });

  it("end every request once where failed ones are tried again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const draws = createDraws(seed, "parted faults");
        const c = withParting(drawCase(seed), draws);
        const { deadline, crashes } = drawFaults(c, draws);
        const { ended } = serve(c, deadline, crashes, 3);
        const { blocks, blockTokens } = c.profile;
        const { count, promptTokens, outputTokens } = c.requests;
        const fits = Array.from({ length: count }, (_, i) => i).filter(
          (i) => promptTokens[i]! + outputTokens[i]! - 1 <= blocks * blockTokens,
        );
        expect(ended.map(({ id }) => id)).toEqual(fits);
      }),
      { numRuns: 60 },
    );
  });
});

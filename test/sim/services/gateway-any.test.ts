// What must hold of any gateway under any load.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as abi from "#src/engine/abi.js";
import { createDraws } from "#src/engine/draws.js";
import { readGatewayCounts } from "#src/engine/gateways.js";
import type { ProfileSetup } from "#src/engine/services.js";
import { accountsOf } from "#src/sim/services/accounts.js";
import { begin, MS, NEVER, requests } from "./gateway-setting.js";

const setups = fc.record({
  seed: fc.integer({ min: 1, max: 1000 }),
  places: fc.integer({ min: 1, max: 4 }),
  load: fc.constantFrom(0.5, 0.9, 1.5),
  deadline: fc.constantFrom(NEVER, 400 * MS),
  gateway: fc.record({
    requestsPerReplica: fc.constantFrom(NEVER, 3, 12),
    tokens: fc.constantFrom(undefined, { perReplica: 300, perAnswer: 0 }, { perReplica: 150, perAnswer: 40 }),
    holdMax: fc.constantFrom(0, 20),
    holdMicros: fc.constantFrom(30 * MS, 1000 * MS),
    timeoutMicros: fc.constantFrom(NEVER, 150 * MS),
    retriesMax: fc.integer({ min: 0, max: 3 }),
    backoffMicros: fc.constantFrom(0, 10 * MS),
    budget: fc.constantFrom({ share: NEVER, perMicro: 0, max: 0 }, { share: 0.2, perMicro: 1e-6, max: 5 }),
    hedgeMicros: fc.constantFrom(NEVER, 60 * MS),
    cancels: fc.boolean(),
    wayMicros: fc.constantFrom(0, 7 * MS),
    eject: fc.constantFrom({ after: 0, micros: 0, shareMax: 0 }, { after: 2, micros: 100 * MS, shareMax: 0.5 }),
  }),
  falls: fc.boolean(),
  caches: fc.boolean(),
  crash: fc.boolean(),
});

/** Two replicas end at one instant, and a request that waited goes to one of them. */
const TIED = {
  seed: 321,
  places: 4,
  load: 1.5,
  deadline: NEVER,
  gateway: {
    requestsPerReplica: NEVER,
    tokens: { perReplica: 300, perAnswer: 0 },
    holdMax: 20,
    holdMicros: 1000 * MS,
    timeoutMicros: NEVER,
    retriesMax: 0,
    backoffMicros: 0,
    budget: { share: NEVER, perMicro: 0, max: 0 },
    hedgeMicros: NEVER,
    cancels: false,
    wayMicros: 0,
    eject: { after: 0, micros: 0, shareMax: 0 },
  },
  falls: false,
  caches: true,
  crash: false,
} as const;

describe("whatever the gateway and the load,", () => {
  it("every request ends once, all memory comes back, and fast-forwarding changes no bit", () => {
    const profile: ProfileSetup = {
      microsByTokens: Float64Array.from({ length: 65 }, (_, n) => (n === 0 ? 0 : 900 + n * 20)),
      microsPerContextToken: 0.3,
      microsPerPair: 0.01,
      batchMax: 8,
      blocks: 60,
      watermarkBlocks: 1,
      blockTokens: 16,
    };
    fc.assert(
      fc.property(setups, ({ seed, places, load, deadline, gateway, falls, caches, crash }) => {
        const draws = createDraws(seed, "any gateway");
        let at = 0;
        const list = Array.from({ length: 400 }, () => {
          at += (draws.exponential() * 12) / (load * places);
          return [Math.floor(at * MS) / MS, 1 + draws.integer(90), caches ? draws.integer(60) : 0] as const;
        });
        const chunk = requests(list);
        for (let i = 0; i < chunk.count; i++) chunk.promptTokens[i] = 1 + draws.integer(120);
        const { tokens, ...rest } = gateway;
        const own = {
          ...rest,
          ...(tokens ? { tokens } : {}),
          ...(falls ? { fallback: 1 } : {}),
          ...(caches ? { cache: { entries: 10, ttlMicros: 500 * MS, hitMicros: 0 } } : {}),
        };
        const runs = [false, true].map((stepped) => {
          const setup = {
            services: [
              { places, gateway: own },
              { places: 1, gateway: { requestsPerReplica: 6 } },
            ],
          };
          const { simulation, serving } = begin({ ...setup, profile, deadlineMicros: deadline, stepped, seed });
          simulation.load(chunk);
          if (crash) {
            simulation.runTo(600 * MS);
            simulation.engine.call((e) => e.crash(0, 600 * MS));
            simulation.runTo(900 * MS);
            simulation.engine.call((e) => e.setReplica(0, 0, abi.REPLICA_ABSENT));
            simulation.engine.call((e) => e.setReplica(0, 0, abi.REPLICA_READY));
            simulation.engine.call((e) => e.admit(900 * MS));
          }
          while (!simulation.runTo(NEVER));
          const { engine } = simulation;
          expect(accountsOf(engine, serving)).toEqual({ ended: 400, left: 0 });
          const counts = readGatewayCounts(engine, 0);
          expect(counts.hedgesWon).toBeLessThanOrEqual(counts.hedges);
          return { digest: engine.digest(), counts };
        });
        expect(runs[1]).toEqual(runs[0]);
      }),
      { numRuns: 120, examples: [[TIED]] },
    );
  });
});

// The engine against a slow twin on random small cases: every timestamp of every request, and the gaps between tokens.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDraws } from "#src/engine/draws.js";
import {
  drawCase,
  serveAllWays,
  withParting,
  withPrefixes,
  withServers,
  withWeights,
} from "../../twins/serving-cases.js";

const SEEDS = fc.integer({ min: 1, max: 2 ** 30 });

describe("an engine of language models", () => {
  it("agrees with its slow twin in every timestamp, and fast-forwards to the same last bit", () => {
    let preempted = 0;
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const { slow } = serveAllWays(drawCase(seed));
        preempted += slow.answers.reduce((sum, a) => sum + a.preempted, 0);
      }),
      { numRuns: 200 },
    );
    expect(preempted).toBeGreaterThan(100);
  });

  it("agrees where prefixes are kept: what is found, what makes room, and when", () => {
    const seen = { hitTokens: 0, evicted: 0, preempted: 0 };
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const draws = createDraws(seed, "prefixes");
        const plain = drawCase(seed);
        const { fast, slow } = serveAllWays(
          withPrefixes(plain, draws, Math.max(2, plain.profile.blockTokens * 2 ** draws.integer(2))),
        );
        expect(fast.servers.hitTokens).toBe(slow.hitTokens);
        expect(fast.servers.evictedBlocks).toBe(slow.evicted);
        seen.hitTokens += slow.hitTokens;
        seen.evicted += slow.evicted;
        seen.preempted += slow.answers.reduce((sum, a) => sum + a.preempted, 0);
      }),
      { numRuns: 120 },
    );
    expect(seen.hitTokens).toBeGreaterThan(10_000);
    expect(seen.evicted).toBeGreaterThan(1_000);
    expect(seen.preempted).toBeGreaterThan(50);
  });

  it("agrees where memory moves to the host and where tokens are drafted, with and without kept prefixes", () => {
    const seen = { swaps: 0, accepted: 0, preempted: 0, hitTokens: 0 };
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const draws = createDraws(seed, "servers");
        const plain = withServers(drawCase(seed), draws);
        const withCache = draws.integer(2) > 0;
        const { fast, slow } = serveAllWays(
          withCache ? withPrefixes(plain, draws, Math.max(2, plain.profile.blockTokens)) : plain,
        );
        expect(fast.servers).toMatchObject({
          hitTokens: slow.hitTokens,
          evictedBlocks: slow.evicted,
          swaps: slow.swaps,
          acceptedTokens: slow.accepted,
        });
        for (const key of ["swaps", "accepted", "hitTokens"] as const) seen[key] += slow[key];
        seen.preempted += slow.answers.reduce((sum, a) => sum + a.preempted, 0);
      }),
      { numRuns: 200 },
    );
    expect(seen.swaps).toBeGreaterThan(50);
    expect(seen.preempted).toBeGreaterThan(seen.swaps);
    expect(seen.accepted).toBeGreaterThan(1_000);
    expect(seen.hitTokens).toBeGreaterThan(1_000);
  });

  it("agrees where requests need weights beyond the replica's own: who waits, what is loaded and what makes room", () => {
    const seen = { weightsAsked: 0, weightsHit: 0, preempted: 0 };
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const draws = createDraws(seed, "weights");
        let c = drawCase(seed);
        if (draws.integer(2) > 0) c = withServers(c, draws);
        if (draws.integer(3) === 0) c = withParting(c, draws);
        const { fast, slow } = serveAllWays(withWeights(c, draws));
        expect(fast.servers).toMatchObject({ weightsAsked: slow.weightsAsked, weightsHit: slow.weightsHit });
        for (const key of ["weightsAsked", "weightsHit"] as const) seen[key] += slow[key];
        seen.preempted += slow.answers.reduce((sum, a) => sum + a.preempted, 0);
      }),
      { numRuns: 150 },
    );
    expect(seen.weightsHit).toBeGreaterThan(1_000);
    expect(seen.weightsAsked - seen.weightsHit).toBeGreaterThan(1_000);
    expect(seen.preempted).toBeGreaterThan(100);
  });

  it("agrees where prompts and decodes are on different replicas, beside all of that", () => {
    const seen = { handed: 0, preempted: 0, swaps: 0 };
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const draws = createDraws(seed, "parting");
        let c = drawCase(seed);
        if (draws.integer(2) > 0) c = withServers(c, draws);
        if (draws.integer(2) > 0) c = withPrefixes(c, draws, Math.max(2, c.profile.blockTokens));
        const { fast, slow } = serveAllWays(withParting(c, draws));
        expect(fast.servers).toMatchObject({ handedOver: slow.handed });
        for (const key of ["handed", "swaps"] as const) seen[key] += slow[key];
        seen.preempted += slow.answers.reduce((sum, a) => sum + a.preempted, 0);
      }),
      { numRuns: 200 },
    );
    expect(seen.handed).toBeGreaterThan(1_000);
    expect(seen.preempted).toBeGreaterThan(100);
  });
});

// Speculative decoding against its formula, and one request by hand.

import { describe, expect, it } from "vitest";
import { readServers } from "#src/engine/prefixes.js";
import { createRequestChunk, type ProfileSetup } from "#src/engine/services.js";
import { ServingSimulation } from "#src/sim/services/serving.js";

const PROFILE: ProfileSetup = {
  microsByTokens: Float64Array.from({ length: 513 }, (_, n) => 10_000 + 100 * n),
  microsPerContextToken: 0,
  microsPerPair: 0,
  batchMax: 32,
  blocks: 100_000,
  watermarkBlocks: 0,
  blockTokens: 16,
};

function serve(profile: ProfileSetup, count: number, output: number) {
  const chunk = createRequestChunk(count);
  chunk.atMicros.forEach((_, i) => {
    chunk.atMicros[i] = i * 1e9;
  });
  chunk.promptTokens.fill(100);
  chunk.outputTokens.fill(output);
  let micros = 0;
  const simulation = new ServingSimulation(
    {
      serving: {
        profiles: [profile],
        services: [{ places: 1, profile: 0, route: "round-robin" }],
        classes: [{ ttftMicros: 1e9, tpotMicros: 1e9, e2eMicros: 1e9, priority: 0 }],
        requests: 10,
        input: 1000,
        rows: 1000,
        binMicros: 1e6,
      },
      ready: [1],
      seed: 5,
    },
    (rows) => {
      for (let i = 0; i < rows.count; i++) micros += rows.finishMicros[i]! - rows.firstMicros[i]!;
    },
  );
  simulation.run([chunk]);
  return { micros, counts: readServers(simulation.engine, 0) };
}

describe("speculative decoding", () => {
  it.each([
    [1, 0.7],
    [4, 0.8],
    [8, 0.3],
  ])("with %i drafts gives tokens as the formula says at acceptance %d", (tokens, acceptance) => {
    const { micros } = serve({ ...PROFILE, draft: { tokens, share: 0.1, acceptance } }, 40, 2_001);
    // (1 - a^(k+1)) / (1 - a) tokens an iteration; its time: k drafts at a tenth of one with one token, and the check of k + 1
    const each = (1 - acceptance ** (tokens + 1)) / (1 - acceptance);
    const iteration = 10_000 + 100 * (tokens + 1) + tokens * 0.1 * 10_100;
    expect(micros / 40 / ((2_000 / each) * iteration)).toBeCloseTo(1, 1.7);
  });

  it("accepts none at 0 and all at 1, and then the time is known", () => {
    const iteration = 10_000 + 100 * 5 + 4 * 0.05 * 10_100;
    const none = serve({ ...PROFILE, draft: { tokens: 4, share: 0.05, acceptance: 0 } }, 1, 101);
    expect(none.micros).toBeCloseTo(100 * iteration, -1);
    expect(none.counts.acceptedTokens).toBe(0);
    const all = serve({ ...PROFILE, draft: { tokens: 4, share: 0.05, acceptance: 1 } }, 1, 101);
    expect(all.micros).toBeCloseTo(20 * iteration, -1);
    expect(all.counts.acceptedTokens).toBe(all.counts.draftedTokens);
  });
});

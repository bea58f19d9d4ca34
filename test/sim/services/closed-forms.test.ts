// The engine as a queue with a closed form: replicas that work on one request at a time, for a constant or a drawn number of
// tokens, are M/D/1, M/G/1 and M/D/c.

import { describe, expect, it } from "vitest";
import { createDraws } from "#src/engine/draws.js";
import type { ProfileSetup, RequestChunk } from "#src/engine/services.js";
import { readOutcomes } from "#src/sim/services/outcomes.js";
import { ServingSimulation } from "#src/sim/services/serving.js";

const COUNT = 200_000;
const TOKEN_MICROS = 1000;

/** An iteration takes TOKEN_MICROS whatever is in it, so that a request of n tokens is served for n of them. */
const PROFILE: ProfileSetup = {
  microsByTokens: Float64Array.of(0, TOKEN_MICROS, TOKEN_MICROS),
  microsPerContextToken: 0,
  microsPerPair: 0,
  batchMax: 1,
  blocks: 100,
  watermarkBlocks: 0,
  blockTokens: 16,
};

/** Mean wait in service times of `tokens` on average. */
function waitMean(replicas: number, load: number, tokens: () => number, mean: number): number {
  const draws = createDraws(11, "closed");
  const chunk: RequestChunk = {
    count: COUNT,
    atMicros: new Float64Array(COUNT),
    promptTokens: new Int32Array(COUNT).fill(1),
    outputTokens: Int32Array.from({ length: COUNT }, tokens),
    service: new Int32Array(COUNT),
    serviceClass: new Int32Array(COUNT),
    session: new Int32Array(COUNT),
    origin: new Int32Array(COUNT),
  };
  let at = 0;
  for (let i = 0; i < COUNT; i++) {
    at += (draws.exponential() * mean * TOKEN_MICROS) / (load * replicas);
    chunk.atMicros[i] = Math.floor(at);
  }
  const none = Number.POSITIVE_INFINITY;
  const serving = {
    profiles: [PROFILE],
    services: [{ places: replicas, profile: 0, route: "round-robin" as const }],
    classes: [{ ttftMicros: none, tpotMicros: none, e2eMicros: none, priority: 0 }],
    requests: 10_000,
    input: COUNT,
    rows: 0,
    binMicros: 1e6,
  };
  const simulation = new ServingSimulation({ serving, ready: [replicas], seed: 1 });
  simulation.run([chunk]);
  const [o] = readOutcomes(simulation.engine, serving);
  return (o!.waitSecondsMean * 1e6) / (mean * TOKEN_MICROS);
}

// Pollaczek-Khinchine: rho (1 + scv) / (2 (1 - rho)) service times
const pollaczek = (load: number, scv: number) => (load * (1 + scv)) / (2 * (1 - load));

describe("one request at a time", () => {
  it.each([0.3, 0.6, 0.8])("of constant length is M/D/1 at load %d", (load) => {
    expect(waitMean(1, load, () => 20, 20) / pollaczek(load, 0)).toBeCloseTo(1, 1);
  });

  it("of two lengths is M/G/1", () => {
    const draws = createDraws(4, "lengths");
    // 5 or 45 tokens: mean 25, squared coefficient of variation (20 / 25)^2
    const wait = waitMean(1, 0.7, () => (draws.uniform() < 0.5 ? 5 : 45), 25);
    expect(wait / pollaczek(0.7, 0.64)).toBeCloseTo(1, 1);
  });

  it("round robin over c replicas is Erlang-c arrivals to each: less waiting than Poisson ones", () => {
    // E_k/D/1 with k = 4: between D/D/1 (none) and M/D/1; Kingman's bound is (ca² + cs²)/2 x rho/(1 - rho)
    const wait = waitMean(4, 0.8, () => 20, 20);
    expect(wait).toBeLessThan(0.25 * 0.5 * (0.8 / 0.2) * 1.02);
    expect(wait).toBeGreaterThan(0.1);
  });
});

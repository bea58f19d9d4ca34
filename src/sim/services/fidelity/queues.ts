// Services as queues with closed forms: replicas that work on one request at a time.

import { createDraws, type Draws } from "../../../engine/draws.js";
import { OPEN_GATEWAY, readGatewayCounts } from "../../../engine/gateways.js";
import { createRequestChunk, type ProfileSetup } from "../../../engine/services.js";
import { readOutcomes } from "../outcomes.js";
import { ServingSimulation } from "../serving.js";
import { againstTheory, type CheckGroup, REPLICATIONS } from "./check.js";

const TOKEN_MICROS = 1000;
const COUNT = 40_000;
const NONE = Number.POSITIVE_INFINITY;

/** An iteration takes TOKEN_MICROS whatever is in it, so that a request of n tokens is served for n of them. */
const ONE_AT_A_TIME: ProfileSetup = {
  microsByTokens: Float64Array.of(0, TOKEN_MICROS, TOKEN_MICROS),
  microsPerContextToken: 0,
  microsPerPair: 0,
  batchMax: 1,
  blocks: 100,
  watermarkBlocks: 0,
  blockTokens: 16,
};

type Lengths = Pick<Queue, "tokens" | "tokensMean">;

interface Queue {
  replicas: number;
  load: number;
  /** Tokens of a request, and their mean. */
  tokens: (draws: Draws) => number;
  tokensMean: number;
  /** True: a replica holds one request, and who finds all busy is lost. */
  loses: boolean;
}

/** Mean wait in mean service times, and share lost, of one replication. */
function run(
  { replicas, load, tokens, tokensMean, loses }: Queue,
  replication: number,
): { wait: number; lost: number } {
  const draws = createDraws(replication + 1, "fidelity");
  const chunk = createRequestChunk(COUNT);
  let at = 0;
  for (let i = 0; i < COUNT; i++) {
    at += (draws.exponential() * tokensMean * TOKEN_MICROS) / (load * replicas);
    chunk.atMicros[i] = Math.floor(at);
    chunk.promptTokens[i] = 1;
    chunk.outputTokens[i] = tokens(draws);
  }
  const gateway = loses ? { gateway: { ...OPEN_GATEWAY, requestsPerReplica: 1 } } : {};
  const serving = {
    profiles: [ONE_AT_A_TIME],
    services: [{ places: replicas, profile: 0, route: "least-requests" as const, ...gateway }],
    classes: [{ ttftMicros: NONE, tpotMicros: NONE, e2eMicros: NONE, priority: 0 }],
    requests: COUNT,
    input: COUNT,
    rows: 0,
    binMicros: 1e6,
  };
  const simulation = new ServingSimulation({ serving, ready: [replicas], seed: 1 });
  simulation.run([chunk]);
  const [o] = readOutcomes(simulation.engine, serving);
  return {
    wait: (o!.waitSecondsMean * 1e6) / (tokensMean * TOKEN_MICROS),
    lost: readGatewayCounts(simulation.engine, 0).shed / COUNT,
  };
}

/** Erlang's loss formula: share lost by c servers at load rho each, whatever the service times. */
function erlangLoss(c: number, rho: number): number {
  let blocked = 1;
  for (let k = 1; k <= c; k++) blocked = (rho * c * blocked) / (k + rho * c * blocked);
  return blocked;
}

export function checkQueues(): CheckGroup {
  const constant = { tokens: () => 20, tokensMean: 20 };
  // 5 or 45 tokens: squared coefficient of variation (20 / 25)²
  const two: Lengths = { tokens: (draws) => (draws.uniform() < 0.5 ? 5 : 45), tokensMean: 25 };
  const all = (queue: Queue, of: "wait" | "lost") => Array.from({ length: REPLICATIONS }, (_, r) => run(queue, r)[of]);
  const wait = (name: string, load: number, scv: number, lengths: Lengths) =>
    againstTheory(
      `${name} at load ${load}: mean wait, service times`,
      (load * (1 + scv)) / (2 * (1 - load)),
      all({ replicas: 1, load, ...lengths, loses: false }, "wait"),
    );
  const loss = (replicas: number, load: number, lengths: Lengths) =>
    againstTheory(
      `${replicas} replicas of one request each at load ${load}: share lost`,
      erlangLoss(replicas, load),
      all({ replicas, load, ...lengths, loses: true }, "lost"),
    );
  return {
    title: "Queues with closed forms",
    about:
      "Replicas that work on one request at a time are M/G/1 (Pollaczek-Khinchine) and, where a gateway turns away who finds all busy, M/G/c/c (Erlang's loss formula).",
    checks: [
      wait("M/D/1", 0.3, 0, constant),
      wait("M/D/1", 0.6, 0, constant),
      wait("M/D/1", 0.8, 0, constant),
      wait("M/G/1 with two lengths", 0.7, 0.64, two),
      loss(4, 0.7, constant),
      loss(4, 1.2, two),
      loss(10, 0.9, two),
    ],
  };
}

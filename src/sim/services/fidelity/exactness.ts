// What must hold to the last bit, on random cases: fast-forwarding, conservation, and the same run again.

import { createDraws } from "../../../engine/draws.js";
import { OPEN_GATEWAY } from "../../../engine/gateways.js";
import { createRequestChunk, type RequestChunk } from "../../../engine/services.js";
import { accountsOf } from "../accounts.js";
import { readOutcomes } from "../outcomes.js";
import { buildProfile } from "../profile.js";
import { ServingSimulation } from "../serving.js";
import { type CheckGroup, same } from "./check.js";

const CASES = 24;
const REQUESTS = 1_500;
const NONE = Number.POSITIVE_INFINITY;

function drawRequests(seed: number, load: number): RequestChunk {
  const draws = createDraws(seed, "fidelity exactness");
  const chunk = createRequestChunk(REQUESTS);
  let at = 0;
  for (let i = 0; i < REQUESTS; i++) {
    at += Math.floor((draws.exponential() * 2e5) / load);
    chunk.atMicros[i] = at;
    chunk.promptTokens[i] = 1 + draws.integer(1500);
    chunk.outputTokens[i] = 1 + draws.integer(300);
  }
  return chunk;
}

function run(seed: number, stepped: boolean) {
  const load = [0.5, 1, 2, 4][seed % 4]!;
  const chunk = drawRequests(seed, load);
  const { setup } = buildProfile({
    model: "llama2-7b",
    gpu: "a10",
    tensorParallel: 1,
    bytesPerNumber: 2,
    memoryShare: 0.75,
    tokenBudget: seed % 2 === 0 ? 512 : 2048,
    batchMax: 64,
    blockTokens: 16,
    watermarkShare: 0.01,
  });
  const gateway =
    seed % 3 === 0
      ? { gateway: { ...OPEN_GATEWAY, requestsPerReplica: 40, timeoutMicros: 3e7, retriesMax: 2, backoffMicros: 1e6 } }
      : {};
  const serving = {
    profiles: [setup],
    services: [{ places: 3, profile: 0, route: "least-requests" as const, ...gateway }],
    classes: [{ ttftMicros: 2e6, tpotMicros: 1e5, e2eMicros: NONE, priority: 0 }],
    requests: REQUESTS * 6,
    input: REQUESTS,
    rows: 0,
    binMicros: 1e6,
    stepped,
  };
  const simulation = new ServingSimulation({ serving, ready: [3], seed });
  simulation.run([chunk]);
  const { engine } = simulation;
  const [o] = readOutcomes(engine, serving);
  const asked = chunk.outputTokens.reduce((sum, tokens) => sum + tokens, 0);
  return {
    digest: engine.digest(),
    ...accountsOf(engine, serving),
    /** Tokens given beyond those asked for, or fewer, where every request was answered. */
    tokens: o!.answered === REQUESTS ? o!.outputTokens - asked : 0,
    preemptions: o!.preemptions,
  };
}

export function checkExactness(): CheckGroup {
  const fast = Array.from({ length: CASES }, (_, seed) => run(seed, false));
  const slow = Array.from({ length: CASES }, (_, seed) => run(seed, true));
  const count = (holds: (i: number) => boolean) => `${fast.filter((_, i) => holds(i)).length} of ${CASES}`;
  const all = `${CASES} of ${CASES}`;
  const preempted = fast.reduce((sum, { preemptions }) => sum + preemptions, 0);
  return {
    title: "To the last bit, on random cases",
    about: `${CASES} cases of ${REQUESTS} requests on three replicas, half loaded to overloaded, a third behind a gateway that retries; ${preempted} times memory ran out and a request began anew.`,
    checks: [
      same(
        "runs of iterations at once give the digest of one event an iteration",
        all,
        count((i) => fast[i]!.digest === slow[i]!.digest),
      ),
      same(
        "the same case again gives the same digest",
        all,
        count((i) => run(i, false).digest === fast[i]!.digest),
      ),
      same(
        "every request ends once",
        all,
        count((i) => fast[i]!.ended === REQUESTS),
      ),
      same(
        "all blocks of memory come back",
        all,
        count((i) => fast[i]!.left === 0),
      ),
      same(
        "tokens given are tokens asked for",
        all,
        count((i) => fast[i]!.tokens === 0),
      ),
    ],
  };
}

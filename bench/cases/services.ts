// Inference services: requests a second of simulated serving, with memory in blocks and a token budget.

import { createDraws } from "#src/engine/draws.js";
import { createRequestChunk, type RequestChunk, type RouteRule } from "#src/engine/services.js";
import { hpa } from "#src/plan/autoscalers.js";
import { loadRequests } from "#src/replay/load.js";
import {
  drawServegen,
  readServegen,
  servegenLengths,
  servegenRates,
  WINDOW_SECONDS,
  WINDOWS_A_SPAN,
} from "#src/replay/requests/servegen.js";
import { type LengthMix, mixOf, ReplicaCurve } from "#src/sim/services/fluid/curve.js";
import { runFluid } from "#src/sim/services/fluid/run.js";
import { buildProfile } from "#src/sim/services/profile.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { startUpAlways } from "#src/sim/services/start-up.js";
import type { Case } from "../harness.js";
import { serveTwin } from "../twins/serving.js";
import type { DataFolders } from "./jobs.js";

const REPLICAS = 40;
const REQUESTS = 1_000_000;
const TWIN_REQUESTS = 40_000;
/** Requests a second and replica: 80 % of the 7 at which queues of this profile begin to grow without end. */
const RATE_A_REPLICA = 5.6;

const { setup: PROFILE } = buildProfile({
  model: "llama2-70b",
  gpu: "h100-80gb",
  tensorParallel: 8,
  bytesPerNumber: 2,
  memoryShare: 0.9,
  tokenBudget: 512,
  batchMax: 256,
  blockTokens: 16,
  watermarkShare: 0.01,
});

interface Lengths {
  prompt: Int32Array;
  output: Int32Array;
}

/** Quantiles of the record, for the smoke test, which has no data. */
const TINY: Lengths = { prompt: Int32Array.of(400, 1020, 2734), output: Int32Array.of(50, 129, 424) };

async function readLengths(folders: DataFolders): Promise<Lengths> {
  const { requests } = await loadRequests("azure-llm/conversation", {
    dataFolder: folders.data ?? "",
    cacheFolder: folders.cache,
  });
  return { prompt: requests.promptTokens, output: requests.outputTokens };
}

/** Poisson arrivals; prompts and answers drawn in pairs from the record. */
function drawRequests({ prompt, output }: Lengths, count: number, ratePerSecond: number): RequestChunk {
  const draws = createDraws(1, "bench-requests");
  const chunk = createRequestChunk(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    at += (draws.exponential() * 1e6) / ratePerSecond;
    const row = draws.integer(prompt.length);
    chunk.atMicros[i] = Math.floor(at);
    chunk.promptTokens[i] = prompt[row]!;
    chunk.outputTokens[i] = output[row]!;
  }
  return chunk;
}

function simulationOf(replicas: number, route: RouteRule): ServingSimulation {
  return new ServingSimulation({
    serving: {
      profiles: [PROFILE],
      services: [{ places: replicas, profile: 0, route }],
      classes: [{ ttftMicros: 1e6, tpotMicros: 1e5, e2eMicros: Number.POSITIVE_INFINITY, priority: 0 }],
      requests: 100_000,
      input: 65_536,
      rows: 0,
      binMicros: 1e6,
    },
    ready: [replicas],
    seed: 1,
  });
}

function serveCase(name: string, replicas: number, folders: DataFolders, baseline: boolean): Case {
  let requests: RequestChunk;
  return {
    name,
    unit: "requests/s",
    better: "higher",
    runs: 5,
    baseline: baseline
      ? {
          name: "plain JavaScript twin, step by step",
          runs: 3,
          run() {
            const count = Math.min(TWIN_REQUESTS, requests.count);
            const begun = performance.now();
            const ttft = serveTwin(PROFILE, replicas, requests, count);
            return { work: count, millis: performance.now() - begun, hash: ttft.toFixed(6) };
          },
        }
      : null,
    async setup(tiny) {
      if (!tiny && !folders.data) return { missing: "needs WINDTUNNEL_DATA" };
      const lengths = tiny ? TINY : await readLengths(folders);
      const count = tiny ? 2_000 : REQUESTS;
      requests = drawRequests(lengths, count, RATE_A_REPLICA * replicas);
      return {
        run() {
          const simulation = simulationOf(replicas, "least-requests");
          const begun = performance.now();
          simulation.run([requests]);
          return { work: count, millis: performance.now() - begun, hash: simulation.engine.digest() };
        },
      };
    },
  };
}

/** The busiest ten minutes ask for some 60 of them. */
const SERVEGEN_REPLICAS = 100;
const SERVEGEN_TINY_WINDOWS = 2;

/** Two weeks of ServeGen's pool m-large, 237 million requests drawn client by client, served as they are drawn. */
function servegenCase(folders: DataFolders): Case {
  return {
    name: "services/servegen-requests",
    unit: "s",
    better: "lower",
    runs: 1,
    baseline: null,
    async setup(tiny) {
      if (!folders.data) return { missing: "needs WINDTUNNEL_DATA" };
      const pool = await readServegen("m-large", { dataFolder: folders.data, cacheFolder: folders.cache });
      return {
        run() {
          const simulation = simulationOf(SERVEGEN_REPLICAS, "least-requests");
          const begun = performance.now();
          simulation.run(drawServegen(pool, 1, 0, tiny ? SERVEGEN_TINY_WINDOWS : pool.windows));
          return { work: 1, millis: performance.now() - begun, hash: simulation.engine.digest() };
        },
      };
    },
  };
}

async function readServegenRates(folders: DataFolders): Promise<{ perSecond: Float64Array; mixes: LengthMix[] }> {
  const pool = await readServegen("m-large", { dataFolder: folders.data ?? "", cacheFolder: folders.cache });
  const perSecond = servegenRates(pool);
  const mixes = Array.from({ length: Math.ceil(perSecond.length / WINDOWS_A_SPAN) }, (_, span) =>
    mixOf(4096, servegenLengths(pool, span, createDraws(1, `lengths ${span}`))),
  );
  return { perSecond, mixes };
}

/** The same two weeks as rates, under an autoscaler; reading the pool, and drawing its lengths by six hours, is not counted. */
function servegenFluidCase(folders: DataFolders): Case {
  return {
    name: "services/servegen-fluid",
    unit: "s",
    better: "lower",
    runs: 5,
    baseline: null,
    async setup(tiny) {
      if (!tiny && !folders.data) return { missing: "needs WINDTUNNEL_DATA" };
      const { perSecond, mixes } = tiny
        ? { perSecond: Float64Array.of(5, 10), mixes: [mixOf(3, (i) => [TINY.prompt[i]!, TINY.output[i]!])] }
        : await readServegenRates(folders);
      return {
        run() {
          const begun = performance.now();
          const result = runFluid(
            {
              demand: {
                stepSeconds: WINDOW_SECONDS,
                perSecond,
                mix: Uint16Array.from(perSecond, (_, w) => Math.floor(w / WINDOWS_A_SPAN)),
              },
              curves: mixes.map((mix) => new ReplicaCurve(PROFILE, mix)),
              autoscaler: hpa(64),
              startUp: startUpAlways(120),
              replicasMin: 4,
              replicasMax: 400,
              replicasAtStart: 40,
              bounds: { ttftSeconds: 2, tpotSeconds: 0.1, e2eSeconds: Number.POSITIVE_INFINITY },
            },
            15,
          );
          const millis = performance.now() - begun;
          const answer = [result.requests, result.met, result.readySeconds].map((value) => value.toFixed(3));
          return { work: 1, millis, hash: answer.join(" ") };
        },
      };
    },
  };
}

export function serviceCases(folders: DataFolders): { standard: Case[]; onRequest: Case[] } {
  const size = (replicas: number) => serveCase(`services/llm-conversation-${replicas}`, replicas, folders, false);
  return {
    standard: [serveCase(`services/llm-conversation-${REPLICAS}`, REPLICAS, folders, true), servegenFluidCase(folders)],
    onRequest: [...[10, 160, 640].map(size), servegenCase(folders)],
  };
}

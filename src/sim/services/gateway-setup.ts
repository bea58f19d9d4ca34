// From what services.yaml says of a gateway to the engine's setup, and from the engine's counts to what is reported.

import type { Engine } from "../../engine/engine.js";
import { type GatewayCounts, type GatewaySetup, OPEN_GATEWAY, readGatewayCounts } from "../../engine/gateways.js";
import type { ServiceStudy } from "../../model/service-study.js";
import type { GatewaySpec } from "../../model/serving/gateway.js";

/** No limit where none is given. */
export const micros = (seconds: number | undefined) =>
  seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1e6;

export function gatewayOf(spec: GatewaySpec, study: ServiceStudy): GatewaySetup {
  const { tokens, hold, retryBudget, eject, cache } = spec;
  const fallback = study.services.findIndex((s) => s.name === spec.fallback);
  return {
    ...OPEN_GATEWAY,
    requestsPerReplica: spec.requestsPerReplica ?? Number.POSITIVE_INFINITY,
    ...(tokens ? { tokens } : {}),
    ...(hold ? { holdMax: hold.requests, holdMicros: micros(hold.seconds) } : {}),
    timeoutMicros: micros(spec.timeoutSeconds),
    retriesMax: spec.retries,
    backoffMicros: micros(spec.backoffSeconds),
    ...(retryBudget
      ? { budget: { share: retryBudget.share, perMicro: retryBudget.perSecond / 1e6, max: retryBudget.kept } }
      : {}),
    hedgeMicros: micros(spec.hedgeSeconds),
    cancels: spec.cancels,
    wayMicros: Math.round(spec.wayMillis * 1000),
    ...(eject ? { eject: { after: eject.failures, micros: micros(eject.seconds), shareMax: eject.shareMax } } : {}),
    ...(fallback < 0 ? {} : { fallback }),
    ...(cache
      ? { cache: { entries: cache.entries, ttlMicros: micros(cache.ttlSeconds), hitMicros: micros(cache.hitSeconds) } }
      : {}),
  };
}

/** Bytes of a token in an answer that is kept: as text, about four characters. */
const TOKEN_BYTES = 4;

/** What the gateway of a service did, shares of its requests. */
export interface GatewayResult {
  attemptsPerRequest: number;
  retriedShare: number;
  /** Retries and hedges that the budget refused, a request. */
  deniedShare: number;
  hedgedShare: number;
  heldShare: number;
  shedShare: number;
  expiredShare: number;
  failedShare: number;
  fellBackShare: number;
  ejections: number;
  /** Turned away while they waited, for others that weigh more. */
  displacedShare?: number;
  /** Of tokens computed, those that nobody waited for. */
  wastedShare: number;
  /** Of requests that might have been answered so; answers saved, MB, and tokens that were not computed. */
  cacheHitShare?: number;
  cacheMegabytes?: number;
  cacheTokens?: number;
}

/** Of several classes together. */
export function gatewayCounts(engine: Engine, classes: readonly number[]): GatewayCounts {
  const [first, ...others] = classes.map((c) => readGatewayCounts(engine, c));
  for (const other of others)
    for (const key of Object.keys(first!) as (keyof GatewayCounts)[]) first![key] += other[key];
  return first!;
}

/** @param tokens of prompts and answers that were served. */
export function gatewayResult(n: GatewayCounts, requests: number, tokens: number, hasCache: boolean): GatewayResult {
  const share = (count: number) => count / requests;
  return {
    attemptsPerRequest: share(n.attempts),
    retriedShare: share(n.retries),
    deniedShare: share(n.denied),
    hedgedShare: share(n.hedges),
    heldShare: share(n.held),
    shedShare: share(n.shed),
    expiredShare: share(n.expired),
    failedShare: share(n.failed),
    fellBackShare: share(n.fellBack),
    ejections: n.ejections,
    ...(n.displaced > 0 ? { displacedShare: share(n.displaced) } : {}),
    wastedShare: n.wastedTokens / Math.max(1, n.wastedTokens + tokens - n.cacheTokens),
    ...(hasCache
      ? {
          cacheHitShare: n.cacheHits / Math.max(1, n.cacheAsked),
          cacheMegabytes: (n.cacheTokens * TOKEN_BYTES) / 1e6,
          cacheTokens: n.cacheTokens,
        }
      : {}),
  };
}

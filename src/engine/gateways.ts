// Writes the gateways of services into an engine, and reads what they counted.

import * as abi from "./abi.js";
import type { Engine } from "./engine.js";

/** What stands before the replicas of a service. See docs/models/gateways.md. Times in µs; Infinity = no limit. */
export interface GatewaySetup {
  /** Requests a ready replica that the service holds at once; beyond, a request waits at the gateway or is turned away. */
  requestsPerReplica: number;
  /** Tokens a ready replica that the service holds at once: of prompts, and so many for each answer. Absent: any number. */
  tokens?: { perReplica: number; perAnswer: number };
  /** Requests that wait at the gateway at most, and how long each. */
  holdMax: number;
  holdMicros: number;
  /** From the start of an attempt to the end of its answer. */
  timeoutMicros: number;
  retriesMax: number;
  /** A retry comes after a wait drawn up to this; twice as long for each further one. */
  backoffMicros: number;
  /** Retries and hedges: so many a request, and a µs besides, of which `max` are kept; share Infinity = no budget. */
  budget: { share: number; perMicro: number; max: number };
  /** A second attempt begins after this. */
  hedgeMicros: number;
  /** True: replicas are told of attempts that nobody waits for, and drop them. */
  cancels: boolean;
  /** A replica is left out after so many failures in a row (0: never), for this long times how often before. */
  eject: { after: number; micros: number; shareMax: number };
  /** From the gateway to the replicas, and as much back. */
  wayMicros: number;
  /** Index of the service that is asked next; absent: none. */
  fallback?: number;
  /** Answers by content; absent: none are kept. */
  cache?: { entries: number; ttlMicros: number; hitMicros: number };
}

/** Everything passes, once, and nothing is kept. */
export const OPEN_GATEWAY: GatewaySetup = {
  requestsPerReplica: Number.POSITIVE_INFINITY,
  holdMax: 0,
  holdMicros: 0,
  timeoutMicros: Number.POSITIVE_INFINITY,
  retriesMax: 0,
  backoffMicros: 0,
  budget: { share: Number.POSITIVE_INFINITY, perMicro: 0, max: 0 },
  hedgeMicros: Number.POSITIVE_INFINITY,
  cancels: true,
  eject: { after: 0, micros: 0, shareMax: 0 },
  wayMicros: 0,
};

type Gateways = readonly (GatewaySetup | undefined)[];

/** @param calls requests behind gateways at once. */
export function writeGatewayCapacities(engine: Engine, gateways: Gateways, calls: number): void {
  engine.setI(abi.CAP_CALLS, gateways.some((g) => g) ? calls : 0);
  engine.setI(
    abi.CAP_CACHE,
    gateways.reduce((sum, g) => sum + (g?.cache?.entries ?? 0), 0),
  );
}

export function configureGateways(engine: Engine, gateways: Gateways): void {
  const table = engine.column(abi.COL_GATEWAY, "f64");
  let entry = 0;
  gateways.forEach((own, service) => {
    // one without is open to those that fall back to it
    const g = own ?? OPEN_GATEWAY;
    const fields: [field: number, value: number][] = [
      [abi.GATEWAY_ON, own ? 1 : 0],
      [abi.GATEWAY_LIMIT, g.requestsPerReplica],
      [abi.GATEWAY_TOKEN_LIMIT, g.tokens?.perReplica ?? Number.POSITIVE_INFINITY],
      [abi.GATEWAY_ANSWER_TOKENS, g.tokens?.perAnswer ?? 0],
      [abi.GATEWAY_HOLD_MAX, g.holdMax],
      [abi.GATEWAY_HOLD, g.holdMicros],
      [abi.GATEWAY_TIMEOUT, g.timeoutMicros],
      [abi.GATEWAY_RETRIES, g.retriesMax],
      [abi.GATEWAY_BACKOFF, g.backoffMicros],
      [abi.GATEWAY_BUDGET, g.budget.share],
      [abi.GATEWAY_BUDGET_RATE, g.budget.perMicro],
      [abi.GATEWAY_BUDGET_MAX, g.budget.max],
      [abi.GATEWAY_HEDGE, g.hedgeMicros],
      [abi.GATEWAY_CANCELS, g.cancels ? 1 : 0],
      [abi.GATEWAY_EJECT_AFTER, g.eject.after],
      [abi.GATEWAY_EJECT, g.eject.micros],
      [abi.GATEWAY_EJECT_SHARE, g.eject.shareMax],
      [abi.GATEWAY_WAY, g.wayMicros],
      [abi.GATEWAY_FALLBACK, g.fallback ?? -1],
      [abi.GATEWAY_CACHE_FIRST, entry],
      [abi.GATEWAY_CACHE_SIZE, g.cache?.entries ?? 0],
      [abi.GATEWAY_CACHE_TTL, g.cache?.ttlMicros ?? 0],
      [abi.GATEWAY_CACHE_MICROS, g.cache?.hitMicros ?? 0],
    ];
    for (const [field, value] of fields) table[service * abi.GATEWAY_FIELDS + field] = value;
    entry += g.cache?.entries ?? 0;
  });
}

/** What became of requests at gateways, by class. */
export interface GatewayCounts {
  /** Ended unanswered: turned away for load, out of time, failed with a replica. */
  shed: number;
  expired: number;
  failed: number;
  attempts: number;
  retries: number;
  /** Retries and hedges that the budget refused. */
  denied: number;
  hedges: number;
  hedgesWon: number;
  fellBack: number;
  held: number;
  cacheHits: number;
  /** Requests that could have been answered by the cache. */
  cacheAsked: number;
  /** Tokens of prompts and answers that the cache saved, and that were computed for nobody. */
  cacheTokens: number;
  wastedTokens: number;
  ejections: number;
  /** Turned away while they waited, for others that weigh more. */
  displaced: number;
}

export function readGatewayCounts(engine: Engine, serviceClass: number): GatewayCounts {
  const counts = engine.column(abi.COL_GATEWAY_COUNTS, "f64");
  const of = (what: number) => counts[serviceClass * abi.GATEWAY_COUNT + what]!;
  return {
    shed: of(abi.GATEWAY_SHED),
    expired: of(abi.GATEWAY_EXPIRED),
    failed: of(abi.GATEWAY_FAILED),
    attempts: of(abi.GATEWAY_ATTEMPTS),
    retries: of(abi.GATEWAY_RETRIED),
    denied: of(abi.GATEWAY_DENIED),
    hedges: of(abi.GATEWAY_HEDGED),
    hedgesWon: of(abi.GATEWAY_HEDGE_WON),
    fellBack: of(abi.GATEWAY_FELL_BACK),
    held: of(abi.GATEWAY_HELD_COUNT),
    cacheHits: of(abi.GATEWAY_CACHE_HITS),
    cacheAsked: of(abi.GATEWAY_CACHE_ASKED),
    cacheTokens: of(abi.GATEWAY_CACHE_TOKENS),
    wastedTokens: of(abi.GATEWAY_WASTED_TOKENS),
    ejections: of(abi.GATEWAY_EJECTIONS),
    displaced: of(abi.GATEWAY_DISPLACED),
  };
}

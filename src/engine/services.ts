// Writes inference services into an engine and reads out what became of their requests.

import { WindtunnelError } from "../model/errors.js";
import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import { configureEnsembles, type EnsemblesSetup, writeEnsembleCapacities } from "./ensembles.js";
import { configureGateways, type GatewaySetup, writeGatewayCapacities } from "./gateways.js";
import { configureHandoffs, type DecoderSetup, writeHandoffCapacities } from "./handoffs.js";
import { configurePlaces, type FrontSetup, writePlaceCapacities } from "./places.js";
import { configurePrefixes, feedPrefixes, type PrefixSetup, writePrefixCapacities } from "./prefixes.js";
import { configureStages, type StagesSetup, writeStageCapacities } from "./stages.js";
import {
  configureWeights,
  type ResidentSetup,
  residentFields,
  type WeightsSetup,
  writeWeightsCapacities,
} from "./weights.js";

/** Rules by which a request finds its replica; their numbers in the engine. */
export const ROUTE_RULES = {
  "round-robin": abi.ROUTE_ROUND_ROBIN,
  random: abi.ROUTE_RANDOM,
  "least-requests": abi.ROUTE_LEAST_REQUESTS,
  "least-tokens": abi.ROUTE_LEAST_TOKENS,
  "two-choices": abi.ROUTE_TWO_CHOICES,
  weighted: abi.ROUTE_WEIGHTED,
  session: abi.ROUTE_SESSION,
  nearest: abi.ROUTE_NEAREST,
  prefix: abi.ROUTE_PREFIX,
  resident: abi.ROUTE_RESIDENT,
} as const;
export type RouteRule = keyof typeof ROUTE_RULES;

/** How a replica works: what its iterations take and what fits. See docs/models/llm-engine.md. */
export interface ProfileSetup {
  /** By tokens in the iteration, 0 .. budget: what weights and activations take, µs. */
  microsByTokens: Float64Array;
  /** For each token of context that a decode reads, µs. */
  microsPerContextToken: number;
  /** For each pair of tokens that a prompt attends, µs. */
  microsPerPair: number;
  /** Requests that are worked on at once; at most the token budget. */
  batchMax: number;
  /** Memory for keys and values, in blocks. */
  blocks: number;
  /** Blocks that stay free when a request is admitted. */
  watermarkBlocks: number;
  /** A power of two, at most 64. */
  blockTokens: number;
  /** Tokens of a block of the cache of prefixes, a power of two above 1 and of at least blockTokens; absent or 0 = no cache. */
  prefixTokens?: number;
  /** Preemption by moving to the host's memory: blocks that fit there, and µs a block on its way; absent = recomputation. */
  swap?: { hostBlocks: number; microsPerBlock: number };
  /**
   * Speculative decoding: tokens drafted an iteration, time of one of them as a share of an iteration, and the chance that one is
   * accepted. batchMax x (tokens + 1) must fit the token budget.
   */
  draft?: { tokens: number; share: number; acceptance: number };
  /**
   * Whole batches, one after the other, in place of iterations: microsByTokens is then by requests in the batch, 0 .. batchMax,
   * microsPerContextToken for each token of their prompts, and a request waits so long for others to fill its batch.
   */
  batch?: { delayMicros: number };
  /** Room for sets of weights that requests need beyond the replica's own; absent: they need none. */
  resident?: ResidentSetup;
}

export interface ServiceSetup {
  /** Replicas that it may have at most. */
  places: number;
  profile: number;
  route: RouteRule;
  /** By place; 1 where absent. */
  weights?: readonly number[];
  /** Index of the cloud, by place; 0 where absent. */
  clouds?: readonly number[];
  /** What stands before it; absent: nothing, requests go straight to replicas. */
  gateway?: GatewaySetup;
  /** On CPUs, around the replicas; absent: none. */
  stages?: StagesSetup;
  /** Absent: its own replicas decode. */
  decoder?: DecoderSetup;
  /** Route `prefix`: share of a prompt's blocks that a replica must have been sent to be preferred; 0.5 where absent. */
  affinityShare?: number;
  /** Route `prefix`: requests that a preferred replica may have at most, in means over replicas; 1.25 where absent. */
  loadBound?: number;
}

/** Bounds of a class of requests; Infinity = none. Priority 0 goes first, 3 last. */
export interface RequestClassSetup {
  ttftMicros: number;
  tpotMicros: number;
  e2eMicros: number;
  priority: number;
  /** From arrival; behind a gateway an open request is given up then. Absent: never. */
  deadlineMicros?: number;
  /** Share of a gateway's limit that this class may use; 1 where absent. */
  admitShare?: number;
  /** Where no more may wait at a gateway, whoever waits and weighs less is turned away first; 1 where absent. */
  weight?: number;
}

export interface ServingSetup {
  profiles: readonly ProfileSetup[];
  services: readonly ServiceSetup[];
  classes: readonly RequestClassSetup[];
  /** Tenants that are counted, over all services; none where absent. */
  tenants?: number;
  /** Requests in the system at once. */
  requests: number;
  /** Rows of the input chunk. */
  input: number;
  /** Rows of ended requests between two drains, more than `requests`; 0 = none are kept. */
  rows: number;
  binMicros: number;
  /** Every iteration is an event of its own: slow, and the same answer. */
  stepped?: boolean;
  /** Ensembles of these services: a request to service `services.length + e` is one to ensemble e, its session a sample. */
  ensembles?: EnsemblesSetup;
  prefix?: PrefixSetup;
  /** Services that stand in several places: places of theirs are services of the setup that no request names. */
  fronts?: readonly FrontSetup[];
  /** Sets of weights beyond those of replicas, of all services: a request names one by its number, from 1 on. */
  weights?: readonly WeightsSetup[];
}

/** A chunk of requests, in order of arrival. Whole microseconds; prompts and answers of at least one token. */
export interface RequestChunk {
  count: number;
  atMicros: Float64Array;
  promptTokens: Int32Array;
  outputTokens: Int32Array;
  service: Int32Array;
  serviceClass: Int32Array;
  session: Int32Array;
  origin: Int32Array;
  /** Requests with one content have one answer; 0 = of its own, as all are where it is absent. */
  content?: Int32Array;
  /** Who asks, 1 up to the setup's tenants; 0 = nobody in particular, as all are where it is absent. */
  tenant?: Int32Array;
  /** Pictures and sounds of each; none where it is absent. */
  items?: Int32Array;
  /** Set of weights that it needs, from 1 on; 0 = none, as all where it is absent. */
  weights?: Int32Array;
  /** Prefixes: of row i, `blocks[blockFirst[i]]` up to `blocks[blockFirst[i + 1]]`; a number stands for its block and all before. */
  blockFirst?: Int32Array;
  blocks?: Int32Array;
}

/** Room for so many requests, all of service, class, session and origin 0. */
export function createRequestChunk(count: number): RequestChunk {
  return {
    count,
    atMicros: new Float64Array(count),
    promptTokens: new Int32Array(count),
    outputTokens: new Int32Array(count),
    service: new Int32Array(count),
    serviceClass: new Int32Array(count),
    session: new Int32Array(count),
    origin: new Int32Array(count),
  };
}

const BINS = 1024;
const TICKS_A_MICRO = 2 ** abi.TICK_SHIFT;
const LONGEST_ITERATION_MICROS = 1e9;

/** Capacities of services, before `configure`; without a setup there are none. */
export function writeServingCapacities(engine: Engine, setup?: ServingSetup): void {
  const slots: [slot: number, value: number][] = [
    [abi.CAP_SERVICES, setup?.services.length ?? 0],
    [abi.CAP_REPLICAS, setup?.services.reduce((sum, s) => sum + s.places, 0) ?? 0],
    [abi.CAP_REQUESTS, setup?.requests ?? 0],
    [abi.CAP_REQUEST_INPUT, setup?.input ?? 0],
    [abi.CAP_REQUEST_ROWS, setup?.rows ?? 0],
    [abi.CAP_PROFILES, setup?.profiles.length ?? 0],
    [abi.CAP_TABLE, setup?.profiles.reduce((sum, p) => sum + p.microsByTokens.length, 0) ?? 0],
    [abi.CAP_BATCH, Math.max(0, ...(setup?.profiles.map((p) => p.batchMax) ?? []))],
    [abi.CAP_SERVE_CLASSES, setup?.classes.length ?? 0],
    [abi.CAP_SERVE_TENANTS, setup?.tenants ?? 0],
    [abi.CAP_SERVE_BINS, setup ? BINS : 0],
    [abi.SERVE_STEPPED, setup?.stepped ? 1 : 0],
  ];
  for (const [slot, value] of slots) engine.setI(slot, value);
  engine.setF(abi.SERVE_BIN_MICROS, setup?.binMicros ?? 1);
  writeEnsembleCapacities(engine, setup?.ensembles);
  writeGatewayCapacities(engine, setup?.services.map((s) => s.gateway) ?? [], setup?.requests ?? 0);
  writePrefixCapacities(engine, setup);
  writePlaceCapacities(engine, setup?.fronts);
  writeHandoffCapacities(engine, setup);
  writeStageCapacities(engine, setup);
  writeWeightsCapacities(engine, setup);
}

function ticks(micros: number): bigint {
  return BigInt(Math.round(micros * TICKS_A_MICRO));
}

function assertProfile(p: ProfileSetup): void {
  const budget = p.microsByTokens.length - 1;
  const isPower = (p.blockTokens & (p.blockTokens - 1)) === 0 && p.blockTokens >= 1 && p.blockTokens <= 64;
  const wrong =
    p.batchMax < 1 || p.batchMax > budget
      ? `a batch of ${p.batchMax} does not fit a budget of ${budget} tokens`
      : !isPower
        ? `blocks of ${p.blockTokens} tokens are no power of two up to 64`
        : !p.microsByTokens.subarray(1).every((micros) => micros > 0 && micros < LONGEST_ITERATION_MICROS)
          ? "an iteration takes no time, or more than 1,000 s"
          : p.blocks < 1
            ? "it has no memory for keys and values"
            : p.draft && p.batchMax * (p.draft.tokens + 1) > budget
              ? `${p.batchMax} requests with ${p.draft.tokens} drafted tokens each do not fit a budget of ${budget} tokens`
              : undefined;
  if (wrong)
    throw new WindtunnelError("SCENARIO_INVALID", `A profile is impossible: ${wrong}.`, "Correct the profile.");
}

function writeProfiles(engine: Engine, profiles: readonly ProfileSetup[]): void {
  const i32 = (id: number) => engine.column(id, "i32");
  const u64 = (id: number) => engine.column(id, "u64");
  const table = u64(abi.COL_TABLE);
  let first = 0;
  profiles.forEach((p, i) => {
    assertProfile(p);
    i32(abi.COL_PROFILE_FIRST)[i] = first;
    i32(abi.COL_PROFILE_TOKENS)[i] = p.microsByTokens.length - 1;
    i32(abi.COL_PROFILE_BATCH)[i] = p.batchMax;
    i32(abi.COL_PROFILE_BLOCKS)[i] = p.blocks;
    i32(abi.COL_PROFILE_WATERMARK)[i] = p.watermarkBlocks;
    i32(abi.COL_PROFILE_BLOCK_SHIFT)[i] = 31 - Math.clz32(p.blockTokens);
    u64(abi.COL_PROFILE_CONTEXT)[i] = ticks(p.microsPerContextToken);
    u64(abi.COL_PROFILE_PAIRS)[i] = ticks(p.microsPerPair * 2 ** abi.PAIR_SHIFT);
    const fields = [
      p.swap?.hostBlocks ?? 0,
      Number(ticks(p.swap?.microsPerBlock ?? 0)),
      p.draft?.tokens ?? 0,
      p.draft?.share ?? 0,
      p.draft?.acceptance ?? 0,
      p.batch ? 1 : 0,
      p.batch?.delayMicros ?? 0,
      ...residentFields(p.resident),
    ];
    engine.column(abi.COL_PROFILE_FIELDS, "f64").set(fields, i * abi.PROFILE_FIELDS);
    for (const micros of p.microsByTokens) table[first++] = ticks(micros);
  });
}

/** Writes the tables of services after `configure`, before `start`. */
export function configureServing(engine: Engine, setup: ServingSetup): void {
  const f64 = (id: number) => engine.column(id, "f64");
  const i32 = (id: number) => engine.column(id, "i32");
  writeProfiles(engine, setup.profiles);
  let place = 0;
  setup.services.forEach((service, s) => {
    i32(abi.COL_SERVICE_FIRST)[s] = place;
    i32(abi.COL_SERVICE_PLACES)[s] = service.places;
    i32(abi.COL_SERVICE_ROUTE)[s] = ROUTE_RULES[service.route];
    i32(abi.COL_SERVICE_PROFILE)[s] = service.profile;
    for (let i = 0; i < service.places; i++, place++) {
      i32(abi.COL_REPLICA_WEIGHT)[place] = service.weights?.[i] ?? 1;
      i32(abi.COL_REPLICA_CLOUD)[place] = service.clouds?.[i] ?? 0;
    }
  });
  engine.setI(abi.SERVICE_COUNT, setup.services.length);
  setup.classes.forEach((c, i) => {
    f64(abi.COL_CLASS_TTFT)[i] = c.ttftMicros;
    f64(abi.COL_CLASS_TPOT)[i] = c.tpotMicros;
    f64(abi.COL_CLASS_E2E)[i] = c.e2eMicros;
    i32(abi.COL_CLASS_PRIORITY)[i] = c.priority;
    f64(abi.COL_CLASS_DEADLINE)[i] = c.deadlineMicros ?? Number.POSITIVE_INFINITY;
    f64(abi.COL_CLASS_ADMIT)[i] = c.admitShare ?? 1;
    f64(abi.COL_CLASS_WEIGHT)[i] = c.weight ?? 1;
  });
  configureGateways(
    engine,
    setup.services.map((s) => s.gateway),
  );
  configurePrefixes(engine, setup);
  configureHandoffs(engine, setup);
  configureStages(engine, setup);
  configurePlaces(engine, setup);
  configureWeights(engine, setup);
  if (setup.ensembles) configureEnsembles(engine, setup.ensembles, setup.services.length);
}

/** Puts rows from..to of a chunk into the engine's input; `more` says that others follow. */
export function feedRequests(engine: Engine, chunk: RequestChunk, from: number, to: number, more: boolean): void {
  engine.column(abi.COL_REQUEST_AT, "f64").set(chunk.atMicros.subarray(from, to));
  const i32 = (id: number, column: Int32Array) => engine.column(id, "i32").set(column.subarray(from, to));
  i32(abi.COL_REQUEST_PROMPT, chunk.promptTokens);
  i32(abi.COL_REQUEST_OUTPUT, chunk.outputTokens);
  i32(abi.COL_REQUEST_SERVICE, chunk.service);
  i32(abi.COL_REQUEST_CLASS, chunk.serviceClass);
  i32(abi.COL_REQUEST_SESSION, chunk.session);
  i32(abi.COL_REQUEST_ORIGIN, chunk.origin);
  for (const [id, column] of [
    [abi.COL_REQUEST_CONTENT, chunk.content],
    [abi.COL_REQUEST_TENANT, chunk.tenant],
    [abi.COL_REQUEST_ITEMS, chunk.items],
    ...(engine.getI(abi.CAP_WEIGHTS) > 0 ? [[abi.COL_REQUEST_WEIGHTS, chunk.weights] as const] : []),
  ] as const)
    if (column) i32(id, column);
    else engine.column(id, "i32").fill(0);
  feedPrefixes(engine, chunk, from, to);
  engine.setI(abi.REQUEST_COUNT, to - from);
  engine.setI(abi.REQUEST_NEXT, 0);
  engine.setI(abi.REQUEST_MORE, more ? 1 : 0);
}

/** Rows of requests that ended; views, valid until the next verb. */
export interface RequestRows {
  count: number;
  id: Float64Array;
  atMicros: Float64Array;
  scheduledMicros: Float64Array;
  firstMicros: Float64Array;
  finishMicros: Float64Array;
  promptTokens: Int32Array;
  outputTokens: Int32Array;
  replica: Int32Array;
  status: Uint8Array;
  serviceClass: Int32Array;
  preempted: Int32Array;
  service: Int32Array;
}

export function drainRequests(engine: Engine, take: (rows: RequestRows) => void): void {
  const count = engine.getI(abi.REQUEST_ROWS);
  if (count === 0) return;
  const f64 = (id: number) => engine.column(id, "f64").subarray(0, count);
  const i32 = (id: number) => engine.column(id, "i32").subarray(0, count);
  take({
    count,
    id: f64(abi.COL_DONE_ID),
    atMicros: f64(abi.COL_DONE_AT),
    scheduledMicros: f64(abi.COL_DONE_SCHEDULED),
    firstMicros: f64(abi.COL_DONE_FIRST),
    finishMicros: f64(abi.COL_DONE_FINISH),
    promptTokens: i32(abi.COL_DONE_PROMPT),
    outputTokens: i32(abi.COL_DONE_OUTPUT),
    replica: i32(abi.COL_DONE_REPLICA),
    status: engine.column(abi.COL_DONE_STATUS, "u8").subarray(0, count),
    serviceClass: i32(abi.COL_DONE_CLASS),
    preempted: i32(abi.COL_DONE_PREEMPTED),
    service: i32(abi.COL_DONE_SERVICE),
  });
  engine.setI(abi.REQUEST_ROWS, 0);
}

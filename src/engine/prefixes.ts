// Writes caches of prefixes into an engine and reads what they found. See docs/models/prefix-cache.md.

import { WindtunnelError } from "../model/errors.js";
import * as abi from "./abi.js";
import type { Engine } from "./engine.js";
import type { ProfileSetup, RequestChunk, ServingSetup } from "./services.js";

/** Room for the prefixes of requests; without it there are no caches, and no router knows prefixes. */
export interface PrefixSetup {
  /** Blocks of all requests that are in the system at once, at most. */
  liveBlocks: number;
  /** Requests in the system whose lists of blocks are counted above. */
  liveRequests: number;
  /** Blocks of one chunk of the input. */
  inputBlocks: number;
  /** Blocks that routers remember; a power of two. */
  seenBlocks: number;
}

const BLOCKS_A_CELL = 15;

/** Room for the prefixes of a chunk of which all requests may be in the system at once. */
export function prefixSetupFor(chunk: RequestChunk): PrefixSetup {
  const blocks = chunk.blocks?.length ?? 0;
  const seenBlocks = 2 ** Math.max(10, 33 - Math.clz32(blocks));
  return { liveBlocks: blocks, liveRequests: chunk.count, inputBlocks: Math.max(1, blocks), seenBlocks };
}

/** Blocks of prefixes that a replica of a profile can keep. */
function keptBy(profile: ProfileSetup): number {
  return profile.prefixTokens ? Math.floor((profile.blocks * profile.blockTokens) / profile.prefixTokens) : 0;
}

export function writePrefixCapacities(engine: Engine, setup?: ServingSetup): void {
  const prefix = setup?.prefix;
  const kept = setup?.services.reduce((sum, s) => sum + s.places * keptBy(setup.profiles[s.profile]!), 0) ?? 0;
  engine.setI(abi.CAP_PREFIX_NODES, prefix ? kept : 0);
  engine.setI(abi.CAP_PREFIX_CELLS, prefix ? Math.ceil(prefix.liveBlocks / BLOCKS_A_CELL) + prefix.liveRequests : 0);
  engine.setI(abi.CAP_PREFIX_INPUT, prefix?.inputBlocks ?? 0);
  engine.setI(abi.CAP_PREFIX_SEEN, prefix?.seenBlocks ?? 0);
}

function refuse(what: string, hint: string): never {
  throw new WindtunnelError("SCENARIO_INVALID", what, hint);
}

export function configurePrefixes(engine: Engine, setup: ServingSetup): void {
  setup.profiles.forEach((profile, i) => {
    const tokens = profile.prefixTokens ?? 0;
    const isPower = tokens > 1 && (tokens & (tokens - 1)) === 0 && tokens >= profile.blockTokens;
    if (tokens > 0 && !isPower)
      refuse(
        `A block of a prefix of ${tokens} tokens is no power of two above 1 and of at least a memory block, ${profile.blockTokens}.`,
        "Choose prefix blocks that are whole memory blocks, such as 16 or 512 tokens.",
      );
    if (tokens > 0 && !setup.prefix)
      refuse("A profile keeps prefixes, and requests have none.", "Give the setup a prefix.");
    engine.column(abi.COL_PROFILE_PREFIX_SHIFT, "i32")[i] = tokens > 0 ? 31 - Math.clz32(tokens) : 0;
  });
  setup.services.forEach((service, s) => {
    if (service.route === "prefix" && !setup.prefix)
      refuse(
        "A service is routed by prefix, and requests have none.",
        "Route by another rule, or give requests prefixes.",
      );
    engine.column(abi.COL_SERVICE_AFFINITY, "f64")[s] = service.affinityShare ?? 0.5;
    engine.column(abi.COL_SERVICE_LOAD_BOUND, "f64")[s] = service.loadBound ?? 1.25;
  });
}

/** Puts the blocks of rows from..to into the engine's input. */
export function feedPrefixes(engine: Engine, chunk: RequestChunk, from: number, to: number): void {
  if (engine.getI(abi.CAP_PREFIX_CELLS) === 0) return;
  const { blockFirst, blocks } = chunk;
  const first = engine.column(abi.COL_REQUEST_BLOCK_FIRST, "i32");
  if (!blockFirst || !blocks) {
    first.fill(0);
    return;
  }
  const begin = blockFirst[from]!;
  for (let i = from; i <= to; i++) first[i - from] = blockFirst[i]! - begin;
  engine.column(abi.COL_REQUEST_BLOCKS, "i32").set(blocks.subarray(begin, blockFirst[to]!));
}

/** The last row, exclusive, up to which rows from `from` on fit the input. */
export function fittingRows(setup: ServingSetup, chunk: RequestChunk, from: number): number {
  const to = Math.min(from + setup.input, chunk.count);
  const { blockFirst } = chunk;
  if (!setup.prefix || !blockFirst) return to;
  let end = to;
  while (end > from && blockFirst[end]! - blockFirst[from]! > setup.prefix.inputBlocks) end--;
  if (end > from) return end;
  throw new WindtunnelError(
    "CAPACITY_REACHED",
    `A request has ${blockFirst[from + 1]! - blockFirst[from]!} blocks of prefix; the input holds ${setup.prefix.inputBlocks}.`,
    "Raise prefix.inputBlocks.",
  );
}

/** What the servers of a service did beyond iterations. Tokens asked and hit are of requests as they were admitted. */
export interface ServerCounts {
  askedTokens: number;
  hitTokens: number;
  /** Pairs of tokens that prompts did not have to attend. */
  hitPairs: number;
  enteredBlocks: number;
  evictedBlocks: number;
  /** Preemptions by moving to the host, and blocks moved there and back. */
  swaps: number;
  swappedBlocks: number;
  draftedTokens: number;
  acceptedTokens: number;
  /** Requests that another service decodes, their blocks, and µs from the first token to their arrival there, in all. */
  handedOver: number;
  handedBlocks: number;
  handedMicros: number;
  /** Requests as they were admitted that needed a set of weights, those of them that found it, and µs of loading in all. */
  weightsAsked: number;
  weightsHit: number;
  weightsLoadMicros: number;
}

export function readServers(engine: Engine, service: number): ServerCounts {
  const counts = engine.column(abi.COL_SERVER_COUNTS, "f64");
  const of = (what: number) => counts[service * abi.SERVER_COUNT + what]!;
  return {
    askedTokens: of(abi.CACHE_ASKED),
    hitTokens: of(abi.CACHE_HIT),
    hitPairs: of(abi.CACHE_PAIRS),
    enteredBlocks: of(abi.CACHE_ENTERED),
    evictedBlocks: of(abi.CACHE_EVICTED),
    swaps: of(abi.SWAP_OUT),
    swappedBlocks: of(abi.SWAP_BLOCKS),
    draftedTokens: of(abi.DRAFTED),
    acceptedTokens: of(abi.DRAFT_ACCEPTED),
    handedOver: of(abi.HANDED_OVER),
    handedBlocks: of(abi.HANDED_BLOCKS),
    handedMicros: of(abi.HANDED_MICROS),
    weightsAsked: of(abi.WEIGHTS_ASKED),
    weightsHit: of(abi.WEIGHTS_HIT),
    weightsLoadMicros: of(abi.WEIGHTS_LOAD_MICROS),
  };
}

// What a slow twin of serving is made of.

import type { ProfileSetup, RequestChunk } from "#src/engine/services.js";
import type { WeightsSetup } from "#src/engine/weights.js";

export const TICKS = 2n ** 18n;
const roundTicks = (micros: number): bigint => BigInt(Math.round(micros * Number(TICKS)));

export interface Request {
  id: number;
  at: bigint;
  prompt: number;
  output: number;
  priority: number;
  /** Tokens given so far. */
  given: number;
  /** Tokens in memory. */
  cached: number;
  /** Tokens that must be in memory before the next one comes. */
  target: number;
  decodes: boolean;
  chunk: number;
  /** Tokens on the host while it waits. */
  away: number;
  blocks: number;
  preempted: number;
  scheduled: number;
  first: number;
  /** Blocks of its prefix, and how many of them it uses together with others. */
  prefix: readonly number[];
  shared: number;
  /** Set of weights that it needs; 0 = none. */
  weights: number;
  /** The replica that has its memory while it waits for another one to decode it. */
  handed: Replica | null;
  /** Nobody waits for it: it leaves at the end of the iteration under way, or when its memory has arrived. */
  aborted: boolean;
}

/** A block of a prefix in a replica's memory. */
export interface CacheBlock {
  id: number;
  parent: number | undefined;
  users: Set<Request>;
  /** When the last user left it, in steps of a counter. */
  left: number;
}

export interface Answer {
  id: number;
  scheduledMicros: number;
  firstMicros: number;
  finishMicros: number;
  replica: number;
  preempted: number;
}

export interface Replica {
  clock: bigint;
  end: bigint | null;
  running: Request[];
  waiting: Request[];
  cache: CacheBlock[];
  /** Blocks that move in the iteration under way. */
  moved: number;
  /** Whoever has its memory here and is decoded elsewhere, with its own blocks and those that it shares. */
  parked: { q: Request; blocks: number; shared: number }[];
  /** Whoever has room here and is on its way, or there. */
  pulling: Request[];
  arrived: Request[];
  /** What this replica sends, in order, and when its link is free. */
  sends: { q: Request; to: Replica; at: number }[];
  linkFree: number;
  /** Sets of weights that are here, who uses them, and when somebody began or ceased to, in steps of a counter. */
  sets: { id: number; users: Set<Request>; last: number }[];
  loading: bigint;
  /** It has crashed: who is sent there fails. */
  broken: boolean;
}

/** Prompts on the first replicas, decodes on as many as are said here. */
export interface Parting {
  decoders: number;
  microsPerBlock: number;
  latencyMicros: number;
}

export function newReplica(): Replica {
  const lists = { running: [], waiting: [], cache: [], parked: [], pulling: [], arrived: [], sends: [], sets: [] };
  return { clock: 0n, end: null, moved: 0, linkFree: 0, loading: 0n, broken: false, ...lists };
}

/** Time of an iteration: of these decodes and prompts, and of blocks that move. */
export function ticksOf(
  profile: ProfileSetup,
  batch: readonly Request[],
  prefills: readonly Request[],
  moved: number,
): bigint {
  const drafts = profile.draft?.tokens ?? 0;
  let read = 0;
  for (const q of batch) read += q.cached + 1 + drafts;
  let pairs = 0;
  let tokens = batch.length * (1 + drafts);
  for (const q of prefills) {
    for (let i = 1; i <= q.chunk; i++) pairs += q.cached + i;
    tokens += q.chunk;
  }
  // drafting: as many iterations with one token a request, each a share as long
  const whole =
    roundTicks(profile.microsByTokens[batch.length]!) +
    roundTicks(profile.microsPerContextToken) * BigInt(read - drafts * batch.length);
  const drafting = batch.length > 0 ? Math.floor(Number(whole) * drafts * (profile.draft?.share ?? 0)) : 0;
  const moving = Math.floor(moved * Number(roundTicks(profile.swap?.microsPerBlock ?? 0)));
  return (
    BigInt(drafting + moving) +
    roundTicks(profile.microsByTokens[tokens]!) +
    roundTicks(profile.microsPerContextToken) * BigInt(read) +
    (roundTicks(profile.microsPerPair * 256) * BigInt(pairs)) / 256n
  );
}

/** A replica's room for sets of weights. */
export class Room {
  asked = 0;
  hits = 0;
  #uses = 0;

  constructor(
    readonly units: number,
    readonly sets: readonly WeightsSetup[],
  ) {}

  #size(list: readonly { id: number }[]): number {
    return list.reduce((sum, { id }) => sum + this.sets[id - 1]!.units, 0);
  }

  could(r: Replica, { weights }: Request): boolean {
    if (weights === 0 || r.sets.some(({ id }) => id === weights)) return true;
    return this.#size([...r.sets.filter(({ users }) => users.size > 0), { id: weights }]) <= this.units;
  }

  take(r: Replica, q: Request): void {
    if (q.weights === 0) return;
    this.asked++;
    const here = r.sets.find(({ id }) => id === q.weights);
    if (here) {
      this.hits++;
      here.users.add(q);
      here.last = this.#uses++;
      return;
    }
    while (this.#size([...r.sets, { id: q.weights }]) > this.units) {
      const unused = r.sets.filter(({ users }) => users.size === 0);
      r.sets.splice(r.sets.indexOf(unused.reduce((a, b) => (a.last < b.last ? a : b))), 1);
    }
    r.sets.push({ id: q.weights, users: new Set([q]), last: this.#uses++ });
    r.loading += roundTicks(this.sets[q.weights - 1]!.loadMicros);
  }

  leave(r: Replica, q: Request): void {
    const set = r.sets.find(({ users }) => users.has(q));
    if (!set) return;
    set.users.delete(q);
    set.last = this.#uses++;
  }

  /** Ticks that weights take of an iteration. */
  ticks(r: Replica, { resident }: ProfileSetup): bigint {
    const used = r.sets.filter(({ users }) => users.size > 0).length;
    const { iterationMicros = 0, eachMicros = 0 } = resident ?? {};
    return used === 0 ? r.loading : r.loading + roundTicks(iterationMicros) + BigInt(used) * roundTicks(eachMicros);
  }
}

/** Row `i` of a chunk as it arrives. */
export function newRequest(requests: RequestChunk, i: number, priority: number): Request {
  const { blockFirst, blocks } = requests;
  const prompt = requests.promptTokens[i]!;
  return {
    id: i,
    at: BigInt(requests.atMicros[i]!) * TICKS,
    prompt,
    output: requests.outputTokens[i]!,
    priority,
    given: 0,
    cached: 0,
    target: prompt,
    decodes: false,
    chunk: 0,
    away: 0,
    blocks: 0,
    preempted: 0,
    scheduled: Number.NaN,
    first: Number.NaN,
    prefix: blockFirst ? [...blocks!.subarray(blockFirst[i]!, blockFirst[i + 1]!)] : [],
    shared: 0,
    weights: requests.weights?.[i] ?? 0,
    handed: null,
    aborted: false,
  };
}

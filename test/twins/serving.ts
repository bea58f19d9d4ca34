// Replicas that serve language models, slowly and obviously: every iteration is stepped through, every request is an object,
// memory is counted anew from all requests each time, time is in exact ticks of 2^-18 µs. The engine must agree with every
// timestamp.

import type { ProfileSetup, RequestChunk, RouteRule } from "#src/engine/services.js";
import { uniformOf } from "./hashes.js";

const TICKS = 2n ** 18n;
const DRAFT_STREAM = 5n;

interface Request {
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
}

/** A block of a prefix in a replica's memory. */
interface CacheBlock {
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

interface Replica {
  clock: bigint;
  end: bigint | null;
  running: Request[];
  waiting: Request[];
  cache: CacheBlock[];
  /** Blocks that move in the iteration under way. */
  moved: number;
}

const roundTicks = (micros: number): bigint => BigInt(Math.round(micros * Number(TICKS)));
const seenAt = (tick: bigint): number => Number((tick + TICKS - 1n) / TICKS);

class Twin {
  readonly replicas: Replica[];
  readonly answers: Answer[] = [];
  /** Gaps between tokens of one request, ticks. */
  readonly gaps: bigint[] = [];
  readonly #lastToken = new Map<Request, bigint>();
  #cursor = 0;
  #leaves = 0;
  hitTokens = 0;
  swaps = 0;
  accepted = 0;
  evicted = 0;

  constructor(
    readonly profile: ProfileSetup,
    replicas: number,
    readonly rule: RouteRule,
    readonly seed: number,
  ) {
    this.replicas = Array.from({ length: replicas }, () => ({
      clock: 0n,
      end: null,
      running: [],
      waiting: [],
      cache: [],
      moved: 0,
    }));
  }

  blocks(tokens: number): number {
    return Math.ceil(tokens / this.profile.blockTokens);
  }

  pick(): number {
    if (this.rule === "round-robin") return this.#cursor++ % this.replicas.length;
    const load = (r: Replica) => {
      const all = [...r.running, ...r.waiting];
      return this.rule === "least-tokens" ? all.reduce((sum, q) => sum + q.prompt, 0) : all.length;
    };
    const loads = this.replicas.map(load);
    return loads.indexOf(Math.min(...loads));
  }

  arrive(q: Request): void {
    const r = this.replicas[this.pick()]!;
    if (this.blocks(q.prompt + q.output - 1) > this.profile.blocks) return;
    this.queue(r, q, false);
    if (r.end === null) {
      r.clock = q.at;
      this.form(r);
    }
  }

  queue(r: Replica, q: Request, first: boolean): void {
    const at = r.waiting.findIndex((other) => (first ? other.priority >= q.priority : other.priority > q.priority));
    r.waiting.splice(at < 0 ? r.waiting.length : at, 0, q);
  }

  /** Memory blocks of a block of a prefix. */
  get blocksOfPrefix(): number {
    return (this.profile.prefixTokens ?? 0) / this.profile.blockTokens;
  }

  used(r: Replica): number {
    const inUse = r.cache.filter((block) => block.users.size > 0).length;
    return r.running.reduce((sum, q) => sum + q.blocks, 0) + inUse * this.blocksOfPrefix;
  }

  /** Blocks that nobody uses go until the rest fits, the one that was left first at first. */
  evict(r: Replica): void {
    for (;;) {
      const idle = r.cache.filter((block) => block.users.size === 0);
      if (this.used(r) + idle.length * this.blocksOfPrefix <= this.profile.blocks) return;
      const victim = idle.reduce((a, b) => (a.left < b.left ? a : b));
      if (r.cache.some((block) => block.parent === victim.id))
        throw new Error("a block is evicted before the one behind it");
      r.cache.splice(r.cache.indexOf(victim), 1);
      this.evicted++;
    }
  }

  /** Whole blocks of the prefix that a request has in memory become common. */
  share(r: Replica, q: Request): void {
    const { prefixTokens } = this.profile;
    if (!prefixTokens) return;
    while (q.shared < q.prefix.length && (q.shared + 1) * prefixTokens <= q.cached) {
      const id = q.prefix[q.shared]!;
      const known = r.cache.find((block) => block.id === id);
      if (known) known.users.add(q);
      else r.cache.push({ id, parent: q.prefix[q.shared - 1], users: new Set([q]), left: 0 });
      q.shared++;
      q.blocks -= this.blocksOfPrefix;
    }
  }

  /** A request leaves its blocks, the last at first. */
  unshare(r: Replica, q: Request): void {
    for (let i = q.shared - 1; i >= 0; i--) {
      const block = r.cache.find((b) => b.id === q.prefix[i])!;
      block.users.delete(q);
      if (block.users.size === 0) block.left = this.#leaves++;
    }
    Object.assign(q, { blocks: 0, shared: 0 });
  }

  /** Blocks of a request's prefix that are in the cache, from the first on, with a token left to compute. */
  found(r: Replica, q: Request): CacheBlock[] {
    const { prefixTokens } = this.profile;
    const out: CacheBlock[] = [];
    for (const id of prefixTokens ? q.prefix : []) {
      const block = r.cache.find((b) => b.id === id);
      if (!block || (out.length + 1) * prefixTokens! >= q.target) break;
      out.push(block);
    }
    return out;
  }

  /** Tokens that a request which decodes gets in an iteration: one, and as many drafted ones as are accepted before one is not. */
  tokensOf(q: Request): number {
    const { draft } = this.profile;
    if (!draft) return 1;
    const u = uniformOf(this.seed, DRAFT_STREAM, q.id, q.given);
    let accepted = 0;
    for (let chance = draft.acceptance; accepted < draft.tokens && u < chance; chance *= draft.acceptance) accepted++;
    this.accepted += accepted;
    return Math.min(q.output - q.given, accepted + 1);
  }

  /** Memory for what an iteration may add to a request: never beyond its last token, and never less than it has. */
  wanted(q: Request): number {
    const tokens = Math.min(q.cached + 1 + (this.profile.draft?.tokens ?? 0), q.prompt + q.output - 1);
    return Math.max(q.blocks, this.blocks(tokens) - q.shared * this.blocksOfPrefix);
  }

  /** Whole blocks on the host. */
  away(r: Replica): number {
    return r.waiting.reduce((sum, q) => sum + this.blocks(q.away), 0);
  }

  step(r: Replica, place: number): void {
    r.clock = r.end!;
    for (const q of r.running) {
      q.cached += q.decodes ? this.tokensOf(q) : q.chunk;
      if (!q.decodes) this.share(r, q);
    }
    for (const q of [...r.running]) {
      const further = q.decodes ? q.cached - q.target : 0;
      q.chunk = 0;
      if (q.cached < q.target) continue;
      q.given += 1 + further;
      for (let i = 0; i < further; i++) this.gaps.push(0n);
      q.decodes = true;
      q.target = q.prompt + q.given;
      const last = this.#lastToken.get(q);
      if (last === undefined) q.first = seenAt(r.clock);
      else this.gaps.push(r.clock - last);
      this.#lastToken.set(q, r.clock);
      if (q.given < q.output) continue;
      this.share(r, q);
      this.unshare(r, q);
      r.running.splice(r.running.indexOf(q), 1);
      this.answers.push({
        id: q.id,
        scheduledMicros: q.scheduled,
        firstMicros: q.first,
        finishMicros: seenAt(r.clock),
        replica: place,
        preempted: q.preempted,
      });
    }
    this.form(r);
  }

  form(r: Replica): void {
    const { profile } = this;
    const used = () => this.used(r);
    const own = (q: Request, tokens: number) => this.blocks(tokens) - q.shared * this.blocksOfPrefix;
    const decodes = () => r.running.filter((q) => q.decodes);
    const growing = () => decodes().reduce((sum, q) => sum + this.wanted(q) - q.blocks, 0);
    const each = 1 + (profile.draft?.tokens ?? 0);
    r.moved = 0;
    let preempted = false;
    while (used() + growing() > profile.blocks) {
      const victim = r.running.pop()!;
      const tokens = this.blocks(victim.cached) + this.away(r) <= (profile.swap?.hostBlocks ?? 0) ? victim.cached : 0;
      if (victim.decodes && tokens > 0) {
        victim.away = tokens;
        r.moved += this.blocks(tokens);
        this.swaps++;
      }
      this.unshare(r, victim);
      Object.assign(victim, { cached: 0, decodes: false, preempted: victim.preempted + 1 });
      this.queue(r, victim, true);
      preempted = true;
    }
    const batch = decodes();
    for (const q of batch) {
      q.blocks = this.wanted(q);
    }
    this.evict(r);
    let budget = profile.microsByTokens.length - 1 - batch.length * each;
    const prefills = r.running.filter((q) => !batch.includes(q));
    for (const q of prefills) {
      q.chunk = Math.min(budget, q.target - q.cached);
      budget -= q.chunk;
    }
    while (!preempted && budget > 0 && r.waiting.length > 0 && r.running.length < profile.batchMax) {
      const q = r.waiting[0]!;
      if (q.away > 0) {
        q.cached = q.away;
        const room = profile.blocks - used() - this.wanted(q);
        if (budget < each || room < 0 || (room < profile.watermarkBlocks && r.running.length > 0)) {
          q.cached = 0;
          break;
        }
        r.waiting.shift();
        r.moved += this.blocks(q.away);
        Object.assign(q, { away: 0, decodes: true, blocks: this.wanted(q) });
        const before = r.running.findIndex((other) => !other.decodes);
        r.running.splice(before < 0 ? r.running.length : before, 0, q);
        batch.push(q);
        budget -= each;
        this.evict(r);
        continue;
      }
      const found = this.found(r, q);
      const unused = found.filter((block) => block.users.size === 0).length;
      const needed = this.blocks(q.target) + (unused - found.length) * this.blocksOfPrefix;
      const left = profile.blocks - used() - needed;
      if (left < 0 || (left < profile.watermarkBlocks && r.running.length > 0)) break;
      r.waiting.shift();
      r.running.push(q);
      prefills.push(q);
      for (const block of found) block.users.add(q);
      q.shared = found.length;
      q.cached = found.length * (profile.prefixTokens ?? 0);
      this.hitTokens += q.cached;
      q.blocks = own(q, q.target);
      this.evict(r);
      q.chunk = Math.min(budget, q.target - q.cached);
      budget -= q.chunk;
      if (Number.isNaN(q.scheduled)) q.scheduled = seenAt(r.clock);
    }
    r.end = r.running.length === 0 ? null : r.clock + this.ticks(batch, prefills, r.moved);
  }

  ticks(batch: readonly Request[], prefills: readonly Request[], moved: number): bigint {
    const { profile } = this;
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
}

/** What was found, given up and moved. */
interface Served {
  hitTokens: number;
  evicted: number;
  swaps: number;
  accepted: number;
}

/** Serves all requests on replicas of one profile; answers in order of id, and all gaps between tokens. */
export function serveSlowly(
  profile: ProfileSetup,
  replicas: number,
  rule: RouteRule,
  requests: RequestChunk,
  priorities: readonly number[],
  seed = 1,
): Served & { answers: Answer[]; gapTicks: bigint[] } {
  const twin = new Twin(profile, replicas, rule, seed);
  let next = 0;
  for (;;) {
    const ends = twin.replicas.map((r) => (r.end === null ? Number.POSITIVE_INFINITY : seenAt(r.end)));
    const end = Math.min(...ends);
    const arrival = next < requests.count ? requests.atMicros[next]! : Number.POSITIVE_INFINITY;
    if (end === Number.POSITIVE_INFINITY && arrival === Number.POSITIVE_INFINITY) break;
    if (end <= arrival) {
      const place = ends.indexOf(end);
      twin.step(twin.replicas[place]!, place);
      continue;
    }
    const prompt = requests.promptTokens[next]!;
    twin.arrive({
      id: next,
      at: BigInt(arrival) * TICKS,
      prompt,
      output: requests.outputTokens[next]!,
      priority: priorities[requests.serviceClass[next]!]!,
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
      prefix: requests.blockFirst
        ? [...requests.blocks!.subarray(requests.blockFirst[next]!, requests.blockFirst[next + 1]!)]
        : [],
      shared: 0,
    });
    next++;
  }
  twin.answers.sort((a, b) => a.id - b.id);
  const { answers, gaps, hitTokens, evicted, swaps, accepted } = twin;
  return { answers, gapTicks: gaps, hitTokens, evicted, swaps, accepted };
}

// Replicas that serve language models, slowly and obviously: every iteration is stepped through, every request is an object,
// memory is counted anew from all requests each time, time is in exact ticks of 2^-18 µs. The engine must agree with every
// timestamp.

import type { ProfileSetup, RouteRule } from "#src/engine/services.js";
import type { WeightsSetup } from "#src/engine/weights.js";
import { uniformOf } from "./hashes.js";
import {
  type Answer,
  type CacheBlock,
  newReplica,
  type Parting,
  type Replica,
  type Request,
  Room,
  TICKS,
  ticksOf,
} from "./serving-parts.js";

const DRAFT_STREAM = 5n;

export const seenAt = (tick: bigint): number => Number((tick + TICKS - 1n) / TICKS);

export class Twin {
  readonly replicas: Replica[];
  /** Replicas that requests are sent to; the others decode. */
  readonly prefills: number;
  readonly room: Room;
  readonly #cursors = new Map<number, number>();
  handed = 0;
  /** Who wants to be decoded elsewhere since this instant: all are queued once every iteration that ends then has. */
  readonly outbox: { q: Request; from: Replica }[] = [];
  readonly answers: Answer[] = [];
  /** Who failed with a replica, and when, µs. */
  readonly failed: { id: number; at: number }[] = [];
  /** Gaps between tokens of one request, ticks. */
  readonly gaps: bigint[] = [];
  readonly #lastToken = new Map<Request, bigint>();
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
    readonly parting?: Parting,
    sets: readonly WeightsSetup[] = [],
  ) {
    this.room = new Room(profile.resident?.units ?? 0, sets);
    this.prefills = replicas;
    this.replicas = Array.from({ length: replicas + (parting?.decoders ?? 0) }, newReplica);
  }

  blocks(tokens: number): number {
    return Math.ceil(tokens / this.profile.blockTokens);
  }

  /** A place among those from `first` on, of which there are `count`. */
  pick(first: number, count: number): number {
    const turn = this.#cursors.get(first) ?? 0;
    this.#cursors.set(first, turn + 1);
    if (this.rule === "round-robin") return first + (turn % count);
    const load = (r: Replica) => {
      const all = [...r.running, ...r.waiting, ...r.pulling, ...r.arrived, ...r.parked.map(({ q }) => q)];
      return this.rule === "least-tokens" ? all.reduce((sum, q) => sum + q.prompt, 0) : all.length;
    };
    const loads = this.replicas.slice(first, first + count).map(load);
    return first + loads.indexOf(Math.min(...loads));
  }

  arrive(q: Request): void {
    const r = this.replicas[this.pick(0, this.prefills)]!;
    if (this.blocks(q.prompt + q.output - 1) > this.profile.blocks) return;
    if (r.broken) {
      this.failed.push({ id: q.id, at: seenAt(q.at) });
      return;
    }
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
    const own = [...r.running, ...r.pulling, ...r.arrived, ...r.parked];
    return own.reduce((sum, q) => sum + q.blocks, 0) + inUse * this.blocksOfPrefix;
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
  unshare(r: Replica, q: Request, shared = q.shared): void {
    for (let i = shared - 1; i >= 0; i--) {
      const block = r.cache.find((b) => b.id === q.prefix[i])!;
      block.users.delete(q);
      if (block.users.size === 0) block.left = this.#leaves++;
    }
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
    }
    // who goes on elsewhere leaves first, then who is waited for no more, then who has its answer
    const goesOn = (q: Request) =>
      this.parting && place < this.prefills && q.decodes && q.given < q.output && !q.aborted;
    for (const q of r.running.filter(goesOn)) this.park(r, q);
    for (const q of r.running.filter(({ aborted }) => aborted)) {
      this.unshare(r, q);
      this.room.leave(r, q);
      r.running.splice(r.running.indexOf(q), 1);
    }
    for (const q of [...r.running]) {
      if (!q.decodes || q.given < q.output) continue;
      this.share(r, q);
      this.unshare(r, q);
      this.room.leave(r, q);
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

  /** A request leaves the batch, and its memory stays. */
  park(r: Replica, q: Request): void {
    this.room.leave(r, q);
    r.running.splice(r.running.indexOf(q), 1);
    r.parked.push({ q, blocks: q.blocks, shared: q.shared });
    Object.assign(q, { blocks: 0, shared: 0, decodes: false });
    this.outbox.push({ q, from: r });
    this.handed++;
  }

  /** It is queued where it will be decoded. */
  passOn(from: Replica, q: Request): void {
    const to = this.replicas[this.pick(this.prefills, this.parting!.decoders)]!;
    if (to.broken) {
      this.failed.push({ id: q.id, at: seenAt(from.clock) });
      this.free(from, q);
      if (from.waiting.length > 0) this.wake(from, BigInt(seenAt(from.clock)) * TICKS);
      return;
    }
    q.handed = from;
    this.queue(to, q, false);
    this.wake(to, BigInt(seenAt(from.clock)) * TICKS);
  }

  wake(r: Replica, now: bigint): void {
    if (r.end !== null) return;
    r.clock = now;
    this.form(r);
  }

  /** The first request that a replica sends has arrived. */
  deliver(from: Replica): void {
    const { q, to, at } = from.sends.shift()!;
    this.free(from, q);
    if (from.waiting.length > 0) this.wake(from, BigInt(at) * TICKS);
    to.pulling.splice(to.pulling.indexOf(q), 1);
    to.arrived.push(q);
    this.wake(to, BigInt(at) * TICKS);
  }

  /** The memory of a request at the replica that computed its prompt is free. */
  free(from: Replica, q: Request): void {
    const left = from.parked.findIndex((entry) => entry.q === q);
    const [entry] = from.parked.splice(left, 1);
    this.unshare(from, q, entry!.shared);
  }

  /** Those that have arrived are in the batch from here on. */
  join(r: Replica): void {
    for (const q of r.arrived) {
      if (q.aborted) {
        this.room.leave(r, q);
        continue;
      }
      q.decodes = true;
      const before = r.running.findIndex((other) => !other.decodes);
      r.running.splice(before < 0 ? r.running.length : before, 0, q);
    }
    r.arrived = [];
  }

  /** Room is taken for a request whose memory is elsewhere, and its memory sent for. */
  pull(r: Replica, q: Request): void {
    const from = q.handed!;
    q.handed = null;
    r.pulling.push(q);
    q.blocks = this.blocks(q.cached);
    const { microsPerBlock, latencyMicros } = this.parting!;
    from.linkFree = Math.max(seenAt(r.clock), from.linkFree) + Math.ceil(q.blocks * microsPerBlock);
    from.sends.push({ q, to: r, at: from.linkFree + latencyMicros });
    this.evict(r);
  }

  form(r: Replica): void {
    const { profile } = this;
    const used = () => this.used(r);
    const own = (q: Request, tokens: number) => this.blocks(tokens) - q.shared * this.blocksOfPrefix;
    const decodes = () => r.running.filter((q) => q.decodes);
    const growing = () => decodes().reduce((sum, q) => sum + this.wanted(q) - q.blocks, 0);
    const each = 1 + (profile.draft?.tokens ?? 0);
    this.join(r);
    let preempted = false;
    while (decodes().length > 0 && used() + growing() > profile.blocks) {
      const victim = r.running.pop()!;
      const tokens = this.blocks(victim.cached) + this.away(r) <= (profile.swap?.hostBlocks ?? 0) ? victim.cached : 0;
      if (victim.decodes && tokens > 0) {
        victim.away = tokens;
        r.moved += this.blocks(tokens);
        this.swaps++;
      }
      this.unshare(r, victim);
      this.room.leave(r, victim);
      Object.assign(victim, { blocks: 0, shared: 0, cached: 0, decodes: false, preempted: victim.preempted + 1 });
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
    const present = () => r.running.length + r.pulling.length;
    while (!preempted && budget > 0 && r.waiting.length > 0 && present() < profile.batchMax) {
      const q = r.waiting.find((other) => this.room.could(r, other));
      if (!q) break;
      const admit = () => {
        r.waiting.splice(r.waiting.indexOf(q), 1);
        this.room.take(r, q);
      };
      if (q.away > 0 || q.handed) {
        if (q.away > 0) q.cached = q.away;
        const room = profile.blocks - used() - this.wanted(q);
        if (budget < each || room < 0 || (room < profile.watermarkBlocks && r.running.length > 0)) {
          if (q.away > 0) q.cached = 0;
          break;
        }
        admit();
        if (q.handed) {
          this.pull(r, q);
          continue;
        }
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
      admit();
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
    r.end =
      r.running.length === 0
        ? null
        : r.clock + ticksOf(profile, batch, prefills, r.moved) + this.room.ticks(r, profile);
    if (r.end !== null) Object.assign(r, { moved: 0, loading: 0n });
  }
}

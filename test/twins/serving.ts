// Replicas that serve language models, slowly and obviously: every iteration is stepped through, every request is an object,
// memory is counted anew from all requests each time, time is in exact ticks of 2^-18 µs. The engine must agree with every
// timestamp.

import type { ProfileSetup, RequestChunk, RouteRule } from "#src/engine/services.js";

const TICKS = 2n ** 18n;

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
  blocks: number;
  preempted: number;
  scheduled: number;
  first: number;
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

  constructor(
    readonly profile: ProfileSetup,
    replicas: number,
    readonly rule: RouteRule,
  ) {
    this.replicas = Array.from({ length: replicas }, () => ({ clock: 0n, end: null, running: [], waiting: [] }));
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

  step(r: Replica, place: number): void {
    r.clock = r.end!;
    for (const q of [...r.running]) {
      q.cached += q.chunk;
      q.chunk = 0;
      if (q.cached < q.target) continue;
      q.given++;
      q.decodes = true;
      q.target = q.prompt + q.given;
      const last = this.#lastToken.get(q);
      if (last === undefined) q.first = seenAt(r.clock);
      else this.gaps.push(r.clock - last);
      this.#lastToken.set(q, r.clock);
      if (q.given < q.output) continue;
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
    const used = () => r.running.reduce((sum, q) => sum + q.blocks, 0);
    const decodes = () => r.running.filter((q) => q.decodes);
    const growing = () => decodes().filter((q) => this.blocks(q.cached + 1) > q.blocks).length;
    let preempted = false;
    while (used() + growing() > profile.blocks) {
      const victim = r.running.pop()!;
      Object.assign(victim, { cached: 0, blocks: 0, decodes: false, preempted: victim.preempted + 1 });
      this.queue(r, victim, true);
      preempted = true;
    }
    const batch = decodes();
    for (const q of batch) {
      q.chunk = 1;
      q.blocks = this.blocks(q.cached + 1);
    }
    let budget = profile.microsByTokens.length - 1 - batch.length;
    const prefills = r.running.filter((q) => !batch.includes(q));
    for (const q of prefills) {
      q.chunk = Math.min(budget, q.target - q.cached);
      budget -= q.chunk;
    }
    while (!preempted && budget > 0 && r.waiting.length > 0 && r.running.length < profile.batchMax) {
      const q = r.waiting[0]!;
      const left = profile.blocks - used() - this.blocks(q.target);
      if (left < 0 || (left < profile.watermarkBlocks && r.running.length > 0)) break;
      r.waiting.shift();
      r.running.push(q);
      prefills.push(q);
      q.blocks = this.blocks(q.target);
      q.chunk = Math.min(budget, q.target);
      budget -= q.chunk;
      if (Number.isNaN(q.scheduled)) q.scheduled = seenAt(r.clock);
    }
    r.end = r.running.length === 0 ? null : r.clock + this.ticks(batch, prefills);
  }

  ticks(batch: readonly Request[], prefills: readonly Request[]): bigint {
    const { profile } = this;
    let read = 0;
    for (const q of batch) read += q.cached + 1;
    let pairs = 0;
    let tokens = batch.length;
    for (const q of prefills) {
      for (let i = 1; i <= q.chunk; i++) pairs += q.cached + i;
      tokens += q.chunk;
    }
    return (
      roundTicks(profile.microsByTokens[tokens]!) +
      roundTicks(profile.microsPerContextToken) * BigInt(read) +
      (roundTicks(profile.microsPerPair * 256) * BigInt(pairs)) / 256n
    );
  }
}

/** Serves all requests on replicas of one profile; answers in order of id, and all gaps between tokens. */
export function serveSlowly(
  profile: ProfileSetup,
  replicas: number,
  rule: RouteRule,
  requests: RequestChunk,
  priorities: readonly number[],
): { answers: Answer[]; gapTicks: bigint[] } {
  const twin = new Twin(profile, replicas, rule);
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
      blocks: 0,
      preempted: 0,
      scheduled: Number.NaN,
      first: Number.NaN,
    });
    next++;
  }
  twin.answers.sort((a, b) => a.id - b.id);
  return { answers: twin.answers, gapTicks: twin.gaps };
}

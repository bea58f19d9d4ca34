// Reads the log record by record, keeps who waits and who holds what, and tells the rules. What it cannot believe (a
// second start, a finish of nobody) is a violation of its own rules, and the record is passed over.

import type { ShapeSetup } from "../../engine/world.js";
import type { JobTable } from "../../model/jobs.js";
import type { Information } from "../../model/policies.js";
import { type Claim, nameOf, type Rule } from "./claim.js";
import { KINDS, RecordCursor } from "./record.js";
import { Tally } from "./tally.js";

export class Ledger {
  readonly tallies: readonly Tally[];
  /** Waiting or holding, by slot. */
  readonly claims = new Map<number, Claim>();
  readonly holding = new Set<Claim>();
  now = 0;
  readonly #jobs: JobTable;
  readonly #information: Information;
  readonly #shapes: readonly ShapeSetup[] | undefined;
  readonly #rules: readonly Rule[];
  readonly #order = new Tally("records are whole, in order of time, and stand where they belong");
  readonly #submissions = new Tally("every job is submitted once, as recorded");
  readonly #lives = new Tally("start, work, stop and finish alternate");
  readonly #finishes = new Tally("every job finishes once");
  readonly #seen: Uint8Array; // 1 submitted, 2 finished
  #submittedCount = 0;
  #entries = 0;
  #inPass = false;
  #moved = false;
  #partsMissing = 0;
  #starting: Claim | undefined;
  #owned: Claim | undefined;

  /** @param information what the policy may be told of run times. */
  constructor(
    jobs: JobTable,
    information: Information,
    shapes: readonly ShapeSetup[] | undefined,
    rules: readonly Rule[],
  ) {
    this.#jobs = jobs;
    this.#information = information;
    this.#shapes = shapes;
    this.#rules = rules;
    this.#seen = new Uint8Array(jobs.count);
    this.tallies = [this.#order, this.#submissions, this.#lives, this.#finishes];
  }

  feed(bytes: Uint8Array): void {
    const record = new RecordCursor(bytes);
    while (record.next()) this.#read(record);
    this.#order.check(record.strayBytes === 0, this.now, () => `${record.strayBytes} bytes are no whole record`);
  }

  end(): void {
    this.#endStart();
    this.#endPass();
    for (let job = 0; job < this.#jobs.count; job++) {
      this.#finishes.check(this.#seen[job] === 2, this.now, () => `job ${job} never finished`);
    }
    for (const rule of this.#rules) rule.ends?.(this.now);
  }

  #read(r: RecordCursor): void {
    this.#order.check(r.timeMicros >= this.now, r.timeMicros, () => `a record after one of ${this.now / 1e6} s`);
    if (r.kind !== KINDS.part) this.#endStart();
    if (r.kind !== KINDS.owner && this.#owned) {
      const claim = this.#owned;
      this.#owned = undefined;
      this.#order.check(false, r.timeMicros, () => `${nameOf(claim)} was submitted without an owner`);
    }
    const decides = r.kind >= KINDS.start;
    if (!decides) this.#endPass();
    const late = r.timeMicros > this.now;
    this.now = Math.max(this.now, r.timeMicros);
    if (decides) {
      const said = () => `a decision for slot ${r.slot}.${r.generation} outside of any pass`;
      this.#order.check(this.#inPass && !late, this.now, said);
    }
    if (r.kind === KINDS.submitted) this.#submitted(r);
    else if (r.kind === KINDS.owner) this.#owner(r);
    else if (r.kind === KINDS.started) this.#change(r, "assumed", "starting");
    else if (r.kind === KINDS.running) this.#running(r);
    else if (r.kind === KINDS.stopped) this.#stopped(r);
    else if (r.kind === KINDS.finished) this.#finished(r);
    else if (r.kind === KINDS.price) for (const rule of this.#rules) rule.price?.(r.a, r.x, this.now);
    else if (r.kind === KINDS.transferred) this.#change(r, "starting", "starting");
    else if (r.kind === KINDS.pass) this.#pass();
    else if (r.kind === KINDS.start) this.#start(r);
    else if (r.kind === KINDS.part) this.#part(r);
    else if (r.kind === KINDS.preempt) this.#preempt(r);
    else if (r.kind === KINDS.move) this.#move(r);
    else this.#order.check(false, this.now, () => `a record of unknown kind ${r.kind}`);
  }

  #submitted(r: RecordCursor): void {
    const jobs = this.#jobs;
    const job = r.a;
    const inTrace = job >= 0 && job < jobs.count;
    const ok =
      inTrace &&
      this.#seen[job] === 0 &&
      !this.claims.has(r.slot) &&
      job === this.#submittedCount &&
      r.timeMicros === jobs.submitMicros[job] &&
      r.c === jobs.priority[job] &&
      Object.is(r.x, this.#toldOf(job)) &&
      this.#shapeIs(r.b, job);
    const said = () => `slot ${r.slot}.${r.generation} is given to job ${job}, which is not what the trace has next`;
    this.#submissions.check(ok, this.now, said);
    this.#submittedCount++;
    if (!inTrace || this.claims.has(r.slot)) return;
    this.#seen[job] = 1;
    const claim: Claim = {
      slot: r.slot,
      generation: r.generation,
      job,
      sequence: this.#submittedCount - 1,
      queued: this.#entries++,
      estimateMicros: this.#toldOf(job),
      priority: r.c,
      gangMilli: jobs.tasks[job]! * jobs.gpuMilli[job]!,
      state: "waiting",
      pool: -1,
      parts: [],
      startMicros: Number.NaN,
      workMicros: Number.NaN,
      heldMicros: 0,
      starts: 0,
      moved: false,
    };
    this.claims.set(r.slot, claim);
    this.#owned = claim;
    for (const rule of this.#rules) rule.queued?.(claim, this.now);
  }

  /** What a policy is told of a job's run time, µs; NaN: nothing. */
  #toldOf(job: number): number {
    if (this.#information === "oracle") return this.#jobs.runMicros[job]!;
    return this.#information === "estimate" ? this.#jobs.estimateMicros[job]! : Number.NaN;
  }

  #shapeIs(shape: number, job: number): boolean {
    const jobs = this.#jobs;
    if (!this.#shapes) return true;
    const s = this.#shapes[shape];
    return (
      s !== undefined &&
      s.tasks === jobs.tasks[job] &&
      s.gpuMilli === jobs.gpuMilli[job] &&
      s.cpuMilli === jobs.cpuMilli[job] &&
      s.memoryMib === jobs.memoryMib[job] &&
      s.modelMask === jobs.modelMask[job]
    );
  }

  #owner(r: RecordCursor): void {
    const claim = this.#owned;
    this.#owned = undefined;
    const ok = claim?.slot === r.slot && this.#jobs.tenant[claim.job] === r.a && this.#jobs.jobClass[claim.job] === r.b;
    this.#submissions.check(ok, this.now, () => `slot ${r.slot}.${r.generation} is given tenant ${r.a}, class ${r.b}`);
  }

  /** The claim that a record names, if it is in a state in which the record makes sense. */
  #expect(r: RecordCursor, what: string, ...states: Claim["state"][]): Claim | undefined {
    const claim = this.claims.get(r.slot);
    const ok = claim !== undefined && claim.generation === r.generation && states.includes(claim.state);
    const is = claim === undefined ? "is nobody" : `is ${nameOf(claim)}, ${claim.state}`;
    this.#lives.check(ok, this.now, () => `${what} of slot ${r.slot}.${r.generation}, which ${is}`);
    return ok ? claim : undefined;
  }

  #change(r: RecordCursor, from: Claim["state"], to: Claim["state"]): Claim | undefined {
    const claim = this.#expect(r, to === "starting" ? "a confirmed start" : "work", from);
    if (claim) {
      if (from === "assumed") {
        this.#lives.check(claim.startMicros === this.now, this.now, () => `${nameOf(claim)} was to start earlier`);
      }
      claim.state = to;
    }
    return claim;
  }

  #running(r: RecordCursor): void {
    const claim = this.#change(r, "starting", "running");
    if (!claim) return;
    claim.workMicros = this.now;
    for (const rule of this.#rules) rule.running?.(claim, this.now);
  }

  #release(claim: Claim, why: "preempted" | "failed" | "finished"): void {
    for (const rule of this.#rules) rule.released?.(claim, this.now, why);
    claim.heldMicros += this.now - claim.startMicros;
    claim.workMicros = Number.NaN;
    claim.parts = [];
    claim.pool = -1;
    this.holding.delete(claim);
  }

  #stopped(r: RecordCursor): void {
    // a preempted one was released when that was decided
    const claim = r.a === 0 ? this.#expect(r, "a stop", "draining") : this.#expect(r, "a failure", "running");
    if (!claim) return;
    if (r.a !== 0) this.#release(claim, "failed");
    claim.state = "waiting";
    claim.queued = this.#entries++;
    for (const rule of this.#rules) rule.queued?.(claim, this.now);
  }

  #finished(r: RecordCursor): void {
    const claim = this.#expect(r, "a finish", "running");
    if (!claim) return;
    this.#finishes.check(
      this.#seen[claim.job] === 1 && r.a === this.#jobs.endStatus[claim.job],
      this.now,
      () => `${nameOf(claim)} finishes again, or otherwise than the trace says`,
    );
    this.#seen[claim.job] = 2;
    this.#release(claim, "finished");
    this.claims.delete(claim.slot);
  }

  #pass(): void {
    this.#inPass = true;
    this.#moved = false;
    for (const rule of this.#rules) rule.passBegins?.(this.now);
  }

  #endPass(): void {
    if (!this.#inPass) return;
    this.#inPass = false;
    for (const rule of this.#rules) rule.passEnds?.(this.now, this.#moved);
  }

  #start(r: RecordCursor): void {
    const claim = this.#expect(r, "a start", "waiting");
    if (!claim) return;
    claim.state = "assumed";
    claim.pool = r.a;
    claim.startMicros = this.now;
    claim.starts++;
    claim.moved = false;
    this.holding.add(claim);
    this.#starting = claim;
    this.#partsMissing = r.b;
    this.#order.check(r.c === claim.gangMilli, this.now, () => `${nameOf(claim)} starts with ${r.c} milli-GPU`);
  }

  #part(r: RecordCursor): void {
    const claim = this.#starting;
    const ok = claim !== undefined && claim.slot === r.slot && this.#partsMissing > 0;
    this.#order.check(ok, this.now, () => `a placement of slot ${r.slot}.${r.generation} without its start`);
    if (!ok) return;
    this.#partsMissing--;
    claim.parts.push({ node: r.a, tasks: r.b, milli: r.c, maskLow: r.maskLow, maskHigh: r.maskHigh, start: r.y });
    if (this.#partsMissing === 0) this.#endStart();
  }

  #endStart(): void {
    const claim = this.#starting;
    if (!claim) return;
    this.#starting = undefined;
    const missing = this.#partsMissing;
    this.#order.check(missing === 0, this.now, () => `${nameOf(claim)} lacks ${missing} of its placements`);
    for (const rule of this.#rules) {
      if (claim.moved) rule.arrives?.(claim, this.now);
      else rule.started?.(claim, this.now);
    }
  }

  #move(r: RecordCursor): void {
    const claim = this.#expect(r, "a move", "running");
    if (!claim) return;
    for (const rule of this.#rules) rule.leaves?.(claim, this.now);
    this.#order.check(r.a === claim.pool, this.now, () => `${nameOf(claim)} moves to another pool`);
    claim.heldMicros += this.now - claim.startMicros;
    claim.startMicros = this.now;
    claim.workMicros = Number.NaN;
    claim.parts = [];
    claim.moved = true;
    this.#moved = true;
    claim.state = "assumed";
    this.#starting = claim;
    this.#partsMissing = r.b;
  }

  #preempt(r: RecordCursor): void {
    const claim = this.#expect(r, "a preemption", "assumed", "starting", "running");
    if (!claim) return;
    claim.state = "draining";
    this.#release(claim, "preempted");
  }
}

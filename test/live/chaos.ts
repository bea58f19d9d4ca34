// Deterministic chaos: two controllers, one cluster, a clock of our own and a network that a seed breaks. Everything that the
// controllers do is the shipped code above the transport.

import { type ApiAnswer, ApiError, type ApiRequest, errorOf, inWords, type KubeApi } from "../../src/live/api.js";
import { Audit, checkAudit } from "../../src/live/audit.js";
import type { Snapshot } from "../../src/live/cluster.js";
import { Controller } from "../../src/live/controller.js";
import { decideFrame, LiveDriver } from "../../src/live/driver.js";
import { GUARDS, type Guard } from "../../src/live/guards.js";
import { Leader } from "../../src/live/lease.js";
import type { Pacing } from "../../src/live/limiter.js";
import { Metrics } from "../../src/live/metrics.js";
import { randomOf } from "../plan/random.js";
import { Checks, isChange, PERMIT_END, START, type Watched } from "./chaos-checks.js";
import { config, live, PERMIT, populate } from "./chaos-world.js";
import { controlObject, PATHS, storeSnapshot } from "./cluster-objects.js";
import { toFake } from "./fake-server.js";
import { FakeStore } from "./fake-store.js";

const driver = new LiveDriver();

interface Actor extends Watched {
  leader: Leader;
  controller: Controller;
  cycling: boolean;
  leading: boolean;
  partitioned: boolean;
  frozen: { snapshot: Snapshot; at: number } | undefined;
  viewState: Snapshot["state"];
  dead: boolean;
  errors: unknown[];
}

interface Op {
  actor: Actor;
  request: ApiRequest;
  settle(answer: ApiAnswer | ApiError): void;
  at: number;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const UNLEASED = {
  leads: true,
  spend: async () => true,
  spent: [],
  transitions: 0,
  recall: () => undefined,
  keep: () => undefined,
};

export class Chaos {
  readonly store = new FakeStore();
  readonly checks: Checks;
  readonly #random: () => number;
  readonly #guards: readonly Guard[];
  readonly #unleased: boolean;
  #now = START;
  #timers: { at: number; wake(): void }[] = [];
  #ops: Op[] = [];
  #actors: Actor[] = [];
  #faults = true;
  #lives = 0;
  readonly #audits = new Map<string, string[]>();
  outcomes = 0;

  constructor(seed: number, without?: string) {
    this.#random = randomOf(seed);
    this.#guards = GUARDS.filter((g) => g.name !== without?.split(" ")[0]);
    this.#unleased = without === "leader and lease";
    this.store.nowMillis = () => this.#now;
    this.checks = new Checks(this.store, () => this.#now);
    populate(this.store, (n) => this.#below(n));
    this.#actors = [this.#actor("A"), this.#actor("B")];
  }

  get errors(): unknown[] {
    return this.#actors.flatMap((a) => a.errors);
  }

  #chance(p: number): boolean {
    return this.#random() < p;
  }
  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #actor(name: string): Actor {
    const audit = this.#audits.get(name) ?? [];
    this.#audits.set(name, audit);
    const identity = `${name}-${++this.#lives}`;
    const actor = {
      ...{
        name,
        identity,
        audit,
        skewMillis: 0,
        control: undefined,
        leaseRequests: undefined,
        view: undefined,
        driftedMillis: undefined,
      },
      ...{
        dryRuns: new Set<string>(),
        cycling: false,
        leading: false,
        partitioned: false,
        frozen: undefined,
        viewState: "fresh",
        dead: false,
        errors: [],
      },
    } as unknown as Actor;
    const pacing: Pacing = {
      now: () => this.#now + actor.skewMillis,
      random: this.#random,
      sleep: (millis) => new Promise((wake) => void this.#timers.push({ at: this.#now + millis, wake })),
    };
    const api: KubeApi = {
      call: (request) => this.#send(actor, request),
      lines: () => Promise.reject(new Error("chaos has no watches")),
    };
    const lease = {
      namespace: "windtunnel",
      name: "windtunnel-leader",
      identity,
      leaseMillis: 15_000,
      renewMillis: 10_000,
      retryMillis: 2_000,
    };
    actor.leader = new Leader(api, lease, pacing);
    actor.controller = new Controller({
      config,
      views: [{ name: "a", api, snapshot: () => this.#see(actor) }],
      leaders: new Map([["a", this.#unleased ? UNLEASED : actor.leader]]),
      decide: async (frame) => decideFrame(driver, frame),
      loads: async () => new Map(),
      audit: new Audit(
        { append: (line) => void audit.push(line) },
        identity,
        pacing.now,
        checkAudit(audit.join("")).last,
      ),
      metrics: new Metrics(),
      pacing,
      permit: { permit: PERMIT, fault: undefined },
      policySha256: null,
      engineSha256: "E",
      localPause: () => "no",
      guards: this.#guards,
    });
    return actor;
  }

  #see(actor: Actor): Snapshot {
    let snapshot = storeSnapshot(this.store, "a", this.#now + actor.skewMillis);
    if (actor.frozen) {
      snapshot = {
        ...actor.frozen.snapshot,
        takenMillis: this.#now + actor.skewMillis,
        ageSeconds: (this.#now - actor.frozen.at) / 1000,
      };
    }
    if (actor.viewState !== "fresh") snapshot = { ...snapshot, state: actor.viewState, why: "a fault" };
    actor.view = { state: snapshot.state, ageSeconds: snapshot.ageSeconds };
    return snapshot;
  }

  #send(actor: Actor, request: ApiRequest): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      if (actor.dead) return; // a process that is gone waits for ever
      if (actor.control) actor.control.requests++;
      if (actor.leaseRequests !== undefined) actor.leaseRequests++;
      if (isChange(request)) this.checks.sent(actor, request);
      const delay = this.#faults && this.#chance(0.05) ? this.#below(4000) : 0;
      const settle = (answer: ApiAnswer | ApiError) => (answer instanceof ApiError ? reject(answer) : resolve(answer));
      this.#ops.push({ actor, request, settle, at: this.#now + delay });
    });
  }

  #deliver({ actor, request, settle }: Op): void {
    const lost = () => settle(new ApiError(0, "ECONNRESET", inWords(request)));
    const roll = this.#faults ? this.#random() : 1;
    if (actor.partitioned || roll < 0.03) {
      lost();
      return;
    }
    if (roll < 0.05) {
      settle(new ApiError([429, 500, 503][this.#below(3)]!, "Busy", inWords(request), 1));
      return;
    }
    const weight = isChange(request) ? this.checks.weigh(request) : undefined;
    const writes = this.store.writes.length;
    const answer = this.store.handle(toFake(request, actor.name));
    const ok = answer.status < 300;
    if (weight && this.store.writes.length > writes) this.checks.keptWrite(actor, request, weight);
    if (request.query?.dryRun === "All" && ok) actor.dryRuns.add(request.path);
    if (request.path.endsWith("/configmaps/windtunnel-control")) {
      const data = (answer.body.data ?? {}) as Record<string, string>;
      const paused = !ok || (data.pause !== undefined && data.pause !== "no") || (data["pause.team"] ?? "no") !== "no";
      actor.control = { paused, revoked: (data.revoked ?? "").includes("P1"), requests: 0 };
    }
    if (request.method !== "GET" && request.path.includes("/leases")) actor.leaseRequests = ok ? 0 : undefined;
    if (roll < 0.08) {
      lost(); // it was done, and nobody says so
      return;
    }
    settle(ok ? { status: answer.status, body: answer.body } : errorOf(answer.status, answer.body, inWords(request)));
  }

  #start(actor: Actor, what: "cycling" | "leading"): void {
    if (actor[what] || actor.dead) return;
    actor[what] = true;
    const work: Promise<unknown> = what === "cycling" ? actor.controller.cycle() : actor.leader.step();
    work
      .then((done) => {
        if (what === "cycling") this.outcomes += (done as { outcomes: unknown[] }).outcomes.length;
      })
      .catch((error: unknown) => void actor.errors.push(error))
      .finally(() => {
        actor[what] = false;
      });
  }

  #advance(millis: number): void {
    this.#now += millis;
    const due = this.#timers.filter((t) => t.at <= this.#now);
    this.#timers = this.#timers.filter((t) => t.at > this.#now);
    for (const timer of due) timer.wake();
  }

  #deliverOne(): void {
    const ready = this.#ops.filter((op) => op.at <= this.#now);
    if (ready.length === 0) {
      this.#advance(20 + this.#below(180));
      return;
    }
    const op = ready[this.#below(ready.length)]!;
    this.#ops.splice(this.#ops.indexOf(op), 1);
    if (!op.actor.dead) this.#deliver(op);
  }

  /** The service has more or less to do; a job is over and another comes. */
  #demand(): void {
    const { store } = this;
    const annotations = { "windtunnel.dev/outstanding": String(this.#below(13)) };
    if (this.#chance(0.6)) store.change(PATHS.deployments, "team", "web", { metadata: { annotations } });
    else store.change(PATHS.jobs, "team", `job-${this.#below(3)}`, { spec: { suspend: true } });
    live(store);
  }

  /** Something breaks, heals, or is done by somebody else. */
  #trouble(): void {
    const { store } = this;
    const actor = this.#actors[this.#below(2)]!;
    const switches = (data: Record<string, string>) => store.put(PATHS.configmaps, controlObject(data));
    // what is broken is mended first: else most of the time nothing could be done at all
    const data = store.get(PATHS.configmaps, "windtunnel", "windtunnel-control")?.data as object | undefined;
    if (this.#chance(0.3) && (data === undefined || Object.keys(data).length > 0)) {
      switches({});
      return;
    }
    if (actor.partitioned || actor.frozen || actor.viewState !== "fresh") {
      Object.assign(actor, { partitioned: false, frozen: undefined, viewState: "fresh" });
      return;
    }
    const troubles: (() => void)[] = [
      () => switches({ pause: "hold" }),
      () => switches({ pause: "drain" }),
      () => switches({ "pause.team": "hold" }),
      () => switches({ revoked: "P0, P1" }),
      () => store.remove(PATHS.configmaps, "windtunnel", "windtunnel-control"),
      () => {
        actor.partitioned = true;
      },
      () => {
        actor.viewState = (["stale", "unreachable", "degraded", "starting"] as const)[this.#below(4)]!;
      },
      () => {
        actor.frozen = { snapshot: storeSnapshot(store, "a", this.#now), at: this.#now };
      },
      () => {
        actor.skewMillis = this.#below(10_000) - 5_000;
      },
      () => this.#restart(actor),
      () =>
        store.change(PATHS.deployments, "team", "web", {
          metadata: { annotations: { "windtunnel.dev/outstanding": String(this.#below(16)) } },
        }),
      () => store.change(PATHS.deployments, "team", "web", { spec: { replicas: 1 + this.#below(5) } }),
      () => store.change(PATHS.deployments, "team", "web", { metadata: { labels: { touched: String(this.#now) } } }),
      () => live(this.store),
      () => live(this.store),
      () => this.#advance(this.#chance(0.1) ? 1_200_000 : 30_000),
    ];
    troubles[this.#below(troubles.length)]!();
  }

  /** Killed, and started again with nothing but its log. */
  #restart(actor: Actor): void {
    actor.dead = true;
    this.#actors[this.#actors.indexOf(actor)] = this.#actor(actor.name);
  }

  async run(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      const roll = this.#random();
      const actor = this.#actors[this.#below(2)]!;
      if (roll < 0.62) this.#deliverOne();
      else if (roll < 0.74) this.#start(actor, "leading");
      else if (roll < 0.84) this.#start(actor, "cycling");
      else if (roll < 0.93) this.#advance(this.#below(1500));
      else if (roll < 0.97) this.#demand();
      else this.#trouble();
      await turn();
    }
  }

  /** Faults stop; true when nobody wants anything any more that would be done. */
  async heal(): Promise<boolean> {
    this.#faults = false;
    this.store.put(PATHS.configmaps, controlObject());
    for (const actor of this.#actors)
      Object.assign(actor, { partitioned: false, viewState: "fresh", frozen: undefined, skewMillis: 0 });
    for (let round = 0; round < 300 && this.#now < PERMIT_END - 60_000; round++) {
      for (const actor of this.#actors) {
        this.#start(actor, "leading");
        if (round % 3 === 0) this.#start(actor, "cycling");
      }
      for (let i = 0; i < 60; i++) {
        if (this.#ops.some((op) => op.at <= this.#now)) this.#deliverOne();
        await turn();
      }
      live(this.store);
      this.#advance(4000);
      await turn();
      if (round > 20 && this.#isSettled()) return true;
    }
    return false;
  }

  get isExpired(): boolean {
    return this.#now >= PERMIT_END - 30 * 60_000;
  }

  /** What the last plan still wants is what it may not have. */
  #isSettled(): boolean {
    return this.#actors.some((actor) => {
      const { latest } = actor.controller;
      if (!latest || !actor.leader.leads || this.#now - latest.atMillis > 60_000) return false;
      const refused = new Map(latest.plan.refusals.map((r) => [r.change, r.guard]));
      const lasting = new Set(["mode", "owner", "protected", "budget"]);
      return latest.plan.changes.every((c) => lasting.has(refused.get(c.id) ?? ""));
    });
  }

  /** Faults of the logs' chains. */
  brokenLogs(): string[] {
    return [...this.#audits].flatMap(([name, lines]) => {
      const { broken } = checkAudit(lines.join(""));
      return broken ? [`${name}: line ${broken.line}: ${broken.why}`] : [];
    });
  }
}

// The loop: see, think, refuse, wait, see and think again, and only what both times was wanted is carried out, a cluster at a
// time and independently of the others. Everything from outside is given: clock, views, leases, the policy's thread, the log.

import type { KubeApi } from "./api.js";
import type { Audit } from "./audit.js";
import type { Snapshot } from "./cluster.js";
import { countGpus } from "./conditions.js";
import { atLeast, type LiveConfig, modeOf } from "./config.js";
import { type Control, type Pause, pauseFor, readControl } from "./control.js";
import type { DriftDetector, DriftOptions } from "./drift.js";
import type { Decided } from "./driver.js";
import { Executor, type Outcome } from "./executor.js";
import { Flights, judge, wayBack } from "./flight.js";
import type { Frame } from "./frame.js";
import { type Guard, type GuardContext, refusalOf } from "./guards.js";
import type { Leader } from "./lease.js";
import type { Spending } from "./ledger.js";
import type { Pacing } from "./limiter.js";
import type { Metrics } from "./metrics.js";
import { Observer } from "./observer.js";
import type { Permit } from "./permit.js";
import { ACTION_OF, buildPlan, type Change, describeObject, type Plan, type Refusal } from "./plan.js";
import { groupsOf, isSameWish, type Thought, think } from "./planner.js";
import { type Load, ScaleRules, targetKey } from "./scaling.js";

/** A cluster as the loop sees it. */
export interface View {
  readonly name: string;
  readonly api: KubeApi;
  snapshot(): Snapshot;
}

export interface ControllerParts {
  config: LiveConfig;
  views: readonly View[];
  leaders: ReadonlyMap<string, Pick<Leader, "leads" | "spend" | "spent">>;
  decide(frame: Frame): Promise<Decided>;
  loads(targets: LiveConfig["targets"]): Promise<Map<string, Load>>;
  audit: Audit;
  metrics: Metrics;
  pacing: Pacing;
  permit: { permit: Permit | undefined; fault: string | undefined };
  policySha256: string | null;
  engineSha256: string;
  localPause(): Pause;
  /** Price of the pools, where it is known. */
  usdPerGpuHour?: number | null;
  drift?: Partial<DriftOptions>;
  /** Told of each outcome, for events and logs. */
  onOutcome?(outcome: Outcome, snapshot: Snapshot | undefined): void;
  guards?: readonly Guard[];
}

export interface Cycle {
  plan: Plan;
  thought: Thought;
  outcomes: Outcome[];
}

/** Bindings that were made and not seen yet, so that nobody is given the same room twice. */
interface AssumedBinding {
  node: string;
  devices: string;
  atMillis: number;
}

const ASSUMED_MILLIS = 60_000;
const CERTAIN_MILLIS = 5_000;

export class Controller {
  readonly #parts: ControllerParts;
  readonly #rules = new ScaleRules();
  readonly #flights = new Flights();
  readonly #observer: Observer;
  readonly #assumed = new Map<string, AssumedBinding>();
  readonly #controls = new Map<string, Control | undefined>();
  #stopping = false;
  latest: { plan: Plan; atMillis: number } | undefined;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#observer = new Observer(parts);
  }

  get flights(): Flights {
    return this.#flights;
  }
  get drift(): DriftDetector {
    return this.#observer.drift;
  }
  controlOf(cluster: string): Control | undefined {
    return this.#controls.get(cluster);
  }

  /** No new changes from now on; what is being written is finished. */
  stop(): void {
    this.#stopping = true;
  }

  #snapshots(): Snapshot[] {
    const now = this.#parts.pacing.now();
    return this.#parts.views.map((view) => this.#withAssumed(view.snapshot(), now));
  }

  /** Puts our own bindings where the watch has not brought them yet. */
  #withAssumed(snapshot: Snapshot, now: number): Snapshot {
    if (this.#assumed.size === 0) return snapshot;
    let changed = false;
    const pods = snapshot.pods.map((pod) => {
      const key = `${snapshot.cluster}/${pod.uid}`;
      const assumed = this.#assumed.get(key);
      if (!assumed) return pod;
      if (pod.nodeName !== "" || now - assumed.atMillis > ASSUMED_MILLIS) {
        this.#assumed.delete(key);
        return pod;
      }
      changed = true;
      const annotations = new Map(pod.annotations);
      if (assumed.devices !== "") annotations.set("windtunnel.dev/devices", assumed.devices);
      return { ...pod, nodeName: assumed.node, annotations };
    });
    return changed ? { ...snapshot, pods } : snapshot;
  }

  /** True if anything at all may be written to a cluster, so that its switches matter. */
  #mayWrite(cluster: string): boolean {
    return this.#parts.config.grants.some(
      (g) => (g.cluster === "*" || g.cluster === cluster) && atLeast(g.mode, "apply"),
    );
  }

  async #readControl(cluster: string): Promise<Control | undefined> {
    if (!this.#mayWrite(cluster)) return undefined;
    const view = this.#parts.views.find((v) => v.name === cluster);
    const control = view ? await readControl(view.api, this.#parts.config.control, this.#parts.pacing.now) : undefined;
    this.#controls.set(cluster, control);
    return control;
  }

  #context(
    cluster: string,
    snapshot: Snapshot | undefined,
    control: Control | undefined,
    by: "auto" | "apply",
    cycle: readonly Spending[],
    continues: boolean,
  ): GuardContext {
    const { config, pacing, permit, policySha256, engineSha256 } = this.#parts;
    const leader = this.#parts.leaders.get(cluster);
    const gpusTotal = snapshot ? countGpus(snapshot).allocatable : 0;
    const ahead = this.#parts.views.find((v) => v.name === cluster)?.api.aheadMillis;
    return {
      config,
      nowMillis: pacing.now(),
      by,
      continues,
      snapshot,
      control,
      localPause: this.#stopping ? "hold" : this.#parts.localPause(),
      leads: leader?.leads ?? false,
      aheadSeconds: ahead === undefined ? undefined : ahead / 1000,
      permit: permit.permit,
      permitFault: permit.fault,
      policySha256,
      engineSha256,
      drift: this.drift.drifted ? this.drift.why : "",
      budget: {
        nowMillis: pacing.now(),
        spent: leader?.spent ?? [],
        cycle,
        inFlight: this.#flights.countIn(cluster),
        gpusTotal,
      },
    };
  }

  async #think(): Promise<{ snapshots: Snapshot[]; thought: Thought; loads: Map<string, Load> }> {
    const { config, pacing } = this.#parts;
    const loads = await this.#parts.loads(config.targets);
    const snapshots = this.#snapshots();
    const now = pacing.now();
    const fresh = snapshots.filter((s) => s.state === "fresh");
    const scaled = this.#rules.propose(config.targets, fresh, loads, now);
    for (const { target, wanted } of scaled.wishes) {
      this.#parts.metrics.set("wanted", [target.cluster, target.namespace, target.name], wanted);
    }
    const thought = await think(config, snapshots, scaled, now, (frame) => this.#parts.decide(frame));
    return { snapshots, thought, loads };
  }

  /** One plan, with what the guards say to each change. Writes nothing but the log. */
  async plan(
    by: "auto" | "apply" = "auto",
  ): Promise<{ plan: Plan; thought: Thought; snapshots: Snapshot[]; loads: Map<string, Load> }> {
    const { config, pacing, audit, metrics } = this.#parts;
    const begun = pacing.now();
    const { snapshots, thought, loads } = await this.#think();
    this.#observer.look(snapshots, thought);
    const controls = new Map(
      await Promise.all(this.#parts.views.map(async (v) => [v.name, await this.#readControl(v.name)] as const)),
    );
    const refusals: Refusal[] = [];
    for (const change of thought.changes) {
      const snapshot = snapshots.find((s) => s.cluster === change.cluster);
      const context = this.#context(change.cluster, snapshot, controls.get(change.cluster), by, [], false);
      // whoever plans for a person need not be the leader: whoever applies must
      const context2 = by === "apply" ? { ...context, leads: true } : context;
      const verdict = refusalOf(change, context2, this.#parts.guards) ?? this.#restVerdict(change);
      if (!verdict) continue;
      metrics.add("refusals", [verdict.guard]);
      refusals.push({
        change: change.id,
        cluster: change.cluster,
        object: describeObject(change),
        verb: change.verb,
        ...verdict,
      });
    }
    const plan = buildPlan({
      nowMillis: pacing.now(),
      minutes: config.planMinutes,
      policy: config.policy,
      engineSha256: this.#parts.engineSha256,
      facts: thought.frame.facts,
      decided: thought.decided,
      snapshots,
      changes: thought.changes,
      refusals,
      claims: thought.claims,
      notes: thought.notes,
      permit: this.#parts.permit.permit?.serial ?? null,
    });
    metrics.observe("planSeconds", [], (pacing.now() - begun) / 1000);
    audit.write("plan", {
      plan: plan.id,
      facts: plan.factsSha256,
      decisions: plan.decisions,
      changes: plan.changes.map((c) => ({
        id: c.id,
        cluster: c.cluster,
        verb: c.verb,
        object: describeObject(c),
        before: c.before,
        after: c.after,
      })),
      refusals: plan.refusals,
      left: plan.left.length,
      notes: plan.notes,
    });
    this.latest = { plan, atMillis: pacing.now() };
    return { plan, thought, snapshots, loads };
  }

  #restVerdict(change: Change): { guard: "rest"; reason: string } | undefined {
    const reason = this.#flights.blocks(change);
    return reason === undefined ? undefined : { guard: "rest", reason };
  }

  /** One pass of the loop. */
  async cycle(): Promise<Cycle> {
    const { config, pacing } = this.#parts;
    const first = await this.plan();
    const outcomes = await this.#tend(first.snapshots, first.loads);
    const refused = new Set(first.plan.refusals.map((r) => r.change));
    const candidates = first.plan.changes.filter((c) => !refused.has(c.id));
    if (candidates.length === 0 || this.#stopping) return { plan: first.plan, thought: first.thought, outcomes };
    if (config.validateSeconds > 0) await pacing.sleep(config.validateSeconds * 1000);
    const again = await this.#think();
    const still = again.thought.changes.filter((c) => candidates.some((old) => isSameWish(old, c)));
    outcomes.push(...(await this.#carryOut(still, first.plan.id, "auto", again.loads)));
    return { plan: first.plan, thought: first.thought, outcomes };
  }

  /** Carries out a plan that a person gives, as it is or not at all. */
  async apply(plan: Plan): Promise<Outcome[]> {
    const { thought, loads } = await this.#think();
    const missing = plan.changes.filter((c) => !thought.changes.some((now) => isSameWish(c, now)));
    if (missing.length > 0) {
      const reason = `the policy does not want it any more: ${describeObject(missing[0]!)}`;
      return plan.changes.map((change) => ({ change, kind: "changed", guard: "", reason }));
    }
    return this.#carryOut(plan.changes, plan.id, "apply", loads);
  }

  async #carryOut(
    changes: readonly Change[],
    planId: string,
    by: "auto" | "apply",
    loads: ReadonlyMap<string, Load>,
  ): Promise<Outcome[]> {
    const clusters = [...new Set(changes.map((c) => c.cluster))];
    const all = await Promise.all(
      clusters.map(async (cluster) => {
        const executor = this.#executor(cluster, by);
        const outcomes: Outcome[] = [];
        if (!executor) return outcomes;
        for (const group of groupsOf(changes.filter((c) => c.cluster === cluster))) {
          if (this.#stopping) break;
          const blocked = group.map((c) => this.#flights.blocks(c)).find((reason) => reason !== undefined);
          if (blocked !== undefined) continue;
          const done = await executor.run(group, planId);
          for (const outcome of done) this.#note(outcome, loads);
          outcomes.push(...done);
        }
        return outcomes;
      }),
    );
    return all.flat();
  }

  #executor(cluster: string, by: "auto" | "apply"): Executor | undefined {
    const view = this.#parts.views.find((v) => v.name === cluster);
    const leader = this.#parts.leaders.get(cluster);
    if (!view || !leader) return undefined;
    return new Executor({
      api: view.api,
      leader,
      audit: this.#parts.audit,
      now: this.#parts.pacing.now,
      certainMillis: CERTAIN_MILLIS,
      ...(this.#parts.guards ? { guards: this.#parts.guards } : {}),
      context: async (_change, cycle, continues) => {
        const control = await this.#readControl(cluster);
        const snapshot = this.#withAssumed(view.snapshot(), this.#parts.pacing.now());
        return this.#context(cluster, snapshot, control, by, cycle, continues);
      },
    });
  }

  #note(outcome: Outcome, loads: ReadonlyMap<string, Load>): void {
    const { change, kind, guard } = outcome;
    const { metrics, pacing } = this.#parts;
    metrics.add("changes", [change.cluster, ACTION_OF[change.verb], kind]);
    if (kind === "refused") metrics.add("refusals", [guard]);
    this.#parts.onOutcome?.(outcome, this.#parts.views.find((v) => v.name === change.cluster)?.snapshot());
    // what may have happened is watched like what did
    if (kind !== "done" && kind !== "unknown") return;
    const now = pacing.now();
    if (change.verb === "bind") {
      const { node, devices } = change.detail;
      this.#assumed.set(`${change.cluster}/${change.object.uid}`, {
        node: node!,
        devices: devices ?? "",
        atMillis: now,
      });
    }
    const { kind: of, namespace, name } = change.object;
    const load = loads.get(targetKey({ cluster: change.cluster, namespace, kind: of, name }));
    this.#flights.add({ change, sinceMillis: now, successBefore: load?.success, judgement: "waiting" });
  }

  /** Looks after changes whose effect is awaited: on, back, or on hold. */
  async #tend(snapshots: readonly Snapshot[], loads: ReadonlyMap<string, Load>): Promise<Outcome[]> {
    const { config, pacing, audit, metrics } = this.#parts;
    const outcomes: Outcome[] = [];
    for (const flight of [...this.#flights.list]) {
      const { change } = flight;
      const snapshot = snapshots.find((s) => s.cluster === change.cluster);
      if (!snapshot) continue;
      const { kind, namespace, name, uid } = change.object;
      const load = loads.get(targetKey({ cluster: change.cluster, namespace, kind, name }));
      flight.judgement = judge(flight, snapshot, load, pacing.now(), config.rollout.watchSeconds);
      if (flight.judgement === "waiting" || flight.judgement === "unclear") continue;
      this.#flights.remove(flight);
      if (flight.judgement === "good") continue;
      audit.write("rollback", { change: change.id, cluster: change.cluster, object: describeObject(change) });
      const version = snapshot.scalables.find((s) => s.uid === uid)?.version;
      const back = version === undefined || change.reason === "ROLLBACK" ? undefined : wayBack(change, version);
      if (!back) continue;
      metrics.add("rollbacks", [change.cluster]);
      const by = atLeast(modeOf(config, change.cluster, namespace, ACTION_OF[change.verb]), "auto") ? "auto" : "apply";
      const executor = this.#executor(change.cluster, by);
      if (executor) outcomes.push(...(await executor.run([back], "rollback", true)));
    }
    return outcomes;
  }

  /** Which switches are thrown, for status, page and metrics. */
  pauseOf(cluster: string): { here: Pause; cluster: Pause | "unreadable" } {
    const control = this.#controls.get(cluster);
    const seen = control ? pauseFor(control, "") : this.#mayWrite(cluster) ? "unreadable" : "no";
    const here = this.#parts.localPause();
    this.#parts.metrics.set("paused", [cluster, "here"], here === "no" ? 0 : 1);
    this.#parts.metrics.set("paused", [cluster, "cluster"], seen === "no" ? 0 : 1);
    return { here, cluster: seen };
  }
}

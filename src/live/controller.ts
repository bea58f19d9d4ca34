import type { Snapshot } from "./cluster.js";
import { countGpus } from "./conditions.js";
import { atLeast, modeOf } from "./config.js";
import { type Control, type Pause, pauseFor, readControl } from "./control.js";
import type { ControllerParts, Cycle } from "./controller-parts.js";
import type { DriftDetector } from "./drift.js";
import { Executor, type Outcome } from "./executor.js";
import { armOf, ExperimentBook } from "./experiment.js";
import type { Flights } from "./flight.js";
import { GUARDS, type GuardContext, refusalOf } from "./guards.js";
import type { Spending } from "./ledger.js";
import { Observer } from "./observer.js";
import { ACTION_OF, buildPlan, type Change, describeObject, type Plan, type Refusal } from "./plan.js";
import { type Arm, groupsOf, isSameWish, type Thought, think } from "./planner.js";
import { type Loads, Rollouts } from "./rollout.js";
import { type Load, ScaleRules } from "./scaling.js";

export type { ControllerParts, Cycle, LeaderPart, PermitState, View } from "./controller-parts.js";

/** Bindings that were made and not seen yet, so that nobody is given the same room twice. */
interface AssumedBinding {
  node: string;
  devices: string;
  atMillis: number;
}

/** Guards that tell something in mode shadow; who leads, what permits and which switches are thrown is for those who act. */
const SHADOW_GUARDS = GUARDS.filter((g) => !["mode", "permit", "leader", "pause"].includes(g.name));
const ASSUMED_MILLIS = 60_000;
const CERTAIN_MILLIS = 5_000;

export class Controller {
  readonly #parts: ControllerParts;
  readonly #rules = new ScaleRules();
  readonly #rollouts: Rollouts;
  readonly experiment: ExperimentBook | undefined;
  readonly #observer: Observer;
  readonly #assumed = new Map<string, AssumedBinding>();
  readonly #controls = new Map<string, Control | undefined>();
  #stopping = false;
  latest: { plan: Plan; atMillis: number } | undefined;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#observer = new Observer(parts);
    this.#rollouts = new Rollouts(parts);
    const { experiment } = parts.config;
    if (experiment) this.experiment = new ExperimentBook(experiment, parts.leaders.get(experiment.cluster));
  }

  get flights(): Flights {
    return this.#rollouts.flights;
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
    change: Change,
  ): GuardContext {
    const { config, pacing, engineSha256 } = this.#parts;
    const { permit, policySha256, policy } = this.#policyOf(change);
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
      policy,
      policySha256,
      engineSha256,
      drift: this.drift.drifted ? this.drift.why : "",
      budget: {
        nowMillis: pacing.now(),
        spent: leader?.spent ?? [],
        cycle,
        inFlight: this.#rollouts.flights.countIn(cluster),
        gpusTotal,
      },
    };
  }

  /** Which policy wants a change, and what permits it. */
  #policyOf({ detail }: Change): Pick<ControllerParts, "permit" | "policySha256"> & Pick<GuardContext, "policy"> {
    const { config, permit, policySha256, treatment } = this.#parts;
    if (detail.arm !== "treatment" || !config.experiment) return { policy: config.policy, permit, policySha256 };
    const none = { permit: { permit: undefined, fault: undefined }, policySha256: null };
    return { policy: config.experiment.policy, ...(treatment ?? none) };
  }

  /** Who decides on which claims: one policy on all, or two while they are compared. */
  #arms(): Arm[] {
    const { config } = this.#parts;
    const { experiment, policy } = config;
    if (!experiment || !this.experiment?.isActive) return [{ name: "control", policy, has: () => true }];
    return (["control", "treatment"] as const).map((name) => ({
      name,
      policy: name === "control" ? policy : experiment.policy,
      has: (claim) => armOf(experiment, claim) === name,
    }));
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
    const thought = await think(config, snapshots, scaled, now, this.#parts.decide, this.#arms());
    return { snapshots, thought, loads };
  }

  /** One plan, with what the guards say to each change. Writes nothing but the log. */
  async plan(
    by: "auto" | "apply" = "auto",
  ): Promise<{ plan: Plan; thought: Thought; snapshots: Snapshot[]; loads: Map<string, Load> }> {
    const { config, pacing, audit, metrics } = this.#parts;
    const begun = pacing.now();
    const { snapshots, thought, loads } = await this.#think();
    this.#observer.look(snapshots, thought, this.experiment, this.#rules.forecastErrors);
    const controls = new Map(
      await Promise.all(this.#parts.views.map(async (v) => [v.name, await this.#readControl(v.name)] as const)),
    );
    const refusals: Refusal[] = [];
    const would: { change: string; guard: string }[] = [];
    for (const change of thought.changes) {
      const snapshot = snapshots.find((s) => s.cluster === change.cluster);
      const context = this.#context(change.cluster, snapshot, controls.get(change.cluster), by, [], false, change);
      // whoever plans for a person need not be the leader: whoever applies must
      const context2 = by === "apply" ? { ...context, leads: true } : context;
      const verdict = refusalOf(change, context2, this.#parts.guards) ?? this.#restVerdict(change);
      if (this.#isShadowed(change)) {
        // what would have stood in the way had it been let: the report on a shadow run counts it
        const guard = refusalOf(change, { ...context, leads: true }, SHADOW_GUARDS)?.guard ?? "";
        would.push({ change: change.id, guard });
      }
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
      facts: thought.facts,
      decisions: thought.decisions,
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
      ...(would.length > 0 ? { would } : {}),
      left: plan.left.length,
      notes: plan.notes,
    });
    this.latest = { plan, atMillis: pacing.now() };
    return { plan, thought, snapshots, loads };
  }

  #isShadowed({ cluster, object, verb }: Change): boolean {
    return modeOf(this.#parts.config, cluster, object.namespace, ACTION_OF[verb]) === "shadow";
  }

  #restVerdict(change: Change): { guard: "rest"; reason: string } | undefined {
    const reason = this.#rollouts.flights.blocks(change);
    return reason === undefined ? undefined : { guard: "rest", reason };
  }

  /** One pass of the loop. */
  async cycle(): Promise<Cycle> {
    const { config, pacing } = this.#parts;
    this.#rollouts.takeOver();
    const first = await this.plan();
    const outcomes = await this.#rollouts.tend(first.snapshots, first.loads, (...args) => this.#executor(...args));
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
    this.#rollouts.takeOver();
    const { thought, loads, snapshots } = await this.#think();
    this.#rollouts.settle(snapshots, loads);
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
        const executor = this.#executor(cluster, by, loads);
        const outcomes: Outcome[] = [];
        if (!executor) return outcomes;
        for (const group of groupsOf(changes.filter((c) => c.cluster === cluster))) {
          if (this.#stopping) break;
          const blocked = group.map((c) => this.#rollouts.flights.blocks(c)).find((reason) => reason !== undefined);
          if (blocked !== undefined) {
            // a loop has said so in its plan; a person is told now
            const kind = "refused" as const;
            if (by === "apply")
              outcomes.push(...group.map((change) => ({ change, kind, guard: "rest", reason: blocked })));
            continue;
          }
          const done = await executor.run(group, planId);
          for (const outcome of done) this.#note(outcome);
          outcomes.push(...done);
        }
        return outcomes;
      }),
    );
    return all.flat();
  }

  #executor(cluster: string, by: "auto" | "apply", loads: Loads): Executor | undefined {
    const view = this.#parts.views.find((v) => v.name === cluster);
    const leader = this.#parts.leaders.get(cluster);
    if (!view || !leader) return undefined;
    return new Executor({
      api: view.api,
      leader,
      audit: this.#parts.audit,
      now: this.#parts.pacing.now,
      certainMillis: CERTAIN_MILLIS,
      onIntent: (change) => this.#rollouts.begin(change, loads),
      ...(this.#parts.guards ? { guards: this.#parts.guards } : {}),
      context: async (change, cycle, continues) => {
        const control = await this.#readControl(cluster);
        const snapshot = this.#withAssumed(view.snapshot(), this.#parts.pacing.now());
        return this.#context(cluster, snapshot, control, by, cycle, continues, change);
      },
    });
  }

  #note(outcome: Outcome): void {
    const { change, kind, guard } = outcome;
    const { metrics, pacing } = this.#parts;
    metrics.add("changes", [change.cluster, ACTION_OF[change.verb], kind]);
    if (kind === "refused") metrics.add("refusals", [guard]);
    this.#parts.onOutcome?.(outcome, this.#parts.views.find((v) => v.name === change.cluster)?.snapshot());
    this.#rollouts.note(outcome);
    if (change.verb !== "bind" || (kind !== "done" && kind !== "unknown")) return;
    const { node, devices } = change.detail;
    this.#assumed.set(`${change.cluster}/${change.object.uid}`, {
      node: node!,
      devices: devices ?? "",
      atMillis: pacing.now(),
    });
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

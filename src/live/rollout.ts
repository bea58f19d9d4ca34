// Changes on their way: each is watched until its effect is there, and taken back where it does badly. What is on its way is
// written into the lease before the change itself, so whoever holds the lease next goes on with it or takes it back.

import type { Snapshot } from "./cluster.js";
import { atLeast, modeOf } from "./config.js";
import type { ControllerParts } from "./controller.js";
import type { Executor, Outcome, OutcomeKind } from "./executor.js";
import { Flights, formatFlights, type InFlight, judge, parseFlights, wayBack } from "./flight.js";
import { ACTION_OF, type Change, describeObject } from "./plan.js";
import { type Load, targetKey } from "./scaling.js";

/** Under which name flights are handed on with the lease. */
const HANDED = "flights";
/** After these a way back is not tried again: it was done, may have been, or is not wanted any more. */
const BACK_IS_OVER: ReadonlySet<OutcomeKind> = new Set(["done", "unknown", "changed", "gone", "invalid"]);

export type Loads = ReadonlyMap<string, Load>;

export class Rollouts {
  readonly flights = new Flights();
  readonly #parts: ControllerParts;
  /** Clusters whose lease we hold, and whose flights are therefore ours, with the term since which we do. */
  readonly #ours = new Map<string, number>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  /** Whoever has taken a lease goes on with what its last holder had on its way; whoever has lost it leaves that to the next. */
  takeOver(): void {
    for (const [cluster, leader] of this.#parts.leaders) {
      if (!leader.leads) {
        if (this.#ours.delete(cluster)) this.flights.replace(cluster, []);
        continue;
      }
      // another may have held it between two passes of ours: what the lease says is what is on its way
      if (this.#ours.get(cluster) === leader.transitions) continue;
      this.#ours.set(cluster, leader.transitions);
      const known = new Set(this.flights.of(cluster).map((f) => f.change.id));
      const inLease = parseFlights(leader.recall(HANDED)).filter((f) => f.change.cluster === cluster);
      const handed = inLease.filter((f) => !known.has(f.change.id));
      this.flights.replace(cluster, inLease);
      for (const { change } of handed)
        this.#parts.audit.write("leader", { cluster, goesOnWith: describeObject(change), change: change.id });
    }
  }

  #handOn(cluster: string): void {
    this.#parts.leaders.get(cluster)?.keep(HANDED, formatFlights(this.flights.of(cluster)));
  }

  #loadOf({ cluster, object }: Change, loads: Loads): Load | undefined {
    const { kind, namespace, name } = object;
    return loads.get(targetKey({ cluster, namespace, kind, name }));
  }

  /** A change is about to be written. A way back is not watched by itself: what it takes back is. */
  begin(change: Change, loads: Loads): void {
    if (change.reason === "ROLLBACK") return;
    const sinceMillis = this.#parts.pacing.now();
    const successBefore = this.#loadOf(change, loads)?.success;
    this.flights.add({ change, sinceMillis, successBefore, judgement: "waiting", begun: true });
    this.#handOn(change.cluster);
  }

  /** It was written, or may have been, and is watched from now on; or it was not. */
  note({ change, kind }: Outcome): void {
    const mine = this.flights.of(change.cluster).find((f) => f.change.id === change.id && f.begun);
    if (!mine) return;
    if (kind === "done" || kind === "unknown") delete mine.begun;
    else this.flights.remove(mine);
    this.#handOn(change.cluster);
  }

  /** Judges all that is on its way and lets go what has done well; nothing is taken back. */
  settle(snapshots: readonly Snapshot[], loads: Loads): void {
    for (const flight of [...this.flights.list]) {
      const snapshot = snapshots.find((s) => s.cluster === flight.change.cluster);
      if (!snapshot || flight.judgement === "bad") continue;
      const { watchSeconds } = this.#parts.config.rollout;
      const load = this.#loadOf(flight.change, loads);
      if (judge(flight, snapshot, load, this.#parts.pacing.now(), watchSeconds) !== "good") continue;
      this.flights.remove(flight);
      this.#handOn(flight.change.cluster);
    }
  }

  /** Looks after all that is on its way: on, back, or on hold. */
  async tend(
    snapshots: readonly Snapshot[],
    loads: Loads,
    executorFor: (cluster: string, by: "auto" | "apply", loads: Loads) => Executor | undefined,
  ): Promise<Outcome[]> {
    const { config, pacing } = this.#parts;
    const outcomes: Outcome[] = [];
    for (const flight of [...this.flights.list]) {
      const { cluster } = flight.change;
      const snapshot = snapshots.find((s) => s.cluster === cluster);
      if (!snapshot) continue;
      const before = flight.judgement;
      const load = this.#loadOf(flight.change, loads);
      // one that did badly is on its way back, whatever it does meanwhile
      if (before !== "bad") flight.judgement = judge(flight, snapshot, load, pacing.now(), config.rollout.watchSeconds);
      if (flight.judgement === "bad")
        outcomes.push(...(await this.#takeBack(flight, before, snapshot, loads, executorFor)));
      else if (flight.judgement === "good") this.flights.remove(flight);
      if (flight.judgement !== before) this.#handOn(cluster);
    }
    return outcomes;
  }

  async #takeBack(
    flight: InFlight,
    before: InFlight["judgement"],
    snapshot: Snapshot,
    loads: Loads,
    executorFor: (cluster: string, by: "auto" | "apply", loads: Loads) => Executor | undefined,
  ): Promise<Outcome[]> {
    const { config, audit, metrics } = this.#parts;
    const { change } = flight;
    const { cluster } = change;
    if (before !== "bad") {
      audit.write("rollback", { change: change.id, cluster, object: describeObject(change) });
      metrics.add("rollbacks", [cluster]);
      this.#handOn(cluster);
    }
    const version = snapshot.scalables.find((s) => s.uid === change.object.uid)?.version;
    const back = version === undefined ? undefined : wayBack(change, version);
    const mode = modeOf(config, cluster, change.object.namespace, ACTION_OF[change.verb]);
    const executor = executorFor(cluster, atLeast(mode, "auto") ? "auto" : "apply", loads);
    const outcomes = back && executor ? await executor.run([back], "rollback", true) : [];
    if (!back || outcomes.some((o) => BACK_IS_OVER.has(o.kind))) {
      this.flights.remove(flight);
      this.#handOn(cluster);
    }
    return outcomes;
  }
}

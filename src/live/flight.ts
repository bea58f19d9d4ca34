// Changes whose effect is still awaited: a step, then a look, then on or back. What cannot be judged stops there and waits for
// somebody: a missing metric is not a success.

import type { Snapshot } from "./cluster.js";
import { numberAt, textAt } from "./json.js";
import { objectKey } from "./ledger.js";
import { type Change, withId } from "./plan.js";
import type { Load } from "./scaling.js";

export type Judgement = "waiting" | "good" | "bad" | "unclear";

export interface InFlight {
  change: Change;
  sinceMillis: number;
  /** Success metric before the change, if there was one. */
  successBefore: number | undefined;
  judgement: Judgement;
  /** It is being written just now, and counts among what is watched only afterwards. */
  begun?: true;
}

/** Share of good answers that a change may cost before it counts as bad. */
const SUCCESS_LOSS_MOST = 0.01;
/** A change whose effect was not seen after so many watching times has failed. */
const PATIENCE = 5;

/** Is the effect of a change there? */
function isSeen(change: Change, snapshot: Snapshot): boolean {
  const { uid } = change.object;
  switch (change.verb) {
    case "scale": {
      const object = snapshot.scalables.find((s) => s.uid === uid);
      return (
        object !== undefined && object.replicas === Number(change.after) && object.readyReplicas === object.replicas
      );
    }
    case "resume":
      return snapshot.jobs.some((j) => j.uid === uid && !j.suspended && j.activePods >= Math.min(1, j.parallelism));
    case "suspend":
      return snapshot.jobs.some((j) => j.uid === uid && j.suspended && j.activePods === 0);
    case "bind":
      return snapshot.pods.some((p) => p.uid === uid && p.nodeName !== "");
    case "evict":
      return !snapshot.pods.some((p) => p.uid === uid);
    case "nominate":
      return snapshot.workloads.some((w) => w.uid === uid && w.nominated.length > 0);
    case "route":
      return snapshot.routes.some((r) => r.uid === uid && r.resolved);
  }
}

/** Somebody else has taken the object somewhere else meanwhile, or it is gone. */
function isOver(change: Change, snapshot: Snapshot): boolean {
  if (change.verb !== "scale") return false;
  const object = snapshot.scalables.find((s) => s.uid === change.object.uid);
  return (
    object === undefined || (object.replicas !== Number(change.after) && object.replicas !== Number(change.before))
  );
}

export function judge(
  flight: InFlight,
  snapshot: Snapshot,
  load: Load | undefined,
  nowMillis: number,
  watchSeconds: number,
): Judgement {
  const { change, sinceMillis, successBefore } = flight;
  if (snapshot.state !== "fresh") return "waiting";
  if (isOver(change, snapshot)) return "good";
  const waited = (nowMillis - sinceMillis) / 1000;
  if (!isSeen(change, snapshot)) return waited > Math.max(60, watchSeconds * PATIENCE) ? "bad" : "waiting";
  if (change.verb !== "scale" && change.verb !== "route") return "good";
  if (waited < watchSeconds) return "waiting";
  if (successBefore === undefined) return "good";
  if (load?.success === undefined) return "unclear";
  return load.success < successBefore - SUCCESS_LOSS_MOST ? "bad" : "good";
}

/** The change that takes another one back; undefined: there is no way back. */
export function wayBack(change: Change, version: string): Change | undefined {
  if (change.verb !== "scale") return undefined;
  return withId({
    ...change,
    object: { ...change.object, resourceVersion: version },
    before: change.after,
    after: change.before,
    reason: "ROLLBACK",
    why: "the change did not do well",
  });
}

/** Flights as a text that another instance can go on with. */
export function formatFlights(flights: readonly InFlight[]): string | undefined {
  return flights.length === 0 ? undefined : JSON.stringify(flights);
}

export function parseFlights(text: string | undefined): InFlight[] {
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    // whether what was being written then was written is for the watch to tell
    return list.filter(isFlight).map(({ begun: _begun, ...flight }) => flight);
  } catch {
    return [];
  }
}

function isFlight(value: unknown): value is InFlight {
  const texts = [
    ["change", "id"],
    ["change", "cluster"],
    ["change", "verb"],
    ["change", "before"],
    ["change", "after"],
    ["change", "reason"],
    ["change", "object", "uid"],
    ["change", "object", "kind"],
    ["change", "object", "namespace"],
    ["change", "object", "name"],
    ["change", "object", "path"],
  ];
  return texts.every((path) => textAt(value, ...path) !== undefined) && numberAt(value, "sinceMillis") !== undefined;
}

export class Flights {
  #list: InFlight[] = [];

  add(flight: InFlight): void {
    this.#list.push(flight);
  }

  get list(): readonly InFlight[] {
    return this.#list;
  }

  countIn(cluster: string): number {
    return this.#list.filter((f) => f.change.cluster === cluster && !f.begun).length;
  }

  /** Why nothing further may be done to an object now. */
  blocks(change: Change): string | undefined {
    const mine = this.#list.find(
      (f) => f.change.cluster === change.cluster && objectKey(f.change) === objectKey(change),
    );
    if (!mine || change.reason === "ROLLBACK") return undefined;
    return mine.judgement === "unclear"
      ? "its last change cannot be judged: the metric is missing"
      : "the effect of its last change is still being watched";
  }

  remove(flight: InFlight): void {
    this.#list = this.#list.filter((f) => f !== flight);
  }

  of(cluster: string): readonly InFlight[] {
    return this.#list.filter((f) => f.change.cluster === cluster);
  }

  /** Those of a cluster become others: what was handed on, or nothing. */
  replace(cluster: string, flights: readonly InFlight[]): void {
    this.#list = [...this.#list.filter((f) => f.change.cluster !== cluster), ...flights];
  }
}

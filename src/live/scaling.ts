// How many replicas each target should have, by the same controllers as in a study of services. A controller remembers what it
// saw; after a restart it begins anew, and the rest between changes covers the gap.

import { type Autoscaler, hpa, keda, knative, memoryTracking, schedule } from "../plan/autoscalers.js";
import { ForecastErrors, predictiveFrom, seasonSteps } from "../plan/predictive.js";
import { numberOf } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import type { ScaleTarget } from "./config.js";
import { ANNOTATION, type Scalable } from "./objects.js";
import { type Change, refOf, withId } from "./plan.js";

/** What is known of the load of a target: requests in the service now; memory in use; undefined: nothing. */
export interface Load {
  outstanding: number;
  memoryShare: number;
  /** Share of good answers lately, where a metric says. */
  success?: number | undefined;
}

export interface ScaleWish {
  target: ScaleTarget;
  object: Scalable;
  wanted: number;
}

export interface ForecastError {
  target: ScaleTarget;
  share: number;
}

export interface ScaleResult {
  wishes: ScaleWish[];
  left: { cluster: string; what: string; reason: string }[];
}

export function targetKey(target: Pick<ScaleTarget, "cluster" | "namespace" | "kind" | "name">): string {
  return `${target.cluster}/${target.namespace}/${target.kind}/${target.name}`;
}

function ruleOf(target: ScaleTarget, errors: ForecastErrors): Autoscaler {
  const rules: Record<ScaleTarget["controller"], () => Autoscaler> = {
    fixed: () => () => target.replicas.max,
    hpa: () => hpa(target.targetRequests),
    knative: () => knative(target.targetRequests),
    keda: () => keda(target.targetRequests),
    memory: () => memoryTracking(target.targetMemory),
    schedule: () => schedule(target.schedule),
    predictive: () =>
      predictiveFrom(target.forecast, target.targetRequests, target.coldStartSeconds, (expected, seen) =>
        errors.add(expected, seen),
      ),
  };
  return rules[target.controller]();
}

/** The load that an object's own annotation tells. */
export function annotatedLoad(object: Scalable): Load | undefined {
  const outstanding = numberOf(object, ANNOTATION.outstanding);
  return outstanding === undefined || outstanding < 0 ? undefined : { outstanding, memoryShare: Number.NaN };
}

export class ScaleRules {
  readonly #rules = new Map<string, Autoscaler>();
  readonly #errors = new Map<string, { target: ScaleTarget; errors: ForecastErrors }>();

  /** By how much forecasts of each target were off lately, as a share of what came; those too new to tell are left out. */
  get forecastErrors(): ForecastError[] {
    return [...this.#errors.values()].flatMap(({ target, errors }) => {
      const { share } = errors;
      return share === undefined ? [] : [{ target, share }];
    });
  }

  /** What every target should have now; `loads` by targetKey for those that are read at an address. */
  propose(
    targets: readonly ScaleTarget[],
    snapshots: readonly Snapshot[],
    loads: ReadonlyMap<string, Load>,
    nowMillis: number,
  ): ScaleResult {
    const out: ScaleResult = { wishes: [], left: [] };
    for (const target of targets) {
      const snapshot = snapshots.find((s) => s.cluster === target.cluster);
      const what = `${target.kind} ${target.namespace}/${target.name}`;
      const leave = (reason: string) => out.left.push({ cluster: target.cluster, what, reason });
      if (!snapshot) {
        leave("its cluster is not seen well enough");
        continue;
      }
      const object = snapshot.scalables.find(
        (s) => s.kind === target.kind && s.namespace === target.namespace && s.name === target.name,
      );
      if (!object) {
        leave("it is not there");
        continue;
      }
      const load = target.load === "annotation" ? annotatedLoad(object) : loads.get(targetKey(target));
      const needsLoad = target.controller !== "fixed" && target.controller !== "schedule";
      if (needsLoad && (!load || (target.controller === "memory" && Number.isNaN(load.memoryShare)))) {
        leave("its load is not known");
        continue;
      }
      out.wishes.push({ target, object, wanted: this.#ask(target, object, load, nowMillis) });
    }
    return out;
  }

  #ask(target: ScaleTarget, object: Scalable, load: Load | undefined, nowMillis: number): number {
    const key = targetKey(target);
    let rule = this.#rules.get(key);
    if (!rule) {
      const errors = new ForecastErrors(seasonSteps(target.forecast));
      rule = ruleOf(target, errors);
      this.#errors.set(key, { target, errors });
      this.#rules.set(key, rule);
    }
    const { min, max } = target.replicas;
    const outstanding = load?.outstanding ?? 0;
    const wanted = rule({
      atSeconds: nowMillis / 1000,
      ready: object.readyReplicas,
      starting: Math.max(0, object.replicas - object.readyReplicas),
      replicasMin: min,
      replicasMax: max,
      outstanding,
      // what a metrics server shows is a gauge: its last value stands for the mean since the last
      concurrencyMean: outstanding,
      memoryShare: load?.memoryShare ?? 0,
    });
    return Math.min(max, Math.max(min, wanted));
  }
}

/** The changes of replicas; one step moves at most `stepMost`. */
export function scaleChanges(wishes: readonly ScaleWish[], stepMost: number): Change[] {
  return wishes
    .filter(({ object, wanted }) => wanted !== object.replicas)
    .map(({ target, object, wanted }) => {
      const move = Math.max(-stepMost, Math.min(stepMost, wanted - object.replicas));
      const after = object.replicas + move;
      const goal = after === wanted ? "" : `, a step towards ${wanted}`;
      return withId({
        cluster: target.cluster,
        verb: "scale",
        object: refOf(object.kind, object, target.resource),
        before: String(object.replicas),
        after: String(after),
        reason: "CONTROLLER",
        why: `${target.controller} wants ${wanted} replicas${goal}`,
        gpus: Math.abs(move) * object.requests.gpus,
        replicas: Math.abs(move),
        group: `scale/${targetKey(target)}`,
        detail: { controller: target.controller, wanted: String(wanted) },
      });
    });
}

// What refuses a change, one guard a rule, each with a name and a reason. A guard looks and answers; it does nothing. They are
// asked when a plan is made and once more, with everything read anew, just before a write.

import type { Snapshot } from "./cluster.js";
import { type Action, atLeast, type LiveConfig, type Mode, modeOf, type ScaleTarget, type Window } from "./config.js";
import { type Control, pauseFor } from "./control.js";
import { type BudgetState, isFrozen, mustRest, objectKey, overBudget } from "./ledger.js";
import { selects } from "./matching.js";
import { mayBeMoved } from "./moving.js";
import { ANNOTATION, type Meta, type Pod } from "./objects.js";
import { type Permit, permitFault, permitScope } from "./permit.js";
import { ACTION_OF, type Change } from "./plan.js";

export interface GuardContext {
  config: LiveConfig;
  nowMillis: number;
  /** Who asks: the loop, or a person with a plan. */
  by: "auto" | "apply";
  /** True for a further step of a change that has begun. */
  continues: boolean;
  /** As of now; a view of the cluster that the change is for. */
  snapshot: Snapshot | undefined;
  /** Undefined: it could not be read. */
  control: Control | undefined;
  /** A pause on this machine: a signal or a file. */
  localPause: "no" | "hold" | "drain";
  leads: boolean;
  /** How far the server's clock is ahead of ours (negative: behind), seconds; undefined: it has not said. */
  aheadSeconds?: number | undefined;
  permit: Permit | undefined;
  /** Why the permit's file was refused, if it was. */
  permitFault: string | undefined;
  /** The policy that wants the change. */
  policy: LiveConfig["policy"];
  policySha256: string | null;
  engineSha256: string;
  /** Why reality is not what was validated; empty: it is. */
  drift: string;
  budget: BudgetState;
}

export type GuardName =
  | "mode"
  | "permit"
  | "drift"
  | "leader"
  | "clock"
  | "pause"
  | "view"
  | "protected"
  | "owner"
  | "bounds"
  | "window"
  | "rest"
  | "budget"
  | "disruption"
  | "frozen";

export interface Guard {
  name: GuardName;
  /** The reason for a refusal. */
  refuses(change: Change, context: GuardContext): string | undefined;
}

function targetOf(config: LiveConfig, change: Change): ScaleTarget | undefined {
  const { kind, namespace, name } = change.object;
  return config.targets.find(
    (t) => t.cluster === change.cluster && t.namespace === namespace && t.kind === kind && t.name === name,
  );
}

function mode(change: Change, { config, by }: GuardContext): string | undefined {
  const action: Action = ACTION_OF[change.verb];
  const seen: Mode = modeOf(config, change.cluster, change.object.namespace, action);
  const least = by === "auto" ? "auto" : "apply";
  return atLeast(seen, least)
    ? undefined
    : `${action} in ${change.cluster}/${change.object.namespace} is in mode ${seen}`;
}

function permit(change: Change, context: GuardContext): string | undefined {
  const { control, config, policy, nowMillis, policySha256, engineSha256 } = context;
  if (context.permitFault !== undefined) return context.permitFault;
  const revoked = control?.revoked ?? new Set();
  const fault = permitFault(context.permit, { nowMillis, policy, policySha256, engineSha256, revoked });
  if (fault !== undefined) return fault;
  const controller = change.reason === "CONTROLLER" ? targetOf(config, change)?.controller : undefined;
  return permitScope(context.permit!, ACTION_OF[change.verb], controller);
}

function drift(change: Change, context: GuardContext): string | undefined {
  // a way back is open also where nobody has been
  if (context.drift === "" || change.reason === "ROLLBACK") return undefined;
  return `reality has left what the permit covers: ${context.drift}`;
}

function leader(_change: Change, context: GuardContext): string | undefined {
  return context.leads ? undefined : "this instance does not hold the lease";
}

function clock(_change: Change, { aheadSeconds, config }: GuardContext): string | undefined {
  // windows, permits and budgets go by a clock: if two disagree, nobody knows whose
  if (aheadSeconds === undefined || Math.abs(aheadSeconds) <= config.clockSkewSecondsMax) return undefined;
  return `the server's clock is ${Math.abs(aheadSeconds).toFixed(0)} s ${aheadSeconds > 0 ? "ahead of" : "behind"} ours, at most ${config.clockSkewSecondsMax}`;
}

function pause(change: Change, context: GuardContext): string | undefined {
  if (context.localPause === "hold" || (context.localPause === "drain" && !context.continues)) {
    return `paused here (${context.localPause})`;
  }
  if (!context.control) return "the switches of the cluster cannot be read";
  const seen = pauseFor(context.control, change.object.namespace);
  if (seen === "hold" || (seen === "drain" && !context.continues)) return `paused in the cluster (${seen})`;
  return undefined;
}

function view(_change: Change, { snapshot, config, nowMillis }: GuardContext): string | undefined {
  if (!snapshot) return "there is no view of the cluster";
  if (snapshot.state !== "fresh")
    return `the view of the cluster is ${snapshot.state}${snapshot.why === "" ? "" : `: ${snapshot.why}`}`;
  const age = snapshot.ageSeconds + Math.max(0, nowMillis - snapshot.takenMillis) / 1000;
  if (age > config.freshSecondsMax) return `the view of the cluster is ${age.toFixed(0)} s old`;
  // so many at once is a fault of the view or of the cluster, not of the nodes (Cluster Autoscaler's rule)
  const unready = snapshot.nodes.filter((node) => !node.ready).length;
  if (unready > 3 && unready > 0.45 * snapshot.nodes.length)
    return `${unready} of ${snapshot.nodes.length} nodes are not ready`;
  return undefined;
}

function metaOf(change: Change, snapshot: Snapshot | undefined): Meta | undefined {
  const { kind, uid } = change.object;
  const list: readonly Meta[] =
    kind === "Pod"
      ? (snapshot?.pods ?? [])
      : kind === "Job"
        ? (snapshot?.jobs ?? [])
        : kind === "Workload"
          ? (snapshot?.workloads ?? [])
          : kind === "HTTPRoute"
            ? (snapshot?.routes ?? [])
            : (snapshot?.scalables ?? []);
  return list.find((meta) => meta.uid === uid);
}

const isYes = (text: string | undefined) => text !== undefined && text !== "false" && text !== "no";

function isProtected(change: Change, { snapshot }: GuardContext): string | undefined {
  const meta = metaOf(change, snapshot);
  if (!meta) return "the object is not there any more";
  if (meta.deleting) return "the object is being deleted";
  if (isYes(meta.annotations.get(ANNOTATION.paused))) return `it has the annotation ${ANNOTATION.paused}`;
  const space = snapshot?.namespaces.find((n) => n.name === change.object.namespace);
  if (space && isYes(space.annotations.get(ANNOTATION.paused)))
    return `its namespace has the annotation ${ANNOTATION.paused}`;
  for (const key of ["autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"]) {
    if (change.verb === "scale" && isYes(meta.annotations.get(key))) return `it has the annotation ${key}`;
  }
  if (change.verb === "evict") {
    if (isYes(meta.annotations.get("karpenter.sh/do-not-disrupt")))
      return "it has the annotation karpenter.sh/do-not-disrupt";
    if (meta.annotations.get("cluster-autoscaler.kubernetes.io/safe-to-evict") === "false")
      return "it says that it is not safe to evict";
    if (change.reason === "MAKE_ROOM" && !mayBeMoved(meta))
      return `its owner does not say that it may be moved (annotation ${ANNOTATION.movable})`;
    return evictable(meta as Pod);
  }
  return undefined;
}

const SYSTEM_PRIORITY = 2_000_000_000;

function evictable(pod: Pod): string | undefined {
  if (!pod.owner) return "nobody would make it again: it has no owner";
  if (pod.owner.kind === "DaemonSet") return "a DaemonSet owns it";
  if (pod.mirror || pod.owner.kind === "Node") return "it is a mirror pod";
  return pod.priority >= SYSTEM_PRIORITY ? "its priority is critical" : undefined;
}

function owner(change: Change, { snapshot }: GuardContext): string | undefined {
  if (change.verb !== "scale") return undefined;
  const { kind, namespace, name } = change.object;
  const other = snapshot?.scaleOwners.find(
    (o) => o.namespace === namespace && o.targetKind === kind && o.targetName === name,
  );
  if (other) return `${other.by} ${other.name} sets its replicas`;
  const object = snapshot?.scalables.find((s) => s.uid === change.object.uid);
  if (!object) return undefined;
  if (object.replicasAppliedBy !== undefined && !isYes(object.annotations.get(ANNOTATION.handover))) {
    return `another manager applies spec.replicas; hand it over with the annotation ${ANNOTATION.handover}`;
  }
  return object.owner ? `${object.owner.kind} ${object.owner.name} owns it` : undefined;
}

function podsFit(change: Change, snapshot: Snapshot | undefined): string | undefined {
  const node = snapshot?.nodes.find((n) => n.name === change.detail.node);
  if (!node) return `node ${change.detail.node} is not there any more`;
  const there = snapshot!.pods.filter((p) => p.nodeName === node.name && p.uid !== change.object.uid).length;
  return there >= node.podsMax ? `node ${node.name} has its ${node.podsMax} pods already` : undefined;
}

function bounds(change: Change, { config, snapshot }: GuardContext): string | undefined {
  if (change.verb === "bind") return podsFit(change, snapshot);
  if (change.verb !== "scale") return undefined;
  const target = targetOf(config, change);
  if (!target) return "it is not among the targets of the configuration";
  const after = Number(change.after);
  // a null or a fraction must never reach a server: replicas null means none
  if (!Number.isInteger(after) || after < 0) return `${change.after} is no number of replicas`;
  if (change.reason === "ROLLBACK") return undefined;
  const { min, max } = target.replicas;
  return after < min || after > max ? `${after} replicas are outside of ${min} to ${max}` : undefined;
}

const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** True if a window is open at a moment; one that passes midnight belongs to the day on which it opens. */
export function isOpen(window: Window, nowMillis: number): boolean {
  const minutes = Math.floor(nowMillis / 60_000) % 1440;
  const day = (Math.floor(nowMillis / 86_400_000) + 4) % 7; // 1970-01-01 was a Thursday
  const at = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const [from, to] = [at(window.from), at(window.to)];
  const today = window.days.includes(DAY_NAMES[day]!);
  const yesterday = window.days.includes(DAY_NAMES[(day + 6) % 7]!);
  if (from < to) return today && minutes >= from && minutes < to;
  return (today && minutes >= from) || (yesterday && minutes < to);
}

function window(change: Change, { config, nowMillis }: GuardContext): string | undefined {
  const mine = config.windows.filter(
    (w) =>
      (w.cluster === "*" || w.cluster === change.cluster) &&
      (w.namespace === "*" || w.namespace === change.object.namespace),
  );
  if (mine.length === 0 || change.reason === "ROLLBACK") return undefined;
  return mine.some((w) => isOpen(w, nowMillis)) ? undefined : "no window for changes is open now";
}

function rest(change: Change, { config, budget, nowMillis, continues }: GuardContext): string | undefined {
  if (continues || change.reason === "ROLLBACK") return undefined;
  return mustRest(config.coolDown, change, budget.spent, nowMillis);
}

function frozen(change: Change, { config, budget, nowMillis }: GuardContext): string | undefined {
  if (change.reason === "ROLLBACK") return undefined;
  const { rollbacksMax } = config.rollout;
  if (!isFrozen(budget.spent, objectKey(change), rollbacksMax, nowMillis)) return undefined;
  return `it was rolled back ${rollbacksMax} times within a day: somebody should look`;
}

function budgetGuard(change: Change, { config, budget }: GuardContext): string | undefined {
  return overBudget(config.budgets, change, budget);
}

function disruption(change: Change, { snapshot }: GuardContext): string | undefined {
  if (change.verb !== "evict" || !snapshot) return undefined;
  const pod = snapshot.pods.find((p) => p.uid === change.object.uid);
  if (!pod) return undefined;
  const mine = snapshot.budgets.filter((b) => b.namespace === pod.namespace && selects(b.selector, pod.labels));
  if (mine.length > 1) return `${mine.length} disruption budgets select it, which the API server refuses`;
  const [only] = mine;
  return only && only.allowed < 1 ? `the disruption budget ${only.name} allows none now` : undefined;
}

export const GUARDS: readonly Guard[] = [
  { name: "mode", refuses: mode },
  { name: "permit", refuses: permit },
  { name: "drift", refuses: drift },
  { name: "leader", refuses: leader },
  { name: "clock", refuses: clock },
  { name: "pause", refuses: pause },
  { name: "view", refuses: view },
  { name: "protected", refuses: isProtected },
  { name: "owner", refuses: owner },
  { name: "bounds", refuses: bounds },
  { name: "window", refuses: window },
  { name: "rest", refuses: rest },
  { name: "frozen", refuses: frozen },
  { name: "budget", refuses: budgetGuard },
  { name: "disruption", refuses: disruption },
];

export interface GuardVerdict {
  guard: GuardName;
  reason: string;
}

/** The first guard that refuses a change, and why; undefined: none does. */
export function refusalOf(
  change: Change,
  context: GuardContext,
  guards: readonly Guard[] = GUARDS,
): GuardVerdict | undefined {
  for (const guard of guards) {
    const reason = guard.refuses(change, context);
    if (reason !== undefined) return { guard: guard.name, reason };
  }
  return undefined;
}

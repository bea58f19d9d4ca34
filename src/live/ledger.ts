// What was changed lately, and what that leaves of the budgets. The strictest budget that applies counts. Arithmetic over a
// list: where the list is kept (in the lease, before each change) is somebody else's business.

import type { Action, Budget } from "./config.js";
import { ACTION_OF, type Change } from "./plan.js";

/** One change that was begun. */
export interface Spending {
  /** When, ms. */
  at: number;
  /** `Deployment team/x`. */
  object: string;
  namespace: string;
  action: Action;
  /** More or fewer of it, or neither. */
  direction: "up" | "down" | "same";
  gpus: number;
  replicas: number;
  /** It did not work. */
  failed?: boolean;
  /** A way back. */
  rollback?: boolean;
}

/** True as long as something may still depend on it: an hour; a day for ways back. */
export function stillCounts(spending: Spending, nowMillis: number): boolean {
  return spending.at > nowMillis - (spending.rollback ? 24 : 1) * HOUR_MILLIS;
}

/** True if an object was rolled back so often within a day that it is left alone. */
export function isFrozen(spent: readonly Spending[], object: string, rollbacksMax: number, nowMillis: number): boolean {
  return (
    spent.filter((s) => s.object === object && s.rollback && s.at > nowMillis - 24 * HOUR_MILLIS).length >=
    Math.max(1, rollbacksMax)
  );
}

export const HOUR_MILLIS = 3_600_000;

export function directionOf(change: Change): Spending["direction"] {
  if (change.verb === "resume" || change.verb === "bind") return "up";
  if (change.verb === "suspend" || change.verb === "evict") return "down";
  if (change.verb !== "scale") return "same";
  return Number(change.after) > Number(change.before) ? "up" : "down";
}

export function objectKey(change: Change): string {
  return `${change.object.kind} ${change.object.namespace}/${change.object.name}`;
}

export function spendingOf(change: Change, at: number): Spending {
  return {
    at,
    object: objectKey(change),
    namespace: change.object.namespace,
    action: ACTION_OF[change.verb],
    direction: directionOf(change),
    gpus: change.gpus,
    replicas: change.replicas,
  };
}

interface Sum {
  changes: number;
  replicas: number;
  gpus: number;
}

function sum(list: readonly Pick<Spending, "replicas" | "gpus">[]): Sum {
  return {
    changes: list.length,
    replicas: list.reduce((s, x) => s + x.replicas, 0),
    gpus: list.reduce((s, x) => s + x.gpus, 0),
  };
}

export interface BudgetState {
  nowMillis: number;
  /** Of this cluster, lately. */
  spent: readonly Spending[];
  /** Changes of this cycle that were let through or made already. */
  cycle: readonly Spending[];
  inFlight: number;
  /** GPUs of the cluster, for shares. */
  gpusTotal: number;
}

function applies(budget: Budget, cluster: string, namespace: string, action: Action): boolean {
  return (
    (budget.cluster === "*" || budget.cluster === cluster) &&
    (budget.namespace === "*" || budget.namespace === namespace) &&
    (budget.action === "*" || budget.action === action)
  );
}

function over(limit: Budget["perCycle"], used: Sum, gpusTotal: number, span: string): string | undefined {
  const say = (what: string, seen: number, most: number) => `${seen} ${what} ${span}, at most ${most}`;
  if (limit.changes !== undefined && used.changes > limit.changes) return say("changes", used.changes, limit.changes);
  if (limit.replicas !== undefined && used.replicas > limit.replicas)
    return say("replicas", used.replicas, limit.replicas);
  if (limit.gpus !== undefined && used.gpus > limit.gpus) return say("GPUs", used.gpus, limit.gpus);
  if (limit.share !== undefined && used.gpus > limit.share * gpusTotal) {
    return say("GPUs", used.gpus, Math.floor(limit.share * gpusTotal));
  }
  return undefined;
}

/** Why a change is not within a budget; undefined: it is within all. */
export function overBudget(budgets: readonly Budget[], change: Change, state: BudgetState): string | undefined {
  const action = ACTION_OF[change.verb];
  const wanted = spendingOf(change, state.nowMillis);
  for (const budget of budgets) {
    if (!applies(budget, change.cluster, change.object.namespace, action)) continue;
    const within = (s: Spending) => applies(budget, change.cluster, s.namespace, s.action);
    const cycle = [...state.cycle.filter(within), wanted];
    const hour = [...state.spent.filter((s) => within(s) && s.at > state.nowMillis - HOUR_MILLIS), wanted];
    const why =
      over(budget.perCycle, sum(cycle), state.gpusTotal, "in this pass") ??
      over(budget.perHour, sum(hour), state.gpusTotal, "within an hour");
    if (why !== undefined) return why;
    const own = hour.filter((s) => s.object === wanted.object).length;
    if (budget.perOwner !== undefined && own > budget.perOwner) {
      return `${own} changes of this object within an hour, at most ${budget.perOwner}`;
    }
    if (budget.inFlight !== undefined && state.inFlight + 1 > budget.inFlight) {
      return `${state.inFlight + 1} changes whose effect is not seen yet, at most ${budget.inFlight}`;
    }
  }
  return undefined;
}

/** What is left, for metrics and the page: changes within the hour, by number of the budget. */
export function changesLeft(budget: Budget, cluster: string, state: BudgetState): number | undefined {
  if (budget.perHour.changes === undefined || (budget.cluster !== "*" && budget.cluster !== cluster)) return undefined;
  const used = state.spent.filter(
    (s) => s.at > state.nowMillis - HOUR_MILLIS && applies(budget, cluster, s.namespace, s.action),
  ).length;
  return Math.max(0, budget.perHour.changes - used);
}

export interface CoolDown {
  upSeconds: number;
  downSeconds: number;
  afterFailureSeconds: number;
}

/** Why an object must rest; undefined: it need not. */
export function mustRest(
  coolDown: CoolDown,
  change: Change,
  spent: readonly Spending[],
  nowMillis: number,
): string | undefined {
  const key = objectKey(change);
  const latest = spent.filter((s) => s.object === key).at(-1);
  if (!latest) return undefined;
  const direction = directionOf(change);
  const seconds = latest.failed
    ? coolDown.afterFailureSeconds
    : direction === "down"
      ? coolDown.downSeconds
      : coolDown.upSeconds;
  const left = latest.at + seconds * 1000 - nowMillis;
  if (left <= 0) return undefined;
  return `it was changed ${Math.round((nowMillis - latest.at) / 1000)} s ago${latest.failed ? ", in vain" : ""}; it rests ${seconds} s`;
}

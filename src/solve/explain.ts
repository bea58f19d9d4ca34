// Verdicts in words, for people and for callers who cannot go on without a plan.

import { WindtunnelError } from "../model/errors.js";
import type { TransportConflict } from "./conflict.js";
import type { FlowConflict } from "./flow-verdicts.js";
import type { Verdict } from "./limits.js";

const SHOWN = 8;

export interface Explained {
  verdict: Verdict;
  conflict?: TransportConflict | FlowConflict | readonly string[];
  cycle?: readonly number[];
}

/** How sources, targets, nodes and arcs are called; by default by their number. */
export interface Labels {
  source(i: number): string;
  target(j: number): string;
  node(x: number): string;
  arc(e: number): string;
}

export const NUMBERS: Labels = {
  source: (i) => `source ${i}`,
  target: (j) => `target ${j}`,
  node: (x) => `node ${x}`,
  arc: (e) => `arc ${e}`,
};

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  return names.length <= SHOWN
    ? names.join(", ")
    : `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;
}

/** One sentence: why there is no plan. */
export function explain(solution: Explained, labels: Labels = NUMBERS): string {
  const { verdict, conflict, cycle } = solution;
  if (verdict === "optimal") return "The plan is optimal.";
  if (verdict === "limit") return "The limit on pivots or time was reached before the optimum.";
  if (verdict === "unbounded") {
    return `Cost falls without end${cycle ? ` along the cycle ${list(cycle.map(labels.arc))}` : ""}.`;
  }
  if (!conflict) return "No plan satisfies every condition.";
  if (!("kind" in conflict)) return `These rows cannot all hold: ${list(conflict)}.`;
  if ("nodes" in conflict) {
    const what = conflict.kind === "shortage" ? "want more than can come in" : "have more than can go out";
    return (
      `${list(conflict.nodes.map(labels.node))} ${what}: ${conflict.missing} too much, ` +
      `although these arcs at their border carry what they can: ${list(conflict.arcs.map(labels.arc))}.`
    );
  }
  const [targets, sources] = [list(conflict.targets.map(labels.target)), list(conflict.sources.map(labels.source))];
  return conflict.kind === "shortage"
    ? `${targets} want ${conflict.demand} and can be served by ${sources} only, which have ${conflict.supply}.`
    : `${sources} must send ${conflict.supply} and may serve ${targets} only, which take ${conflict.demand}.`;
}

/** The solution itself if it is optimal. Throws SOLVE_NO_PLAN, which says why there is none. */
export function requirePlan<T extends Explained>(solution: T, labels: Labels = NUMBERS): T {
  if (solution.verdict === "optimal") return solution;
  throw new WindtunnelError(
    "SOLVE_NO_PLAN",
    `There is no optimal plan (${solution.verdict}). ${explain(solution, labels)}`,
    solution.verdict === "limit"
      ? "Raise the limit."
      : "Allow shortage or surplus at a price, add a pair or capacity, or correct the numbers.",
  );
}

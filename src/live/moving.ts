// Room for a gang that waits although enough GPUs are free, only not where it could use them: pods whose owners allow it are
// evicted, made again by their owners, and put elsewhere by us. Who goes is what a `-moving` placement decides in the simulator
// (docs/models/moving.md): a second world is asked in which those that may be moved are the only ones that hold, and all others'
// room is simply taken.

import { byName, type Claim } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import type { Decided } from "./driver.js";
import type { FrameKey } from "./frame.js";
import { selects } from "./matching.js";
import { ANNOTATION, type Pod } from "./objects.js";
import { type Change, refOf, withId } from "./plan.js";

/** May this be moved: pods of ours, all there, whose owner says so and makes them again. */
export function isMovable(claim: Claim): boolean {
  if (claim.kind !== "gang" || claim.holding.length === 0) return false;
  return claim.holding.every((pod) => mayBeMoved(pod) && pod.owner !== undefined && !pod.deleting);
}

export function mayBeMoved(pod: Pick<Pod, "annotations">): boolean {
  return pod.annotations.get(ANNOTATION.movable) === "true";
}

/** Claims of the second world: those that may be moved, and those that wait. */
export function claimsForMoving(claims: readonly Claim[]): Claim[] {
  const waits = (c: Claim) => c.holding.length === 0 && c.assumed === undefined && c.kind !== "workload";
  return claims.filter((c) => isMovable(c) || waits(c));
}

/** True while room is being made in a cluster: pods with GPUs are on their way out, and nobody else is sent after them. */
export function isMakingRoom(snapshot: Snapshot): boolean {
  return snapshot.pods.some((pod) => pod.deleting && pod.nodeName !== "" && pod.requests.gpus > 0);
}

/** Disruption budgets that would not bear all of these evictions; the API server has the last word on each. */
function overBudgets(snapshot: Snapshot, pods: readonly Pod[]): string | undefined {
  for (const budget of snapshot.budgets) {
    const hit = pods.filter((p) => p.namespace === budget.namespace && selects(budget.selector, p.labels)).length;
    if (hit > budget.allowed)
      return `room could be made by ${hit} evictions, of which the disruption budget ${budget.namespace}/${budget.name} allows ${budget.allowed}`;
  }
  return undefined;
}

/** The evictions that moves come to, all of a cluster's together; those that budgets do not bear are left, and said. */
export function roomChanges(
  decided: Decided,
  key: FrameKey,
  snapshots: readonly Snapshot[],
): { changes: Change[]; notes: string[] } {
  const moves = decided.decisions.flatMap((decision) => {
    const claim = decision.kind === "move" ? key.claims[decision.slot] : undefined;
    if (!claim || decision.kind !== "move") return [];
    return [{ claim, target: key.nodes[decision.parts[0]!.node]!.node.name }];
  });
  const changes: Change[] = [];
  const notes: string[] = [];
  for (const snapshot of snapshots) {
    const mine = moves.filter(({ claim }) => claim.cluster === snapshot.cluster);
    const why = overBudgets(
      snapshot,
      mine.flatMap(({ claim }) => claim.holding),
    );
    if (why !== undefined) notes.push(`${snapshot.cluster}: ${why}`);
    else changes.push(...mine.flatMap(({ claim, target }) => evictions(claim, target)));
  }
  return { changes, notes };
}

function evictions(claim: Claim, target: string): Change[] {
  return [...claim.holding].sort(byName).map((pod) =>
    withId({
      cluster: claim.cluster,
      verb: "evict",
      object: refOf("Pod", pod),
      before: `on ${pod.nodeName}`,
      after: "evicted",
      reason: "MAKE_ROOM",
      why: `the first that waits fits if this one is on ${target}`,
      gpus: claim.gpuMilli / 1000,
      replicas: 0,
      group: `room/${claim.cluster}`,
      detail: { node: pod.nodeName, target },
    }),
  );
}

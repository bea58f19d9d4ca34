// From snapshots to a plan: pure but for the policy, which is asked in its thread. Clusters that are not seen well enough are
// left out of the world and said so; the others are decided on.

import { type Claims, claimsOf, compare } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import type { LiveConfig } from "./config.js";
import type { Decided } from "./driver.js";
import { buildFrame, type Frame } from "./frame.js";
import { type Change, changesOf } from "./plan.js";
import { routeChanges } from "./routing.js";
import { type ScaleResult, scaleChanges } from "./scaling.js";

export interface Thought {
  frame: Frame;
  decided: Decided;
  claims: Claims;
  changes: Change[];
  notes: string[];
}

/** What should change, before anybody has refused anything. */
export async function think(
  config: LiveConfig,
  snapshots: readonly Snapshot[],
  scaled: ScaleResult,
  nowMillis: number,
  decide: (frame: Frame) => Promise<Decided>,
): Promise<Thought> {
  const fresh = snapshots.filter((s) => s.state === "fresh");
  const claims = claimsOf(config, fresh);
  const { frame, key } = buildFrame(config.policy, fresh, claims.claims, nowMillis * 1000);
  const decided = await decide(frame);
  const notes = [...key.notes];
  for (const s of snapshots) {
    if (s.state !== "fresh")
      notes.push(`${s.cluster} is ${s.state} and is left alone${s.why === "" ? "" : `: ${s.why}`}`);
  }
  if (decided.surprises > 0) notes.push(`${decided.surprises} facts said what could not be, and were left out`);
  const scale = scaleChanges(scaled.wishes, config.rollout.replicasStep);
  const routed = routeChanges(config.routes, fresh, config.rollout.weightStep);
  const sizes = new Map(fresh.map((s) => [s.cluster, s.nodes.reduce((sum, n) => sum + n.gpus, 0)]));
  // the smallest cluster first; a policy's own changes stay in its order
  const changes = [...changesOf(decided, key), ...scale, ...routed.changes]
    .map((change, i) => ({ change, i }))
    .sort(
      (a, b) =>
        (sizes.get(a.change.cluster) ?? 0) - (sizes.get(b.change.cluster) ?? 0) ||
        compare(a.change.cluster, b.change.cluster) ||
        a.i - b.i,
    )
    .map(({ change }) => change);
  return {
    frame,
    decided,
    claims: { claims: claims.claims, left: [...claims.left, ...scaled.left, ...routed.left] },
    changes,
    notes,
  };
}

/** Changes of a group together, in the order in which groups first occur. */
export function groupsOf(changes: readonly Change[]): Change[][] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = `${change.cluster}\0${change.group}`;
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return [...groups.values()];
}

/** True if two plans want the same of an object; its version may have moved meanwhile. */
export function isSameWish(a: Change, b: Change): boolean {
  return (
    a.cluster === b.cluster &&
    a.verb === b.verb &&
    a.object.uid === b.object.uid &&
    a.before === b.before &&
    a.after === b.after &&
    a.detail.node === b.detail.node
  );
}

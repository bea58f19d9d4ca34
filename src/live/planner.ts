// From snapshots to a plan: pure but for the policy, which is asked in its thread. Clusters that are not seen well enough are
// left out of the world and said so; the others are decided on.

import { createHash } from "node:crypto";
import { parsePlace } from "../model/policies.js";
import { type Claim, type Claims, claimsOf, compare } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import type { LiveConfig, LiveConfigFile } from "./config.js";
import type { Decided } from "./driver.js";
import type { ArmName } from "./experiment.js";
import { buildFrame, type Frame, type FrameKey, type Reserved } from "./frame.js";
import { claimsForMoving, isMakingRoom, roomChanges } from "./moving.js";
import { nodesOfPods } from "./placed.js";
import { type Change, changesOf, marked } from "./plan.js";
import type { RoomNode } from "./room.js";
import { routeChanges } from "./routing.js";
import { type ScaleResult, scaleChanges } from "./scaling.js";

export interface Thought {
  /** What the policy was told, and the engine's digest of what it decided on it. */
  facts: Uint8Array;
  decisions: string;
  claims: Claims;
  changes: Change[];
  notes: string[];
}

/** A policy and the claims that it decides on. */
export interface Arm {
  name: ArmName;
  policy: LiveConfigFile["policy"];
  has(claim: Claim): boolean;
}

export type Decide = (frame: Frame, arm: ArmName) => Promise<Decided>;

/** Nodes are closed one after another until pods fit everywhere; more rounds than this would be a fault of ours. */
const ROUNDS_MAX = 64;

/** Pods that a node still has room for, by cluster and name. */
type PodsLeft = ReadonlyMap<string, Map<string, number>>;

function podsLeft(snapshots: readonly Snapshot[]): PodsLeft {
  return new Map(
    snapshots.map((snapshot) => {
      const counts = new Int32Array(snapshot.nodes.length);
      for (const node of nodesOfPods(snapshot)) if (node >= 0) counts[node]!++;
      return [snapshot.cluster, new Map(snapshot.nodes.map((node, i) => [node.name, node.podsMax - counts[i]!]))];
    }),
  );
}

/** Nodes that have all their pods, as `cluster/node`. */
function fullNodes(left: PodsLeft): Set<string> {
  const full = new Set<string>();
  for (const [cluster, nodes] of left) for (const [node, n] of nodes) if (n <= 0) full.add(`${cluster}/${node}`);
  return full;
}

/** Tasks that a pass starts, by node. */
function startedOn(decided: Decided, key: FrameKey): Map<RoomNode, number> {
  const tasks = new Map<RoomNode, number>();
  for (const decision of decided.decisions) {
    if (decision.kind !== "start") continue;
    for (const part of decision.parts) {
      const at = key.nodes[part.node]!;
      tasks.set(at, (tasks.get(at) ?? 0) + part.tasks);
    }
  }
  return tasks;
}

interface Mind {
  frame: Frame;
  key: FrameKey;
  decided: Decided;
  /** Evictions that make room, where nothing else is to be done. */
  moves: Change[];
}

interface Limits {
  /** Pods that nodes still have room for. */
  left: PodsLeft;
  closed: Set<string>;
  reserved: readonly Reserved[];
}

/** Whom a `-moving` placement would move for the first that waits; nobody while anything else starts, stops or makes room. */
async function makeRoom(
  { name, policy }: Arm,
  claims: readonly Claim[],
  snapshots: readonly Snapshot[],
  nowMillis: number,
  limits: Limits,
  decided: Decided,
  decide: Decide,
): Promise<{ changes: Change[]; notes: string[] }> {
  if (!parsePlace(policy.place).moving || decided.decisions.length > 0) return { changes: [], notes: [] };
  const busy = new Set(snapshots.filter(isMakingRoom).map((s) => s.cluster));
  const mine = claimsForMoving(claims).filter((c) => !busy.has(c.cluster));
  if (!mine.some((c) => c.holding.length > 0) || !mine.some((c) => c.holding.length === 0))
    return { changes: [], notes: [] };
  const { frame, key } = buildFrame(policy, snapshots, mine, nowMillis * 1000, { ...limits, moving: true });
  return roomChanges(await decide(frame, name), key, snapshots);
}

/** What one policy decides. The engine counts no pods: where more would start than a node may have, it is closed and asked again. */
async function decideArm(
  arm: Arm,
  claims: readonly Claim[],
  snapshots: readonly Snapshot[],
  nowMillis: number,
  limits: Limits,
  decide: Decide,
): Promise<Mind> {
  const { name, policy } = arm;
  const notes: string[] = [];
  for (let round = 0; ; round++) {
    const { frame, key } = buildFrame(policy, snapshots, claims, nowMillis * 1000, limits);
    const decided = await decide(frame, name);
    const started = startedOn(decided, key);
    const leftOn = ({ cluster, node }: RoomNode) => limits.left.get(cluster)?.get(node.name) ?? 0;
    const full = [...started].filter(([node, tasks]) => tasks > leftOn(node));
    if (full.length === 0 || round === ROUNDS_MAX) {
      for (const [at, tasks] of started) limits.left.get(at.cluster)?.set(at.node.name, leftOn(at) - tasks);
      const room = await makeRoom(arm, claims, snapshots, nowMillis, limits, decided, decide);
      return { frame, key: { ...key, notes: [...key.notes, ...notes, ...room.notes] }, decided, moves: room.changes };
    }
    for (const [at] of full) {
      const node = `${at.cluster}/${at.node.name}`;
      limits.closed.add(node);
      notes.push(`${node} has room for ${leftOn(at)} more pods, and no more are put there in this pass`);
    }
  }
}

/** The room that one policy's starts take from the next. */
function reservedBy({ decided, key }: Mind): Reserved[] {
  return decided.decisions.flatMap((decision) =>
    decision.kind !== "start"
      ? []
      : decision.parts.map(({ node, mask, tasks }) => {
          const { cpuMilli, memoryMib } = key.claims[decision.slot]!.requests;
          const at = key.nodes[node]!;
          return {
            cluster: at.cluster,
            node: at.node.name,
            mask,
            cpuMilli: cpuMilli * tasks,
            memoryMib: memoryMib * tasks,
          };
        }),
  );
}

/** Decisions of the arms, one after another: who comes first changes every ten minutes, so that neither always has the choice. */
const TURN_MILLIS = 600_000;

async function decideAll(
  arms: readonly Arm[],
  claims: readonly Claim[],
  snapshots: readonly Snapshot[],
  nowMillis: number,
  decide: Decide,
): Promise<{ arm: Arm; mind: Mind }[]> {
  const left = podsLeft(snapshots);
  const closed = fullNodes(left);
  const turn = Math.floor(nowMillis / TURN_MILLIS) % 2 === 1;
  const minds: { arm: Arm; mind: Mind }[] = [];
  for (const arm of turn ? [...arms].reverse() : arms) {
    const reserved = minds.flatMap(({ mind }) => reservedBy(mind));
    const mine = claims.filter((claim) => arm.has(claim));
    minds.push({ arm, mind: await decideArm(arm, mine, snapshots, nowMillis, { left, closed, reserved }, decide) });
  }
  return minds;
}

/** What should change, before anybody has refused anything. */
export async function think(
  config: LiveConfig,
  snapshots: readonly Snapshot[],
  scaled: ScaleResult,
  nowMillis: number,
  decide: Decide,
  arms: readonly Arm[] = [{ name: "control", policy: config.policy, has: () => true }],
): Promise<Thought> {
  const fresh = snapshots.filter((s) => s.state === "fresh");
  const claims = claimsOf(config, fresh);
  const minds = await decideAll(arms, claims.claims, fresh, nowMillis, decide);
  const notes = minds.flatMap(({ mind }) => mind.key.notes);
  for (const s of snapshots) {
    if (s.state !== "fresh")
      notes.push(`${s.cluster} is ${s.state} and is left alone${s.why === "" ? "" : `: ${s.why}`}`);
  }
  const surprises = minds.reduce((sum, { mind }) => sum + mind.decided.surprises, 0);
  if (surprises > 0) notes.push(`${surprises} facts said what could not be, and were left out`);
  const wanted = minds.flatMap(({ arm, mind }) => {
    const mark = arms.length > 1 ? { arm: arm.name } : {};
    return [...changesOf(mind.decided, mind.key, mark), ...marked(mind.moves, mark)];
  });
  const scale = scaleChanges(scaled.wishes, config.rollout.replicasStep);
  const routed = routeChanges(config.routes, fresh, config.rollout.weightStep);
  const sizes = new Map(fresh.map((s) => [s.cluster, s.nodes.reduce((sum, n) => sum + n.gpus, 0)]));
  // the smallest cluster first; a policy's own changes stay in its order
  const changes = [...wanted, ...scale, ...routed.changes]
    .map((change, i) => ({ change, i }))
    .sort(
      (a, b) =>
        (sizes.get(a.change.cluster) ?? 0) - (sizes.get(b.change.cluster) ?? 0) ||
        compare(a.change.cluster, b.change.cluster) ||
        a.i - b.i,
    )
    .map(({ change }) => change);
  return {
    ...summaryOf(minds.map(({ mind }) => mind)),
    claims: { claims: claims.claims, left: [...claims.left, ...scaled.left, ...routed.left] },
    changes,
    notes,
  };
}

function summaryOf(minds: readonly Mind[]): Pick<Thought, "facts" | "decisions"> {
  const [first, ...others] = minds;
  if (others.length === 0) return { facts: first!.frame.facts, decisions: first!.decided.digest };
  const digests = createHash("sha256");
  for (const { decided } of minds) digests.update(decided.digest);
  return { facts: Buffer.concat(minds.map((m) => m.frame.facts)), decisions: digests.digest("hex").slice(0, 16) };
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

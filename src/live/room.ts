// Which nodes there are to decide on, in pools of equal ones, and what others hold of each. Nodes are equal if they have the
// same hardware in the same cluster and are open to the same kinds of claims: so that selectors, affinity and taints become
// which pools a claim may use.

import { type Claim, compare } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import { canonical } from "./json.js";
import { mayRunOn } from "./matching.js";
import type { Node, PlacementSpec, Pod } from "./objects.js";

export interface RoomNode {
  cluster: string;
  clusterIndex: number;
  node: Node;
  pool: number;
  /** What others hold. */
  takenCpuMilli: number;
  takenMemoryMib: number;
  takenMask: bigint;
  /** Devices that pods of claims hold, and those of others. */
  usedMask: bigint;
}

export interface RoomPool {
  cluster: string;
  clusterIndex: number;
  product: string;
  gpus: number;
  cpuMilli: number;
  memoryMib: number;
  nodeCount: number;
  /** Kinds of claims that it is open to, by number. */
  open: readonly boolean[];
}

export interface Room {
  /** In the engine's order: pool by pool, by name within. */
  nodes: RoomNode[];
  pools: RoomPool[];
  /** Number of a claim's kind of placement. */
  kindOf(claim: Claim): number;
  notes: string[];
  /** Number of a node, by cluster and name. */
  index: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** GPUs that are there and cannot be given out. */
  brokenGpus: number;
}

/** Bits of an engine's mask of models. */
export const POOLS_MAX = 31;

/** A claim of a cluster only fits its nodes; a workload fits any. */
function placementKey(claim: Claim): string {
  const { nodeSelector, affinity, tolerations } = claim.placement;
  const where = claim.kind === "workload" ? "*" : claim.cluster;
  return canonical([where, [...nodeSelector].sort(([a], [b]) => compare(a, b)), affinity, tolerations]);
}

/** `closed`: nodes that nobody may be put on, as `cluster/node`. */
export function buildRoom(
  snapshots: readonly Snapshot[],
  claims: readonly Claim[],
  closed: ReadonlySet<string> = new Set(),
): Room {
  const kinds = new Map<string, { number: number; cluster: string | undefined; placement: PlacementSpec }>();
  const kindNumbers = new Map<Claim, number>();
  for (const claim of claims) {
    const key = placementKey(claim);
    let kind = kinds.get(key);
    if (!kind) {
      kind = {
        number: kinds.size,
        cluster: claim.kind === "workload" ? undefined : claim.cluster,
        placement: claim.placement,
      };
      kinds.set(key, kind);
    }
    kindNumbers.set(claim, kind.number);
  }
  const wanted = [...kinds.values()];
  const byPool = new Map<string, { pool: RoomPool; nodes: Node[] }>();
  let brokenGpus = 0;
  snapshots.forEach((snapshot, clusterIndex) => {
    const mine = wanted.map((k) => k.cluster === undefined || k.cluster === snapshot.cluster);
    const seen = new Map<string, string>();
    for (const node of snapshot.nodes) {
      brokenGpus += Math.max(0, node.gpusCapacity - node.gpus);
      if (node.gpus === 0) continue;
      const isClosed = closed.size > 0 && closed.has(`${snapshot.cluster}/${node.name}`);
      const open = wanted.map((k, i) => mine[i]! && !isClosed && mayRunOn(node, k.placement));
      const key = `${clusterIndex}|${node.product}|${node.gpus}|${node.cpuMilli}|${node.memoryMib}|${open.map(Number).join("")}`;
      seen.set(node.name, key);
      const known = byPool.get(key);
      if (known) {
        known.nodes.push(node);
        continue;
      }
      const pool = {
        cluster: snapshot.cluster,
        clusterIndex,
        product: node.product,
        gpus: node.gpus,
        cpuMilli: node.cpuMilli,
        memoryMib: node.memoryMib,
        nodeCount: 0,
        open,
      };
      byPool.set(key, { pool, nodes: [node] });
    }
  });
  return number(choose(byPool), kindNumbers, brokenGpus);
}

/** Pools in an order of their own: cluster, larger nodes first, then by key; as many as the engine tells apart. */
function choose(byPool: ReadonlyMap<string, { pool: RoomPool; nodes: Node[] }>) {
  const all = [...byPool.entries()].sort(
    ([a, x], [b, y]) =>
      x.pool.clusterIndex - y.pool.clusterIndex ||
      compare(x.pool.product, y.pool.product) ||
      y.pool.gpus - x.pool.gpus ||
      compare(a, b),
  );
  if (all.length <= POOLS_MAX) return { kept: all, dropped: 0 };
  // those that are open to nobody serve nobody; then the smallest go
  const worth = (p: RoomPool, nodes: readonly Node[]) => (p.open.some(Boolean) ? p.gpus * nodes.length : 0);
  const ranked = [...all].sort(([, x], [, y]) => worth(y.pool, y.nodes) - worth(x.pool, x.nodes)).slice(0, POOLS_MAX);
  const keys = new Set(ranked.map(([key]) => key));
  return { kept: all.filter(([key]) => keys.has(key)), dropped: all.length - POOLS_MAX };
}

function number(
  { kept, dropped }: ReturnType<typeof choose>,
  kindNumbers: ReadonlyMap<Claim, number>,
  brokenGpus: number,
): Room {
  const nodes: RoomNode[] = [];
  const pools: RoomPool[] = [];
  const index = new Map<string, Map<string, number>>();
  for (const [, { pool, nodes: members }] of kept) {
    members.sort((a, b) => compare(a.name, b.name));
    for (const node of members) {
      let byName = index.get(pool.cluster);
      if (!byName) {
        byName = new Map();
        index.set(pool.cluster, byName);
      }
      byName.set(node.name, nodes.length);
      nodes.push({
        cluster: pool.cluster,
        clusterIndex: pool.clusterIndex,
        node,
        pool: pools.length,
        takenCpuMilli: 0,
        takenMemoryMib: 0,
        takenMask: 0n,
        usedMask: 0n,
      });
    }
    pools.push({ ...pool, nodeCount: members.length });
  }
  const notes =
    dropped > 0
      ? [`${dropped} kinds of nodes are left out: at most ${POOLS_MAX} are told apart, and these have the fewest GPUs`]
      : [];
  return { nodes, pools, kindOf: (claim) => kindNumbers.get(claim)!, notes, index, brokenGpus };
}

/** GPUs of a node up to which masks fit into small integers. */
export const SMALL = 30;
const SMALL_LIMIT = 1n << BigInt(SMALL);

/** The lowest `count` devices that are not in use, of at most SMALL; fewer if there are not as many. */
export function lowestFreeSmall(used: number, gpus: number, count: number): number {
  let mask = 0;
  for (let d = 0, left = count; d < gpus && left > 0; d++) {
    if ((used & (1 << d)) !== 0) continue;
    mask |= 1 << d;
    left--;
  }
  return mask;
}

export function bitsOf(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The lowest `count` devices of a node that nobody holds yet; fewer if there are not as many. */
export function lowestFree(node: RoomNode, count: number): bigint {
  const { gpus } = node.node;
  // as small integers: this is asked for every claim that holds a GPU
  if (gpus <= SMALL) return BigInt(lowestFreeSmall(Number(node.usedMask), gpus, count));
  let mask = 0n;
  for (let d = 0, left = count; d < gpus && left > 0; d++) {
    const bit = 1n << BigInt(d);
    if ((node.usedMask & bit) !== 0n) continue;
    mask |= bit;
    left--;
  }
  return mask;
}

/** Devices that a pod says it holds, as we wrote it when we bound it; undefined: it does not say, or says what cannot be. */
export function statedDevices(pod: Pod, text: string | undefined, gpus: number): bigint | undefined {
  if (text === undefined || !/^\d{1,2}(,\d{1,2}){0,63}$/.test(text)) return undefined;
  let mask = 0n;
  for (const part of text.split(",")) {
    if (Number(part) >= gpus) return undefined;
    mask |= 1n << BigInt(part);
  }
  const wanted = pod.requests.gpus;
  return wanted > 0 && countOf(mask) !== wanted ? undefined : mask;
}

export function countOf(mask: bigint): number {
  let count = 0;
  if (mask < SMALL_LIMIT) return bitsOf(Number(mask));
  for (let rest = mask; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}

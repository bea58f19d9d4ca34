// From what is seen to what the engine is told: one world, written anew from each snapshot, as facts. So nothing that decides
// lives in memory alone, and a policy started a second ago decides as one that has run for a month.

import type { ShapeSetup, WorldSetup } from "../engine/world.js";
import type { Claim } from "./claims.js";
import { KINDS, type Snapshot } from "./cluster.js";
import type { LiveConfigFile } from "./config.js";
import { movingSetup, policySetup, typicalOf, worldSetup } from "./frame-world.js";
import { ANNOTATION, type Pod } from "./objects.js";
import { nodesOfPods } from "./placed.js";
import { RecordWriter } from "./records.js";
import {
  bitsOf,
  buildRoom,
  countOf,
  lowestFree,
  lowestFreeSmall,
  type Room,
  type RoomNode,
  SMALL,
  statedDevices,
} from "./room.js";

export interface Frame {
  world: WorldSetup;
  shapes: ShapeSetup[];
  /** Facts, 48 bytes each. */
  facts: Uint8Array;
  nowMicros: number;
}

/** What the numbers of a frame stand for. */
export interface FrameKey {
  /** By slot, from 1. */
  claims: readonly (Claim | undefined)[];
  nodes: readonly RoomNode[];
  room: Room;
  notes: string[];
}

const INT_MAX = 2 ** 31 - 1;
const whole = (value: number) => Math.max(-INT_MAX, Math.min(INT_MAX, Math.trunc(value)));

class Shapes {
  readonly list: ShapeSetup[] = [];
  readonly #ids = new Map<string, number>();

  id(claim: Claim, tasks: number, modelMask: number): number {
    const { cpuMilli, memoryMib } = claim.requests;
    const key = `${tasks} ${claim.gpuMilli} ${cpuMilli} ${memoryMib} ${modelMask}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#ids.set(key, this.list.length);
    this.list.push({ tasks, gpuMilli: claim.gpuMilli, cpuMilli, memoryMib, modelMask });
    return this.list.length - 1;
  }
}

/** Parts of a claim that holds: by node, the tasks there and the devices. */
interface Part {
  node: number;
  tasks: number;
  milli: number;
  mask: bigint;
}

/** What holds devices without being a claim's: everything else that is bound to a node. */
function takeByOthers(snapshot: Snapshot, mine: ReadonlySet<Pod>, room: Room): { oversubscribed: number } {
  let oversubscribed = 0;
  const here = room.index.get(snapshot.cluster);
  if (!here) return { oversubscribed };
  // devices of small nodes as small integers, made large ones once at the end: this is asked for every pod there is
  const small = new Map<RoomNode, { used: number; taken: number }>();
  const on = nodesOfPods(snapshot);
  const nodes = snapshot.nodes.map(({ name }) => {
    const at = here.get(name);
    return at === undefined ? undefined : room.nodes[at]!;
  });
  for (let i = 0; i < on.length; i++) {
    const node = on[i]! < 0 ? undefined : nodes[on[i]!];
    if (!node) continue;
    const pod = snapshot.pods[i]!;
    if (mine.has(pod)) continue;
    const { requests } = pod;
    node.takenCpuMilli += requests.cpuMilli;
    node.takenMemoryMib += requests.memoryMib;
    const wanted = requests.gpus;
    if (wanted === 0) continue;
    if (node.node.gpus > SMALL || pod.annotations.has(ANNOTATION.devices)) {
      flush(small, node);
      if (takeLarge(pod, node) < wanted) oversubscribed++;
      continue;
    }
    let masks = small.get(node);
    if (!masks) {
      masks = { used: Number(node.usedMask), taken: Number(node.takenMask) };
      small.set(node, masks);
    }
    const mask = lowestFreeSmall(masks.used, node.node.gpus, wanted);
    if (bitsOf(mask) < wanted) oversubscribed++;
    masks.used |= mask;
    masks.taken |= mask;
  }
  for (const node of small.keys()) flush(small, node);
  return { oversubscribed };
}

function flush(small: Map<RoomNode, { used: number; taken: number }>, node: RoomNode): void {
  const masks = small.get(node);
  if (!masks) return;
  node.usedMask |= BigInt(masks.used);
  node.takenMask |= BigInt(masks.taken);
  small.delete(node);
}

/** Devices that one pod takes, which may say which; how many there were for it. */
function takeLarge(pod: Pod, node: RoomNode): number {
  const stated = statedDevices(pod, pod.annotations.get(ANNOTATION.devices), node.node.gpus);
  const free = stated !== undefined && (stated & node.usedMask) === 0n;
  const mask = free ? stated : lowestFree(node, pod.requests.gpus);
  node.usedMask |= mask;
  node.takenMask |= mask;
  return countOf(mask);
}

/** Parts of a claim that runs, one or more a node; undefined if its pods cannot all be told to hold what they ask for. */
function partsOf(claim: Claim, room: Room, shares: Map<string, number>): Part[] | undefined {
  const parts: Part[] = [];
  const place = (node: RoomNode, at: number, tasks: number, pod: Pod | undefined): boolean => {
    if (claim.gpuMilli > 0 && claim.gpuMilli < 1000) {
      const stated = pod && statedDevices(pod, pod.annotations.get(ANNOTATION.devices), node.node.gpus);
      const device = stated === undefined ? sharedDevice(node, at, claim.gpuMilli, shares) : lowestBit(stated);
      if (device < 0) return false;
      const key = `${at}/${device}`;
      const used = (shares.get(key) ?? 0) + claim.gpuMilli;
      if (used > 1000) return false;
      shares.set(key, used);
      node.usedMask |= 1n << BigInt(device);
      parts.push({ node: at, tasks: 1, milli: claim.gpuMilli, mask: 1n << BigInt(device) });
      return true;
    }
    const count = tasks * (claim.gpuMilli / 1000);
    const stated = pod && statedDevices(pod, pod.annotations.get(ANNOTATION.devices), node.node.gpus);
    const mask = stated !== undefined && (stated & node.usedMask) === 0n ? stated : lowestFree(node, count);
    if (countOf(mask) !== count) return false;
    node.usedMask |= mask;
    parts.push({ node: at, tasks, milli: count === 0 ? 0 : 1000, mask });
    return true;
  };
  for (const pod of claim.holding) {
    const at = room.index.get(claim.cluster)?.get(pod.nodeName);
    if (at === undefined || !place(room.nodes[at]!, at, 1, pod)) return undefined;
  }
  return parts;
}

function lowestBit(mask: bigint): number {
  for (let d = 0; d < 64; d++) if ((mask & (1n << BigInt(d))) !== 0n) return d;
  return -1;
}

/** The first shared device with room, else the first that is free. */
function sharedDevice(node: RoomNode, at: number, milli: number, shares: ReadonlyMap<string, number>): number {
  for (let d = 0; d < node.node.gpus; d++) {
    const used = shares.get(`${at}/${d}`);
    if (used !== undefined && used + milli <= 1000) return d;
  }
  const free = lowestBit(lowestFree(node, 1));
  return free;
}

/** Tasks that were started and are not bound yet hold room where we meant them to go, else where there is some: first nodes first. */
function assumeRest(claim: Claim, room: Room): Part[] | undefined {
  let left = claim.tasks - claim.holding.length;
  const parts: Part[] = [];
  const perTask = claim.gpuMilli / 1000;
  const put = (at: number, tasks: number) => {
    const node = room.nodes[at]!;
    const fits = Math.min(tasks, left, Math.floor((node.node.gpus - countOf(node.usedMask)) / perTask));
    if (fits <= 0) return;
    const mask = lowestFree(node, fits * perTask);
    node.usedMask |= mask;
    parts.push({ node: at, tasks: fits, milli: 1000, mask });
    left -= fits;
  };
  for (const [name, tasks] of claim.assumed ?? []) {
    const at = room.index.get(claim.cluster)?.get(name);
    if (at !== undefined) put(at, tasks);
  }
  const kind = room.kindOf(claim);
  for (const [at, node] of room.nodes.entries()) {
    if (left === 0) break;
    if (node.cluster === claim.cluster && room.pools[node.pool]!.open[kind]) put(at, left);
  }
  return left === 0 ? parts : undefined;
}

/** Room that somebody else was given in the same pass. */
export interface Reserved {
  cluster: string;
  node: string;
  mask: bigint;
  cpuMilli: number;
  memoryMib: number;
}

/** What a frame leaves out beside what the objects say. */
export interface Apart {
  /** Nodes that nobody may be put on, as `cluster/node`. */
  closed: ReadonlySet<string>;
  reserved: readonly Reserved[];
  /** Others are moved to make room. */
  moving?: boolean;
}

const NOTHING_APART: Apart = { closed: new Set(), reserved: [] };

/** Writes one frame; each method one kind of fact. */
class FrameWriter {
  readonly room: Room;
  readonly notes: string[];
  readonly shapes = new Shapes();
  readonly slots: (Claim | undefined)[] = [undefined];
  readonly tenants = new Map<string, number>();
  readonly writer = new RecordWriter();
  readonly #shares = new Map<string, number>();
  readonly #held = new Map<Claim, Part[]>();
  readonly #facts: (() => void)[] = [];

  constructor(
    readonly snapshots: readonly Snapshot[],
    readonly claims: readonly Claim[],
    readonly nowMicros: number,
    readonly apart: Apart,
  ) {
    this.room = buildRoom(snapshots, claims, apart.closed);
    this.notes = [...this.room.notes];
  }

  ages(): void {
    this.snapshots.forEach((snapshot, cluster) => {
      KINDS.forEach((kind, number) => {
        const age = snapshot.ageSecondsOf[kind];
        if (age === undefined || !Number.isFinite(age)) return;
        this.writer.asOf(this.nowMicros, cluster, number, Math.round(snapshot.takenMillis * 1000 - age * 1e6));
      });
    });
  }

  #isOnePool(parts: readonly Part[]): boolean {
    return new Set(parts.map((p) => this.room.nodes[p.node]!.pool)).size === 1;
  }

  /** Holders first: what they hold decides what is left for others' pods whose devices nobody knows. */
  holders(): void {
    const managed = new Set<Pod>();
    for (const claim of this.claims) {
      if (claim.holding.length === 0) continue;
      const parts = partsOf(claim, this.room, this.#shares);
      if (!parts || !this.#isOnePool(parts)) continue; // counted as others'
      this.#held.set(claim, parts);
      for (const pod of claim.holding) managed.add(pod);
    }
    for (const snapshot of this.snapshots) {
      const { oversubscribed } = takeByOthers(snapshot, managed, this.room);
      if (oversubscribed === 0) continue;
      this.notes.push(`${snapshot.cluster}: ${oversubscribed} pods hold more GPUs than their node can give out`);
    }
  }

  reserve(): void {
    for (const { cluster, node, mask, cpuMilli, memoryMib } of this.apart.reserved) {
      const at = this.room.index.get(cluster)?.get(node);
      if (at === undefined) continue;
      const there = this.room.nodes[at]!;
      there.usedMask |= mask;
      there.takenMask |= mask;
      there.takenCpuMilli += cpuMilli;
      there.takenMemoryMib += memoryMib;
    }
  }

  /** What a claim holds or is about to; "none": it waits; undefined: it is no claim of this frame. */
  #partsFor(claim: Claim): Part[] | "none" | undefined {
    if (claim.holding.length === 0 && claim.assumed === undefined) return "none";
    const parts = this.#held.get(claim);
    if (claim.holding.length > 0 && !parts) return undefined;
    if (claim.assumed === undefined || claim.holding.length >= claim.tasks) return parts;
    const rest = assumeRest(claim, this.room);
    if (!rest) {
      if (!parts)
        this.notes.push(`${claim.cluster}: ${claim.namespace}/${claim.name} was started and there is no room for it`);
      return parts;
    }
    const all = merge([...(parts ?? []), ...rest]);
    if (this.#isOnePool(all)) return all;
    // it will lie in several pools, which a claim cannot: its room is taken all the same
    for (const { node, tasks, mask } of all) {
      const at = this.room.nodes[node]!;
      at.takenMask |= mask;
      at.takenCpuMilli += claim.requests.cpuMilli * tasks;
      at.takenMemoryMib += claim.requests.memoryMib * tasks;
    }
    return undefined;
  }

  claim(claim: Claim): void {
    const found = this.#partsFor(claim);
    if (found === undefined) return;
    const parts = found === "none" ? undefined : found;
    const { room, writer, nowMicros } = this;
    const tasks = parts ? parts.reduce((sum, p) => sum + p.tasks, 0) : claim.tasks;
    const slot = this.slots.length;
    this.slots.push(claim);
    const kind = room.kindOf(claim);
    const modelMask = room.pools.reduce((mask, pool, p) => (pool.open[kind] ? mask | (1 << p) : mask), 0);
    const tenantKey = `${claim.cluster}/${claim.namespace}`;
    const tenant = this.tenants.get(tenantKey) ?? this.tenants.size;
    this.tenants.set(tenantKey, tenant);
    if (!parts && modelMask === 0) {
      this.notes.push(`${claim.cluster}: no node is open to ${claim.namespace}/${claim.name}`);
    }
    // bit 31 belongs to no pool: nobody may take a claim that no node is open to
    const shape = this.shapes.id(claim, tasks, modelMask === 0 ? 1 << 31 : modelMask);
    const at = claim.createdMillis * 1000;
    // to the microsecond where a recorded simulation says it, else to the second
    const since = claim.timeMicros ?? Math.max(0, ...claim.holding.map((pod) => pod.startedMillis)) * 1000;
    this.#facts.push(() => {
      writer.submitted(at, slot, slot - 1, shape, tenant, whole(claim.priority), claim.estimateMicros);
      if (claim.attained) writer.attained(at, slot, claim.attained);
      if (!parts) return;
      for (const part of parts) writer.part(at, slot, part.node, part.tasks, part.milli, part.mask);
      writer.adopted(at, slot, room.nodes[parts[0]!.node]!.pool, since === 0 ? nowMicros : since);
    });
  }

  /** Others first, then claims in their order. */
  finish(): void {
    for (const [i, node] of this.room.nodes.entries()) {
      if (node.takenCpuMilli + node.takenMemoryMib === 0 && node.takenMask === 0n) continue;
      const { takenCpuMilli, takenMemoryMib, takenMask } = node;
      this.writer.taken(this.nowMicros, i, whole(takenCpuMilli), whole(takenMemoryMib), takenMask);
    }
    for (const state of this.#facts) state();
  }
}

/** One frame of facts from fresh snapshots and the claims in them. */
export function buildFrame(
  policy: LiveConfigFile["policy"],
  snapshots: readonly Snapshot[],
  claims: readonly Claim[],
  nowMicros: number,
  apart: Apart = NOTHING_APART,
): { frame: Frame; key: FrameKey } {
  const w = new FrameWriter(snapshots, claims, nowMicros, apart);
  w.ages();
  w.holders();
  w.reserve();
  for (const claim of claims) w.claim(claim);
  w.finish();
  const counts = {
    slots: w.slots.length,
    shapes: w.shapes.list.length,
    tenants: w.tenants.size,
    clusters: snapshots.length,
  };
  const frame: Frame = {
    world: worldSetup(apart.moving ? movingSetup(policy) : policySetup(policy), w.room, counts, typicalOf(claims)),
    shapes: w.shapes.list,
    facts: w.writer.bytes(),
    nowMicros,
  };
  return { frame, key: { claims: w.slots, nodes: w.room.nodes, room: w.room, notes: w.notes } };
}

/** Parts of whole devices on one node become one. */
function merge(parts: readonly Part[]): Part[] {
  const byNode = new Map<number, Part>();
  const out: Part[] = [];
  for (const part of parts) {
    const known = part.milli === 1000 ? byNode.get(part.node) : undefined;
    if (known) {
      known.tasks += part.tasks;
      known.mask |= part.mask;
      continue;
    }
    const copy = { ...part };
    if (part.milli === 1000) byNode.set(part.node, copy);
    out.push(copy);
  }
  return out;
}

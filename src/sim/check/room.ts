// What every device, node and counted pool has free, kept from the log's placements alone; and whether a gang would fit
// into it. The rule: nothing is ever held twice.

import type { PoolSetup } from "../../engine/world.js";
import type { JobTable } from "../../model/jobs.js";
import { type Claim, nameOf, type Part, type Rule } from "./claim.js";
import { Tally } from "./tally.js";

const DEVICE_MILLI = 1000;

/** Devices of a mask, lowest first. */
export function devicesOf(part: Part): number[] {
  const out: number[] = [];
  for (let d = 0; d < 32; d++) if ((part.maskLow >>> d) & 1) out.push(d);
  for (let d = 0; d < 32; d++) if ((part.maskHigh >>> d) & 1) out.push(d + 32);
  return out;
}

/** NVIDIA's table of profiles for an A100, by share of memory: slices, and where they may begin. */
const SLICES_OF: Readonly<Record<number, number>> = { 125: 1, 250: 2, 500: 4 };
const STARTS_OF: Readonly<Record<number, readonly number[]>> = {
  125: [0, 1, 2, 3, 4, 5, 6],
  250: [0, 2, 4],
  500: [0, 4],
};

/** A bit a slice. */
function slicesOf(milli: number, start: number): number {
  return ((1 << SLICES_OF[milli]!) - 1) << start;
}

export class Room implements Rule {
  readonly tallies: readonly Tally[];
  readonly pools: readonly PoolSetup[];
  /** First node of each pool; counted pools have none. */
  readonly firstNode: readonly number[];
  /** Free GPU of each pool, milli. */
  readonly poolFree: Float64Array;
  readonly nodePool: Int32Array;
  readonly #jobs: JobTable;
  readonly #sameNode: boolean;
  /** Some job asks for a share of a device: free GPUs of a node may be crumbs. */
  readonly #crumbs: boolean;
  readonly #firstDevice: Int32Array;
  readonly #deviceFree: Int32Array;
  /** Slices in use of partitioned devices, a bit each. */
  readonly #slices: Int32Array;
  readonly #nodeCpuFree: Float64Array;
  readonly #nodeMemoryFree: Float64Array;
  readonly #devices = new Tally("no device is held for more than it has");
  readonly #partitions = new Tally("MIG: a profile begins where it may, on slices that nobody holds");
  readonly #nodes = new Tally("no node gives more CPU or memory than it has");
  readonly #counted = new Tally("no pool gives more GPUs than it has");

  constructor(pools: readonly PoolSetup[], jobs: JobTable, sameNode: boolean) {
    this.pools = pools;
    this.#jobs = jobs;
    this.#sameNode = sameNode;
    this.#crumbs = jobs.gpuMilli.some((milli) => milli > 0 && milli < DEVICE_MILLI);
    this.tallies = [this.#devices, this.#nodes, this.#counted];
    if (pools.some((pool) => pool.mig)) this.tallies = [...this.tallies, this.#partitions];
    this.poolFree = Float64Array.from(pools, (p) => p.nodes * p.gpusPerNode * DEVICE_MILLI);
    const firstNode: number[] = [];
    const nodePool: number[] = [];
    const firstDevice: number[] = [];
    let device = 0;
    pools.forEach((pool, p) => {
      firstNode.push(nodePool.length);
      for (let n = 0; n < pool.nodes && !pool.counted; n++) {
        nodePool.push(p);
        firstDevice.push(device);
        device += pool.gpusPerNode;
      }
    });
    this.firstNode = firstNode;
    this.nodePool = Int32Array.from(nodePool);
    this.#firstDevice = Int32Array.from(firstDevice);
    this.#deviceFree = new Int32Array(device).fill(DEVICE_MILLI);
    this.#slices = new Int32Array(device);
    this.#nodeCpuFree = Float64Array.from(nodePool, (p) => pools[p]!.cpuMilliPerNode);
    this.#nodeMemoryFree = Float64Array.from(nodePool, (p) => pools[p]!.memoryMibPerNode);
  }

  started(claim: Claim, now: number): void {
    this.#change(claim, -1, now);
  }

  released(claim: Claim, now: number): void {
    this.#change(claim, 1, now);
  }

  leaves(claim: Claim, now: number): void {
    this.#change(claim, 1, now);
  }

  arrives(claim: Claim, now: number): void {
    this.#change(claim, -1, now);
  }

  #change(claim: Claim, sign: number, now: number): void {
    const pool = this.pools[claim.pool];
    if (!pool) return;
    this.poolFree[claim.pool]! += sign * claim.gangMilli;
    const free = this.poolFree[claim.pool]!;
    const total = pool.nodes * pool.gpusPerNode * DEVICE_MILLI;
    const said = () => `pool ${pool.name} has ${free} of ${total} milli-GPU free after ${nameOf(claim)}`;
    this.#counted.check(free >= 0 && free <= total, now, said);
    for (const part of claim.parts) if (part.node >= 0) this.#changeNode(claim, part, sign, now);
  }

  #changeNode(claim: Claim, part: Part, sign: number, now: number): void {
    const { node } = part;
    const pool = this.pools[this.nodePool[node] ?? -1];
    if (!pool) return;
    for (const d of devicesOf(part)) {
      if (d >= pool.gpusPerNode) continue; // told by the rule on gangs
      const device = this.#firstDevice[node]! + d;
      this.#deviceFree[device]! += sign * part.milli;
      if (pool.mig && part.milli < DEVICE_MILLI) this.#changeSlices(claim, part, device, sign, now);
      const free = this.#deviceFree[device]!;
      const ok = free >= 0 && free <= DEVICE_MILLI;
      this.#devices.check(ok, now, () => `device ${d} of node ${node} has ${free} milli free after ${nameOf(claim)}`);
    }
    const { cpuMilli, memoryMib } = this.#jobs;
    this.#nodeCpuFree[node]! += sign * part.tasks * cpuMilli[claim.job]!;
    this.#nodeMemoryFree[node]! += sign * part.tasks * memoryMib[claim.job]!;
    const cpu = this.#nodeCpuFree[node]!;
    const memory = this.#nodeMemoryFree[node]!;
    const ok = (pool.cpuMilliPerNode === 0 || cpu >= 0) && (pool.memoryMibPerNode === 0 || memory >= 0);
    this.#nodes.check(ok, now, () => `node ${node} has ${cpu} milli-CPU and ${memory} MiB free after ${nameOf(claim)}`);
  }

  #changeSlices(claim: Claim, part: Part, device: number, sign: number, now: number): void {
    const starts = STARTS_OF[part.milli];
    const said = () => `${nameOf(claim)} holds ${part.milli} milli from slice ${part.start} of node ${part.node}`;
    if (!this.#partitions.check(starts?.includes(part.start) === true, now, said)) return;
    const mask = slicesOf(part.milli, part.start);
    const used = this.#slices[device]!;
    if (sign > 0) this.#slices[device] = used & ~mask;
    else {
      this.#partitions.check((used & mask) === 0, now, said);
      this.#slices[device] = used | mask;
    }
  }

  allows(pool: number, job: number): boolean {
    const mask = this.#jobs.modelMask[job]!;
    return mask === 0 || (mask & this.pools[pool]!.modelBit) !== 0;
  }

  /** True if in this pool the job fits exactly when the free GPUs add up. */
  isFluid(pool: number, job: number): boolean {
    if (this.pools[pool]!.counted) return true;
    const { gpuMilli, cpuMilli, memoryMib } = this.#jobs;
    return (
      !this.#sameNode && !this.#crumbs && gpuMilli[job] === DEVICE_MILLI && cpuMilli[job] === 0 && memoryMib[job] === 0
    );
  }

  /** True if some pool could take the job now. */
  fits(job: number): boolean {
    return this.pools.some((_, p) => this.#fitsPool(p, job));
  }

  /**
   * When the job first fits if these claims give back what they hold, one after the other, at the moments beside them;
   * `first` is given back before. µs; `now` if nobody needs to, Infinity if never. The books stay as they are.
   */
  earliestFit(job: number, releases: readonly (readonly [Claim, number])[], now: number, first?: Claim): number {
    const books = [this.poolFree, this.#deviceFree, this.#slices, this.#nodeCpuFree, this.#nodeMemoryFree];
    const kept = books.map((column) => column.slice());
    let earliest = Number.POSITIVE_INFINITY;
    if (first) this.#giveBack(first);
    if (this.fits(job)) earliest = now;
    for (const [claim, at] of releases) {
      if (earliest < Number.POSITIVE_INFINITY) break;
      this.#giveBack(claim);
      if (this.#fitsPool(claim.pool, job)) earliest = at;
    }
    books.forEach((column, i) => {
      column.set(kept[i]!);
    });
    return earliest;
  }

  #giveBack(claim: Claim): void {
    this.poolFree[claim.pool]! += claim.gangMilli;
    for (const part of claim.parts) {
      const { node } = part;
      if (node < 0) continue;
      const partitioned = this.pools[claim.pool]?.mig === true && part.milli < DEVICE_MILLI;
      for (const d of devicesOf(part)) {
        const device = this.#firstDevice[node]! + d;
        this.#deviceFree[device]! += part.milli;
        if (partitioned) this.#slices[device]! &= ~slicesOf(part.milli, part.start);
      }
      this.#nodeCpuFree[node]! += part.tasks * this.#jobs.cpuMilli[claim.job]!;
      this.#nodeMemoryFree[node]! += part.tasks * this.#jobs.memoryMib[claim.job]!;
    }
  }

  #fitsPool(p: number, job: number): boolean {
    const { tasks, gpuMilli } = this.#jobs;
    if (!this.pools[p] || !this.allows(p, job) || this.poolFree[p]! < tasks[job]! * gpuMilli[job]!) return false;
    if (this.isFluid(p, job)) return true;
    const rooms: number[] = [];
    const first = this.firstNode[p]!;
    for (let n = first; n < first + this.pools[p]!.nodes; n++) rooms.push(this.#nodeRoom(n, job));
    rooms.sort((a, b) => b - a);
    const most = this.#sameNode ? this.fewestNodes(p, job) : rooms.length;
    return rooms.slice(0, most).reduce((sum, room) => sum + room, 0) >= tasks[job]!;
  }

  #nodeRoom(n: number, job: number): number {
    const pool = this.pools[this.nodePool[n]!]!;
    const devices = this.#deviceFree.subarray(this.#firstDevice[n]!, this.#firstDevice[n]! + pool.gpusPerNode);
    const used = this.#slices.subarray(this.#firstDevice[n]!, this.#firstDevice[n]! + pool.gpusPerNode);
    return this.#tasksIn(devices, pool.mig ? used : undefined, this.#nodeCpuFree[n]!, this.#nodeMemoryFree[n]!, job);
  }

  /** Nodes that the job needs at least when the pool is empty. */
  fewestNodes(p: number, job: number): number {
    const pool = this.pools[p]!;
    const empty = new Int32Array(pool.gpusPerNode).fill(DEVICE_MILLI);
    const none = pool.mig ? new Int32Array(pool.gpusPerNode) : undefined;
    const room = this.#tasksIn(empty, none, pool.cpuMilliPerNode, pool.memoryMibPerNode, job);
    return Math.ceil(this.#jobs.tasks[job]! / room);
  }

  /** @param slices in use of each device, where they are partitioned. */
  #tasksIn(
    devices: Int32Array,
    slices: Int32Array | undefined,
    cpuFree: number,
    memoryFree: number,
    job: number,
  ): number {
    const milli = this.#jobs.gpuMilli[job]!;
    let tasks = Number.POSITIVE_INFINITY;
    if (milli >= DEVICE_MILLI) {
      const whole = devices.reduce((count, free) => count + (free === DEVICE_MILLI ? 1 : 0), 0);
      tasks = Math.floor(whole / (milli / DEVICE_MILLI));
    } else if (milli > 0 && slices) {
      const starts = STARTS_OF[milli] ?? [];
      const roomIn = (used: number) => starts.filter((start) => (used & slicesOf(milli, start)) === 0).length;
      tasks = slices.reduce((sum, used, d) => sum + (devices[d]! < milli ? 0 : roomIn(used)), 0);
    } else if (milli > 0) {
      tasks = devices.reduce((sum, free) => sum + Math.floor(free / milli), 0);
    }
    const cpu = this.#jobs.cpuMilli[job]!;
    const memory = this.#jobs.memoryMib[job]!;
    if (cpu > 0) tasks = Math.min(tasks, Math.floor(cpuFree / cpu));
    if (memory > 0) tasks = Math.min(tasks, Math.floor(memoryFree / memory));
    return tasks;
  }
}

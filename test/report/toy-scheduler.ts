// A toy scheduler, enough to give the report something that looks like results: real queues, real stays, no preemption.
// Not the engine, and not to be compared with it.

import { createJobTable, type JobTable } from "../../src/model/jobs.js";
import type { JobRows, Series, Stay } from "../../src/model/results.js";

export const GPUS_PER_NODE = 8;
const HOUR = 3600e6;

export function uniformFrom(seed: number): () => number {
  let state = (seed * 7919 + 12345) % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Mostly short and narrow jobs, a few long and wide; arrivals spread so that `nodes` nodes see this load. */
export function toyJobs(count: number, load: number, nodes: number, seed: number): JobTable {
  const uniform = uniformFrom(seed);
  const jobs = createJobTable(count);
  let work = 0;
  for (let j = 0; j < count; j++) {
    const wide = uniform();
    jobs.tasks[j] = wide < 0.6 ? 1 : wide < 0.8 ? 2 : wide < 0.92 ? 8 : 16;
    jobs.runMicros[j] = Math.ceil((0.02 + 12 * uniform() ** 4) * HOUR);
    jobs.tenant[j] = Math.floor(uniform() * 6);
    work += jobs.runMicros[j]! * jobs.tasks[j]!;
  }
  const span = work / (nodes * GPUS_PER_NODE * load);
  jobs.submitMicros.set(Array.from({ length: count }, () => Math.floor(uniform() * span)).sort((a, b) => a - b));
  return jobs;
}

export interface ToyPolicy {
  /** Smaller goes first. */
  key(jobs: JobTable, j: number): number;
  /** May later jobs start while the first does not fit? */
  skips: boolean;
  /** Fullest node first? */
  packs: boolean;
}

export function toyRun(
  jobs: JobTable,
  nodes: number,
  policy: ToyPolicy,
): { rows: JobRows; series: Series; stays: Stay[] } {
  const free = new Array<number>(nodes).fill(GPUS_PER_NODE);
  const waiting: number[] = [];
  const running: { j: number; end: number; parts: [node: number, gpus: number][] }[] = [];
  const start = new Float64Array(jobs.count);
  const held = new Float64Array(jobs.count);
  const order: number[] = [];
  const stays: Stay[] = [];
  let next = 0;
  const place = (gpus: number): [number, number][] | undefined => {
    const nodesInOrder = free.map((_, node) => node).filter((node) => free[node]! > 0);
    if (policy.packs) nodesInOrder.sort((a, b) => free[a]! - free[b]!);
    const parts: [number, number][] = [];
    let left = gpus;
    for (const node of nodesInOrder) {
      const taken = Math.min(left, free[node]!);
      parts.push([node, taken]);
      left -= taken;
      if (left === 0) return parts;
    }
    return undefined;
  };
  while (next < jobs.count || running.length > 0) {
    running.sort((a, b) => a.end - b.end);
    const arrival = next < jobs.count ? jobs.submitMicros[next]! : Number.POSITIVE_INFINITY;
    const end = running[0]?.end ?? Number.POSITIVE_INFINITY;
    const now = Math.min(arrival, end);
    if (end <= arrival) {
      const done = running.shift()!;
      for (const [node, gpus] of done.parts) {
        free[node]! += gpus;
        stays.push({ job: done.j, node, gpus, startMicros: start[done.j]!, endMicros: now });
      }
      order.push(done.j);
    } else waiting.push(next++);
    waiting.sort((a, b) => policy.key(jobs, a) - policy.key(jobs, b) || a - b);
    for (let i = 0; i < waiting.length; i++) {
      const j = waiting[i]!;
      const parts = place(jobs.tasks[j]!);
      if (!parts && !policy.skips) break;
      if (!parts) continue;
      for (const [node, gpus] of parts) free[node]! -= gpus;
      // A gang on more nodes than it needs is slower.
      const extra = parts.length - Math.ceil(jobs.tasks[j]! / GPUS_PER_NODE);
      start[j] = now;
      held[j] = jobs.runMicros[j]! * (1 + 0.04 * extra);
      running.push({ j, end: now + held[j]!, parts });
      waiting.splice(i--, 1);
    }
  }
  stays.sort((a, b) => a.startMicros - b.startMicros || a.node - b.node);
  return { rows: rowsInOrder(jobs, order, start, held), series: seriesOf(jobs, start, held), stays };
}

function rowsInOrder(jobs: JobTable, order: readonly number[], start: Float64Array, held: Float64Array): JobRows {
  const doubles = (value: (j: number) => number) => Float64Array.from(order, value);
  return {
    count: order.length,
    job: Int32Array.from(order),
    submitMicros: doubles((j) => jobs.submitMicros[j]!),
    firstStartMicros: doubles((j) => start[j]!),
    finishMicros: doubles((j) => start[j]! + held[j]!),
    heldMicros: doubles((j) => held[j]!),
    lostGpuMicros: new Float64Array(order.length),
    gpuMilli: Int32Array.from(order, (j) => jobs.tasks[j]! * 1000),
    restarts: new Int32Array(order.length),
    endStatus: Uint8Array.from(order, (j) => (j % 9 === 0 ? 2 : 0)),
    tenant: Int32Array.from(order, (j) => jobs.tenant[j]!),
    pool: new Int32Array(order.length),
  };
}

function seriesOf(jobs: JobTable, start: Float64Array, held: Float64Array): Series {
  const binMicros = HOUR / 4;
  const last = start.reduce((end, from, j) => Math.max(end, from + held[j]!), 0);
  const bins = Math.ceil(last / binMicros);
  const gpusAllocated = new Float64Array(bins);
  const jobsWaiting = new Float64Array(bins);
  const add = (column: Float64Array, from: number, until: number, amount: number) => {
    for (let bin = Math.floor(from / binMicros); bin * binMicros < until; bin++) {
      const overlap = Math.min(until, (bin + 1) * binMicros) - Math.max(from, bin * binMicros);
      column[bin]! += (amount * overlap) / binMicros;
    }
  };
  for (let j = 0; j < jobs.count; j++) {
    add(gpusAllocated, start[j]!, start[j]! + held[j]!, jobs.tasks[j]!);
    add(jobsWaiting, jobs.submitMicros[j]!, start[j]!, 1);
  }
  return { binMicros, endMicros: bins * binMicros, gpusAllocated, gpusStranded: new Float64Array(bins), jobsWaiting };
}

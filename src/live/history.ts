// What really happened in a recording, as jobs: who wanted how much from when, from when to when it ran. So a recording can be
// replayed in the simulator, under the policy that was and under others.

import { type Claim, claimsOf } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import type { LiveConfig } from "./config.js";
import { GANG_LABEL, type Pod } from "./objects.js";
import { RecordedState, type RecordingLine } from "./recording.js";

/** A job as it was seen. Times in ms. */
export interface SeenJob {
  cluster: string;
  namespace: string;
  name: string;
  submittedMillis: number;
  /** When all of it ran; NaN: never. */
  startedMillis: number;
  /** When it was over or gone; NaN: not while it was watched. */
  endedMillis: number;
  tasks: number;
  gpusEach: number;
  gpuMilliEach: number;
  cpuMilliEach: number;
  memoryMibEach: number;
  product: string;
  priority: number;
  estimateSeconds: number;
}

export interface SeenPool {
  cluster: string;
  product: string;
  nodes: number;
  gpus: number;
  cpuMilli: number;
  memoryMib: number;
  instanceType: string;
}

export interface History {
  jobs: SeenJob[];
  pools: SeenPool[];
  startedMillis: number;
  endedMillis: number;
}

/** Nodes of a moment in pools of equal hardware. */
export function poolsOf(snapshots: readonly Snapshot[]): SeenPool[] {
  const pools = new Map<string, SeenPool>();
  for (const { cluster, nodes } of snapshots) {
    for (const node of nodes) {
      if (node.gpus === 0) continue;
      const instanceType = node.labels.get("node.kubernetes.io/instance-type") ?? "";
      const key = `${cluster}|${node.product}|${node.gpus}|${node.cpuMilli}|${node.memoryMib}|${instanceType}`;
      const pool = pools.get(key);
      if (pool) pool.nodes++;
      else {
        const { product, gpus, cpuMilli, memoryMib } = node;
        pools.set(key, { cluster, product, nodes: 1, gpus, cpuMilli, memoryMib, instanceType });
      }
    }
  }
  return [...pools.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pool]) => pool);
}

interface Tracked extends SeenJob {
  lastSeenMillis: number;
}

/** Pods of everybody who holds GPUs and is no claim of ours: each is a job of its own. */
function otherPods(snapshot: Snapshot, claims: readonly Claim[]): Pod[] {
  const mine = new Set(claims.flatMap((c) => [...c.holding, ...c.waiting]));
  return snapshot.pods.filter((pod) => pod.requests.gpus > 0 && !mine.has(pod) && !pod.deleting);
}

export class HistoryBook {
  readonly #jobs = new Map<string, Tracked>();
  readonly #config: LiveConfig;

  constructor(config: LiveConfig) {
    this.#config = config;
  }

  /** Takes the state of a moment. */
  look(snapshots: readonly Snapshot[], nowMillis: number): void {
    const { claims } = claimsOf(this.#config, snapshots);
    const seen = new Set<string>();
    const note = (
      key: string,
      job: Omit<SeenJob, "startedMillis" | "endedMillis">,
      holds: boolean,
      startMillis: number,
    ) => {
      seen.add(key);
      const known = this.#jobs.get(key);
      const tracked = known ?? {
        ...job,
        startedMillis: Number.NaN,
        endedMillis: Number.NaN,
        lastSeenMillis: nowMillis,
      };
      tracked.lastSeenMillis = nowMillis;
      if (holds && Number.isNaN(tracked.startedMillis))
        tracked.startedMillis = Math.max(startMillis, tracked.submittedMillis);
      this.#jobs.set(key, tracked);
    };
    for (const claim of claims) {
      if (claim.kind === "workload") continue;
      const snapshot = snapshots.find((s) => s.cluster === claim.cluster)!;
      const holds = claim.holding.length >= claim.tasks;
      const start = holds ? Math.max(...claim.holding.map((pod) => pod.startedMillis)) : Number.NaN;
      note(
        `${claim.kind}/${claim.cluster}/${claim.kind === "job" ? claim.uid : gangKey(claim)}`,
        {
          ...common(snapshot, claim, claim.holding[0]),
          submittedMillis: claim.createdMillis,
          tasks: claim.tasks,
          priority: claim.priority,
          estimateSeconds: claim.estimateMicros / 1e6,
          gpuMilliEach: claim.gpuMilli,
        },
        holds,
        start,
      );
    }
    for (const snapshot of snapshots) {
      for (const pod of otherPods(snapshot, claims)) {
        const base = { cluster: snapshot.cluster, namespace: pod.namespace, name: pod.name, requests: pod.requests };
        note(
          `pod/${snapshot.cluster}/${pod.uid}`,
          {
            ...common(snapshot, base, pod),
            submittedMillis: pod.createdMillis,
            tasks: 1,
            priority: pod.priority,
            estimateSeconds: Number.NaN,
            gpuMilliEach: pod.requests.gpus * 1000,
          },
          pod.nodeName !== "",
          pod.startedMillis,
        );
      }
    }
    for (const [key, job] of this.#jobs) {
      if (!seen.has(key) && Number.isNaN(job.endedMillis)) job.endedMillis = nowMillis;
    }
  }

  jobs(): SeenJob[] {
    return [...this.#jobs.values()]
      .map(({ lastSeenMillis: _last, ...job }) => job)
      .sort(
        (a, b) =>
          a.submittedMillis - b.submittedMillis ||
          (`${a.cluster}/${a.namespace}/${a.name}` < `${b.cluster}/${b.namespace}/${b.name}` ? -1 : 1),
      );
  }
}

function gangKey(claim: Claim): string {
  const gang = "labels" in claim.object ? claim.object.labels.get(GANG_LABEL) : undefined;
  return gang === undefined ? claim.uid : `${claim.namespace}/${gang}`;
}

function common(
  snapshot: Snapshot,
  { cluster, namespace, name, requests }: Pick<Claim, "cluster" | "namespace" | "name" | "requests">,
  pod: Pod | undefined,
) {
  const product = snapshot.nodes.find((n) => n.name === pod?.nodeName)?.product ?? "";
  return {
    cluster,
    namespace,
    name,
    gpusEach: requests.gpus,
    cpuMilliEach: requests.cpuMilli,
    memoryMibEach: requests.memoryMib,
    product,
  };
}

/** All of a recording. Looked at after every line that came at a later time than the one before. */
export function historyOf(lines: Iterable<RecordingLine>, config: LiveConfig): History {
  const state = new RecordedState();
  const book = new HistoryBook(config);
  let started = Number.NaN;
  let now = Number.NaN;
  let pools: SeenPool[] = [];
  const look = () => {
    if (!state.isWhole) return;
    const snapshots = state.snapshots(now);
    const here = poolsOf(snapshots);
    // the pools at their largest: a node that was away for a while was there
    if (sizeOf(here) >= sizeOf(pools)) pools = here;
    book.look(snapshots, now);
  };
  for (const line of lines) {
    if (Number.isNaN(started)) started = line.t;
    else if (line.t !== now) look();
    now = line.t;
    state.apply(line);
  }
  if (!Number.isNaN(now)) look();
  return { jobs: book.jobs(), pools, startedMillis: started, endedMillis: now };
}

function sizeOf(pools: readonly SeenPool[]): number {
  return pools.reduce((sum, p) => sum + p.nodes * p.gpus, 0);
}

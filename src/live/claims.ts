// Who wants GPUs: Jobs that may be suspended and resumed, pods that ask for our scheduler (alone or in gangs), Workloads that
// wait for a cluster. Each becomes one claim of the world; what is not ours to decide on is left to others and counted.

import type { Snapshot } from "./cluster.js";
import { isManaged, type LiveConfig } from "./config.js";
import {
  ANNOTATION,
  GANG_LABEL,
  type Job,
  type Meta,
  type PlacementSpec,
  type Pod,
  SCHEDULER_NAME,
  type Workload,
} from "./objects.js";
import type { Requests } from "./requests.js";

/** What a device plugin that shares GPUs hands out; with it the annotation windtunnel.dev/gpu-milli says how large a share. */
const SHARED_RESOURCE = "nvidia.com/gpu.shared";

export type ClaimKind = "job" | "gang" | "workload";

export interface Claim {
  kind: ClaimKind;
  /** Where it is; a workload may go to any. */
  cluster: string;
  namespace: string;
  name: string;
  uid: string;
  version: string;
  createdMillis: number;
  /** Order of arrival, where it is known better than by the second. */
  sequence: number;
  timeMicros: number | undefined;
  priority: number;
  estimateMicros: number;
  attained: { heldMicros: number; level: number; entry: number } | undefined;
  /** Tasks that wait, or hold. */
  tasks: number;
  requests: Requests;
  /** Share of one device a task, where it asks for no whole one. */
  gpuMilli: number;
  placement: PlacementSpec;
  /** Pods that hold, each on its node; empty: it waits. */
  holding: readonly Pod[];
  /** Pods that wait to be bound, by name. */
  waiting: readonly Pod[];
  /** A start that was decided and whose pods are not bound yet: tasks by node. */
  assumed: ReadonlyMap<string, number> | undefined;
  object: Job | Pod | Workload;
}

/** Something that is left alone, and why. */
export interface Leaving {
  cluster: string;
  what: string;
  reason: string;
}

export interface Claims {
  claims: Claim[];
  left: Leaving[];
}

export function numberOf(meta: Meta, annotation: string): number | undefined {
  const text = meta.annotations.get(annotation);
  if (text === undefined || !/^-?\d{1,16}(\.\d{1,9})?$/.test(text)) return undefined;
  return Number(text);
}

function attainedOf(meta: Meta): Claim["attained"] {
  const text = meta.annotations.get(ANNOTATION.attainedSeconds);
  // seconds held, and of a recorded simulation its level and place there: `3600 1 17`
  const found = text === undefined ? undefined : /^(\d{1,12}(?:\.\d{1,6})?)(?: (\d{1,2}) (\d{1,15}))?$/.exec(text);
  if (!found) return undefined;
  const [, seconds, level, entry] = found;
  return {
    heldMicros: Math.round(Number(seconds) * 1e6),
    level: Number(level ?? 0),
    entry: entry === undefined ? Number.NaN : Number(entry),
  };
}

function common(cluster: string, meta: Meta) {
  const estimate = numberOf(meta, ANNOTATION.estimateSeconds);
  return {
    cluster,
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
    version: meta.version,
    createdMillis: meta.createdMillis,
    sequence: numberOf(meta, ANNOTATION.sequence) ?? 0,
    timeMicros: numberOf(meta, ANNOTATION.timeMicros),
    estimateMicros: estimate === undefined ? Number.NaN : Math.round(estimate * 1e6),
    attained: attainedOf(meta),
  };
}

/** Why we cannot place something of this kind; undefined: we can. */
function unsupported(requests: Requests, placement: PlacementSpec, share = 0): string | undefined {
  if (requests.unreadable) return "a quantity of its requests cannot be read";
  const isShared = share > 0 && requests.others.size === 1 && requests.others.has(SHARED_RESOURCE);
  if (requests.others.size > 0 && !isShared) return `it asks for ${[...requests.others.keys()][0]}`;
  if (placement.unsupported.length > 0) return `it uses ${placement.unsupported.join(", ")}`;
  return undefined;
}

function shareOf(pod: Pod): number {
  const milli = numberOf(pod, ANNOTATION.gpuMilli);
  return milli !== undefined && Number.isInteger(milli) && milli > 0 && milli < 1000 ? milli : 0;
}

/** Tasks by node, as we wrote it when we resumed a Job: `node-1=2,node-2=1`. */
function assumedOf(meta: Meta): ReadonlyMap<string, number> | undefined {
  const text = meta.annotations.get(ANNOTATION.plan);
  if (text === undefined) return undefined;
  const found = new Map<string, number>();
  for (const part of text.split(",")) {
    const [, node, tasks] = /^([a-z0-9.-]{1,253})=(\d{1,6})$/.exec(part) ?? [];
    if (node !== undefined) found.set(node, Number(tasks));
  }
  return found;
}

function jobClaims(config: LiveConfig, snapshot: Snapshot, pods: ReadonlyMap<string, Pod[]>, out: Claims): void {
  for (const job of snapshot.jobs) {
    if (job.finished || job.deleting || job.requests.gpus === 0) continue;
    const leave = (reason: string) =>
      out.left.push({ cluster: snapshot.cluster, what: `Job ${job.namespace}/${job.name}`, reason });
    if (!isManaged(config, snapshot.cluster, job.namespace, "suspend")) {
      if (job.suspended) leave("no grant names its namespace for suspend");
      continue;
    }
    if (job.owner) {
      leave(`${job.owner.kind} ${job.owner.name} owns it`);
      continue;
    }
    if (job.labels.has("kueue.x-k8s.io/queue-name")) {
      leave("Kueue admits it");
      continue;
    }
    const why = unsupported(job.requests, job.placement);
    if (why !== undefined) {
      leave(why);
      continue;
    }
    const own = pods.get(job.uid) ?? [];
    const bound = own.filter((pod) => pod.nodeName !== "");
    const base = { ...common(snapshot.cluster, job), kind: "job" as const, object: job, waiting: [] };
    const rest = { requests: job.requests, gpuMilli: job.requests.gpus * 1000, placement: job.placement };
    if (job.suspended && bound.length > 0) continue; // it is being stopped: its pods are others' until they are gone
    const holds = !job.suspended;
    if (job.parallelism === 0) continue;
    out.claims.push({
      ...base,
      ...rest,
      priority: Math.max(0, ...own.map((pod) => pod.priority)),
      tasks: holds ? Math.max(bound.length, job.parallelism) : job.parallelism,
      holding: holds ? bound : [],
      assumed: holds && bound.length < job.parallelism ? (assumedOf(job) ?? new Map()) : undefined,
    });
  }
}

function gangClaims(config: LiveConfig, snapshot: Snapshot, ours: readonly Pod[], out: Claims): void {
  const gangs = new Map<string, Pod[]>();
  for (const pod of ours) {
    if (pod.deleting || pod.gated) continue;
    if (!isManaged(config, snapshot.cluster, pod.namespace, "bind")) continue;
    const gang = pod.labels.get(GANG_LABEL);
    const key = gang === undefined ? `pod/${pod.uid}` : `gang/${pod.namespace}/${gang}`;
    gangs.set(key, [...(gangs.get(key) ?? []), pod]);
  }
  for (const members of gangs.values()) {
    members.sort(byName);
    const first = members[0]!;
    const leave = (reason: string) =>
      out.left.push({ cluster: snapshot.cluster, what: `Pod ${first.namespace}/${first.name}`, reason });
    const share = shareOf(first);
    const same = members.every(
      (pod) => JSON.stringify(summary(pod)) === JSON.stringify(summary(first)) && shareOf(pod) === share,
    );
    if (!same) {
      leave("the pods of its gang ask for different things");
      continue;
    }
    const why = unsupported(first.requests, first.placement, share);
    if (why !== undefined) {
      leave(why);
      continue;
    }
    const holding = members.filter((pod) => pod.nodeName !== "");
    const waiting = members.filter((pod) => pod.nodeName === "");
    const size = numberOf(first, ANNOTATION.gangSize) ?? members.length;
    if (holding.length === 0 && members.length < size) {
      leave(`its gang has ${members.length} of ${size} pods`);
      continue;
    }
    const oldest = members.reduce((a, b) => (b.createdMillis < a.createdMillis ? b : a));
    const base = {
      ...common(snapshot.cluster, oldest),
      kind: "gang" as const,
      priority: first.priority,
      requests: first.requests,
      gpuMilli: first.requests.gpus > 0 ? first.requests.gpus * 1000 : share,
      placement: first.placement,
      assumed: undefined,
      object: oldest,
    };
    if (holding.length > 0) out.claims.push({ ...base, tasks: holding.length, holding, waiting: [] });
    if (waiting.length > 0) out.claims.push({ ...base, tasks: waiting.length, holding: [], waiting });
  }
}

function summary(pod: Pod): unknown {
  const { cpuMilli, memoryMib, gpus, others } = pod.requests;
  const { nodeSelector, affinity, tolerations, unsupported: not } = pod.placement;
  return [cpuMilli, memoryMib, gpus, [...others], [...nodeSelector], affinity, tolerations, not];
}

function workloadClaims(config: LiveConfig, snapshot: Snapshot, out: Claims): void {
  for (const workload of snapshot.workloads) {
    if (workload.admitted || workload.finished || workload.deleting || workload.nominated.length > 0) continue;
    if (!isManaged(config, snapshot.cluster, workload.namespace, "nominate")) continue;
    out.claims.push({
      ...common(snapshot.cluster, workload),
      kind: "workload",
      priority: 0,
      tasks: workload.tasks,
      requests: workload.requests,
      gpuMilli: workload.requests.gpus * 1000,
      // Kueue of the cluster checks selectors and taints: here only room is compared
      placement: { nodeSelector: new Map(), affinity: [], tolerations: [{ operator: "Exists" }], unsupported: [] },
      holding: [],
      waiting: [],
      assumed: undefined,
      object: workload,
    });
  }
}

export function byName(a: Meta, b: Meta): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.uid, b.uid);
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** All claims in order of arrival; ties by order given, then by name: never by where in a list something stood. */
export function claimsOf(config: LiveConfig, snapshots: readonly Snapshot[]): Claims {
  const out: Claims = { claims: [], left: [] };
  for (const snapshot of snapshots) {
    const pods = new Map<string, Pod[]>();
    // one look at each pod for all kinds of claims: most are nobody's
    const ours: Pod[] = [];
    for (const pod of snapshot.pods) {
      if (pod.schedulerName === SCHEDULER_NAME) ours.push(pod);
      if (pod.owner?.kind !== "Job" || pod.deleting) continue;
      const list = pods.get(pod.owner.uid);
      if (list) list.push(pod);
      else pods.set(pod.owner.uid, [pod]);
    }
    jobClaims(config, snapshot, pods, out);
    gangClaims(config, snapshot, ours, out);
    workloadClaims(config, snapshot, out);
  }
  out.claims.sort(
    (a, b) =>
      a.sequence - b.sequence ||
      a.createdMillis - b.createdMillis ||
      compare(a.cluster, b.cluster) ||
      compare(a.namespace, b.namespace) ||
      compare(a.name, b.name) ||
      compare(a.uid, b.uid),
  );
  return out;
}

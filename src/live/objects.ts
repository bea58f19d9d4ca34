// Kubernetes objects as live mode knows them: read once, where they arrive, from raw JSON into small frozen records. Only what
// decides something is kept; environment, annotations of others and status messages are not.

import { at, isObject, type Json, listAt, mapAt, numberAt, own, textAt } from "./json.js";
import { availableMib, availableMilli, parseQuantity, wholeCount } from "./quantity.js";
import { podRequests, type Requests } from "./requests.js";
import { parseTime } from "./time.js";

/** Annotations of ours; everything else under them is ignored. */
export const ANNOTATION = {
  gangSize: "windtunnel.dev/gang-size",
  estimateSeconds: "windtunnel.dev/estimate-seconds",
  attainedSeconds: "windtunnel.dev/attained-seconds",
  gpuMilli: "windtunnel.dev/gpu-milli",
  devices: "windtunnel.dev/devices",
  paused: "windtunnel.dev/paused",
  movable: "windtunnel.dev/movable",
  plan: "windtunnel.dev/plan",
  before: "windtunnel.dev/before",
  changedAt: "windtunnel.dev/changed-at",
  outstanding: "windtunnel.dev/outstanding",
  handover: "windtunnel.dev/handover",
  /** Of a recorded simulation served as objects: order of arrival, time and place in a level. */
  sequence: "windtunnel.dev/sequence",
  timeMicros: "windtunnel.dev/time-micros",
} as const;
/** Label that names a gang of pods. */
export const GANG_LABEL = "windtunnel.dev/gang";
export const SCHEDULER_NAME = "windtunnel";

const OURS: ReadonlySet<string> = new Set(Object.values(ANNOTATION));
/** Annotations of others that say "leave this alone"; honoured like ours. */
const THEIRS: ReadonlySet<string> = new Set([
  "karpenter.sh/do-not-disrupt",
  "cluster-autoscaler.kubernetes.io/safe-to-evict",
  "autoscaling.keda.sh/paused",
  "autoscaling.keda.sh/paused-replicas",
]);

export interface Meta {
  name: string;
  namespace: string;
  uid: string;
  version: string;
  createdMillis: number;
  deleting: boolean;
  labels: ReadonlyMap<string, string>;
  /** Ours, and those of others that ask to be left alone. */
  annotations: ReadonlyMap<string, string>;
  owner: Owner | undefined;
}

export interface Owner {
  kind: string;
  name: string;
  uid: string;
}

function annotationsOf(raw: unknown): ReadonlyMap<string, string> {
  const all = mapAt(raw, "metadata", "annotations");
  if (all.size === 0) return all;
  return new Map([...all].filter(([key]) => OURS.has(key) || THEIRS.has(key)));
}

function ownerOf(raw: unknown): Owner | undefined {
  const controller = listAt(raw, "metadata", "ownerReferences").find((o) => own(o, "controller") === true);
  const [kind, name, uid] = [textAt(controller, "kind"), textAt(controller, "name"), textAt(controller, "uid")];
  return kind !== undefined && name !== undefined && uid !== undefined ? { kind, name, uid } : undefined;
}

export function metaOf(raw: unknown): Meta | undefined {
  const [name, uid, version] = ["name", "uid", "resourceVersion"].map((key) => textAt(raw, "metadata", key));
  if (!name || !uid || !version || version === "0") return undefined;
  const created = parseTime(textAt(raw, "metadata", "creationTimestamp") ?? "");
  return {
    name,
    uid,
    version,
    namespace: textAt(raw, "metadata", "namespace") ?? "",
    createdMillis: Number.isNaN(created) ? 0 : created,
    deleting: textAt(raw, "metadata", "deletionTimestamp") !== undefined,
    labels: mapAt(raw, "metadata", "labels"),
    annotations: annotationsOf(raw),
    owner: ownerOf(raw),
  };
}

export interface Taint {
  key: string;
  value: string;
  effect: string;
}

export interface Node extends Meta {
  cpuMilli: number;
  memoryMib: number;
  podsMax: number;
  /** Whole GPUs that may be given out. */
  gpus: number;
  /** Whole GPUs that there are; more than `gpus` if some are broken. */
  gpusCapacity: number;
  /** Partitions of GPUs (MIG) by resource name, allocatable. */
  partitions: ReadonlyMap<string, number>;
  product: string;
  ready: boolean;
  unschedulable: boolean;
  taints: readonly Taint[];
}

export const GPU_RESOURCE = "nvidia.com/gpu";
const PARTITION = /^nvidia\.com\/mig-/;
const PRODUCT_LABEL = "nvidia.com/gpu.product";

function countOf(resources: unknown, name: string): number {
  const nano = parseQuantity(own(resources, name));
  return nano === undefined ? 0 : (wholeCount(nano) ?? 0);
}

export function parseNode(raw: unknown): Node | undefined {
  const meta = metaOf(raw);
  if (!meta) return undefined;
  const allocatable = at(raw, "status", "allocatable");
  const cpu = parseQuantity(own(allocatable, "cpu"));
  const memory = parseQuantity(own(allocatable, "memory"));
  const ready = listAt(raw, "status", "conditions").find((c) => own(c, "type") === "Ready");
  const partitions = new Map<string, number>();
  for (const name of isObject(allocatable) ? Object.keys(allocatable) : []) {
    if (PARTITION.test(name)) partitions.set(name, countOf(allocatable, name));
  }
  return {
    ...meta,
    cpuMilli: cpu === undefined ? 0 : availableMilli(cpu),
    memoryMib: memory === undefined ? 0 : availableMib(memory),
    podsMax: countOf(allocatable, "pods"),
    gpus: Math.min(64, countOf(allocatable, GPU_RESOURCE)),
    gpusCapacity: Math.min(64, countOf(at(raw, "status", "capacity"), GPU_RESOURCE)),
    partitions,
    product: meta.labels.get(PRODUCT_LABEL) ?? "unknown",
    ready: own(ready, "status") === "True",
    unschedulable: at(raw, "spec", "unschedulable") === true,
    taints: listAt(raw, "spec", "taints").map((t) => ({
      key: textAt(t, "key") ?? "",
      value: textAt(t, "value") ?? "",
      effect: textAt(t, "effect") ?? "",
    })),
  };
}

export interface Pod extends Meta {
  nodeName: string;
  phase: string;
  ready: boolean;
  startedMillis: number;
  schedulerName: string;
  priority: number;
  gated: boolean;
  mirror: boolean;
  requests: Requests;
  /** What restricts where it may run, as it was written. */
  placement: PlacementSpec;
}

export interface PlacementSpec {
  nodeSelector: ReadonlyMap<string, string>;
  /** `requiredDuringSchedulingIgnoredDuringExecution` of node affinity. */
  affinity: readonly unknown[];
  tolerations: readonly unknown[];
  /** What we cannot judge: affinity to pods, spreading, volumes, host ports, claims of devices. */
  unsupported: readonly string[];
}

function placementOf(spec: unknown): PlacementSpec {
  const unsupported: string[] = [];
  const affinity = own(spec, "affinity");
  for (const key of ["podAffinity", "podAntiAffinity"]) {
    if (listAt(affinity, key, "requiredDuringSchedulingIgnoredDuringExecution").length > 0) unsupported.push(key);
  }
  if (listAt(spec, "topologySpreadConstraints").some((c) => own(c, "whenUnsatisfiable") !== "ScheduleAnyway")) {
    unsupported.push("topologySpreadConstraints");
  }
  if (
    listAt(spec, "volumes").some(
      (v) => own(v, "persistentVolumeClaim") !== undefined || own(v, "ephemeral") !== undefined,
    )
  ) {
    unsupported.push("persistentVolumeClaim");
  }
  if (listAt(spec, "resourceClaims").length > 0) unsupported.push("resourceClaims");
  const containers = [...listAt(spec, "containers"), ...listAt(spec, "initContainers")];
  if (containers.some((c) => listAt(c, "ports").some((p) => numberAt(p, "hostPort")))) unsupported.push("hostPort");
  return {
    nodeSelector: mapAt(spec, "nodeSelector"),
    affinity: listAt(affinity, "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"),
    tolerations: listAt(spec, "tolerations"),
    unsupported,
  };
}

export function parsePod(raw: unknown): Pod | undefined {
  const meta = metaOf(raw);
  const phase = textAt(raw, "status", "phase") ?? "Pending";
  // one that is over holds nothing
  if (!meta || phase === "Succeeded" || phase === "Failed") return undefined;
  const spec = own(raw, "spec");
  const ready = listAt(raw, "status", "conditions").find((c) => own(c, "type") === "Ready");
  const started = parseTime(textAt(raw, "status", "startTime") ?? "");
  return {
    ...meta,
    phase,
    nodeName: textAt(spec, "nodeName") ?? "",
    ready: own(ready, "status") === "True",
    startedMillis: Number.isNaN(started) ? meta.createdMillis : started,
    schedulerName: textAt(spec, "schedulerName") ?? "default-scheduler",
    priority: numberAt(spec, "priority") ?? 0,
    gated: listAt(spec, "schedulingGates").length > 0,
    mirror: own(at(raw, "metadata", "annotations"), "kubernetes.io/config.mirror") !== undefined,
    requests: podRequests(spec),
    placement: placementOf(spec),
  };
}

export interface Job extends Meta {
  suspended: boolean;
  finished: boolean;
  /** True once it has had pods. */
  started: boolean;
  parallelism: number;
  completionsLeft: number;
  activePods: number;
  priority: number;
  requests: Requests;
  placement: PlacementSpec;
}

export function parseJob(raw: unknown): Job | undefined {
  const meta = metaOf(raw);
  if (!meta) return undefined;
  const done = listAt(raw, "status", "conditions").some(
    (c) => (own(c, "type") === "Complete" || own(c, "type") === "Failed") && own(c, "status") === "True",
  );
  const parallelism = numberAt(raw, "spec", "parallelism") ?? 1;
  const completions = numberAt(raw, "spec", "completions") ?? parallelism;
  const template = at(raw, "spec", "template", "spec");
  const left = Math.max(0, completions - (numberAt(raw, "status", "succeeded") ?? 0));
  return {
    ...meta,
    suspended: at(raw, "spec", "suspend") === true,
    finished: done,
    started: textAt(raw, "status", "startTime") !== undefined,
    parallelism: Math.min(parallelism, left),
    completionsLeft: left,
    activePods: numberAt(raw, "status", "active") ?? 0,
    priority: 0,
    requests: podRequests(template),
    placement: placementOf(template),
  };
}

/** A Deployment, a StatefulSet or a custom resource with a scale subresource. */
export interface Scalable extends Meta {
  kind: string;
  replicas: number;
  readyReplicas: number;
  /** Name of who else writes spec.replicas by server-side apply. */
  replicasAppliedBy: string | undefined;
  generation: number;
  observedGeneration: number;
  requests: Requests;
}

/** Manager that owns spec.replicas by apply, other than us. */
function appliedBy(raw: unknown): string | undefined {
  for (const entry of listAt(raw, "metadata", "managedFields")) {
    const manager = textAt(entry, "manager") ?? "";
    if (manager === "windtunnel" || own(entry, "operation") !== "Apply") continue;
    if (at(entry, "fieldsV1", "f:spec", "f:replicas") !== undefined) return manager;
  }
  return undefined;
}

export function parseScalable(kind: string): (raw: unknown) => Scalable | undefined {
  return (raw) => {
    const meta = metaOf(raw);
    if (!meta) return undefined;
    const status = own(raw, "status");
    return {
      ...meta,
      kind,
      replicas: numberAt(raw, "spec", "replicas") ?? 1,
      readyReplicas: numberAt(status, "readyReplicas") ?? numberAt(status, "availableReplicas") ?? 0,
      replicasAppliedBy: appliedBy(raw),
      generation: numberAt(raw, "metadata", "generation") ?? 0,
      observedGeneration: numberAt(status, "observedGeneration") ?? 0,
      requests: podRequests(at(raw, "spec", "template", "spec")),
    };
  };
}

export interface Selector {
  matchLabels: ReadonlyMap<string, string>;
  matchExpressions: readonly unknown[];
}

export interface DisruptionBudget extends Meta {
  selector: Selector;
  allowed: number;
}

export function parseBudget(raw: unknown): DisruptionBudget | undefined {
  const meta = metaOf(raw);
  if (!meta) return undefined;
  const selector = at(raw, "spec", "selector");
  return {
    ...meta,
    selector: { matchLabels: mapAt(selector, "matchLabels"), matchExpressions: listAt(selector, "matchExpressions") },
    allowed: numberAt(raw, "status", "disruptionsAllowed") ?? 0,
  };
}

/** Somebody who sets the replicas of something: an HPA, or a ScaledObject of KEDA. */
export interface ScaleOwner extends Meta {
  by: string;
  targetKind: string;
  targetName: string;
}

export function parseScaleOwner(by: string): (raw: unknown) => ScaleOwner | undefined {
  return (raw) => {
    const meta = metaOf(raw);
    const target = at(raw, "spec", "scaleTargetRef");
    const name = textAt(target, "name");
    if (!meta || name === undefined) return undefined;
    return { ...meta, by, targetKind: textAt(target, "kind") ?? "Deployment", targetName: name };
  };
}

export function parseMeta(raw: unknown): Meta | undefined {
  return metaOf(raw);
}

/** A Workload of Kueue that waits for clusters to be nominated. */
export interface Workload extends Meta {
  queueName: string;
  admitted: boolean;
  finished: boolean;
  nominated: readonly string[];
  tasks: number;
  requests: Requests;
}

export function parseWorkload(raw: unknown): Workload | undefined {
  const meta = metaOf(raw);
  if (!meta) return undefined;
  const holds = (type: string) =>
    listAt(raw, "status", "conditions").some((c) => own(c, "type") === type && own(c, "status") === "True");
  const [set] = listAt(raw, "spec", "podSets");
  return {
    ...meta,
    queueName: textAt(raw, "spec", "queueName") ?? "",
    admitted: holds("Admitted"),
    finished: holds("Finished"),
    nominated: listAt(raw, "status", "nominatedClusterNames").filter((n): n is string => typeof n === "string"),
    tasks: numberAt(set, "count") ?? 1,
    requests: podRequests(at(set, "template", "spec")),
  };
}

export interface Route extends Meta {
  /** Weights by backend of the first rule, in order. */
  backends: readonly { name: string; weight: number }[];
  resolved: boolean;
}

export function parseRoute(raw: unknown): Route | undefined {
  const meta = metaOf(raw);
  if (!meta) return undefined;
  const [rule] = listAt(raw, "spec", "rules");
  const conditions = listAt(raw, "status", "parents").flatMap((p) => listAt(p, "conditions"));
  return {
    ...meta,
    backends: listAt(rule, "backendRefs").map((b: unknown | Json) => ({
      name: textAt(b, "name") ?? "",
      weight: numberAt(b, "weight") ?? 1,
    })),
    resolved: conditions.some((c) => own(c, "type") === "ResolvedRefs" && own(c, "status") === "True"),
  };
}

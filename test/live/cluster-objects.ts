// Objects of a made-up GPU cluster, and a fake's memory seen as a snapshot.

import { type ClusterState, KINDS, type Snapshot, viewOf } from "../../src/live/cluster.js";
import type { Resource } from "../../src/live/reflector.js";
import type { FakeStore } from "./fake-store.js";

type Raw = Record<string, unknown>;

export function nodeObject(
  name: string,
  gpus = 8,
  more: {
    labels?: Raw;
    taints?: unknown[];
    unschedulable?: boolean;
    ready?: boolean;
    capacity?: number;
    cpu?: string;
    memory?: string;
  } = {},
): Raw {
  const resources = { cpu: more.cpu ?? "96", memory: more.memory ?? "1024Gi", pods: "250" };
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, "nvidia.com/gpu.product": "H100", ...more.labels } },
    spec: { ...(more.taints ? { taints: more.taints } : {}), ...(more.unschedulable ? { unschedulable: true } : {}) },
    status: {
      capacity: { ...resources, "nvidia.com/gpu": String(more.capacity ?? gpus) },
      allocatable: { ...resources, "nvidia.com/gpu": String(gpus) },
      conditions: [{ type: "Ready", status: more.ready === false ? "False" : "True" }],
    },
  };
}

export function podSpec(gpus: number, more: Raw = {}): Raw {
  const resources =
    gpus > 0
      ? {
          limits: { "nvidia.com/gpu": String(gpus) },
          requests: { "nvidia.com/gpu": String(gpus), cpu: "1", memory: "1Gi" },
        }
      : { requests: { cpu: "1", memory: "1Gi" } };
  return { containers: [{ name: "main", image: "none", resources }], ...more };
}

export function podObject(
  name: string,
  gpus: number,
  more: {
    namespace?: string;
    node?: string;
    labels?: Raw;
    annotations?: Raw;
    scheduler?: string;
    owner?: Raw;
    spec?: Raw;
    phase?: string;
    created?: string;
    priority?: number;
  } = {},
): Raw {
  return {
    metadata: {
      name,
      namespace: more.namespace ?? "team",
      labels: more.labels ?? {},
      annotations: more.annotations ?? {},
      ...(more.created ? { creationTimestamp: more.created } : {}),
      ...(more.owner ? { ownerReferences: [{ controller: true, ...more.owner }] } : {}),
    },
    spec: podSpec(gpus, {
      schedulerName: more.scheduler ?? "windtunnel",
      priority: more.priority ?? 0,
      ...(more.node ? { nodeName: more.node } : {}),
      ...more.spec,
    }),
    status: {
      phase: more.phase ?? (more.node ? "Running" : "Pending"),
      conditions: [{ type: "Ready", status: more.node ? "True" : "False" }],
    },
  };
}

export function jobObject(
  name: string,
  pods: number,
  gpus: number,
  more: { namespace?: string; suspend?: boolean; annotations?: Raw; created?: string; labels?: Raw; spec?: Raw } = {},
): Raw {
  return {
    metadata: {
      name,
      namespace: more.namespace ?? "team",
      annotations: more.annotations ?? {},
      labels: more.labels ?? {},
      ...(more.created ? { creationTimestamp: more.created } : {}),
    },
    spec: {
      parallelism: pods,
      completions: pods,
      suspend: more.suspend ?? true,
      template: { spec: podSpec(gpus, more.spec) },
    },
    status: {},
  };
}

export function deploymentObject(
  name: string,
  replicas: number,
  more: { namespace?: string; annotations?: Raw; ready?: number; gpus?: number; managedFields?: unknown[] } = {},
): Raw {
  return {
    metadata: {
      name,
      namespace: more.namespace ?? "team",
      annotations: more.annotations ?? {},
      generation: 1,
      ...(more.managedFields ? { managedFields: more.managedFields } : {}),
    },
    spec: { replicas, template: { spec: podSpec(more.gpus ?? 1) } },
    status: { readyReplicas: more.ready ?? replicas, observedGeneration: 1 },
  };
}

/** A control ConfigMap that lets everything through. */
export function controlObject(data: Raw = {}): Raw {
  return { metadata: { name: "windtunnel-control", namespace: "windtunnel" }, data };
}

/** Everything as it is in the store now. */
export function storeSnapshot(
  store: FakeStore,
  cluster: string,
  nowMillis: number,
  state: ClusterState = "fresh",
  ageSeconds = 0,
): Snapshot {
  const read = <T>(resource: Resource<T>): T[] =>
    store.collections.has(resource.path)
      ? store
          .all(resource.path)
          .map((raw) => resource.parse(raw))
          .filter((o): o is NonNullable<typeof o> => o !== undefined)
      : [];
  return {
    cluster,
    server: "fake",
    takenMillis: nowMillis,
    ageSeconds,
    state,
    why: state === "fresh" ? "" : "made so",
    versions: { pods: store.version },
    ageSecondsOf: Object.fromEntries(KINDS.map((kind) => [kind, ageSeconds])),
    ...viewOf(read),
  };
}

export const PATHS = {
  nodes: "/api/v1/nodes",
  pods: "/api/v1/pods",
  namespaces: "/api/v1/namespaces",
  configmaps: "/api/v1/configmaps",
  jobs: "/apis/batch/v1/jobs",
  deployments: "/apis/apps/v1/deployments",
  budgets: "/apis/policy/v1/poddisruptionbudgets",
  hpas: "/apis/autoscaling/v2/horizontalpodautoscalers",
  leases: "/apis/coordination.k8s.io/v1/leases",
  workloads: "/apis/kueue.x-k8s.io/v1beta1/workloads",
  routes: "/apis/gateway.networking.k8s.io/v1/httproutes",
} as const;

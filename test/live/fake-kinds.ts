// The kinds that the fake knows, the two forms of patches, and how it says no.

import type { FakeAnswer } from "./fake-store.js";

export const KINDS: [path: string, plural: string, kind: string, namespaced: boolean][] = [
  ["/api/v1", "nodes", "Node", false],
  ["/api/v1", "namespaces", "Namespace", false],
  ["/api/v1", "pods", "Pod", true],
  ["/api/v1", "configmaps", "ConfigMap", true],
  ["/api/v1", "events", "Event", true],
  ["/apis/apps/v1", "deployments", "Deployment", true],
  ["/apis/apps/v1", "statefulsets", "StatefulSet", true],
  ["/apis/batch/v1", "jobs", "Job", true],
  ["/apis/policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", true],
  ["/apis/autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true],
  ["/apis/coordination.k8s.io/v1", "leases", "Lease", true],
];
export const OPTIONAL_KINDS: [path: string, plural: string, kind: string, namespaced: boolean][] = [
  ["/apis/keda.sh/v1alpha1", "scaledobjects", "ScaledObject", true],
  ["/apis/kueue.x-k8s.io/v1beta1", "workloads", "Workload", true],
  ["/apis/gateway.networking.k8s.io/v1", "httproutes", "HTTPRoute", true],
];

export const copy = <T>(value: T): T => structuredClone(value);

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const out: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = mergePatch(out[key], value);
  }
  return out;
}

/** The few operations of RFC 6902 that are used. */
export function jsonPatch(
  target: unknown,
  operations: readonly { op: string; path: string; value?: unknown }[],
): unknown {
  const root = copy(target) as Record<string, unknown>;
  for (const { op, path, value } of operations) {
    const steps = path
      .split("/")
      .slice(1)
      .map((s) => s.replaceAll("~1", "/").replaceAll("~0", "~"));
    let parent = root as Record<string, unknown>;
    for (const step of steps.slice(0, -1)) parent = parent[step] as Record<string, unknown>;
    const last = steps.at(-1)!;
    if (op === "test") {
      if (JSON.stringify(parent[last]) !== JSON.stringify(value)) return undefined;
    } else if (op === "add" || op === "replace") parent[last] = value;
    else throw new Error(`the fake does not know ${op}`);
  }
  return root;
}

export function failure(
  status: number,
  reason: string,
  message = reason,
  details?: unknown,
  headers?: Record<string, string>,
): FakeAnswer {
  const body = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message,
    reason,
    code: status,
    ...(details ? { details } : {}),
  };
  return { status, body, ...(headers ? { headers } : {}) };
}

export function isMicroTime(lease: Record<string, unknown>): boolean {
  const { renewTime } = (lease.spec ?? {}) as { renewTime?: string };
  return renewTime === undefined || /\.\d{6}Z$/.test(renewTime);
}

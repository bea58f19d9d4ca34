// What is below an object and has rules of its own: /scale, /eviction with disruption budgets, /binding.

import { updatedBy } from "./fake-fields.js";
import { copy, failure } from "./fake-kinds.js";
import type { FakeAnswer, FakeRequest, FakeStore, Obj } from "./fake-store.js";

/** A stale precondition. "0" and "" are none. */
export function isStale(object: Obj, given: unknown): boolean {
  return given !== undefined && given !== "" && given !== "0" && given !== object.metadata.resourceVersion;
}

export const managerOf = ({ query }: FakeRequest): string | undefined => query.get("fieldManager");

export function scale(store: FakeStore, path: string, object: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
  const spec = object.spec as { replicas?: number };
  const scaleOf = (o: Obj): Record<string, unknown> => {
    const replicas = (o.spec as { replicas?: number }).replicas ?? 1;
    const { name, namespace, uid, resourceVersion } = o.metadata;
    return {
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      metadata: { name, namespace, uid, resourceVersion },
      spec: replicas === 0 ? {} : { replicas },
    };
  };
  if (request.method === "GET") return { status: 200, body: scaleOf(object) };
  if (request.contentType !== "application/merge-patch+json") return failure(415, "UnsupportedMediaType");
  const given = request.body as { metadata?: { resourceVersion?: string }; spec?: { replicas?: unknown } };
  if (isStale(object, given.metadata?.resourceVersion)) return failure(409, "Conflict");
  let replicas = given.spec?.replicas ?? spec.replicas ?? 1;
  // as the real one does: null scales to zero
  if (given.spec && given.spec.replicas === null) replicas = 0;
  if (typeof replicas !== "number" || replicas < 0 || !Number.isInteger(replicas)) return failure(422, "Invalid");
  const generation = Number(object.metadata.generation ?? 1) + (replicas === spec.replicas ? 0 : 1);
  const changed = { ...object, spec: { ...spec, replicas }, metadata: { ...object.metadata, generation } } as Obj;
  const next = updatedBy(object, changed, managerOf(request), "scale");
  if (dry) return { status: 200, body: scaleOf(next) };
  store.note(request);
  return { status: 200, body: scaleOf(store.put(path, next)) };
}

/** Budgets that select a pod. */
function budgetsOf(store: FakeStore, pod: Obj): Obj[] {
  const labels = (pod.metadata.labels ?? {}) as Record<string, string>;
  return store.all("/apis/policy/v1/poddisruptionbudgets").filter((b) => {
    const wanted = ((b.spec as Obj).selector as { matchLabels?: Record<string, string> }).matchLabels ?? {};
    return b.metadata.namespace === pod.metadata.namespace && Object.entries(wanted).every(([k, v]) => labels[k] === v);
  });
}

export function evict(store: FakeStore, pod: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
  const { deleteOptions } = request.body as {
    deleteOptions?: { preconditions?: { uid?: string; resourceVersion?: string } };
  };
  const { uid, resourceVersion } = deleteOptions?.preconditions ?? {};
  const stale = (uid !== undefined && uid !== pod.metadata.uid) || isStale(pod, resourceVersion);
  const gone = () => {
    if (!dry) {
      store.note(request);
      store.remove("/api/v1/pods", String(pod.metadata.namespace), String(pod.metadata.name));
    }
    return { status: 201, body: { kind: "Status", status: "Success" } };
  };
  // what does not run yet is in nobody's budget
  if ((pod.status as { phase?: string } | undefined)?.phase === "Pending")
    return stale ? failure(409, "Conflict") : gone();
  const budgets = budgetsOf(store, pod);
  if (budgets.length > 1) return failure(500, "InternalError", "This pod has more than one PodDisruptionBudget");
  const [budget] = budgets;
  const allowed = budget ? Number((budget.status as { disruptionsAllowed?: number }).disruptionsAllowed ?? 0) : 1;
  if (allowed < 1)
    return failure(429, "TooManyRequests", "Cannot evict pod", { causes: [{ reason: "DisruptionBudget" }] });
  if (budget && !dry)
    // as the real one does: a stale precondition uses the budget up all the same
    store.put("/apis/policy/v1/poddisruptionbudgets", {
      ...budget,
      status: { ...(budget.status as object), disruptionsAllowed: allowed - 1 },
    });
  return stale ? failure(409, "Conflict") : gone();
}

export function bind(store: FakeStore, pod: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
  const given = request.body as { metadata: Record<string, unknown>; target: { name: string } };
  const spec = pod.spec as { nodeName?: string; schedulingGates?: unknown[] };
  if (spec.nodeName || (spec.schedulingGates ?? []).length > 0) return failure(409, "Conflict");
  if (given.metadata.uid !== undefined && given.metadata.uid !== pod.metadata.uid) return failure(409, "Conflict");
  if (isStale(pod, given.metadata.resourceVersion)) return failure(409, "Conflict");
  if (dry) return { status: 201, body: { kind: "Status", status: "Success" } };
  store.note(request);
  const annotations = { ...(pod.metadata.annotations as object), ...(given.metadata.annotations as object) };
  store.put("/api/v1/pods", {
    ...copy(pod),
    metadata: { ...pod.metadata, annotations },
    spec: { ...spec, nodeName: given.target.name },
  });
  return { status: 201, body: { kind: "Status", status: "Success" } };
}

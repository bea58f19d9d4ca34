// What each verb sends, and what it must find before and in the dry run. Bodies are raw JSON, every one with the version or uid
// that it is for: a write without is last-writer-wins. What API servers answer to them was tried on Kubernetes 1.35; the facts
// are in docs/live.md.

import { type ApiAnswer, type ApiRequest, FIELD_MANAGER, type KubeApi } from "./api.js";
import { at, listAt, numberAt, own, textAt } from "./json.js";
import { ANNOTATION } from "./objects.js";
import type { Change } from "./plan.js";
import { isoTime } from "./time.js";

/** A fresh look at the object: the version to write with, or why the change is not wanted any more. */
export type Found = { version: string } | { changed: string };

export interface ActionSpec {
  look(api: KubeApi, change: Change): Promise<Found>;
  request(change: Change, version: string, nowMillis: number): ApiRequest;
  /** What is wrong with the object that the dry run gave back. */
  check(answer: ApiAnswer, change: Change): string | undefined;
}

const WRITE = { fieldManager: FIELD_MANAGER, fieldValidation: "Strict" } as const;

/** The same request, of which nothing is kept. */
export function dryRunOf(request: ApiRequest): ApiRequest {
  const body = own(request.body, "deleteOptions") === undefined ? request.body : withDryRun(request.body);
  return { ...request, body, query: { ...request.query, dryRun: "All" } };
}

function withDryRun(body: unknown): unknown {
  const options = own(body, "deleteOptions") as object;
  return { ...(body as object), deleteOptions: { ...options, dryRun: ["All"] } };
}

function versionOf(body: unknown, uid: string): Found {
  const version = textAt(body, "metadata", "resourceVersion");
  // "0" and "" would be no precondition at all
  if (version === undefined || version === "" || version === "0") return { changed: "the server gave it no version" };
  if (textAt(body, "metadata", "uid") !== uid) return { changed: "another object has its name now" };
  return { version };
}

async function get(api: KubeApi, path: string): Promise<unknown> {
  return (await api.call({ method: "GET", path })).body;
}

function replicasOf(body: unknown): number {
  // a Scale of none has an empty spec
  return numberAt(body, "spec", "replicas") ?? 0;
}

const scale: ActionSpec = {
  async look(api, change) {
    const body = await get(api, `${change.object.path}/scale`);
    const found = versionOf(body, change.object.uid);
    if ("changed" in found) return found;
    const seen = replicasOf(body);
    return seen === Number(change.before) ? found : { changed: `it has ${seen} replicas by now` };
  },
  request(change, version) {
    const replicas = Number(change.after);
    if (!Number.isInteger(replicas) || replicas < 0) throw new Error(`${change.after} is no number of replicas`);
    return {
      method: "PATCH",
      path: `${change.object.path}/scale`,
      patch: "merge",
      query: WRITE,
      body: { metadata: { resourceVersion: version }, spec: { replicas } },
    };
  },
  check: ({ body }, change) =>
    replicasOf(body) === Number(change.after) ? undefined : `it would get ${replicasOf(body)} replicas`,
};

function suspension(suspend: boolean): ActionSpec {
  return {
    async look(api, change) {
      const body = await get(api, change.object.path);
      const found = versionOf(body, change.object.uid);
      if ("changed" in found) return found;
      const done = listAt(body, "status", "conditions").some(
        (c) => (own(c, "type") === "Complete" || own(c, "type") === "Failed") && own(c, "status") === "True",
      );
      if (done) return { changed: "it is over" };
      const suspended = at(body, "spec", "suspend") === true;
      return suspended === suspend ? { changed: `it is ${suspend ? "suspended" : "running"} already` } : found;
    },
    request: (change, version, nowMillis) => ({
      method: "PATCH",
      path: change.object.path,
      patch: "merge",
      query: WRITE,
      body: {
        metadata: {
          resourceVersion: version,
          annotations: {
            [ANNOTATION.before]: change.before,
            [ANNOTATION.changedAt]: isoTime(nowMillis),
            [ANNOTATION.plan]: suspend ? null : (change.detail.nodes ?? null),
          },
        },
        spec: { suspend },
      },
    }),
    check: ({ body }) =>
      (at(body, "spec", "suspend") === true) === suspend ? undefined : "the server would leave it as it is",
  };
}

const evict: ActionSpec = {
  async look(api, change) {
    const body = await get(api, change.object.path);
    const found = versionOf(body, change.object.uid);
    if ("changed" in found) return found;
    return textAt(body, "metadata", "deletionTimestamp") === undefined ? found : { changed: "it is going already" };
  },
  request: (change, version) => ({
    method: "POST",
    path: `${change.object.path}/eviction`,
    query: WRITE,
    body: {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: change.object.name, namespace: change.object.namespace },
      deleteOptions: { preconditions: { uid: change.object.uid, resourceVersion: version } },
    },
  }),
  check: () => undefined,
};

const bind: ActionSpec = {
  async look(api, change) {
    const body = await get(api, change.object.path);
    const found = versionOf(body, change.object.uid);
    if ("changed" in found) return found;
    const node = textAt(body, "spec", "nodeName");
    if (node) return { changed: "it is bound already" };
    if (listAt(body, "spec", "schedulingGates").length > 0) return { changed: "it is gated" };
    // the server binds to a node that is cordoned or not there: we ask
    const target = await get(api, `/api/v1/nodes/${encodeURIComponent(change.detail.node!)}`);
    const ready = listAt(target, "status", "conditions").find((c) => own(c, "type") === "Ready");
    if (own(ready, "status") !== "True") return { changed: `node ${change.detail.node} is not ready` };
    return at(target, "spec", "unschedulable") === true ? { changed: `node ${change.detail.node} is cordoned` } : found;
  },
  request: (change, version) => ({
    method: "POST",
    path: `${change.object.path}/binding`,
    query: WRITE,
    body: {
      apiVersion: "v1",
      kind: "Binding",
      metadata: {
        name: change.object.name,
        namespace: change.object.namespace,
        uid: change.object.uid,
        resourceVersion: version,
        ...(change.detail.devices === "" ? {} : { annotations: { [ANNOTATION.devices]: change.detail.devices } }),
      },
      target: { apiVersion: "v1", kind: "Node", name: change.detail.node },
    },
  }),
  check: () => undefined,
};

const nominate: ActionSpec = {
  async look(api, change) {
    const body = await get(api, change.object.path);
    const found = versionOf(body, change.object.uid);
    if ("changed" in found) return found;
    const names = listAt(body, "status", "nominatedClusterNames");
    return names.length > 0 || textAt(body, "status", "clusterName") ? { changed: "it has a cluster already" } : found;
  },
  request: (change, version) => ({
    method: "PATCH",
    path: `${change.object.path}/status`,
    patch: "merge",
    query: WRITE,
    body: {
      metadata: { resourceVersion: version },
      status: { nominatedClusterNames: change.detail.clusters!.split(",") },
    },
  }),
  check: ({ body }, change) =>
    listAt(body, "status", "nominatedClusterNames").join(",") === change.detail.clusters
      ? undefined
      : "the server would not keep the nomination",
};

/** `a=90,b=10`: weights of the first rule's backends, in order. */
export function weightsOf(text: string): { name: string; weight: number }[] {
  return text.split(",").map((part) => {
    const [, name, weight] = /^([a-z0-9.-]+)=(\d{1,7})$/.exec(part) ?? [];
    if (name === undefined) throw new Error(`"${text}" is no list of weights`);
    return { name, weight: Number(weight) };
  });
}

const route: ActionSpec = {
  async look(api, change) {
    const body = await get(api, change.object.path);
    const found = versionOf(body, change.object.uid);
    if ("changed" in found) return found;
    const seen = listAt(listAt(body, "spec", "rules")[0], "backendRefs")
      .map((b) => `${textAt(b, "name")}=${numberAt(b, "weight") ?? 1}`)
      .join(",");
    return seen === change.before ? found : { changed: "its weights are others by now" };
  },
  request(change, version) {
    const after = weightsOf(change.after);
    if (after.every((b) => b.weight === 0)) throw new Error("all weights would be 0");
    return {
      method: "PATCH",
      path: change.object.path,
      patch: "json",
      query: WRITE,
      body: [
        { op: "test", path: "/metadata/resourceVersion", value: version },
        ...after.flatMap((b, i) => [
          { op: "test", path: `/spec/rules/0/backendRefs/${i}/name`, value: b.name },
          { op: "add", path: `/spec/rules/0/backendRefs/${i}/weight`, value: b.weight },
        ]),
      ],
    };
  },
  check({ body }, change) {
    const seen = listAt(listAt(body, "spec", "rules")[0], "backendRefs").map((b) => numberAt(b, "weight") ?? 1);
    return seen.join() ===
      weightsOf(change.after)
        .map((b) => b.weight)
        .join()
      ? undefined
      : "the server would set other weights";
  },
};

export const ACTIONS_BY_VERB: Record<Change["verb"], ActionSpec> = {
  scale,
  suspend: suspension(true),
  resume: suspension(false),
  evict,
  bind,
  nominate,
  route,
};

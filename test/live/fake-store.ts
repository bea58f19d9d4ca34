// A small API server's memory: objects with versions, lists in pages, watches from a version, preconditions, dry runs, /scale,
// eviction with disruption budgets, bindings, leases. It answers as Kubernetes 1.35 was seen to answer; the same contract test
// runs against a real one (test/cluster).

import { randomUUID } from "node:crypto";
import { copy, failure, isMicroTime, jsonPatch, KINDS, mergePatch, OPTIONAL_KINDS } from "./fake-kinds.js";

type Obj = Record<string, unknown> & { metadata: Record<string, unknown> };

export interface FakeRequest {
  method: string;
  path: string;
  query: ReadonlyMap<string, string>;
  body?: unknown;
  contentType?: string;
  user?: string;
}

export interface FakeAnswer {
  status: number;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
}

export interface FakeEvent {
  version: number;
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: Obj;
}

interface Collection {
  kind: string;
  apiVersion: string;
  namespaced: boolean;
  objects: Map<string, Obj>;
  events: FakeEvent[];
  /** Versions up to here are forgotten. */
  compactedTo: number;
}

export class FakeStore {
  readonly collections = new Map<string, Collection>();
  readonly #watchers = new Set<(collection: string) => void>();
  #version = 100;
  nowMillis = () => Date.now();
  /** Users who may do what; absent: everybody everything. */
  mayDo: ((user: string, verb: string, resource: string, namespace: string) => boolean) | undefined;
  /** Writes that were kept, for assertions on what happened to what. */
  readonly writes: { method: string; path: string; body: unknown; user: string }[] = [];

  constructor(kinds = [...KINDS, ...OPTIONAL_KINDS]) {
    for (const [path, plural, kind, namespaced] of kinds) {
      const apiVersion = path.replace(/^\/apis?\//, "");
      this.collections.set(`${path}/${plural}`, {
        kind,
        apiVersion,
        namespaced,
        objects: new Map(),
        events: [],
        compactedTo: 0,
      });
    }
  }

  get version(): string {
    return String(this.#version);
  }

  addKind(path: string, plural: string, kind: string): void {
    this.collections.set(`${path}/${plural}`, {
      kind,
      apiVersion: path.replace(/^\/apis?\//, ""),
      namespaced: true,
      objects: new Map(),
      events: [],
      compactedTo: 0,
    });
  }

  #collection(path: string): Collection {
    const found = this.collections.get(path);
    if (!found) throw new Error(`the fake has no ${path}`);
    return found;
  }

  #emit(path: string, type: FakeEvent["type"], object: Obj): void {
    const collection = this.#collection(path);
    collection.events.push({ version: this.#version, type, object: copy(object) });
    for (const watcher of this.#watchers) watcher(path);
  }

  onChange(watcher: (collection: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Puts an object there, as if its owner had. */
  put(path: string, given: Record<string, unknown>): Obj {
    const collection = this.#collection(path);
    const metadata = (given.metadata ?? {}) as Record<string, unknown>;
    const key = `${collection.namespaced ? (metadata.namespace ?? "default") : ""}/${metadata.name}`;
    const old = collection.objects.get(key);
    this.#version++;
    const object: Obj = {
      apiVersion: collection.apiVersion,
      kind: collection.kind,
      ...copy(given),
      metadata: {
        creationTimestamp: new Date(Math.floor(this.nowMillis() / 1000) * 1000).toISOString().replace(".000Z", "Z"),
        generation: 1,
        ...(collection.namespaced ? { namespace: "default" } : {}),
        ...old?.metadata,
        ...copy(metadata),
        uid: (old?.metadata.uid as string | undefined) ?? (metadata.uid as string | undefined) ?? randomUUID(),
        resourceVersion: String(this.#version),
      },
    };
    collection.objects.set(key, object);
    this.#emit(path, old ? "MODIFIED" : "ADDED", object);
    return object;
  }

  get(path: string, namespace: string, name: string): Obj | undefined {
    return this.#collection(path).objects.get(`${namespace}/${name}`);
  }

  all(path: string): Obj[] {
    return [...this.#collection(path).objects.values()];
  }

  /** Changes an object as its controller or kubelet would. */
  change(path: string, namespace: string, name: string, patch: unknown): Obj {
    const object = this.get(path, namespace, name);
    if (!object) throw new Error(`there is no ${path} ${namespace}/${name}`);
    return this.put(path, mergePatch(object, patch) as Record<string, unknown>);
  }

  remove(path: string, namespace: string, name: string): void {
    const collection = this.#collection(path);
    const object = collection.objects.get(`${namespace}/${name}`);
    if (!object) return;
    this.#version++;
    collection.objects.delete(`${namespace}/${name}`);
    this.#emit(path, "DELETED", {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    });
  }

  /** Forgets all past versions, as etcd's compaction does. */
  compact(): void {
    this.#version++;
    for (const collection of this.collections.values()) {
      collection.compactedTo = this.#version;
      collection.events = [];
    }
  }

  /** Events of a collection after a version; undefined: they are forgotten. */
  eventsAfter(path: string, version: number, namespace: string): FakeEvent[] | undefined {
    const collection = this.#collection(path);
    if (version < collection.compactedTo) return undefined;
    return collection.events.filter(
      (e) => e.version > version && (namespace === "" || e.object.metadata.namespace === namespace),
    );
  }

  handle(request: FakeRequest): FakeAnswer {
    const parsed = this.#parse(request.path);
    if (!parsed) return this.#other(request);
    const { path, namespace, name, sub } = parsed;
    const verb =
      name === "" && request.method === "GET"
        ? "list"
        : ({ GET: "get", POST: "create", PUT: "update", PATCH: "patch" }[request.method] ?? "delete");
    const resource = `${path.split("/").at(-1)}${sub === "" ? "" : `/${sub}`}`;
    if (this.mayDo && !this.mayDo(request.user ?? "", verb, resource, namespace)) {
      return failure(403, "Forbidden", `user "${request.user}" cannot ${verb} ${resource}`);
    }
    if (name === "")
      return request.method === "GET" ? this.#list(path, namespace, request) : this.#create(path, namespace, request);
    const object = this.#collection(path).objects.get(`${namespace}/${name}`);
    if (!object) return failure(404, "NotFound");
    const dry = this.#dryRun(request);
    if (typeof dry !== "boolean") return dry;
    if (sub === "scale") return this.#scale(path, object, request, dry);
    if (sub === "eviction") return this.#evict(object, request, dry);
    if (sub === "binding") return this.#bind(object, request, dry);
    if (request.method === "GET") return { status: 200, body: copy(object) };
    if (request.method === "PUT") return this.#put(path, object, request, dry);
    if (request.method === "PATCH") return this.#patch(path, object, request, dry);
    return failure(405, "MethodNotAllowed");
  }

  #parse(path: string): { path: string; namespace: string; name: string; sub: string } | undefined {
    for (const [collection, { namespaced }] of this.collections) {
      const cut = collection.lastIndexOf("/");
      const [group, plural] = [collection.slice(0, cut), collection.slice(cut + 1)];
      const parts = path.split("/").map(decodeURIComponent);
      const depth = group.split("/").length;
      if (parts.slice(0, depth).join("/") !== group) continue;
      const rest = parts.slice(depth);
      if (namespaced && rest[0] === "namespaces" && rest[2] === plural) {
        return { path: collection, namespace: rest[1]!, name: rest[3] ?? "", sub: rest[4] ?? "" };
      }
      // below a namespace are other kinds
      const isInside = plural === "namespaces" && rest.length > 2;
      if (rest[0] === plural && !isInside && (rest.length === 1 || !namespaced)) {
        return { path: collection, namespace: "", name: rest[1] ?? "", sub: rest[2] ?? "" };
      }
    }
    return undefined;
  }

  #other({ method, path, body, user }: FakeRequest): FakeAnswer {
    if (path === "/version") return { status: 200, body: { major: "1", minor: "35", gitVersion: "v1.35.4" } };
    if (path === "/readyz") return { status: 200, body: {} };
    if (path === "/apis") {
      const groups = new Set(
        [...this.collections.values()]
          .map((c) => c.apiVersion.split("/"))
          .filter((p) => p.length === 2)
          .map(([g]) => g),
      );
      return { status: 200, body: { kind: "APIGroupList", groups: [...groups].map((name) => ({ name })) } };
    }
    if (path === "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" && method === "POST") {
      const a = ((body as Obj).spec as Record<string, Record<string, string>>).resourceAttributes!;
      const resource = a.subresource ? `${a.resource}/${a.subresource}` : a.resource!;
      const allowed = this.mayDo
        ? this.mayDo(user ?? "", a.verb!, resource, a.namespace ?? "")
        : a.verb !== "*" && a.resource !== "*";
      return { status: 201, body: { kind: "SelfSubjectAccessReview", status: { allowed } } };
    }
    return failure(404, "NotFound", "the server could not find the requested resource");
  }

  #list(path: string, namespace: string, { query }: FakeRequest): FakeAnswer {
    const collection = this.#collection(path);
    const keys = [...collection.objects.keys()]
      .filter((key) => namespace === "" || key.startsWith(`${namespace}/`))
      .sort();
    const limit = Number(query.get("limit") ?? "0");
    const token = query.get("continue");
    let from = 0;
    let version = this.#version;
    if (token) {
      const [asOf, after] = token.split("|");
      if (Number(asOf) < collection.compactedTo) return failure(410, "Expired");
      version = Number(asOf);
      from = keys.findIndex((key) => key > after!);
      if (from < 0) from = keys.length;
    }
    const page = limit > 0 ? keys.slice(from, from + limit) : keys.slice(from);
    const more = from + page.length < keys.length;
    const metadata = { resourceVersion: String(version), ...(more ? { continue: `${version}|${page.at(-1)}` } : {}) };
    return {
      status: 200,
      body: { kind: `${collection.kind}List`, metadata, items: page.map((key) => copy(collection.objects.get(key)!)) },
    };
  }

  /** True, false, or why the request is refused. Only the right name with the right value is a dry run. */
  #dryRun({ query }: FakeRequest): boolean | FakeAnswer {
    const given = query.get("dryRun");
    if (given === undefined) return false;
    return given === "All" ? true : failure(422, "Invalid");
  }

  #create(path: string, namespace: string, request: FakeRequest): FakeAnswer {
    const dry = this.#dryRun(request);
    if (typeof dry !== "boolean") return dry;
    const given = request.body as Obj;
    const name = given.metadata.name ?? `${given.metadata.generateName}${randomUUID().slice(0, 5)}`;
    if (this.#collection(path).objects.has(`${namespace}/${name}`)) return failure(409, "AlreadyExists");
    if (path.endsWith("/leases") && !isMicroTime(given)) return failure(400, "BadRequest");
    const object = { ...given, metadata: { ...given.metadata, name, namespace } };
    if (dry) return { status: 201, body: object };
    this.#note(request);
    return { status: 201, body: copy(this.put(path, object)) };
  }

  #note({ method, path, body, user }: FakeRequest): void {
    this.writes.push({ method, path, body: copy(body), user: user ?? "" });
  }

  /** A stale precondition. "0" and "" are none. */
  #isStale(object: Obj, given: unknown): boolean {
    return given !== undefined && given !== "" && given !== "0" && given !== object.metadata.resourceVersion;
  }

  #put(path: string, object: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
    const given = request.body as Obj;
    if (given.metadata.resourceVersion === undefined) return failure(422, "Invalid");
    if (this.#isStale(object, given.metadata.resourceVersion)) return failure(409, "Conflict");
    if (path.endsWith("/leases") && !isMicroTime(given)) return failure(400, "BadRequest");
    if (dry) return { status: 200, body: copy(given) };
    this.#note(request);
    return {
      status: 200,
      body: copy(this.put(path, { ...given, metadata: { ...given.metadata, namespace: object.metadata.namespace } })),
    };
  }

  #patch(path: string, object: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
    let next: unknown;
    if (request.contentType === "application/json-patch+json") {
      next = jsonPatch(object, request.body as never);
      if (next === undefined) return failure(422, "Invalid");
    } else if (request.contentType === "application/merge-patch+json") {
      const version = (request.body as Obj).metadata?.resourceVersion;
      if (this.#isStale(object, version)) return failure(409, "Conflict");
      next = mergePatch(object, request.body);
    } else return failure(415, "UnsupportedMediaType");
    if (dry) return { status: 200, body: copy(next as Obj) };
    this.#note(request);
    return { status: 200, body: copy(this.put(path, next as Record<string, unknown>)) };
  }

  #scale(path: string, object: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
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
    if (this.#isStale(object, given.metadata?.resourceVersion)) return failure(409, "Conflict");
    let replicas = given.spec?.replicas ?? spec.replicas ?? 1;
    // as the real one does: null scales to zero
    if (given.spec && given.spec.replicas === null) replicas = 0;
    if (typeof replicas !== "number" || replicas < 0 || !Number.isInteger(replicas)) return failure(422, "Invalid");
    const next = { ...object, spec: { ...spec, replicas } } as Obj;
    if (dry) return { status: 200, body: scaleOf(next) };
    this.#note(request);
    const generation = Number(object.metadata.generation ?? 1) + (replicas === spec.replicas ? 0 : 1);
    return { status: 200, body: scaleOf(this.put(path, { ...next, metadata: { ...next.metadata, generation } })) };
  }

  #evict(pod: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
    const options = (request.body as { deleteOptions?: { preconditions?: { uid?: string; resourceVersion?: string } } })
      .deleteOptions;
    const labels = (pod.metadata.labels ?? {}) as Record<string, string>;
    const budgets = this.all("/apis/policy/v1/poddisruptionbudgets").filter((b) => {
      const wanted = ((b.spec as Obj).selector as { matchLabels?: Record<string, string> }).matchLabels ?? {};
      return (
        b.metadata.namespace === pod.metadata.namespace && Object.entries(wanted).every(([k, v]) => labels[k] === v)
      );
    });
    if (budgets.length > 1) return failure(500, "InternalError", "This pod has more than one PodDisruptionBudget");
    const [budget] = budgets;
    const allowed = budget ? Number((budget.status as { disruptionsAllowed?: number }).disruptionsAllowed ?? 0) : 1;
    if (allowed < 1)
      return failure(429, "TooManyRequests", "Cannot evict pod", { causes: [{ reason: "DisruptionBudget" }] });
    const use = () => {
      if (!budget || dry) return;
      this.put("/apis/policy/v1/poddisruptionbudgets", {
        ...budget,
        status: { ...(budget.status as object), disruptionsAllowed: allowed - 1 },
      });
    };
    const { uid, resourceVersion } = options?.preconditions ?? {};
    if ((uid !== undefined && uid !== pod.metadata.uid) || this.#isStale(pod, resourceVersion)) {
      use(); // as the real one does: a stale precondition uses the budget up all the same
      return failure(409, "Conflict");
    }
    if (dry) return { status: 201, body: { kind: "Status", status: "Success" } };
    use();
    this.#note(request);
    this.remove("/api/v1/pods", String(pod.metadata.namespace), String(pod.metadata.name));
    return { status: 201, body: { kind: "Status", status: "Success" } };
  }

  #bind(pod: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
    const given = request.body as { metadata: Record<string, unknown>; target: { name: string } };
    const spec = pod.spec as { nodeName?: string; schedulingGates?: unknown[] };
    if (spec.nodeName || (spec.schedulingGates ?? []).length > 0) return failure(409, "Conflict");
    if (given.metadata.uid !== undefined && given.metadata.uid !== pod.metadata.uid) return failure(409, "Conflict");
    if (this.#isStale(pod, given.metadata.resourceVersion)) return failure(409, "Conflict");
    if (dry) return { status: 201, body: { kind: "Status", status: "Success" } };
    this.#note(request);
    const annotations = { ...(pod.metadata.annotations as object), ...(given.metadata.annotations as object) };
    this.put("/api/v1/pods", {
      ...pod,
      metadata: { ...pod.metadata, annotations },
      spec: { ...spec, nodeName: given.target.name },
    });
    return { status: 201, body: { kind: "Status", status: "Success" } };
  }
}

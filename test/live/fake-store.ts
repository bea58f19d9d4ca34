// A small API server's memory: objects with versions, lists in pages, watches from a version, preconditions, dry runs, /scale,
// eviction with disruption budgets, bindings, leases. It answers as Kubernetes 1.35 was seen to answer; the same contract test
// runs against a real one (test/cluster).

import { randomUUID } from "node:crypto";
import { applied, updatedBy } from "./fake-fields.js";
import { copy, failure, isMicroTime, jsonPatch, KINDS, mergePatch, OPTIONAL_KINDS } from "./fake-kinds.js";
import { bind, evict, isStale, managerOf, scale } from "./fake-subresources.js";

export type Obj = Record<string, unknown> & { metadata: Record<string, unknown> };

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
  /** Its status is written below it, and nowhere else. */
  status: boolean;
  objects: Map<string, Obj>;
  /** As they were at versions whose pages are still being read. */
  past: Map<number, Map<string, Obj>>;
  events: FakeEvent[];
  /** Versions up to here are forgotten. */
  compactedTo: number;
}

const WITHOUT_STATUS = new Set(["ConfigMap", "Event", "Lease"]);

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
        status: !WITHOUT_STATUS.has(kind),
        objects: new Map(),
        past: new Map(),
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
      status: true,
      objects: new Map(),
      past: new Map(),
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
      collection.past.clear();
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
    if (!object) {
      const applies = request.contentType === "application/apply-patch+yaml" && sub === "";
      return applies ? this.#applyNew(path, namespace, name, request) : failure(404, "NotFound");
    }
    const dry = this.#dryRun(request);
    if (typeof dry !== "boolean") return dry;
    if (sub === "scale") return scale(this, path, object, request, dry);
    if (sub === "eviction") return evict(this, object, request, dry);
    if (sub === "binding") return bind(this, object, request, dry);
    if (request.method === "GET") return { status: 200, body: copy(object) };
    if (request.method === "PUT") return this.#put(path, object, request, dry);
    if (request.method === "PATCH") return this.#patch(path, object, request, dry, sub);
    if (request.method === "DELETE" && sub === "") {
      if (!dry) {
        this.note(request);
        this.remove(path, namespace, name);
      }
      return { status: 200, body: copy(object) };
    }
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

  /** Pages of one list are of one moment. */
  #list(path: string, namespace: string, { query }: FakeRequest): FakeAnswer {
    const collection = this.#collection(path);
    const limit = Number(query.get("limit") ?? "0");
    const [asOf, after = ""] = (query.get("continue") ?? "").split("|");
    const version = asOf === "" ? this.#version : Number(asOf);
    if (version < collection.compactedTo) return failure(410, "Expired");
    const objects = asOf === "" ? collection.objects : (collection.past.get(version) ?? collection.objects);
    const keys = [...objects.keys()].filter((key) => namespace === "" || key.startsWith(`${namespace}/`)).sort();
    const rest = keys.filter((key) => key > after);
    const page = limit > 0 ? rest.slice(0, limit) : rest;
    const more = page.length < rest.length;
    if (more) collection.past.set(version, new Map(objects));
    const metadata = { resourceVersion: String(version), ...(more ? { continue: `${version}|${page.at(-1)}` } : {}) };
    const items = page.map((key) => copy(objects.get(key)!));
    return { status: 200, body: { kind: `${collection.kind}List`, metadata, items } };
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
    const { kind } = this.#collection(path);
    const made: Obj = {
      ...given,
      metadata: { ...given.metadata, name, namespace },
      // a status is never what its maker says
      ...(this.#hasStatus(path) ? { status: kind === "Pod" ? { phase: "Pending" } : {} } : {}),
    };
    const object = updatedBy(undefined, made, managerOf(request));
    if (dry) return { status: 201, body: object };
    this.note(request);
    return { status: 201, body: copy(this.put(path, object)) };
  }

  note({ method, path, body, user }: FakeRequest): void {
    this.writes.push({ method, path, body: copy(body), user: user ?? "" });
  }

  #put(path: string, object: Obj, request: FakeRequest, dry: boolean): FakeAnswer {
    const given = request.body as Obj;
    if (given.metadata.resourceVersion === undefined) return failure(422, "Invalid");
    if (isStale(object, given.metadata.resourceVersion)) return failure(409, "Conflict");
    if (path.endsWith("/leases") && !isMicroTime(given)) return failure(400, "BadRequest");
    if (dry) return { status: 200, body: copy(given) };
    this.note(request);
    return {
      status: 200,
      body: copy(
        this.put(path, {
          ...given,
          ...(this.#hasStatus(path) ? { status: object.status } : {}),
          metadata: { ...given.metadata, namespace: object.metadata.namespace },
        }),
      ),
    };
  }

  #patch(path: string, object: Obj, request: FakeRequest, dry: boolean, sub: string): FakeAnswer {
    const patched = this.#patched(object, request);
    if ("refused" in patched) return patched.refused;
    const { next } = patched;
    // a status is written below the object, and nothing else is there
    const kept = this.#hasStatus(path)
      ? sub === "status"
        ? { ...object, status: next.status }
        : { ...next, status: object.status }
      : next;
    const owned =
      request.contentType === "application/apply-patch+yaml" ? kept : updatedBy(object, kept, managerOf(request), sub);
    if (dry) return { status: 200, body: copy(owned) };
    this.note(request);
    return { status: 200, body: copy(this.put(path, owned)) };
  }

  #hasStatus(path: string): boolean {
    return this.#collection(path).status;
  }

  /** The object as the patch would have it, or why not. */
  #patched(object: Obj, request: FakeRequest): { next: Obj } | { refused: FakeAnswer } {
    const refuse = (status: number, reason: string, message?: string) => ({
      refused: failure(status, reason, message),
    });
    if (request.contentType === "application/json-patch+json") {
      const next = jsonPatch(object, request.body as never);
      return next === undefined ? refuse(422, "Invalid") : { next: next as Obj };
    }
    const stale = isStale(object, (request.body as Obj).metadata?.resourceVersion);
    if (request.contentType === "application/merge-patch+json") {
      return stale ? refuse(409, "Conflict") : { next: mergePatch(object, request.body) as Obj };
    }
    if (request.contentType !== "application/apply-patch+yaml") return refuse(415, "UnsupportedMediaType");
    const manager = managerOf(request);
    if (manager === undefined) return refuse(422, "Invalid", "fieldManager is required for apply patch");
    if (stale) return refuse(409, "Conflict");
    return applied(object, request.body as Obj, manager, request.query.get("force") === "true");
  }

  /** An apply makes what is not there. */
  #applyNew(path: string, namespace: string, name: string, request: FakeRequest): FakeAnswer {
    const patched = this.#patched({ metadata: { name, namespace } }, request);
    if ("refused" in patched) return patched.refused;
    const dry = this.#dryRun(request);
    if (typeof dry !== "boolean") return dry;
    if (dry) return { status: 201, body: patched.next };
    this.note(request);
    return { status: 201, body: copy(this.put(path, patched.next)) };
  }
}

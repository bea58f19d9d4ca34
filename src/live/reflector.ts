// One kind of object of one cluster, kept as it is: list in pages, then watch, for ever. Whatever goes wrong it tries again
// and says how old its view is; it never calls an old view fresh. The contract is in docs/live.md ("How it watches").

import { ApiError, type ApiRequest, type KubeApi } from "./api.js";
import { at, isObject, listAt, textAt } from "./json.js";
import { backoffMillis, type Pacing } from "./limiter.js";

export interface Resource<T> {
  /** `pods`: for metrics and messages. */
  name: string;
  /** `/api/v1/pods`. */
  path: string;
  /** From raw JSON to what is kept; undefined: not worth keeping. */
  parse(raw: unknown): T | undefined;
  fieldSelector?: string;
  /** Group of an extension: a server without it has none of these objects, and refuses them to whoever may not ask. */
  group?: string;
}

export interface Held<T> {
  version: string;
  object: T;
}

export type WatchEnd = "end" | "gone" | "error" | "silent" | "truncated" | "forbidden" | "refused";

/** What an onlooker is told: metrics and recordings live on it. */
export interface Onlooker {
  restart?(reason: WatchEnd | "list"): void;
  listed?(version: string, raw: readonly unknown[]): void;
  event?(type: string, raw: unknown): void;
  drift?(objects: number): void;
}

export interface ReflectorOptions {
  pageLimit: number;
  watchSecondsLeast: number;
  watchSecondsMost: number;
  /** Silence beyond a watch's own end after which it is given up. */
  graceMillis: number;
  /** How often the whole is listed again to check it; 0 = never. */
  checkMillis: number;
  /** How long a watch gets to deliver what a check's list already showed. */
  settleMillis: number;
  restMillis: number;
  backoffMostMillis: number;
  /** A watch that lived so long resets the back-off. */
  healthyMillis: number;
}

export const REFLECTOR_DEFAULTS: ReflectorOptions = {
  pageLimit: 500,
  watchSecondsLeast: 240,
  watchSecondsMost: 360,
  graceMillis: 30_000,
  checkMillis: 600_000,
  settleMillis: 5_000,
  restMillis: 1_000,
  backoffMostMillis: 300_000,
  healthyMillis: 60_000,
};

const REFUSED_MILLIS = 30_000;

export class Reflector<T> {
  readonly resource: Resource<T>;
  readonly #api: KubeApi;
  readonly #pacing: Pacing;
  readonly #options: ReflectorOptions;
  readonly #onlooker: Onlooker;
  #store = new Map<string, Held<T>>();
  #touched: Set<string> | undefined;
  #version = "";
  #asOfMillis = Number.NaN;
  #failure: ApiError | undefined;
  #absent = false;
  badLines = 0;

  constructor(
    api: KubeApi,
    resource: Resource<T>,
    pacing: Pacing,
    options: Partial<ReflectorOptions> = {},
    onlooker: Onlooker = {},
  ) {
    this.resource = resource;
    this.#api = api;
    this.#pacing = pacing;
    this.#options = { ...REFLECTOR_DEFAULTS, ...options };
    this.#onlooker = onlooker;
  }

  /** When the server last said something of these objects, ms; NaN: never listed. */
  get asOfMillis(): number {
    return this.#asOfMillis;
  }
  get version(): string {
    return this.#version;
  }
  /** The last failure, until something succeeds. */
  get failure(): ApiError | undefined {
    return this.#failure;
  }
  /** The server does not know this kind: there are none, and that is known. */
  get absent(): boolean {
    return this.#absent;
  }
  get size(): number {
    return this.#store.size;
  }

  /** The objects as they are now: the list is the caller's, the objects are never changed. */
  objects(): T[] {
    return Array.from(this.#store.values(), (held) => held.object);
  }

  /** Lists and watches until the signal; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.#version === "") {
          await this.#list();
          failures = 0;
          if (this.#absent) {
            await this.#rest(this.#options.checkMillis || 600_000, signal);
            this.#version = "";
            continue;
          }
        }
        const begun = this.#pacing.now();
        const end = await this.#watch(signal);
        if (signal.aborted) return;
        this.#onlooker.restart?.(end);
        if (end === "gone" || end === "silent") this.#version = "";
        const healthy = this.#pacing.now() - begun >= this.#options.healthyMillis;
        failures = healthy || end === "end" ? 0 : failures + 1;
        const most = end === "forbidden" ? REFUSED_MILLIS : Number.POSITIVE_INFINITY;
        const wait = failures === 0 ? this.#options.restMillis : Math.min(most, this.#backoff(failures));
        await this.#rest(Math.max(wait, this.#options.restMillis), signal);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#failure = error;
        if (error.status === 410) this.#version = "";
        failures++;
        this.#onlooker.restart?.("list");
        // a token may be replaced at any moment: whoever was refused for it asks again soon
        const wait = error.status === 401 ? Math.min(this.#backoff(failures), REFUSED_MILLIS) : this.#backoff(failures);
        await this.#rest(Math.max(wait, (error.retryAfterSeconds ?? 0) * 1000), signal);
      }
    }
  }

  #backoff(failures: number): number {
    const { restMillis, backoffMostMillis } = this.#options;
    return backoffMillis(failures - 1, this.#pacing.random(), restMillis, backoffMostMillis);
  }

  #rest(millis: number, signal: AbortSignal): Promise<void> {
    return this.#pacing.sleep(millis, signal);
  }

  /** Everything, in pages; a token that expired begins again (what it would still give is from another moment). */
  async #pages(): Promise<{ version: string; items: unknown[] }> {
    for (let attempt = 0; ; attempt++) {
      const items: unknown[] = [];
      let token = "";
      let version = "";
      try {
        do {
          const { body } = await this.#api.call(
            this.#request({ limit: String(this.#options.pageLimit), ...(token === "" ? {} : { continue: token }) }),
          );
          if (!Array.isArray(at(body, "items"))) throw new ApiError(0, "NoList", `list ${this.resource.name}`);
          items.push(...listAt(body, "items"));
          version = textAt(body, "metadata", "resourceVersion") ?? "";
          token = textAt(body, "metadata", "continue") ?? "";
        } while (token !== "");
        if (version === "") throw new ApiError(0, "ListWithoutVersion", `list ${this.resource.name}`);
        return { version, items };
      } catch (error) {
        if (error instanceof ApiError && error.status === 410 && attempt < 3) continue;
        throw error;
      }
    }
  }

  #request(query: ApiRequest["query"]): ApiRequest {
    const { path, fieldSelector } = this.resource;
    return { method: "GET", path, query: { ...query, ...(fieldSelector ? { fieldSelector } : {}) } };
  }

  async #list(): Promise<void> {
    let listed: { version: string; items: unknown[] };
    try {
      listed = await this.#pages();
      this.#absent = false;
    } catch (error) {
      if (!(error instanceof ApiError) || !(await this.#isAbsent(error))) throw error;
      listed = { version: "0", items: [] };
      this.#absent = true;
    }
    this.#replace(listed);
  }

  /** A server without our kind says 404, or 403 to whoever may not ask; its list of groups, open to all, tells which. */
  async #isAbsent(error: ApiError): Promise<boolean> {
    const { group } = this.resource;
    if (group === undefined) return false;
    if (error.status === 404) return true;
    if (error.status !== 403) return false;
    const { body } = await this.#api.call({ method: "GET", path: "/apis" });
    return !listAt(body, "groups").some((g) => textAt(g, "name") === group);
  }

  /** The store becomes what was listed, in one step. */
  #replace({ version, items }: { version: string; items: readonly unknown[] }): void {
    const store = new Map<string, Held<T>>();
    for (const raw of items) this.#put(store, raw);
    this.#store = store;
    this.#version = version;
    this.#asOfMillis = this.#pacing.now();
    this.#failure = undefined;
    this.#onlooker.listed?.(version, items);
  }

  #put(store: Map<string, Held<T>>, raw: unknown): string | undefined {
    const key = keyOf(raw);
    if (key === undefined) return undefined;
    const object = this.resource.parse(raw);
    if (object === undefined) store.delete(key);
    else store.set(key, { version: textAt(raw, "metadata", "resourceVersion") ?? "", object });
    return key;
  }

  async #watch(signal: AbortSignal): Promise<WatchEnd> {
    const { watchSecondsLeast, watchSecondsMost, graceMillis, checkMillis } = this.#options;
    const span = Math.round(watchSecondsLeast + (watchSecondsMost - watchSecondsLeast) * this.#pacing.random());
    const own = new AbortController();
    const stop = () => own.abort();
    signal.addEventListener("abort", stop, { once: true });
    let end: WatchEnd | undefined;
    const finish = (reason: WatchEnd) => {
      end ??= reason;
      own.abort();
    };
    const silence = this.#rest(span * 1000 + graceMillis, own.signal).then(() => finish("silent"));
    const checking = checkMillis > 0 ? this.#checks(own.signal, finish) : Promise.resolve();
    try {
      await this.#api.lines(
        this.#request({
          watch: "1",
          allowWatchBookmarks: "true",
          resourceVersion: this.#version,
          timeoutSeconds: String(span),
        }),
        own.signal,
        (line) => {
          if (end === undefined && !own.signal.aborted) this.#line(line, finish);
        },
        () => {
          this.#failure = undefined;
        },
      );
      end ??= "end";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (end === undefined && !signal.aborted) {
        this.#failure = error;
        end = error.status === 410 ? "gone" : error.status === 401 || error.status === 403 ? "forbidden" : "error";
      }
    } finally {
      signal.removeEventListener("abort", stop);
      // `end` is set by now, or the whole is being stopped: the end of the wait for silence changes nothing
      end ??= "end";
      own.abort();
      await Promise.all([checking, silence]);
    }
    return end ?? "end";
  }

  #line(line: string, finish: (reason: WatchEnd) => void): void {
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      this.badLines++;
      finish("truncated");
      return;
    }
    const type = textAt(event, "type");
    const raw = at(event, "object");
    if (type === "ERROR") {
      // the one way in which a version that is too old is told
      const code = at(raw, "code");
      this.#failure = new ApiError(typeof code === "number" ? code : 0, "WatchError", `watch ${this.resource.name}`);
      finish(code === 410 ? "gone" : "refused");
      return;
    }
    const version = textAt(raw, "metadata", "resourceVersion");
    if (version === undefined || !isObject(raw)) {
      this.badLines++;
      finish("truncated");
      return;
    }
    this.#version = version;
    this.#asOfMillis = this.#pacing.now();
    if (type === "BOOKMARK") return;
    const key = keyOf(raw);
    if (key !== undefined) {
      if (type === "DELETED") this.#store.delete(key);
      else this.#put(this.#store, raw);
      this.#touched?.add(key);
    }
    this.#onlooker.event?.(type ?? "", raw);
  }

  /** From time to time everything is listed again and compared: what the watch should have told by then and did not is drift. */
  async #checks(signal: AbortSignal, finish: (reason: WatchEnd) => void): Promise<void> {
    for (;;) {
      await this.#rest(this.#options.checkMillis, signal);
      if (signal.aborted) return;
      const before = this.#store;
      this.#touched = new Set();
      try {
        const listed = await this.#pages();
        await this.#rest(this.#options.settleMillis, signal);
        if (signal.aborted || before !== this.#store) return;
        const differing = this.#differences(listed.items, this.#touched);
        if (differing > 0) {
          this.#onlooker.drift?.(differing);
          finish("silent");
          return;
        }
        this.#asOfMillis = this.#pacing.now();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#failure = error;
      } finally {
        this.#touched = undefined;
      }
    }
  }

  #differences(items: readonly unknown[], touched: ReadonlySet<string>): number {
    const listed = new Map<string, string>();
    for (const raw of items) {
      const key = keyOf(raw);
      if (key !== undefined && this.resource.parse(raw) !== undefined) {
        listed.set(key, textAt(raw, "metadata", "resourceVersion") ?? "");
      }
    }
    let count = 0;
    for (const [key, version] of listed) {
      if (!touched.has(key) && this.#store.get(key)?.version !== version) count++;
    }
    for (const key of this.#store.keys()) if (!touched.has(key) && !listed.has(key)) count++;
    return count;
  }
}

function keyOf(raw: unknown): string | undefined {
  const name = textAt(raw, "metadata", "name");
  return name === undefined ? undefined : `${textAt(raw, "metadata", "namespace") ?? ""}/${name}`;
}

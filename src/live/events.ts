// Events on the objects that a change is about, so that whoever looks at one with kubectl sees what was done to it and why. The same
// again within some minutes is counted, not written; a cluster gets at most so many a minute. An event that cannot be written is
// dropped: nothing waits for it.

import { createHash } from "node:crypto";
import { ApiError, FIELD_MANAGER, type KubeApi } from "./api.js";
import type { Outcome } from "./executor.js";
import type { Pacing } from "./limiter.js";
import type { Metrics } from "./metrics.js";
import type { Change, ObjectRef, Verb } from "./plan.js";
import { plain } from "./text.js";
import { isoTime } from "./time.js";

export interface EventNote {
  cluster: string;
  object: ObjectRef;
  type: "Normal" | "Warning";
  /** One word, as the API wants it. */
  reason: string;
  message: string;
}

const DONE: Record<Verb, string> = {
  scale: "Scaled",
  suspend: "Suspended",
  resume: "Resumed",
  evict: "Evicted",
  bind: "Bound",
  nominate: "Nominated",
  route: "Rerouted",
};

const API_VERSIONS: Record<string, string> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  Job: "batch/v1",
  Pod: "v1",
  Workload: "kueue.x-k8s.io/v1beta1",
  HTTPRoute: "gateway.networking.k8s.io/v1",
  Lease: "coordination.k8s.io/v1",
};

const MESSAGE_CHARACTERS_MAX = 900;

function move({ before, after, why }: Change): string {
  return `${before} to ${after}: ${why}`;
}

/** What is said of a change that was tried; undefined: nothing. */
export function eventOf({ change, kind, guard, reason }: Outcome): EventNote | undefined {
  const at = { cluster: change.cluster, object: change.object };
  if (kind === "done") return { ...at, type: "Normal", reason: DONE[change.verb], message: move(change) };
  if (kind === "changed") return undefined;
  const why = kind === "refused" ? `${guard}: ${reason}` : reason;
  return {
    ...at,
    type: "Warning",
    reason: kind === "refused" ? "ChangeRefused" : "ChangeFailed",
    message: `${move(change)}; ${why}`,
  };
}

/** What is said of a change that is only advised. */
export function adviceOf(change: Change): EventNote {
  const reason = `WouldBe${DONE[change.verb]}`;
  return { cluster: change.cluster, object: change.object, type: "Normal", reason, message: move(change) };
}

export interface EventOptions {
  identity: string;
  /** The same is written again only after so long. */
  againMillis: number;
  perMinute: number;
}

export const EVENT_DEFAULTS = { againMillis: 120_000, perMinute: 10 };

interface Told {
  name: string;
  firstMillis: number;
  writtenMillis: number;
  /** All of it, and what was written. */
  count: number;
  written: number;
}

/** Keys remembered; the oldest go first. */
const TOLD_MAX = 2000;
/** What is not said again for so long is new. */
const FORGOTTEN_MILLIS = 3_600_000;

export class EventRecorder {
  readonly #api: KubeApi;
  readonly #cluster: string;
  readonly #pacing: Pacing;
  readonly #metrics: Metrics;
  readonly #options: EventOptions;
  readonly #told = new Map<string, Told>();
  #tokens: number;
  #at: number;

  constructor(
    api: KubeApi,
    cluster: string,
    pacing: Pacing,
    metrics: Metrics,
    options: Pick<EventOptions, "identity"> & Partial<EventOptions>,
  ) {
    this.#api = api;
    this.#cluster = cluster;
    this.#pacing = pacing;
    this.#metrics = metrics;
    this.#options = { ...EVENT_DEFAULTS, ...options };
    this.#tokens = this.#options.perMinute;
    this.#at = pacing.now();
  }

  #count(outcome: "written" | "counted" | "dropped" | "failed"): void {
    this.#metrics.add("events", [this.#cluster, outcome]);
  }

  #mayWrite(now: number): boolean {
    const { perMinute } = this.#options;
    this.#tokens = Math.min(perMinute, this.#tokens + (Math.max(0, now - this.#at) / 60_000) * perMinute);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Says it, if it is time for that; never throws for what a server answers. */
  async say(note: EventNote): Promise<void> {
    const now = this.#pacing.now();
    const message = plain(note.message, MESSAGE_CHARACTERS_MAX);
    const key = `${note.object.uid}|${note.reason}|${message}`;
    let told = this.#told.get(key);
    if (told && now - told.writtenMillis > FORGOTTEN_MILLIS) told = undefined;
    if (!told) {
      // the same name from every instance: what two say at once is one event
      const hash = createHash("sha256")
        .update(`${key}|${Math.floor(now / FORGOTTEN_MILLIS)}`)
        .digest("hex");
      const name = `${note.object.name.slice(0, 200)}.${hash.slice(0, 16)}`;
      told = { name, firstMillis: now, writtenMillis: Number.NEGATIVE_INFINITY, count: 0, written: 0 };
      this.#told.delete(key);
      this.#told.set(key, told);
      if (this.#told.size > TOLD_MAX) this.#told.delete(this.#told.keys().next().value!);
    }
    told.count++;
    if (now - told.writtenMillis < this.#options.againMillis) return this.#count("counted");
    if (!this.#mayWrite(now)) return this.#count("dropped");
    try {
      await this.#write(note, message, told, now);
      told.written = told.count;
      told.writtenMillis = now;
      this.#count("written");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#count("failed");
    }
  }

  async #write(note: EventNote, message: string, told: Told, now: number): Promise<void> {
    const { namespace, kind, name, uid, resourceVersion } = note.object;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    const lastTimestamp = isoTime(now).replace(/\.\d+Z/, "Z");
    const again = () =>
      this.#api.call({
        method: "PATCH",
        path: `${path}/${encodeURIComponent(told.name)}`,
        patch: "merge",
        query: { fieldManager: FIELD_MANAGER },
        body: { count: told.count, lastTimestamp },
      });
    if (told.written > 0) {
      await again();
      return;
    }
    const apiVersion = API_VERSIONS[kind];
    const body = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: told.name, namespace },
      involvedObject: { kind, namespace, name, uid, resourceVersion, ...(apiVersion ? { apiVersion } : {}) },
      reason: note.reason,
      message,
      type: note.type,
      source: { component: "windtunnel" },
      reportingComponent: "windtunnel",
      reportingInstance: this.#options.identity.slice(0, 128),
      firstTimestamp: isoTime(told.firstMillis).replace(/\.\d+Z/, "Z"),
      lastTimestamp,
      count: told.count,
    };
    try {
      await this.#api.call({ method: "POST", path, query: { fieldManager: FIELD_MANAGER }, body });
    } catch (error) {
      // another instance has said it
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      await again();
    }
  }
}

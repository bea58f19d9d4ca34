// What two controllers may never do, whatever breaks: checked where a write leaves them and where the server keeps it. Limits are
// written down here once more and share nothing with the guards.

import { type ApiRequest, inWords } from "../../src/live/api.js";
import { PATHS } from "./cluster-objects.js";
import type { FakeStore } from "./fake-store.js";

export const START = Date.parse("2027-03-01T12:00:00Z");
export const PERMIT_END = START + 90 * 60_000;
const LIMITS = { changesHour: 4, gpusHour: 7, restUpMillis: 45_000, restDownMillis: 90_000, freshSeconds: 30 };
/** Two controllers' clocks may differ by so much, and a request may be under way for a while. */
const APART_MILLIS = 12_000;

/** What the checks know of a controller. */
export interface Watched {
  name: string;
  identity: string;
  skewMillis: number;
  audit: string[];
  /** What its latest reading of the switches said, and how many requests it has sent since. */
  control: { paused: boolean; revoked: boolean; requests: number } | undefined;
  /** Requests sent since it last wrote the lease with success. */
  leaseRequests: number | undefined;
  view: { state: string; ageSeconds: number } | undefined;
  dryRuns: Set<string>;
  driftedMillis: number | undefined;
}

export function isChange(request: ApiRequest): boolean {
  return request.method !== "GET" && request.query?.dryRun === undefined && !request.path.includes("/leases");
}

function objectOf(request: ApiRequest): { namespace: string; plural: string; name: string } {
  const parts = request.path.split("/");
  const at = parts.indexOf("namespaces");
  return { namespace: parts[at + 1]!, plural: parts[at + 2]!, name: parts[at + 3]! };
}

/** A way back may come at any time. */
function wentBack(actor: Watched, name: string): boolean {
  return actor.audit.some((line) => line.includes('"because":"ROLLBACK"') && line.includes(`/${name}"`));
}

interface Weight {
  gpus: number;
  direction: "up" | "down";
}

export class Checks {
  readonly violations: string[] = [];
  readonly #store: FakeStore;
  readonly #now: () => number;
  readonly #kept: (Weight & { at: number; object: string })[] = [];

  constructor(store: FakeStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  get kept(): number {
    return this.#kept.length;
  }

  #violate(actor: Watched, what: string, request: ApiRequest): void {
    this.violations.push(`${actor.identity}: ${what}: ${inWords(request)} at ${(this.#now() - START) / 1000} s`);
  }

  /** A real write leaves a controller. */
  sent(actor: Watched, request: ApiRequest): void {
    const fail = (what: string) => this.#violate(actor, what, request);
    const { control, view } = actor;
    const now = this.#now() + actor.skewMillis;
    if (!actor.dryRuns.has(request.path)) fail("no dry run before");
    // reading the switches, then writing the lease, then the write; the lease may be renewed meanwhile: two requests more
    if (!control || control.requests > 5) fail("the switches were not read just before");
    else if (control.paused) fail("written while paused");
    else if (control.revoked) fail("written with a revoked permit");
    if (actor.leaseRequests === undefined || actor.leaseRequests > 3) fail("the lease was not written just before");
    if (view?.state !== "fresh" || view.ageSeconds > LIMITS.freshSeconds) fail("written on a stale view");
    if (now >= PERMIT_END) fail("written after the permit's end");
    const minutes = Math.floor(now / 60_000) % 1440;
    const { namespace, plural, name } = objectOf(request);
    const open = (minutes >= 720 && minutes < 740) || minutes >= 750;
    if (!open && !wentBack(actor, name)) fail("written outside of the windows");
    if (namespace !== "team") fail("written where nothing is granted");
    if (plural === "deployments" && name === "owned") fail("written over another owner");
    if (name === "kept-out") fail("written on an object that is to be left alone");
    if (!/"resourceVersion":"[1-9]/.test(JSON.stringify(request.body))) fail("written without a version");
    const intents = actor.audit.filter((line) => line.includes('"kind":"intent"') && line.includes(`/${name}"`)).length;
    const mine = this.#store.writes.filter(
      (w) => w.user === actor.name && objectOf(w as ApiRequest).name === name,
    ).length;
    if (intents <= mine) fail("written without a line in the audit log");
  }

  /** How much a change weighs, by what the server holds before it. */
  weigh(request: ApiRequest): Weight {
    const { plural, name } = objectOf(request);
    if (plural === "deployments") {
      const before =
        (this.#store.get(PATHS.deployments, "team", name)?.spec as { replicas: number } | undefined)?.replicas ?? 0;
      const after = (request.body as { spec: { replicas: number } }).spec.replicas;
      return { gpus: Math.abs(after - before), direction: after < before ? "down" : "up" };
    }
    if (plural === "jobs") {
      const job = this.#store.get(PATHS.jobs, "team", name)?.spec as { parallelism: number; gpus: number } | undefined;
      const suspend = (request.body as { spec: { suspend: boolean } }).spec.suspend;
      return { gpus: (job?.parallelism ?? 0) * (job?.gpus ?? 0), direction: suspend ? "down" : "up" };
    }
    return { gpus: 1, direction: request.path.endsWith("/eviction") ? "down" : "up" };
  }

  /** The server has kept a write. */
  keptWrite(actor: Watched, request: ApiRequest, weight: Weight): void {
    const { plural, name } = objectOf(request);
    const object = `${plural}/${name}`;
    const now = this.#now();
    const hour = this.#kept.filter((k) => k.at > now - 3_600_000 + APART_MILLIS);
    const last = this.#kept.filter((k) => k.object === object).at(-1);
    this.#kept.push({ ...weight, at: now, object });
    const fail = (what: string) => this.#violate(actor, what, request);
    if (hour.length + 1 > LIMITS.changesHour) fail(`${hour.length + 1} changes within an hour`);
    const gpus = hour.reduce((sum, k) => sum + k.gpus, 0) + weight.gpus;
    if (gpus > LIMITS.gpusHour) fail(`${gpus} GPUs within an hour`);
    const rest = weight.direction === "down" ? LIMITS.restDownMillis : LIMITS.restUpMillis;
    if (last && now - last.at < rest - APART_MILLIS && !wentBack(actor, name))
      fail(`changed again after ${(now - last.at) / 1000} s`);
    const lease = this.#store.get(PATHS.leases, "windtunnel", "windtunnel-leader");
    const holder = (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
    if (holder !== actor.identity) fail(`kept while ${holder} holds the lease`);
  }
}

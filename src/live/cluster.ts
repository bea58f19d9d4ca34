// One cluster as it is seen: a reflector a kind of object, and a verdict on the whole. A cluster that cannot be seen is
// unknown, never empty: its snapshot says so, and nobody decides on it.

import { setMaxListeners } from "node:events";
import { type ApiError, type KubeApi, reasonInWords } from "./api.js";
import type { ScaleTarget } from "./config.js";
import type { Pacing } from "./limiter.js";
import {
  type DisruptionBudget,
  type Job,
  type Meta,
  type Node,
  type Pod,
  parseBudget,
  parseJob,
  parseMeta,
  parseNode,
  parsePod,
  parseRoute,
  parseScalable,
  parseScaleOwner,
  parseWorkload,
  type Route,
  type Scalable,
  type ScaleOwner,
  type Workload,
} from "./objects.js";
import { type Onlooker, Reflector, type ReflectorOptions, type Resource } from "./reflector.js";

/** Kinds in the order of their numbers in AS_OF facts. */
export const KINDS = [
  "nodes",
  "pods",
  "namespaces",
  "jobs",
  "deployments",
  "statefulsets",
  "poddisruptionbudgets",
  "horizontalpodautoscalers",
  "scaledobjects",
  "workloads",
  "httproutes",
  "custom",
] as const;
export type Kind = (typeof KINDS)[number];
export const RESOURCES = {
  nodes: { name: "nodes", path: "/api/v1/nodes", parse: parseNode },
  pods: { name: "pods", path: "/api/v1/pods", parse: parsePod },
  namespaces: { name: "namespaces", path: "/api/v1/namespaces", parse: parseMeta },
  jobs: { name: "jobs", path: "/apis/batch/v1/jobs", parse: parseJob },
  deployments: { name: "deployments", path: "/apis/apps/v1/deployments", parse: parseScalable("Deployment") },
  statefulsets: { name: "statefulsets", path: "/apis/apps/v1/statefulsets", parse: parseScalable("StatefulSet") },
  poddisruptionbudgets: {
    name: "poddisruptionbudgets",
    path: "/apis/policy/v1/poddisruptionbudgets",
    parse: parseBudget,
  },
  horizontalpodautoscalers: {
    name: "horizontalpodautoscalers",
    path: "/apis/autoscaling/v2/horizontalpodautoscalers",
    parse: parseScaleOwner("HorizontalPodAutoscaler"),
  },
  scaledobjects: {
    name: "scaledobjects",
    group: "keda.sh",
    path: "/apis/keda.sh/v1alpha1/scaledobjects",
    parse: parseScaleOwner("ScaledObject"),
  },
  workloads: {
    name: "workloads",
    group: "kueue.x-k8s.io",
    path: "/apis/kueue.x-k8s.io/v1beta1/workloads",
    parse: parseWorkload,
  },
  httproutes: {
    name: "httproutes",
    group: "gateway.networking.k8s.io",
    path: "/apis/gateway.networking.k8s.io/v1/httproutes",
    parse: parseRoute,
  },
} as const satisfies Record<Exclude<Kind, "custom">, Resource<unknown>>;

/** The objects of a snapshot, by field. */
export type Objects = Pick<
  Snapshot,
  "nodes" | "pods" | "namespaces" | "jobs" | "scalables" | "budgets" | "scaleOwners" | "workloads" | "routes"
>;

/** Objects by field from objects by kind, for whoever has them: watches, a recording, a fake. */
export function viewOf(read: <T>(resource: Resource<T>) => readonly T[], custom: readonly Scalable[] = []): Objects {
  return {
    nodes: read(RESOURCES.nodes),
    pods: read(RESOURCES.pods),
    namespaces: read(RESOURCES.namespaces),
    jobs: read(RESOURCES.jobs),
    scalables: [...read(RESOURCES.deployments), ...read(RESOURCES.statefulsets), ...custom],
    budgets: read(RESOURCES.poddisruptionbudgets),
    scaleOwners: [...read(RESOURCES.horizontalpodautoscalers), ...read(RESOURCES.scaledobjects)],
    workloads: read(RESOURCES.workloads),
    routes: read(RESOURCES.httproutes),
  };
}

/** A custom resource that a target names: `group/version/plural`. */
export function customResource(target: Pick<ScaleTarget, "resource" | "kind">): Resource<Scalable> {
  const [group, version, plural] = target.resource!.split("/");
  return {
    name: "custom",
    group: group!,
    path: `/apis/${group}/${version}/${plural}`,
    parse: parseScalable(target.kind),
  };
}

export type ClusterState = "starting" | "fresh" | "stale" | "degraded" | "unreachable" | "lost";

/** What is known of a cluster at one moment. Never changes after it is made. */
export interface Snapshot {
  cluster: string;
  server: string;
  takenMillis: number;
  /** Age of its oldest part, seconds; Infinity: a part was never seen. */
  ageSeconds: number;
  state: ClusterState;
  /** Why it is not fresh. */
  why: string;
  versions: Readonly<Record<string, string>>;
  ageSecondsOf: Readonly<Record<string, number>>;
  nodes: readonly Node[];
  pods: readonly Pod[];
  namespaces: readonly Meta[];
  jobs: readonly Job[];
  scalables: readonly Scalable[];
  budgets: readonly DisruptionBudget[];
  scaleOwners: readonly ScaleOwner[];
  workloads: readonly Workload[];
  routes: readonly Route[];
}

export interface ClusterOptions {
  name: string;
  server: string;
  freshMillisMax: number;
  lostMillis: number;
  targets: readonly ScaleTarget[];
  reflector?: Partial<ReflectorOptions>;
  onlooker?(resource: string): Onlooker;
}

export class ClusterView {
  readonly name: string;
  readonly api: KubeApi;
  readonly #options: ClusterOptions;
  readonly #pacing: Pacing;
  readonly #reflectors = new Map<string, Reflector<unknown>>();
  readonly #custom: Reflector<Scalable>[] = [];
  #running: { stop: AbortController; done: Promise<unknown> } | undefined;
  #goneSince: number | undefined;

  constructor(api: KubeApi, options: ClusterOptions, pacing: Pacing) {
    this.name = options.name;
    this.api = api;
    this.#options = options;
    this.#pacing = pacing;
    for (const resource of Object.values(RESOURCES) as Resource<unknown>[]) {
      this.#reflectors.set(resource.name, this.#reflector(resource));
    }
    const resources = new Set(options.targets.map((t) => t.resource).filter((r) => r !== undefined));
    for (const resource of resources) {
      const target = options.targets.find((t) => t.resource === resource)!;
      this.#custom.push(this.#reflector(customResource(target)));
    }
  }

  #reflector<T>(resource: Resource<T>): Reflector<T> {
    const { reflector, onlooker } = this.#options;
    return new Reflector(this.api, resource, this.#pacing, reflector, onlooker?.(resource.name));
  }

  start(): void {
    if (this.#running) return;
    const stop = new AbortController();
    // one for all kinds: each waits on it more than once
    setMaxListeners(0, stop.signal);
    const all = [...this.#reflectors.values(), ...this.#custom];
    this.#running = { stop, done: Promise.all(all.map((r) => r.run(stop.signal))) };
  }

  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.done;
    this.#running = undefined;
  }

  /** The moment's view. Cheap: lists of objects that are never changed. */
  snapshot(): Snapshot {
    const now = this.#pacing.now();
    const versions: Record<string, string> = {};
    const ages: Record<string, number> = {};
    let oldest = 0;
    for (const [kind, reflector] of this.#reflectors) {
      versions[kind] = reflector.version;
      const age = reflector.absent ? 0 : (now - reflector.asOfMillis) / 1000;
      ages[kind] = Number.isNaN(age) ? Number.POSITIVE_INFINITY : Math.max(0, age);
      oldest = Math.max(oldest, ages[kind]);
    }
    for (const [i, reflector] of this.#custom.entries()) {
      const age = reflector.absent ? 0 : (now - reflector.asOfMillis) / 1000;
      ages[`custom${i}`] = Number.isNaN(age) ? Number.POSITIVE_INFINITY : Math.max(0, age);
      oldest = Math.max(oldest, ages[`custom${i}`]!);
    }
    const { state, why } = this.#judge(now, oldest);
    return {
      cluster: this.name,
      server: this.#options.server,
      takenMillis: now,
      ageSeconds: oldest,
      state,
      why,
      versions,
      ageSecondsOf: ages,
      ...viewOf(
        <T>(resource: Resource<T>) => (this.#reflectors.get(resource.name) as Reflector<T>).objects(),
        this.#custom.flatMap((r) => r.objects()),
      ),
    };
  }

  #judge(now: number, oldestSeconds: number): { state: ClusterState; why: string } {
    const all = [...this.#reflectors.entries()].map(([kind, r]) => ({ kind, failure: r.failure, seen: r.asOfMillis }));
    const refused = all.find(({ failure }) => failure && (failure.status === 401 || failure.status === 403));
    const unseen = all.filter((r) => Number.isNaN(r.seen));
    const gone = all.filter(({ failure }) => failure?.status === 0);
    if (gone.length === 0) this.#goneSince = undefined;
    else this.#goneSince ??= now;
    if (this.#goneSince !== undefined && oldestSeconds * 1000 > this.#options.freshMillisMax) {
      const lost = now - this.#goneSince >= this.#options.lostMillis;
      return { state: lost ? "lost" : "unreachable", why: wordsOf(gone[0]!.failure!) };
    }
    if (refused) return { state: "degraded", why: `${refused.kind}: ${wordsOf(refused.failure!)}` };
    if (unseen.length > 0) {
      const { kind, failure } = unseen[0]!;
      return { state: "starting", why: `${kind} not listed yet${failure ? `: ${wordsOf(failure)}` : ""}` };
    }
    if (oldestSeconds * 1000 > this.#options.freshMillisMax) {
      return { state: "stale", why: `its view is ${oldestSeconds.toFixed(0)} s old` };
    }
    return { state: "fresh", why: "" };
  }

  /** Objects held, for the page and for memory checks. */
  get sizes(): Record<string, number> {
    return Object.fromEntries([...this.#reflectors].map(([kind, r]) => [kind, r.size]));
  }

  get badLines(): number {
    return [...this.#reflectors.values()].reduce((sum, r) => sum + r.badLines, 0);
  }
}

function wordsOf(error: ApiError): string {
  return reasonInWords(error.status, error.reason);
}

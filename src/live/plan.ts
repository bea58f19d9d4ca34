// A plan: what the policy wants changed, object by object, as a value that can be read, kept, checked and applied, or refused.
// What is not wanted or not possible is in it too, with the reason.

import { createHash } from "node:crypto";
import { WindtunnelError } from "../model/errors.js";
import { byName, type Claim, type Claims } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import type { Action, LiveConfigFile } from "./config.js";
import type { Decided, Decision } from "./driver.js";
import type { FrameKey } from "./frame.js";
import { canonical, isObject } from "./json.js";
import type { Pod } from "./objects.js";
import { isoTime } from "./time.js";

/** Version of the file. */
export const PLAN_FORMAT = 1;

export type Verb = "scale" | "suspend" | "resume" | "evict" | "bind" | "nominate" | "route";

export const ACTION_OF: Record<Verb, Action> = {
  scale: "scale",
  suspend: "suspend",
  resume: "suspend",
  evict: "evict",
  bind: "bind",
  nominate: "nominate",
  route: "route",
};

export interface ObjectRef {
  kind: string;
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  /** Of the object itself; subresources are below it. */
  path: string;
}

/** Why a change is wanted. */
export type ReasonCode = "POLICY_START" | "POLICY_STOP" | "CONTROLLER" | "ROLLBACK" | "ROUTE_STEP" | "MAKE_ROOM";

export interface Change {
  id: string;
  cluster: string;
  verb: Verb;
  object: ObjectRef;
  before: string;
  after: string;
  reason: ReasonCode;
  /** One sentence. */
  why: string;
  /** GPUs that it moves, and replicas. */
  gpus: number;
  replicas: number;
  /** Changes of one group are made together or not at all. */
  group: string;
  /** Of bind: node and devices. Of resume: tasks by node. Of nominate: clusters. While two policies are compared: whose it is. */
  detail: Readonly<Record<string, string>>;
}

export interface Refusal {
  change: string;
  cluster: string;
  object: string;
  verb: Verb;
  guard: string;
  reason: string;
}

export interface PlanSnapshot {
  cluster: string;
  server: string;
  state: string;
  why: string;
  takenAt: string;
  ageSeconds: number | null;
  versions: Readonly<Record<string, string>>;
}

export interface Plan {
  windtunnelPlan: typeof PLAN_FORMAT;
  id: string;
  createdAt: string;
  expiresAt: string;
  policy: LiveConfigFile["policy"];
  engineSha256: string;
  /** SHA-256 of the facts, and the engine's digest of what it decided on them. */
  factsSha256: string;
  decisions: string;
  permit: string | null;
  snapshots: PlanSnapshot[];
  changes: Change[];
  refusals: Refusal[];
  /** What was left alone, and why. */
  left: { cluster: string; what: string; reason: string }[];
  notes: string[];
}

const seg = encodeURIComponent;

export function pathOf(kind: string, namespace: string, name: string, resource?: string): string {
  if (resource !== undefined)
    return `/apis/${resource.replace(/\/[^/]*$/, "")}/namespaces/${seg(namespace)}/${resource.split("/").at(-1)}/${seg(name)}`;
  switch (kind) {
    case "Deployment":
      return `/apis/apps/v1/namespaces/${seg(namespace)}/deployments/${seg(name)}`;
    case "StatefulSet":
      return `/apis/apps/v1/namespaces/${seg(namespace)}/statefulsets/${seg(name)}`;
    case "Job":
      return `/apis/batch/v1/namespaces/${seg(namespace)}/jobs/${seg(name)}`;
    case "Pod":
      return `/api/v1/namespaces/${seg(namespace)}/pods/${seg(name)}`;
    case "Workload":
      return `/apis/kueue.x-k8s.io/v1beta1/namespaces/${seg(namespace)}/workloads/${seg(name)}`;
    case "HTTPRoute":
      return `/apis/gateway.networking.k8s.io/v1/namespaces/${seg(namespace)}/httproutes/${seg(name)}`;
    default:
      throw new Error(`no path for a ${kind}`);
  }
}

export function refOf(
  kind: string,
  meta: { namespace: string; name: string; uid: string; version: string },
  resource?: string,
): ObjectRef {
  const { namespace, name, uid, version } = meta;
  return { kind, namespace, name, uid, resourceVersion: version, path: pathOf(kind, namespace, name, resource) };
}

export type Draft = Omit<Change, "id">;

/** The same change has the same id in every plan that wants it from the same state. */
export function withId(draft: Draft): Change {
  const { cluster, verb, object, before, after, detail } = draft;
  const text = canonical([cluster, verb, object.path, object.uid, object.resourceVersion, before, after, detail]);
  return { id: createHash("sha256").update(text).digest("hex").slice(0, 12), ...draft };
}

export function describeObject(change: Pick<Change, "object">): string {
  const { kind, namespace, name } = change.object;
  return `${kind} ${namespace}/${name}`;
}

const gpusOf = (claim: Claim) => (claim.tasks * claim.gpuMilli) / 1000;

function startChanges(claim: Claim, decision: Extract<Decision, { kind: "start" }>, key: FrameKey): Change[] {
  const parts = [...decision.parts].sort((a, b) => a.node - b.node);
  const nodes = parts.map((p) => ({ ...p, at: key.nodes[p.node]! }));
  const spread = new Map<string, number>();
  for (const { at, tasks } of nodes) spread.set(at.node.name, (spread.get(at.node.name) ?? 0) + tasks);
  const inWords = [...spread].map(([node, tasks]) => `${node}=${tasks}`).join(",");
  const group = `${claim.kind}/${claim.cluster}/${claim.namespace}/${claim.name}`;
  const base = { cluster: claim.cluster, reason: "POLICY_START" as const, replicas: 0, group };
  if (claim.kind === "job") {
    return [
      withId({
        ...base,
        verb: "resume",
        object: refOf("Job", claim),
        before: "suspended",
        after: "running",
        why: `its turn has come, and ${claim.tasks} pods fit on ${spread.size} node${spread.size === 1 ? "" : "s"}`,
        gpus: gpusOf(claim),
        detail: { nodes: inWords },
      }),
    ];
  }
  if (claim.kind === "workload") {
    const target = key.room.pools[decision.pool]!.cluster;
    return [
      withId({
        ...base,
        verb: "nominate",
        object: refOf("Workload", claim),
        before: "no cluster",
        after: target,
        why: `${claim.tasks} pods of ${claim.gpuMilli / 1000} GPUs fit there now`,
        gpus: 0,
        detail: { clusters: target },
      }),
    ];
  }
  const pods = [...claim.waiting].sort(byName);
  return nodes.flatMap(({ at, tasks, mask, milli }) => {
    const devices = devicesOf(mask);
    const each = tasks === 0 ? 0 : devices.length / tasks;
    return pods
      .splice(0, tasks)
      .map((pod, t) => bindChange(base, claim, pod, at.node.name, devices.slice(t * each, (t + 1) * each), milli));
  });
}

function bindChange(
  base: Pick<Draft, "cluster" | "reason" | "replicas" | "group">,
  claim: Claim,
  pod: Pod,
  node: string,
  devices: readonly number[],
  milli: number,
): Change {
  return withId({
    ...base,
    verb: "bind",
    object: refOf("Pod", pod),
    before: "pending",
    after: node,
    why: claim.tasks > 1 ? `its gang of ${claim.tasks} fits` : "it fits there",
    gpus: (devices.length * milli) / 1000,
    detail: { node, devices: devices.join(",") },
  });
}

function devicesOf(mask: bigint): number[] {
  return Array.from({ length: 64 }, (_, d) => d).filter((d) => (mask & (1n << BigInt(d))) !== 0n);
}

function stopChanges(claim: Claim): Change[] {
  const base = { cluster: claim.cluster, reason: "POLICY_STOP" as const, replicas: 0 };
  const group = `${claim.kind}/${claim.cluster}/${claim.namespace}/${claim.name}`;
  const why = "others come before it now, and there is not room for all";
  if (claim.kind === "job") {
    return [
      withId({
        ...base,
        verb: "suspend",
        object: refOf("Job", claim),
        before: "running",
        after: "suspended",
        why,
        gpus: gpusOf(claim),
        group,
        detail: {},
      }),
    ];
  }
  return claim.holding.map((pod) =>
    withId({
      ...base,
      verb: "evict",
      object: refOf("Pod", pod),
      before: `on ${pod.nodeName}`,
      after: "evicted",
      why,
      gpus: claim.gpuMilli / 1000,
      group,
      detail: { node: pod.nodeName },
    }),
  );
}

/** The changes that decisions come to, with `mark` among their details. A start of what is about to be stopped for it waits until that is seen. */
export function changesOf(decided: Decided, key: FrameKey, mark: Change["detail"] = {}): Change[] {
  const changes: Change[] = [];
  const stops = decided.decisions.some((d) => d.kind === "stop");
  for (const decision of decided.decisions) {
    const claim = key.claims[decision.slot];
    if (!claim) continue;
    if (decision.kind === "stop") changes.push(...stopChanges(claim));
    else if (decision.kind === "start" && !stops) changes.push(...startChanges(claim, decision, key));
  }
  return marked(changes, mark);
}

/** The same changes with more in their details. */
export function marked(changes: Change[], mark: Change["detail"]): Change[] {
  if (Object.keys(mark).length === 0) return changes;
  return changes.map(({ id: _id, ...draft }) => withId({ ...draft, detail: { ...draft.detail, ...mark } }));
}

export interface PlanParts {
  nowMillis: number;
  minutes: number;
  policy: LiveConfigFile["policy"];
  engineSha256: string;
  facts: Uint8Array;
  decisions: string;
  snapshots: readonly Snapshot[];
  changes: Change[];
  refusals: Refusal[];
  claims: Claims;
  notes: string[];
  permit: string | null;
}

export function buildPlan(parts: PlanParts): Plan {
  const plan = {
    windtunnelPlan: PLAN_FORMAT,
    createdAt: isoTime(parts.nowMillis),
    expiresAt: isoTime(parts.nowMillis + parts.minutes * 60_000),
    policy: parts.policy,
    engineSha256: parts.engineSha256,
    factsSha256: createHash("sha256").update(parts.facts).digest("hex"),
    decisions: parts.decisions,
    permit: parts.permit,
    snapshots: parts.snapshots.map((s) => ({
      cluster: s.cluster,
      server: s.server,
      state: s.state,
      why: s.why,
      takenAt: isoTime(s.takenMillis),
      ageSeconds: Number.isFinite(s.ageSeconds) ? Math.round(s.ageSeconds * 1000) / 1000 : null,
      versions: s.versions,
    })),
    changes: parts.changes,
    refusals: parts.refusals,
    left: parts.claims.left,
    notes: parts.notes,
  } as const;
  return { ...plan, id: idOf(plan) } as Plan;
}

function idOf(plan: unknown): string {
  const { id: _id, ...rest } = plan as Plan;
  return createHash("sha256").update(canonical(rest)).digest("hex").slice(0, 32);
}

export function formatPlan(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/** Reads a plan file. Its id is the digest of all the rest: a plan of which one byte was changed is none. */
export function parsePlan(text: string, file: string): Plan {
  const refuse = (what: string, hint: string) => new WindtunnelError("PLAN_INVALID", `${file}: ${what}`, hint);
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON.", "Make a plan with `windtunnel live plan --out FILE`.");
  }
  if (!isObject(plan)) throw refuse("it is no plan.", "Make one with `windtunnel live plan --out FILE`.");
  if (plan.windtunnelPlan !== PLAN_FORMAT) {
    throw refuse(
      `it is of format ${JSON.stringify(plan.windtunnelPlan)}; this version reads ${PLAN_FORMAT}.`,
      "Make a new plan.",
    );
  }
  if (!Array.isArray(plan.changes) || !Array.isArray(plan.snapshots) || idOf(plan) !== plan.id) {
    throw refuse(
      "it was changed after it was made: its id is not the digest of its contents.",
      "Make a new plan; a plan is not edited.",
    );
  }
  return plan as unknown as Plan;
}

// A recording: what API servers listed and sent, as lines of JSON with the time at which it came. Only what deciding needs is
// kept: no environment, no commands, no images, no messages, and of annotations our own and those that ask to be left alone.

import { WindtunnelError } from "../model/errors.js";
import { RESOURCES, type Snapshot, viewOf } from "./cluster.js";
import { at, isObject, type Json, listAt, numberAt, own, textAt } from "./json.js";
import { ANNOTATION } from "./objects.js";
import type { Resource } from "./reflector.js";
import { isoTime } from "./time.js";

export const RECORDING_FORMAT = 1;

const ANNOTATIONS: ReadonlySet<string> = new Set<string>([
  ...Object.values(ANNOTATION),
  "karpenter.sh/do-not-disrupt",
  "cluster-autoscaler.kubernetes.io/safe-to-evict",
  "autoscaling.keda.sh/paused",
]);
const LABELS =
  /^(kubernetes\.io\/hostname|topology\.kubernetes\.io\/|node\.kubernetes\.io\/instance-type|nvidia\.com\/|windtunnel\.dev\/|kueue\.x-k8s\.io\/queue-name|karpenter\.sh\/capacity-type|eks\.amazonaws\.com\/capacityType|cloud\.google\.com\/gke-spot|kubernetes\.azure\.com\/scalesetpriority)/;

function pick(value: unknown, keys: readonly string[]): Json {
  return Object.fromEntries(keys.map((key) => [key, own(value, key)]).filter(([, v]) => v !== undefined));
}

function filterKeys(value: unknown, keep: (key: string) => boolean): Json | undefined {
  if (!isObject(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter(([key]) => keep(key)));
}

function container(raw: unknown): Json {
  return pick(raw, ["resources", "restartPolicy"]);
}

function podSpec(spec: unknown): Json {
  const volumes = listAt(spec, "volumes").map((v) =>
    own(v, "persistentVolumeClaim") !== undefined ? { persistentVolumeClaim: {} } : {},
  );
  return {
    ...pick(spec, [
      "nodeName",
      "schedulerName",
      "priority",
      "nodeSelector",
      "affinity",
      "tolerations",
      "topologySpreadConstraints",
      "overhead",
      "restartPolicy",
    ]),
    ...(listAt(spec, "schedulingGates").length > 0 ? { schedulingGates: [{ name: "gate" }] } : {}),
    ...(listAt(spec, "resourceClaims").length > 0 ? { resourceClaims: [{}] } : {}),
    ...(volumes.length > 0 ? { volumes } : {}),
    containers: listAt(spec, "containers").map(container),
    ...(listAt(spec, "initContainers").length > 0
      ? { initContainers: listAt(spec, "initContainers").map(container) }
      : {}),
  };
}

/** An object with what may be kept, by an allow-list. */
export function sanitise(resource: string, raw: unknown): Json {
  const metadata = {
    ...pick(own(raw, "metadata"), [
      "name",
      "namespace",
      "uid",
      "resourceVersion",
      "creationTimestamp",
      "deletionTimestamp",
      "generation",
    ]),
    labels: filterKeys(at(raw, "metadata", "labels"), (key) => LABELS.test(key)),
    annotations: filterKeys(at(raw, "metadata", "annotations"), (key) => ANNOTATIONS.has(key)),
    ownerReferences: listAt(raw, "metadata", "ownerReferences").map((o) =>
      pick(o, ["kind", "name", "uid", "controller"]),
    ),
  };
  const spec = own(raw, "spec");
  const conditions = listAt(raw, "status", "conditions").map((c) => pick(c, ["type", "status", "reason"]));
  switch (resource) {
    case "nodes":
      return {
        metadata,
        spec: pick(spec, ["unschedulable", "taints"]),
        status: { ...pick(own(raw, "status"), ["allocatable", "capacity"]), conditions },
      };
    case "pods":
      return {
        metadata,
        spec: podSpec(spec),
        status: { ...pick(own(raw, "status"), ["phase", "startTime"]), conditions },
      };
    case "jobs":
      return {
        metadata,
        spec: {
          ...pick(spec, ["suspend", "parallelism", "completions"]),
          template: { spec: podSpec(at(spec, "template", "spec")) },
        },
        status: {
          ...pick(own(raw, "status"), ["startTime", "completionTime", "active", "succeeded", "failed"]),
          conditions,
        },
      };
    case "namespaces":
      return { metadata };
    case "poddisruptionbudgets":
      return { metadata, spec: pick(spec, ["selector"]), status: pick(own(raw, "status"), ["disruptionsAllowed"]) };
    default:
      return {
        metadata,
        spec: pick(spec, ["replicas", "scaleTargetRef", "queueName"]),
        status: pick(own(raw, "status"), ["readyReplicas", "observedGeneration"]),
      };
  }
}

export type RecordingLine =
  | { t: number; cluster: string; resource: string; list: Json[]; version: string }
  | { t: number; cluster: string; resource: string; event: string; object: Json };

export function recordingHeader(clusters: readonly string[], startedMillis: number): string {
  return `${JSON.stringify({ windtunnelRecording: RECORDING_FORMAT, clusters, started: isoTime(startedMillis) })}\n`;
}

/** Reads a recording, line by line; throws RECORDING_INVALID with the line. A last line that was cut off is left out. */
export function* readRecording(text: string, file: string): Generator<RecordingLine> {
  const refuse = (line: number, what: string) =>
    new WindtunnelError("RECORDING_INVALID", `${file}:${line}: ${what}`, "Make one with `windtunnel live record`.");
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [i, raw] of lines.entries()) {
    let line: unknown;
    try {
      line = JSON.parse(raw);
    } catch {
      if (i > 0 && i === lines.length - 1 && !text.endsWith("\n")) return;
      throw refuse(i + 1, "it is not JSON.");
    }
    if (i === 0) {
      if (own(line, "windtunnelRecording") !== RECORDING_FORMAT)
        throw refuse(1, `it is no recording of format ${RECORDING_FORMAT}.`);
      continue;
    }
    const isLine =
      numberAt(line, "t") !== undefined &&
      textAt(line, "cluster") !== undefined &&
      textAt(line, "resource") !== undefined;
    if (!isLine || (!Array.isArray(own(line, "list")) && textAt(line, "event") === undefined))
      throw refuse(i + 1, "it is no line of a recording.");
    yield line as RecordingLine;
  }
}

/** The state of recorded clusters as lines are applied, and a snapshot of it at any moment. */
export class RecordedState {
  readonly #objects = new Map<string, Map<string, unknown>>();
  readonly #clusters = new Set<string>();

  apply(line: RecordingLine): void {
    const key = `${line.cluster}/${line.resource}`;
    this.#clusters.add(line.cluster);
    if ("list" in line) {
      this.#objects.set(key, new Map(line.list.map((raw) => [keyOf(raw), raw])));
      return;
    }
    const objects = this.#objects.get(key) ?? new Map<string, unknown>();
    this.#objects.set(key, objects);
    if (line.event === "DELETED") objects.delete(keyOf(line.object));
    else objects.set(keyOf(line.object), line.object);
  }

  /** True once nodes, pods and jobs of every cluster were listed: before, pods would seem to be nobody's. */
  get isWhole(): boolean {
    return [...this.#clusters].every((c) =>
      ["nodes", "pods", "jobs"].every((kind) => this.#objects.has(`${c}/${kind}`)),
    );
  }

  snapshots(nowMillis: number): Snapshot[] {
    return [...this.#clusters].sort().map((cluster) => {
      const read = <T>(resource: Resource<T>): T[] =>
        [...(this.#objects.get(`${cluster}/${resource.name}`)?.values() ?? [])]
          .map((raw) => resource.parse(raw))
          .filter((o): o is NonNullable<typeof o> => o !== undefined);
      return {
        cluster,
        server: "a recording",
        takenMillis: nowMillis,
        ageSeconds: 0,
        state: "fresh" as const,
        why: "",
        versions: {},
        ageSecondsOf: Object.fromEntries(Object.keys(RESOURCES).map((kind) => [kind, 0])),
        ...viewOf(read),
      };
    });
  }
}

function keyOf(raw: unknown): string {
  return `${textAt(raw, "metadata", "namespace") ?? ""}/${textAt(raw, "metadata", "name") ?? ""}`;
}

// The features that a user's policy may read, in words. Their order is the engine's (assembly/policy/plug/features.ts).

/** What a feature is about, and so which functions may read it. */
export type FeatureKind = "request" | "node" | "job" | "cluster" | "device";

export interface Feature {
  name: string;
  kind: FeatureKind;
  /** Its type in AssemblyScript; in TypeScript all are numbers. */
  type: "i32" | "f64";
  summary: string;
}

const feature = (kind: FeatureKind, name: string, type: Feature["type"], summary: string): Feature => {
  return { name, kind, type, summary };
};

export const FEATURES: readonly Feature[] = [
  feature("request", "gpuMilli", "i32", "GPU of one task, milli: 1000 is one whole GPU"),
  feature("request", "tasks", "i32", "Tasks of the gang"),
  feature("request", "cpuMilli", "i32", "CPU of one task, thousandths of a core"),
  feature("request", "memoryMib", "i32", "Memory of one task, MiB"),
  feature("node", "nodeGpus", "i32", "GPUs of the node"),
  feature("node", "nodeFreeMilli", "i32", "Free GPU of the node, milli, all devices together"),
  feature("node", "nodeFreeGpus", "i32", "GPUs of the node that nobody uses"),
  feature("node", "nodeCpuMilli", "i32", "CPU of the node, thousandths of a core"),
  feature("node", "nodeCpuFreeMilli", "i32", "Free CPU of the node, thousandths of a core"),
  feature("node", "nodeMemoryMib", "i32", "Memory of the node, MiB"),
  feature("node", "nodeMemoryFreeMib", "i32", "Free memory of the node, MiB"),
  feature(
    "node",
    "nodeHoldsSameKind",
    "i32",
    "1 if someone on the node asked for as much GPU (shares are one kind, k whole GPUs another), else 0",
  ),
  feature("node", "nodeKinds", "i32", "Kinds of requests that hold GPU of the node"),
  feature("node", "largestNodeCpuMilli", "i32", "CPU of the largest node, thousandths of a core"),
  feature("node", "largestNodeGpuMilli", "i32", "GPU of the largest node, milli"),
  feature(
    "node",
    "fragmentNow",
    "f64",
    "Free GPU of the node that a typical request could not use, milli (FGD's measure)",
  ),
  feature(
    "node",
    "fragmentAfter",
    "f64",
    "The same once one task is there; of a share, on the device that holds it most tightly",
  ),
  feature("job", "submitSeconds", "f64", "When the job was submitted, seconds from the start"),
  feature("job", "estimateSeconds", "f64", "Estimated run time; 10^12 where nobody knows"),
  feature("job", "remainingSeconds", "f64", "Estimated run time that is left"),
  feature("job", "heldSeconds", "f64", "Time for which the job held GPUs already, before it was stopped"),
  feature("job", "deadlineSeconds", "f64", "Deadline, seconds from the start; Infinity if it has none"),
  feature("job", "priority", "i32", "Priority; the greater is the more important"),
  feature("job", "tenant", "i32", "Number of the tenant, in order of first appearance"),
  feature("cluster", "nowSeconds", "f64", "Time of the pass, seconds from the start"),
  feature("cluster", "waitedSeconds", "f64", "Time since submission"),
  feature("cluster", "freeMilli", "f64", "Free GPU of all pools, milli"),
  feature("cluster", "waitingJobs", "i32", "Jobs that wait"),
  feature("device", "deviceFreeMilli", "i32", "Free milli of device d of the node"),
  feature("device", "deviceFits", "i32", "1 if device d holds one more share of this request"),
  feature(
    "device",
    "deviceHasTwin",
    "i32",
    "1 if a device before d has as much free, so that asking about d again can tell nothing new",
  ),
  feature("device", "fragmentAfterOn", "f64", "fragmentNow once one share is on device d"),
];

/** Kinds that each function may read. */
export const FEATURES_OF = {
  score: ["request", "node", "device"],
  device: ["request", "node", "device"],
  order: ["request", "job", "cluster"],
} as const satisfies Record<string, readonly FeatureKind[]>;

export type PolicyFunction = keyof typeof FEATURES_OF;

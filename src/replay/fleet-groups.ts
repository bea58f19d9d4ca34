import type { Fleet } from "../model/demand.js";

/** Equal nodes of a fleet: what a pool is. */
export interface NodeGroup {
  nodes: number;
  gpus: number;
  /** "" where there is none. */
  model: string;
  cpuMilli: number;
  memoryMib: number;
}

/** Groups of nodes that are equal in GPUs, model, CPU and memory, in the order in which they first appear. */
export function groupNodes({ nodes, names }: Pick<Fleet, "nodes" | "names">): NodeGroup[] {
  const groups = new Map<string, NodeGroup>();
  for (let i = 0; i < nodes.count; i++) {
    const model = names.gpuModels[nodes.model[i]!] ?? "";
    const kind = { gpus: nodes.gpus[i]!, model, cpuMilli: nodes.cpuMilli[i]!, memoryMib: nodes.memoryMib[i]! };
    const key = JSON.stringify(kind);
    const group = groups.get(key);
    if (group) group.nodes++;
    else groups.set(key, { nodes: 1, ...kind });
  }
  return [...groups.values()];
}

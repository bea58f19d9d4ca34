// Fleets that their source gives as a formula: so many groups of so many equal nodes.

import { type Adapter, COMMA } from "./adapter.js";

/** Tiresias' and ElasticFlow's cluster specifications: one row, switches of nodes of GPUs. */
export const specAdapter: Adapter = {
  kind: "nodes",
  format: COMMA,
  required: ["num_switch", "num_node_p_switch", "num_gpu_p_node", "num_cpu_p_node", "mem_p_node"],
  raw: { gpus: "num_gpu_p_node", cpu: "num_cpu_p_node", memory: "mem_p_node" },
  select: `SELECT _row, num_gpu_p_node AS gpus, num_cpu_p_node AS cpu, mem_p_node AS memory
           FROM raw, range(num_switch::INTEGER * num_node_p_switch::INTEGER)`,
  units: { memory: "gib" },
};

/** Nodes a virtual cluster, 8 GPUs each. */
export function virtualClusters(name: string, nodes: string): Adapter {
  return {
    kind: "nodes",
    format: COMMA,
    required: [name, nodes],
    raw: { node: name },
    select: `SELECT _row, 8 AS gpus, "${name}" || '-' || range AS node FROM raw, range("${nodes}"::INTEGER) ORDER BY _row, range`,
  };
}

// `trace pools`: a fleet as the pools of a scenario.

import { stringify } from "yaml";
import { WindtunnelError } from "../../model/errors.js";
import { groupNodes, type NodeGroup } from "../../replay/index.js";
import type { CommandContext } from "../context.js";
import { openDemand } from "./open.js";

export async function printPools(context: CommandContext, name: string): Promise<void> {
  const fleet = await openDemand(context, name);
  if (fleet.kind !== "nodes") {
    throw new WindtunnelError(
      "TRACE_UNKNOWN",
      `"${name}" holds ${fleet.kind}, and a fleet of nodes is wanted.`,
      "See `windtunnel trace list` for the data sets of nodes.",
    );
  }
  const groups = groupNodes(fleet);
  const withGpus = groups.filter((group) => group.gpus > 0);
  const without = groups.reduce((sum, group) => sum + (group.gpus > 0 ? 0 : group.nodes), 0);
  context.out(`# ${name}: ${fleet.provenance.citation}\n${stringify({ pools: poolsOf(withGpus) })}`);
  if (without > 0) context.say(`${without} nodes without GPU are left out: a pool has at least one a node.`);
}

/** Pools of a scenario, one a group, named after model and size. */
export function poolsOf(groups: readonly NodeGroup[]) {
  const taken = new Map<string, number>();
  return groups.map((group) => {
    const base = `${group.model === "" ? "gpu" : group.model}-x${group.gpus}`;
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    return {
      name: count === 1 ? base : `${base}-${count}`,
      gpuModel: group.model === "" ? "any" : group.model,
      size: { nodes: group.nodes },
      gpusPerNode: group.gpus,
      cpuCoresPerNode: group.cpuMilli / 1000,
      memoryGibPerNode: group.memoryMib / 1024,
    };
  });
}

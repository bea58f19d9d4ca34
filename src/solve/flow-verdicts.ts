// What a flow problem without an optimal plan says: the nodes that want more than can come in, or the cycle along which
// cost falls without end.

import * as abi from "../engine/abi.js";
import type { Tools } from "../engine/tools.js";
import type { FlowProblem } from "./flow.js";

export interface FlowConflict {
  /** shortage: these nodes want more than can come in. surplus: they have more than can go out. */
  kind: "shortage" | "surplus";
  nodes: number[];
  /** By how much, after everything that arcs across the border can carry. */
  missing: number;
  /** Arcs across the border, all full. */
  arcs: number[];
}

/** The problem as the kernel took it; a node beyond those of the user is the outside. */
interface Graph {
  nodes: number;
  priced: number;
  from: ArrayLike<number>;
  to: ArrayLike<number>;
  capacities: ArrayLike<number>;
  lowers: ArrayLike<number>;
}

/** Everything from where a missing unit could still be brought; closed, so what is missing is missing whatever is done. */
export function closedSet(
  graph: Graph,
  left: { kept: Float64Array; lacking: Float64Array },
  flows: Float64Array,
): FlowConflict {
  const { from, to } = graph;
  const short = left.lacking.some((a) => a > 0);
  const missing = short ? left.lacking : left.kept;
  const inside = Uint8Array.from(missing, (a) => (a > 0 ? 1 : 0));
  for (let changed = true; changed; ) {
    changed = false;
    for (let e = 0; e < from.length; e++) {
      const [u, v] = short ? [from[e]!, to[e]!] : [to[e]!, from[e]!];
      if (inside[v] && !inside[u] && flows[e]! < graph.capacities[e]!) {
        inside[u] = 1;
        changed = true;
      }
      if (inside[u] && !inside[v] && flows[e]! > graph.lowers[e]!) {
        inside[v] = 1;
        changed = true;
      }
    }
  }
  const nodes = [...inside.keys()].filter((x) => inside[x]);
  const arcs = [...Array(graph.priced).keys()].filter((e) => inside[from[e]!] !== inside[to[e]!]);
  return { kind: short ? "shortage" : "surplus", nodes, missing: nodes.reduce((sum, x) => sum + missing[x]!, 0), arcs };
}

/** Arcs of the cycle that the last entering arc closed, in the direction of the flow. */
export function unboundedCycle(tools: Tools, problem: FlowProblem, arc: number, join: number): number[] {
  const fields = tools.i32(abi.COL_SOLVE_NODES);
  const climb = (x: number): number[] => {
    const arcs: number[] = [];
    for (let at = x; at !== join; at = fields[at * 8 + abi.NODE_PARENT / 4]!) {
      const one = fields[at * 8 + abi.NODE_ARC / 4]!;
      if (one >= 0) arcs.push(one);
    }
    return arcs;
  };
  if (arc < 0) return [];
  return [...climb(problem.from[arc]!).reverse(), arc, ...climb(problem.to[arc]!)];
}

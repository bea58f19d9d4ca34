// Which node each pod of a snapshot is on, found once: a thousand nodes' names are compared for ten thousand pods, and several
// parts of a pass want to know.

import type { Snapshot } from "./cluster.js";

const found = new WeakMap<Snapshot, Int32Array>();

/** By pod, the number of its node in `snapshot.nodes`; -1: it is on none that is there. */
export function nodesOfPods(snapshot: Snapshot): Int32Array {
  const known = found.get(snapshot);
  if (known) return known;
  const numbers = new Map(snapshot.nodes.map((node, i) => [node.name, i]));
  const on = new Int32Array(snapshot.pods.length).fill(-1);
  snapshot.pods.forEach(({ nodeName }, i) => {
    if (nodeName !== "") on[i] = numbers.get(nodeName) ?? -1;
  });
  found.set(snapshot, on);
  return on;
}

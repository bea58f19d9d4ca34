// Arrival orders of one's own, where none are given: the study's recipe (GPU requests add up to 130 % of the cluster) with
// our generator in place of the original program's. Means over seeds agree with the published ones; single seeds do not.

import { createDraws, type Draws } from "../../engine/draws.js";
import type { NodeList, PodList } from "../../replay/index.js";
import type { ArrivalOrder } from "./run.js";

/** GPU requested in all, as a share of the cluster's. */
const REQUESTED_SHARE = 1.3;

/** All pods in random order; then more of them, or fewer, until their requests add up; and random ranks of nodes. */
export function generateOrder(pods: PodList, nodes: NodeList, seed: number): ArrivalOrder {
  const draws = createDraws(seed, "sharing order");
  const byName = Array.from({ length: pods.count }, (_, i) => i).sort((a, b) => {
    return pods.names[a]! < pods.names[b]! ? -1 : pods.names[a]! > pods.names[b]! ? 1 : a - b;
  });
  const order = shuffled(byName, draws);
  const milliOf = (row: number) => pods.devices[row]! * pods.gpuMilli[row]!;
  const target = nodes.devices.reduce((a, b) => a + b, 0) * 1000 * REQUESTED_SHARE;
  let sum = order.reduce((total, row) => total + milliOf(row), 0);
  const tooMany = sum > target;
  while (sum > target) {
    const [gone] = order.splice(draws.integer(order.length), 1);
    sum -= milliOf(gone!);
  }
  while (!tooMany) {
    const row = byName[draws.integer(byName.length)]!;
    // the check looks at one of its GPUs, the sum counts all: as the study does it
    if (sum + pods.gpuMilli[row]! > target) break;
    order.push(row);
    sum += milliOf(row);
  }
  const ranks = shuffled(
    Array.from({ length: nodes.count }, (_, i) => i),
    draws,
  );
  return { pods: Int32Array.from(order), nodeRank: Int32Array.from(ranks) };
}

function shuffled(list: readonly number[], draws: Draws): number[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = draws.integer(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

// The typical requests that fragmentation is measured against: the commonest of a list, with their shares.

import type { PodList } from "../../replay/index.js";

/** One kind of request; `weight` sums to 1 over all. */
export interface TypicalPod {
  cpuMilli: number;
  gpuMilli: number;
  devices: number;
  spec: string;
  weight: number;
}

/** Kinds are taken from the commonest on until they cover this share of all requests. */
const COVERED = 0.95;

/** Groups requests by CPU, GPU milli, devices and models; memory is not looked at. Commonest first; then larger requests. */
export function typicalPods(pods: PodList): TypicalPod[] {
  const groups = new Map<string, Omit<TypicalPod, "weight"> & { count: number }>();
  for (let i = 0; i < pods.count; i++) {
    const [cpuMilli, gpuMilli, devices, spec] = [pods.cpuMilli[i]!, pods.gpuMilli[i]!, pods.devices[i]!, pods.spec[i]!];
    const key = `${cpuMilli} ${gpuMilli} ${devices} ${spec}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { cpuMilli, gpuMilli, devices, spec, count: 1 });
  }
  const ordered = [...groups.values()].sort(
    (a, b) =>
      b.count - a.count ||
      b.cpuMilli - a.cpuMilli ||
      b.gpuMilli - a.gpuMilli ||
      b.devices - a.devices ||
      (a.spec < b.spec ? 1 : a.spec > b.spec ? -1 : 0),
  );
  const kept: typeof ordered = [];
  let covered = 0;
  for (const group of ordered) {
    if (covered / pods.count >= COVERED) break;
    kept.push(group);
    covered += group.count;
  }
  // this order of divisions is part of the definition: weights are compared to the last bit
  return kept.map(({ count, ...pod }) => ({ ...pod, weight: count / pods.count / (covered / pods.count) }));
}

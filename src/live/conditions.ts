// The conditions that a permit's envelope speaks of, and how many GPUs there are in which state, as they are seen.

import type { Claim } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import type { Conditions } from "./drift.js";
import type { ForecastError } from "./scaling.js";

export interface GpuCounts {
  allocatable: number;
  requested: number;
  free: number;
  broken: number;
  /** On nodes that are not ready. */
  unknown: number;
}

export function countGpus(snapshot: Snapshot): GpuCounts {
  const counts: GpuCounts = { allocatable: 0, requested: 0, free: 0, broken: 0, unknown: 0 };
  const byNode = new Map(snapshot.nodes.map((node) => [node.name, node]));
  for (const node of snapshot.nodes) {
    if (node.ready) counts.allocatable += node.gpus;
    else counts.unknown += node.gpusCapacity;
    if (node.ready) counts.broken += Math.max(0, node.gpusCapacity - node.gpus);
  }
  for (const pod of snapshot.pods) {
    if (byNode.get(pod.nodeName)?.ready) counts.requested += pod.requests.gpus;
  }
  counts.free = counts.allocatable - counts.requested;
  return counts;
}

/** Below so many claims their sizes are chance, and no mix is told. */
const MIX_CLAIMS_LEAST = 20;

export function conditionsOf(
  snapshots: readonly Snapshot[],
  claims: readonly Claim[],
  usdPerGpuHour: number | null,
  forecastErrors: readonly ForecastError[] = [],
): Conditions {
  const counts = snapshots.map(countGpus);
  const gpus = counts.reduce((sum, c) => sum + c.allocatable, 0);
  const requested = counts.reduce((sum, c) => sum + c.requested, 0);
  const waiting = claims.filter((c) => c.holding.length === 0 && c.kind !== "workload");
  const wanted = waiting.reduce((sum, c) => sum + (c.tasks * c.gpuMilli) / 1000, 0);
  const sizes = new Map<number, number>();
  for (const claim of claims) {
    const size = Math.ceil((claim.tasks * claim.gpuMilli) / 1000);
    sizes.set(size, (sizes.get(size) ?? 0) + 1);
  }
  const mix = [...sizes]
    .map(([size, count]) => ({ gpus: size, share: count / claims.length }))
    .sort((a, b) => a.gpus - b.gpus);
  return {
    load: gpus === 0 ? 0 : (requested + wanted) / gpus,
    gpus,
    mix: claims.length < MIX_CLAIMS_LEAST ? [] : mix,
    usdPerGpuHour,
    forecastErrors: forecastErrors.map(({ target, share }) => ({
      target: `${target.namespace}/${target.name}`,
      share,
    })),
  };
}

// How good each cluster is for more work, as files for schedulers over clusters: Open Cluster Management's AddOnPlacementScore (a
// number from -100 to 100 by name), and static weights as Karmada's propagation policies have them. Written for others to apply;
// nothing is written to a cluster.

import { stringify } from "yaml";
import type { Claim } from "./claims.js";
import type { Snapshot } from "./cluster.js";
import { countGpus } from "./conditions.js";
import { meanPrice, type PriceBook } from "./prices.js";
import { isoTime } from "./time.js";

export interface ClusterScore {
  cluster: string;
  /** Free GPUs, of those that may be given out: 0 to 100. */
  gpuFree: number;
  /** GPUs that claims wait for there: 0 to -100, where as many wait as there are. */
  gpuQueue: number;
  /** The cheapest cluster whose prices are known has 100; absent: not known. */
  gpuPrice: number | undefined;
  /** Free GPUs that nobody waits for. */
  weight: number;
}

/** Scores of the clusters that are seen well; of the others nothing is said. */
export function scoresOf(
  snapshots: readonly Snapshot[],
  claims: readonly Claim[],
  prices: PriceBook | undefined,
): ClusterScore[] {
  const fresh = snapshots.filter((s) => s.state === "fresh");
  const usd = new Map(fresh.map((s) => [s.cluster, prices ? meanPrice(prices, [s]).usd : null]));
  const known = [...usd.values()].filter((p): p is number => p !== null && p > 0);
  const cheapest = Math.min(...known);
  return fresh.map((snapshot) => {
    const { allocatable, free } = countGpus(snapshot);
    const waiting = claims
      .filter((c) => c.cluster === snapshot.cluster && c.kind !== "workload" && c.holding.length === 0 && !c.assumed)
      .reduce((sum, c) => sum + (c.tasks * c.gpuMilli) / 1000, 0);
    const share = (gpus: number) => (allocatable === 0 ? 0 : Math.min(1, Math.max(0, gpus) / allocatable));
    const price = usd.get(snapshot.cluster) ?? null;
    return {
      cluster: snapshot.cluster,
      gpuFree: Math.round(100 * share(free)),
      gpuQueue: -Math.round(100 * share(waiting)) + 0,
      gpuPrice: price === null || price === 0 ? undefined : Math.round((100 * cheapest) / price),
      weight: Math.max(0, Math.floor(free - waiting)),
    };
  });
}

/** File names and texts; scores are good for `validSeconds`. */
export function scoreFiles(
  scores: readonly ClusterScore[],
  nowMillis: number,
  validSeconds: number,
): Map<string, string> {
  const files = new Map<string, string>();
  const validUntil = isoTime(nowMillis + validSeconds * 1000).replace(/\.\d+Z/, "Z");
  for (const { cluster, gpuFree, gpuQueue, gpuPrice } of scores) {
    const list = [
      { name: "gpuFree", value: gpuFree },
      { name: "gpuQueue", value: gpuQueue },
      ...(gpuPrice === undefined ? [] : [{ name: "gpuPrice", value: gpuPrice }]),
    ];
    files.set(
      `placement-score-${cluster}.yaml`,
      stringify({
        apiVersion: "cluster.open-cluster-management.io/v1alpha1",
        kind: "AddOnPlacementScore",
        metadata: { name: "windtunnel", namespace: cluster },
        status: { scores: list, validUntil },
      }),
    );
  }
  const staticWeightList = scores
    .filter(({ weight }) => weight > 0)
    .map(({ cluster, weight }) => ({ targetCluster: { clusterNames: [cluster] }, weight }));
  files.set(
    "replica-weights.yaml",
    stringify({
      replicaScheduling: {
        replicaSchedulingType: "Divided",
        replicaDivisionPreference: "Weighted",
        weightPreference: { staticWeightList },
      },
    }),
  );
  return files;
}

// What the policy would have done, held against what then happened: the time that a claim went on waiting although the policy
// would have started it, and the other way round. A gap of the view counts for nobody.

import type { Claim } from "./claims.js";
import type { Change } from "./plan.js";

export interface ShadowEvent {
  cluster: string;
  object: string;
  event: "wanted" | "started" | "gone";
  gpus: number;
  /** Since the policy first wanted it. */
  waitedSeconds: number;
  /** Of that, GPU-seconds while the cluster was seen. */
  regretGpuSeconds: number;
}

interface Wanted {
  cluster: string;
  object: string;
  gpus: number;
  sinceMillis: number;
  countedMillis: number;
  regretGpuSeconds: number;
}

export const claimKey = (claim: Pick<Claim, "kind" | "cluster" | "namespace" | "name">) =>
  `${claim.kind}/${claim.cluster}/${claim.namespace}/${claim.name}`;

export class ShadowBook {
  readonly #wanted = new Map<string, Wanted>();

  /**
   * Takes a pass: starts that were wanted, and the claims that there are. Gives what changed, and the GPU-seconds of waiting
   * since the last pass, by cluster.
   */
  add(
    nowMillis: number,
    starts: readonly Change[],
    claims: readonly Claim[],
    seen: ReadonlySet<string>,
  ): { events: ShadowEvent[]; regret: Map<string, number> } {
    const events: ShadowEvent[] = [];
    const regret = new Map<string, number>();
    const byKey = new Map(claims.map((claim) => [claimKey(claim), claim]));
    for (const [key, wanted] of this.#wanted) {
      if (!seen.has(wanted.cluster)) {
        wanted.countedMillis = nowMillis;
        continue;
      }
      const claim = byKey.get(key);
      const gpuSeconds = (wanted.gpus * (nowMillis - wanted.countedMillis)) / 1000;
      wanted.regretGpuSeconds += gpuSeconds;
      regret.set(wanted.cluster, (regret.get(wanted.cluster) ?? 0) + gpuSeconds);
      wanted.countedMillis = nowMillis;
      const holds = claim !== undefined && (claim.holding.length > 0 || claim.assumed !== undefined);
      if (claim && !holds) continue;
      const { cluster, object, gpus, sinceMillis, regretGpuSeconds } = wanted;
      const waitedSeconds = (nowMillis - sinceMillis) / 1000;
      events.push({ cluster, object, event: holds ? "started" : "gone", gpus, waitedSeconds, regretGpuSeconds });
      this.#wanted.delete(key);
    }
    const gpusOf = new Map<string, number>();
    for (const start of starts) gpusOf.set(start.group, (gpusOf.get(start.group) ?? 0) + start.gpus);
    for (const start of starts) {
      if (this.#wanted.has(start.group) || !byKey.has(start.group)) continue;
      const gpus = gpusOf.get(start.group)!;
      const object = start.group;
      this.#wanted.set(start.group, {
        cluster: start.cluster,
        object,
        gpus,
        sinceMillis: nowMillis,
        countedMillis: nowMillis,
        regretGpuSeconds: 0,
      });
      events.push({ cluster: start.cluster, object, event: "wanted", gpus, waitedSeconds: 0, regretGpuSeconds: 0 });
    }
    return { events, regret };
  }
}

// Why a transportation problem has no plan: a set of targets whose only sources have too little, or a set of sources that
// must ship everything and whose only targets take too little.

import type { TransportProblem } from "./transport.js";

export interface TransportConflict {
  /** shortage: these targets can be served by these sources only, which have less. surplus: the other way round. */
  kind: "shortage" | "surplus";
  targets: number[];
  sources: number[];
  demand: number;
  supply: number;
}

/** What the search reads of the best plan with artificial units in it. */
export interface PartialPlan {
  sources: ArrayLike<number>;
  targets: ArrayLike<number>;
  kept: Float64Array;
  lacking: Float64Array;
  /** Artificial units that come out of nowhere at a source, or go nowhere at a target. */
  lent: Float64Array;
  excess: Float64Array;
}

/**
 * From a target that lacks something: every source that may serve it, every target that these serve, and so on. What is
 * reached is closed, so its sources serve no others, and have less than its targets want. For a surplus, mirrored.
 */
export function findConflict(
  problem: TransportProblem,
  prices: { surplus: ArrayLike<number>; shortage: ArrayLike<number> },
  plan: PartialPlan,
): TransportConflict {
  const rows = problem.supplies.length;
  const cols = problem.demands.length;
  const unserved = (a: number, j: number) => a > 0 && prices.shortage[j] === Number.POSITIVE_INFINITY;
  const unsent = (a: number, i: number) => a > 0 && prices.surplus[i] === Number.POSITIVE_INFINITY;
  const short = plan.lacking.some(unserved) || plan.lent.some((a) => a > 0);
  const usable = (i: number, j: number) => problem.costs[i * cols + j]! < Number.POSITIVE_INFINITY;
  // "near" is the side that the search starts from
  const nearCount = short ? cols : rows;
  const farCount = short ? rows : cols;
  const served: number[][] = Array.from({ length: farCount }, () => []);
  for (let k = 0; k < plan.sources.length; k++) {
    const [i, j] = [plan.sources[k]!, plan.targets[k]!];
    if (short) served[i]!.push(j);
    else served[j]!.push(i);
  }
  const near = new Set<number>();
  const far = new Set<number>();
  const waiting: number[] = [];
  const reach = (x: number) => {
    if (near.has(x)) return;
    near.add(x);
    waiting.push(x);
  };
  const left = short ? plan.lacking : plan.kept;
  for (let x = 0; x < nearCount; x++) if (short ? unserved(left[x]!, x) : unsent(left[x]!, x)) reach(x);
  (short ? plan.lent : plan.excess).forEach((a, y) => {
    if (a === 0) return;
    far.add(y);
    for (const next of served[y]!) reach(next);
  });
  for (let x = waiting.pop(); x !== undefined; x = waiting.pop()) {
    for (let y = 0; y < farCount; y++) {
      if (far.has(y) || !(short ? usable(y, x) : usable(x, y))) continue;
      far.add(y);
      for (const next of served[y]!) reach(next);
    }
  }
  const sorted = (set: Set<number>) => [...set].sort((a, b) => a - b);
  const targets = sorted(short ? near : far);
  const sources = sorted(short ? far : near);
  return {
    kind: short ? "shortage" : "surplus",
    targets,
    sources,
    demand: targets.reduce((total, j) => total + problem.demands[j]!, 0),
    supply: sources.reduce((total, i) => total + problem.supplies[i]!, 0),
  };
}

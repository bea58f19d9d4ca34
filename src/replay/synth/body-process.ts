// What each job of a batch is: its size, how long it runs, and how many follow.

import { createDraws } from "../../engine/draws.js";
import { RANK_JITTER } from "./fit-sizes.js";
import { quantileAt } from "./quantiles.js";
import type { SynthParams } from "./schema.js";

export interface JobBody {
  gpus: number;
  runMicros: number;
}

export interface BodyProcess {
  /** First job of a batch that begins so long after the last job, and how many jobs the batch has. */
  head(quietMicros: number): JobBody & { batchSize: number };
  member(): JobBody;
}

export function createBodyProcess(params: SynthParams, seed: number): BodyProcess {
  const { arrivals, sizes, inBatch, betweenBatches } = params;
  const sizeDraws = createDraws(seed, "synth/sizes");
  const runDraws = createDraws(seed, "synth/runs");
  const shares = sizes.map((size) => size.share);
  const batchSizeShares = sizes.map((entry) => entry.batchSizes.map(([, share]) => share));
  const batchShares = sizes.map((size) => size.batchShare);
  let size = -1;
  let rank = 0;
  let headSize = -1;
  let batchSize = 1;
  // Every job takes the same number of draws whatever comes out, so that one changed parameter moves as little as possible.
  const body = (likeness: SynthParams["inBatch"], weights: readonly number[]): JobBody => {
    const copies = sizeDraws.uniform() < likeness.size;
    const drawn = pick(weights, sizeDraws.uniform());
    const keepsRank = runDraws.uniform() < likeness.run;
    const fresh = runDraws.uniform();
    const before = size;
    if (before < 0 || !copies) size = drawn;
    rank = keepsRank && size === before ? reflect(rank + (2 * fresh - 1) * RANK_JITTER) : fresh;
    return { gpus: sizes[size]!.gpus, runMicros: quantileAt(sizes[size]!.runMicros, rank) };
  };
  return {
    head(quietMicros) {
      const first = body(betweenBatches, batchShares);
      const table = sizes[size]!.batchSizes;
      const copies =
        sizeDraws.uniform() < betweenBatches.batch && size === headSize && quietMicros <= arrivals.batchMemoryMicros;
      const level = sizeDraws.uniform();
      if (!copies) batchSize = table.length === 0 ? 1 : table[pick(batchSizeShares[size]!, level)]![0];
      headSize = size;
      return { ...first, batchSize };
    },
    member: () => body(inBatch, shares),
  };
}

/** Back into [0, 1] by mirroring at the ends, which keeps a uniform rank uniform. */
function reflect(rank: number): number {
  if (rank < 0) return -rank;
  return rank > 1 ? 2 - rank : rank;
}

/** Index drawn by weight; the last of positive weight takes what rounding leaves over. */
export function pick(weights: readonly number[], level: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = level * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! <= 0) continue;
    if (left < weights[i]!) return i;
    left -= weights[i]!;
    last = i;
  }
  return last;
}

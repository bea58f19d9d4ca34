// Sizes and run times: a table of run times for each number of GPUs (their joint distribution), and how alike jobs
// that follow each other are. Without the likeness a generated batch would be a mix that no user submits.

import type { JobTable } from "../../model/jobs.js";
import { BATCH_MEMORY_MICROS } from "./batches.js";
import { tabulateKeepingMean } from "./quantiles.js";
import type { SizeClass, SynthParams } from "./schema.js";

/** Two ranks closer than this count as the same run time, and a copied rank moves by as much. */
export const RANK_JITTER = 0.05;

export interface SizeFit {
  sizes: SizeClass[];
  inBatch: SynthParams["inBatch"];
  betweenBatches: SynthParams["betweenBatches"];
}

export function fitSizes(jobs: JobTable, heads: readonly number[]): SizeFit {
  const gpus = Array.from({ length: jobs.count }, (_, i) => Math.max(1, (jobs.tasks[i]! * jobs.gpuMilli[i]!) / 1000));
  const ranks = new Float64Array(jobs.count);
  const sizes = [...new Set(gpus)]
    .sort((a, b) => a - b)
    .map((size): SizeClass => {
      const rows = gpus.flatMap((value, i) => (value === size ? [i] : []));
      rows.sort((a, b) => jobs.runMicros[a]! - jobs.runMicros[b]! || a - b);
      rows.forEach((row, position) => {
        ranks[row] = (position + 0.5) / rows.length;
      });
      const batchSizes = heads.flatMap((head, b) => (gpus[head] === size ? [(heads[b + 1] ?? jobs.count) - head] : []));
      return {
        gpus: size,
        share: rows.length / jobs.count,
        batchShare: batchSizes.length / heads.length,
        batchSizes: countShares(batchSizes),
        runMicros: tabulateKeepingMean(rows.map((row) => jobs.runMicros[row]!)),
      };
    });
  const isHead = new Set(heads);
  const likeness = (head: boolean, shares: readonly number[]) => {
    const rows = gpus.flatMap((_, i) => (i > 0 && isHead.has(i) === head ? [i] : []));
    return fitLikeness(rows, gpus, ranks, shares);
  };
  return {
    sizes,
    inBatch: likeness(
      false,
      sizes.map((s) => s.share),
    ),
    betweenBatches: {
      ...likeness(
        true,
        sizes.map((s) => s.batchShare),
      ),
      batch: fitBatchLikeness(jobs, heads, gpus),
    },
  };
}

function countShares(values: readonly number[]): [number, number][] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b).map(([value, count]) => [value, count / values.length]);
}

/** Agreement between each row and the one before it, less the agreement that chance gives (as in Cohen's kappa). */
function fitLikeness(
  rows: readonly number[],
  gpus: readonly number[],
  ranks: Float64Array,
  shares: readonly number[],
): SynthParams["inBatch"] {
  const alike = rows.filter((i) => gpus[i] === gpus[i - 1]);
  const near = alike.filter((i) => Math.abs(ranks[i]! - ranks[i - 1]!) <= RANK_JITTER);
  const sizeByChance = shares.reduce((sum, s) => sum + s * s, 0);
  const runByChance = 2 * RANK_JITTER - RANK_JITTER * RANK_JITTER;
  return {
    size: beyondChance(alike.length, rows.length, sizeByChance),
    run: beyondChance(near.length, alike.length, runByChance),
  };
}

/** Correlation of the jobs in a batch and in the one before it, over pairs close in time that begin with the same size. */
function fitBatchLikeness(jobs: JobTable, heads: readonly number[], gpus: readonly number[]): number {
  const batchSizes = heads.map((head, b) => (heads[b + 1] ?? jobs.count) - head);
  const mean = jobs.count / heads.length;
  let together = 0;
  let pairs = 0;
  let alone = 0;
  for (let b = 0; b < heads.length; b++) {
    alone += (batchSizes[b]! - mean) * (batchSizes[b]! - mean);
    const head = heads[b]!;
    if (b === 0 || gpus[head] !== gpus[heads[b - 1]!]) continue;
    if (jobs.submitMicros[head]! - jobs.submitMicros[head - 1]! > BATCH_MEMORY_MICROS) continue;
    together += (batchSizes[b]! - mean) * (batchSizes[b - 1]! - mean);
    pairs++;
  }
  if (pairs === 0 || alone === 0) return 0;
  return Math.min(1, Math.max(0, together / pairs / (alone / heads.length)));
}

function beyondChance(agreeing: number, all: number, byChance: number): number {
  if (all === 0 || byChance >= 1) return 0;
  return Math.min(1, Math.max(0, (agreeing / all - byChance) / (1 - byChance)));
}

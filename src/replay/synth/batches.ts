import type { JobTable } from "../../model/jobs.js";

/** Submissions at most this far apart are one batch: most of them are one user's script. */
export const BATCH_GAP_MICROS = 60_000_000;

/**
 * Batches at most this far apart may be parts of one script. In the records fitted so far the numbers of jobs in
 * neighbouring batches correlate up to about this distance, and not beyond.
 */
export const BATCH_MEMORY_MICROS = 900_000_000;

/** Row of each batch's first job, in order; a batch ends where the next one begins. `jobs` must be sorted by submission. */
export function findBatches(jobs: JobTable, gapMicros = BATCH_GAP_MICROS): number[] {
  const heads: number[] = [];
  for (let i = 0; i < jobs.count; i++) {
    if (i === 0 || jobs.submitMicros[i]! - jobs.submitMicros[i - 1]! > gapMicros) heads.push(i);
  }
  return heads;
}

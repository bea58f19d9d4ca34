// Where a run stops being young: jobs at its start meet an empty cluster, which a busy one never is again.

/** Values in a batch, as MSER-5 has it. */
const BATCH = 5;

export interface WarmUp {
  /** Values at the start to leave out, a multiple of five. */
  cut: number;
  /** False: the least is found in the second half, so the run is too short to tell, and nothing should be cut. */
  settled: boolean;
}

/**
 * MSER-5 (White, Simulation 69, 1997; White, Cobb and Spratt, WSC 2000): of all truncations of the sequence of means of
 * five, the one with the least squared standard error of what remains.
 * @param values in order of submission; NaN (no result) is passed over within its batch.
 */
export function mser5(values: ArrayLike<number>): WarmUp {
  const means = meansOfFive(values);
  const count = means.length;
  if (count < 4) return { cut: 0, settled: false };
  // from the end: mean and squared deviations of all batches from i on (Welford 1962)
  let mean = 0;
  let squares = 0;
  let least = Number.POSITIVE_INFINITY;
  let at = 0;
  for (let i = count - 1; i >= 0; i--) {
    const n = count - i;
    const delta = means[i]! - mean;
    mean += delta / n;
    squares += delta * (means[i]! - mean);
    // the last few have no spread to speak of
    if (n < 5) continue;
    const error = squares / (n * n);
    // equal: the earlier cut, which keeps more
    if (error <= least) {
      least = error;
      at = i;
    }
  }
  return at * 2 <= count ? { cut: at * BATCH, settled: true } : { cut: 0, settled: false };
}

function meansOfFive(values: ArrayLike<number>): Float64Array {
  const count = Math.floor(values.length / BATCH);
  const means = new Float64Array(count);
  let last = 0;
  for (let b = 0; b < count; b++) {
    let total = 0;
    let n = 0;
    for (let i = b * BATCH; i < (b + 1) * BATCH; i++) {
      if (Number.isNaN(values[i]!)) continue;
      total += values[i]!;
      n++;
    }
    if (n > 0) last = total / n;
    means[b] = last;
  }
  return means;
}

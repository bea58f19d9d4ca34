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
  const fives = new Fives();
  for (let i = 0; i < values.length; i++) fives.add(values[i]!);
  return mser5OfMeans(fives.means);
}

/** The same of a sequence that came one by one. */
export function mser5OfMeans(means: readonly number[]): WarmUp {
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

/** Gathers the means of five of a sequence: a fifth of its memory. */
export class Fives {
  /** Of whole batches; a batch of NaN alone takes the mean of the one before. */
  readonly means: number[] = [];
  #total = 0;
  #numbers = 0;
  #seen = 0;

  add(value: number): void {
    if (!Number.isNaN(value)) {
      this.#total += value;
      this.#numbers++;
    }
    this.#seen++;
    if (this.#seen < BATCH) return;
    this.means.push(this.#numbers > 0 ? this.#total / this.#numbers : (this.means.at(-1) ?? 0));
    this.#total = 0;
    this.#numbers = 0;
    this.#seen = 0;
  }
}

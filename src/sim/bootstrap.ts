// Bootstrap intervals, for what has no formula: percentiles, over replications and within one run.

import { percentile, sorted } from "./statistics.js";

/** A two-sided 95 % interval. NaN where there is too little to say. */
export interface Band {
  low: number;
  high: number;
}

const NOTHING: Band = { low: Number.NaN, high: Number.NaN };
/** Below this many replications the resamples are too few and too alike for a 95 % interval. */
export const BOOTSTRAP_LEAST = 5;
const RESAMPLES = 10_000;

/**
 * Share in each tail for n = 5..30, widened so that small samples are not taken for large ones: the normal probability
 * below -sqrt(n / (n - 1)) x t(0.975, n - 1) (Hesterberg, The American Statistician 69, 2015, section 5.3). Computed once
 * to six digits; above 30 nearly a line in 1 / n to 0.025.
 */
const TAIL_FROM_5 = [
  0.000954101, 0.0024318, 0.00410915, 0.00573752, 0.00722482, 0.00855064, 0.00972241, 0.0107566, 0.0116713, 0.0124833,
  0.0132072, 0.0138556, 0.014439, 0.0149663, 0.0154448, 0.0158808, 0.0162796, 0.0166456, 0.0169827, 0.017294, 0.0175823,
  0.0178501, 0.0180995, 0.0183322, 0.0185499, 0.0187539,
];

function tailShare(count: number): number {
  if (count <= 30) return TAIL_FROM_5[count - BOOTSTRAP_LEAST]!;
  return 0.025 - ((0.025 - TAIL_FROM_5.at(-1)!) * 30) / count;
}

/**
 * Interval of the mean of independent values that need not be normal: expanded percentile bootstrap. For percentiles of
 * replications, whose distribution is skewed. Both NaN below five values.
 * @param uniform draws from [0, 1); the caller seeds it.
 */
export function bootstrapMean(values: ArrayLike<number>, uniform: () => number): Band {
  const count = values.length;
  if (count < BOOTSTRAP_LEAST) return NOTHING;
  const means = new Float64Array(RESAMPLES);
  for (let r = 0; r < RESAMPLES; r++) {
    let total = 0;
    for (let i = 0; i < count; i++) total += values[Math.floor(uniform() * count)]!;
    means[r] = total / count;
  }
  means.sort();
  const tail = tailShare(count);
  return { low: percentile(means, tail), high: percentile(means, 1 - tail) };
}

/**
 * Interval of percentiles of one long sequence whose neighbours are alike: whole blocks are drawn with replacement
 * (Carlstein 1986; Lahiri 2003, section 2.6), so that what hangs together stays together.
 * @param values in their natural order (by submission); NaN ones are left out of every resample.
 * @param blocks number of equal blocks, 2 and up; the last takes what is left.
 * @param shares percentiles wanted, 0..1.
 * @returns one band a share, widened for the number of blocks.
 */
export function blockBootstrap(
  values: ArrayLike<number>,
  blocks: number,
  shares: readonly number[],
  uniform: () => number,
  resamples = 400,
): Band[] {
  const { length } = values;
  if (length < 2 * blocks || blocks < BOOTSTRAP_LEAST) return shares.map(() => NOTHING);
  const size = length / blocks;
  const order = Float64Array.from(values, (_, i) => i).filter((i) => !Number.isNaN(values[i]!));
  order.sort((a, b) => values[a]! - values[b]!);
  const blockOf = Int32Array.from(order, (i) => Math.min(blocks - 1, Math.floor(i / size)));
  const perBlock = new Int32Array(blocks);
  for (const b of blockOf) perBlock[b]!++;
  const estimates = shares.map(() => new Float64Array(resamples));
  const drawn = new Int32Array(blocks);
  for (let r = 0; r < resamples; r++) {
    drawn.fill(0);
    let total = 0;
    for (let b = 0; b < blocks; b++) {
      const pick = Math.floor(uniform() * blocks);
      drawn[pick]!++;
      total += perBlock[pick]!;
    }
    readOff(shares, total, order, blockOf, drawn, values, (s, value) => {
      estimates[s]![r] = value;
    });
  }
  const tail = tailShare(blocks);
  return estimates.map((column) => {
    const ascending = sorted(column);
    return { low: percentile(ascending, tail), high: percentile(ascending, 1 - tail) };
  });
}

/** Percentiles (nearest rank) of a resample that is known by how often each block was drawn. */
function readOff(
  shares: readonly number[],
  total: number,
  order: Float64Array,
  blockOf: Int32Array,
  drawn: Int32Array,
  values: ArrayLike<number>,
  take: (share: number, value: number) => void,
): void {
  const ranks = shares.map((share, s) => ({ s, rank: share * (total - 1) })).sort((a, b) => a.rank - b.rank);
  let seen = 0;
  let next = 0;
  for (let k = 0; k < order.length && next < ranks.length; k++) {
    seen += drawn[blockOf[k]!]!;
    while (next < ranks.length && seen > ranks[next]!.rank) take(ranks[next++]!.s, values[order[k]!]!);
  }
}

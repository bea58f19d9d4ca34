// Sums of updates that reveal no single one: every pair of senders shares a mask that one adds and the other subtracts, in
// whole numbers modulo 2^32, so that masks cancel exactly. The arithmetic of secure aggregation, for its bytes and its
// exactness; masks are drawn from seeds, not agreed on by cryptography. Source: Bonawitz et al., CCS 2017.

import { createDraws } from "../engine/draws.js";
import { invalid } from "./network.js";

/** Steps a unit: fixed point keeps sums exact whatever their order. */
const SCALE = 2 ** 20;
const HALF = 2 ** 31;

/** To whole numbers modulo 2^32. Throws LEARNING_INVALID for a number that a sum of `senders` could not hold. */
export function toFixed(update: Float32Array, senders: number): Uint32Array {
  const limit = HALF / SCALE / senders;
  return Uint32Array.from(update, (x, i) => {
    if (!(Math.abs(x) < limit))
      invalid(`Number ${i} of an update is ${x}: expected a size below ${limit}, so that a sum fits.`, "");
    return Math.round(x * SCALE) >>> 0;
  });
}

export function fromFixed(sum: Uint32Array): Float64Array {
  return Float64Array.from(sum, (x) => (x >= HALF ? x - 2 * HALF : x) / SCALE);
}

function maskOf(seed: number, round: number, a: number, b: number, length: number): Uint32Array {
  const draws = createDraws(seed, `mask ${round} ${Math.min(a, b)} ${Math.max(a, b)}`);
  return Uint32Array.from({ length }, () => Math.floor(draws.uniform() * 2 ** 32));
}

/** What sender `who` of `senders` sends: its numbers and the masks shared with every other. */
export function mask(
  numbers: Uint32Array,
  who: number,
  senders: readonly number[],
  seed: number,
  round: number,
): Uint32Array {
  const masked = numbers.slice();
  for (const other of senders) {
    if (other === who) continue;
    const shared = maskOf(seed, round, who, other, numbers.length);
    for (let i = 0; i < masked.length; i++) masked[i] = masked[i]! + (who < other ? shared[i]! : -shared[i]!);
  }
  return masked;
}

/** The sum of those that arrived. Masks shared with senders that did not are taken off: their seeds are given away for that. */
export function sumMasked(
  arrived: ReadonlyMap<number, Uint32Array>,
  senders: readonly number[],
  seed: number,
  round: number,
): Uint32Array {
  const [first] = arrived.values();
  if (first === undefined) invalid("Nobody's update has arrived.", "");
  const sum = new Uint32Array(first.length);
  for (const [who, numbers] of arrived) {
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + numbers[i]!;
    for (const gone of senders) {
      if (arrived.has(gone)) continue;
      const shared = maskOf(seed, round, who, gone, sum.length);
      for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! - (who < gone ? shared[i]! : -shared[i]!);
    }
  }
  return sum;
}

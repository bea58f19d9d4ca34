// Updates that travel smaller than they are, with their bytes counted.

import { invalid } from "./network.js";

export type Compression =
  | { kind: "none" }
  /** The share of numbers with the greatest size, 0 < share <= 1; the others count as 0. */
  | { kind: "top"; share: number }
  /** Eight bits a number, by the greatest size of each 256. */
  | { kind: "eight-bit" };

export interface Compressed {
  /** What arrives. */
  update: Float32Array;
  bytes: number;
}

const CHUNK = 256;

/**
 * What is left of an update after travelling, and how many bytes that took: 4 a float; 8 for each of the greatest (place and
 * value), ties to the earlier place; 1 a number and 4 a chunk. What was lost is the sender's to add to its next update (error
 * feedback). Sources: Aji and Heafield, EMNLP 2017; Dettmers, ICLR 2016; Karimireddy et al., ICML 2019.
 */
export function compress(update: Float32Array, how: Compression): Compressed {
  const odd = update.findIndex((x) => !Number.isFinite(x));
  if (odd >= 0) invalid(`Number ${odd} of an update is ${update[odd]}: expected a finite number.`, "Lower the rate.");
  if (how.kind === "top") return greatest(update, how.share);
  if (how.kind === "eight-bit") return eightBits(update);
  return { update: update.slice(), bytes: update.length * 4 };
}

function greatest(update: Float32Array, share: number): Compressed {
  if (!(share > 0 && share <= 1)) invalid(`The share to keep is ${share}: expected above 0 and at most 1.`, "");
  const count = Math.max(1, Math.ceil(update.length * share));
  const order = Uint32Array.from({ length: update.length }, (_, i) => i);
  order.sort((a, b) => Math.abs(update[b]!) - Math.abs(update[a]!) || a - b);
  const kept = new Float32Array(update.length);
  for (const i of order.subarray(0, count)) kept[i] = update[i]!;
  return { update: kept, bytes: count * 8 };
}

function eightBits(update: Float32Array): Compressed {
  const kept = new Float32Array(update.length);
  for (let from = 0; from < update.length; from += CHUNK) {
    const part = update.subarray(from, from + CHUNK);
    const size = Math.fround(part.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127);
    part.forEach((x, i) => {
      kept[from + i] = size === 0 ? 0 : Math.round(x / size) * size;
    });
  }
  return { update: kept, bytes: update.length + 4 * Math.ceil(update.length / CHUNK) };
}

/** A sender that adds what was lost of its updates to the next one: in the long run everything arrives. */
export class ErrorFeedback {
  #left: Float32Array | undefined;

  /** `lost`: nothing of it arrives. */
  send(update: Float32Array, how: Compression, lost = false): Compressed {
    const before = this.#left;
    const whole = before ? update.map((x, i) => x + before[i]!) : update;
    const sent = compress(whole, how);
    this.#left = lost ? whole.slice() : whole.map((x, i) => x - sent.update[i]!);
    return sent;
  }
}

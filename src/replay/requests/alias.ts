// Draws from a table of whole numbers and shares in constant time: the alias method (Walker 1977, as Vose 1991 builds it).

import type { Draws } from "../../engine/draws.js";

export class AliasTable {
  readonly mean: number;
  readonly #values: Int32Array;
  readonly #keep: Float64Array;
  readonly #other: Int32Array;

  /** Shares need not add up to 1. */
  constructor(values: Int32Array, shares: Float64Array) {
    const n = values.length;
    const total = shares.reduce((sum, share) => sum + share, 0);
    const scaled = shares.map((share) => (share * n) / total);
    this.mean = values.reduce((sum, value, i) => sum + value * scaled[i]!, 0) / n;
    this.#values = values;
    this.#keep = new Float64Array(n).fill(1);
    this.#other = Int32Array.from({ length: n }, (_, i) => i);
    const low: number[] = [];
    const high: number[] = [];
    scaled.forEach((share, i) => {
      (share < 1 ? low : high).push(i);
    });
    while (low.length > 0 && high.length > 0) {
      const small = low.pop()!;
      const large = high.at(-1)!;
      this.#keep[small] = scaled[small]!;
      this.#other[small] = large;
      scaled[large]! -= 1 - scaled[small]!;
      if (scaled[large]! < 1) low.push(high.pop()!);
    }
  }

  draw(draws: Draws): number {
    const x = draws.uniform() * this.#values.length;
    const i = Math.floor(x);
    return this.#values[x - i < this.#keep[i]! ? i : this.#other[i]!]!;
  }
}

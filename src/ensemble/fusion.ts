// Fusing the answers of several members, where they lie: matrices of samples x classes in the memory of the kernels, written
// there by whoever made them, and fused without a copy. See docs/models/fusion.md.

import { Bulk, type BulkCall } from "../engine/bulk.js";
import { WindtunnelError } from "../model/errors.js";

export const FUSION_METHODS = {
  average: "weighted average",
  vote: "majority vote; ties by the summed numbers, then the lowest class",
  "confidence-top": "average weighted by each member's top probability for the sample",
  "confidence-margin": "average weighted by the distance of the top two",
  "confidence-entropy": "average weighted by 1 - entropy / log(classes)",
  "log-pool": "normalised product of powers, fast (floats, nobody missing; else as log-pool-exact)",
  "log-pool-exact": "the same in doubles",
  median: "median of the members",
  "trimmed-mean": "mean without the lowest and highest quarter of the members",
} as const;
export type FusionMethod = keyof typeof FUSION_METHODS;

const CONFIDENCES: Partial<Record<FusionMethod, number>> = {
  "confidence-top": 0,
  "confidence-margin": 1,
  "confidence-entropy": 2,
};

export interface FusionShape {
  samples: number;
  /** Columns of a sample: classes, quantiles, or 1 for a regression. */
  classes: number;
  /** 1 .. 32. */
  members: number;
  /** Doubles in place of floats. */
  wide?: boolean;
  /**
   * What a row is. probabilities (the default): numbers from 0 to 1, and medians and trimmed means are made to add up to 1.
   * values: any finite numbers (regressions; quantiles, a column a level). Votes, pools and confidence want probabilities.
   */
  rows?: "probabilities" | "values";
}

export interface FusionOptions {
  /** By member, >= 0, not all 0; divided by their sum. Default: all alike. Votes, medians and trimmed means use none. */
  weights?: readonly number[];
  /** Samples to fuse, `from` .. `to` - 1. Default: all. */
  from?: number;
  to?: number;
}

const MEMBERS_MAX = 32;
const VOTE_CLASSES_MAX = 255;
const VOTE_BLOCK = 4096;
/** Probabilities that were rounded may be above 1 by this much. */
const ROUNDING = 1e-4;

export class FusionArea {
  readonly shape: Required<FusionShape>;
  readonly bulk: Bulk;
  readonly #members: number[];
  readonly #table: number;
  readonly #weights: number;
  readonly #scratch: number[];
  readonly #out: number;
  readonly #labels: number;
  #masks = 0;

  constructor(shape: FusionShape, bulk = new Bulk()) {
    this.shape = { wide: false, rows: "probabilities", ...shape };
    checkShape(this.shape);
    const { samples, classes, members, wide } = this.shape;
    this.bulk = bulk;
    const matrix = samples * classes * (wide ? 8 : 4);
    this.#table = bulk.allocate(members * 4);
    this.#weights = bulk.allocate(members * 8);
    this.#scratch = [bulk.allocate(this.#scratchBytes)];
    this.#members = Array.from({ length: members }, () => bulk.allocate(matrix));
    this.#out = bulk.allocate(matrix);
    this.#labels = bulk.allocate(samples * 4);
    bulk.u32(this.#table, members).set(this.#members);
  }

  /** Where a member's answers go: samples x classes, row after row. */
  member(i: number): Float32Array | Float64Array {
    return this.#matrix(this.#members[i]!);
  }

  /** Address of a member's answers, for who writes them in another thread. */
  memberAt(i: number): number {
    return this.#members[i]!;
  }

  get #scratchBytes(): number {
    const { members, classes } = this.shape;
    return Math.max(members * VOTE_BLOCK + VOTE_CLASSES_MAX * 18 + 64, classes * 8, members * 8);
  }

  #matrix(pointer: number): Float32Array | Float64Array {
    const { samples, classes, wide } = this.shape;
    return wide ? this.bulk.f64(pointer, samples * classes) : this.bulk.f32(pointer, samples * classes);
  }

  /** By sample: bit i is 1 if member i has answered. All bits are 1 until something else is written here. */
  masks(): Uint32Array {
    if (this.#masks === 0) {
      this.#masks = this.bulk.allocate(this.shape.samples * 4);
      this.bulk.u32(this.#masks, this.shape.samples).fill(0xffff_ffff);
    }
    return this.bulk.u32(this.#masks, this.shape.samples);
  }

  /** Throws FUSION_INVALID for the first value that is none of its kind, by member, sample and class. */
  check(): void {
    const { samples, classes, wide, rows } = this.shape;
    const limit = wide ? Number.MAX_VALUE : 3.402_823_4e38;
    const [low, high] = rows === "values" ? [-limit, limit] : [0, 1 + ROUNDING];
    this.#members.forEach((pointer, i) => {
      let at = -1;
      for (;;) {
        at = this.bulk.exports.findOutside(wide ? 1 : 0, pointer, at + 1, samples * classes, low, high);
        // who did not answer may have left anything
        if (at < 0 || this.#masks === 0 || ((this.masks()[Math.floor(at / classes)]! >>> i) & 1) === 1) break;
      }
      if (at < 0) return;
      invalid(
        `Member ${i}, sample ${Math.floor(at / classes)}, class ${at % classes} is ${this.member(i)[at]}: expected ${
          rows === "values" ? "a finite number" : "a probability, from 0 to 1"
        }.`,
        rows === "values" ? "Mend the member, or mark it as missing there." : "For other numbers say rows: values.",
      );
    });
  }

  /** Fused rows (valid until the next fusion), or for a vote the class of each sample, -1 where nobody answered. */
  fuse(method: Exclude<FusionMethod, "vote">, options?: FusionOptions): Float32Array | Float64Array;
  fuse(method: "vote", options?: FusionOptions): Int32Array;
  fuse(method: FusionMethod, options?: FusionOptions): Float32Array | Float64Array | Int32Array;
  fuse(method: FusionMethod, options: FusionOptions = {}): Float32Array | Float64Array | Int32Array {
    for (const call of this.plan(method, options)) this.bulk.call(call);
    return this.fused(method);
  }

  /** What the last fusion left. */
  fused(method: FusionMethod): Float32Array | Float64Array | Int32Array {
    return method === "vote" ? this.bulk.i32(this.#labels, this.shape.samples) : this.#matrix(this.#out);
  }

  /** The calls that a fusion is made of; `thread` has scratch of its own, so that several can work at once. */
  plan(method: FusionMethod, options: FusionOptions = {}, thread = 0): BulkCall[] {
    const { from = 0, to = this.shape.samples } = options;
    while (this.#scratch.length <= thread) this.#scratch.push(this.bulk.allocate(this.#scratchBytes));
    return this.#calls(method, this.#writeWeights(options.weights), from, to, this.#scratch[thread]!);
  }

  /** True if all weigh the same. */
  #writeWeights(weights: readonly number[] | undefined): boolean {
    const { members, wide } = this.shape;
    const given = weights ?? Array.from({ length: members }, () => 1);
    if (given.length !== members) invalid(`There are ${given.length} weights: expected ${members}, one a member.`, "");
    const bad = given.findIndex((w) => !(w >= 0 && w < Number.POSITIVE_INFINITY));
    if (bad >= 0) invalid(`Weight ${bad} is ${given[bad]}: expected a number of at least 0.`, "");
    const sum = given.reduce((a, b) => a + b);
    if (!(sum > 0 && sum < Number.POSITIVE_INFINITY))
      invalid(`The weights add up to ${sum}: expected more than 0.`, "");
    const shares = given.map((w) => w / sum);
    if (wide) this.bulk.f64(this.#weights, members).set(shares);
    else this.bulk.f32(this.#weights, members).set(shares);
    return given.every((w) => w === given[0]);
  }

  #calls(method: FusionMethod, equal: boolean, from: number, to: number, scratch: number): BulkCall[] {
    const { classes: c, members: k, wide: doubles, rows } = this.shape;
    const wide = doubles ? 1 : 0;
    const [table, weights, masks, out] = [this.#table, this.#weights, this.#masks, this.#out];
    if (rows === "values" && !["average", "median", "trimmed-mean"].includes(method))
      invalid(`${method} fuses probabilities, and these rows are values.`, "Use average, median or trimmed-mean.");
    const confidence = CONFIDENCES[method];
    if (confidence !== undefined)
      return [["fuseByConfidence", wide, table, weights, masks, k, from, to, c, confidence, scratch, out]];
    if (method === "average")
      return masks === 0
        ? [["fuseAverage", wide, table, weights, k, from, to, c, out]]
        : [["fuseAverageOf", wide, table, weights, masks, k, from, to, c, out]];
    if (method === "vote") {
      if (c > VOTE_CLASSES_MAX) invalid(`A vote over ${c} classes: expected at most ${VOTE_CLASSES_MAX}.`, "");
      return [["fuseVote", wide, table, masks, k, from, to, c, scratch, this.#labels]];
    }
    if (method === "log-pool" && !doubles && masks === 0)
      return [["fuseLogPool", table, weights, k, from, to, c, equal ? 1 : 0, out]];
    if (method === "log-pool" || method === "log-pool-exact")
      return [["fuseLogPoolExactly", wide, table, weights, masks, k, from, to, c, scratch, out]];
    const cut = method === "median" ? (k - 1) >> 1 : Math.floor(k / 4);
    const middle: BulkCall = ["fuseTrimmed", wide, table, masks, k, from, to, c, cut, scratch, out];
    return rows === "probabilities" ? [middle, ["normalise", wide, out, from, to, c]] : [middle];
  }
}

function invalid(what: string, hint: string): never {
  throw new WindtunnelError("FUSION_INVALID", what, hint || "See docs/models/fusion.md.");
}

function checkShape({ samples, classes, members }: FusionShape): void {
  for (const [name, value, most] of [
    ["samples", samples, 2 ** 31 - 1],
    ["classes", classes, 2 ** 20],
    ["members", members, MEMBERS_MAX],
  ] as const) {
    if (!(Number.isInteger(value) && value >= 1 && value <= most))
      invalid(`The number of ${name} is ${value}: expected a whole number from 1 to ${most}.`, "");
  }
}

// A replica as a fluid: with b requests decoding at once, how long an iteration takes, how many requests a second it ends, and
// what memory it uses, from the same profile as the engine's. See docs/models/fluid.md.

import { exp } from "../../../engine/math.js";
import type { ProfileSetup } from "../../../engine/services.js";

/** Lengths of requests, as a fluid needs them. */
export interface LengthMix {
  promptMean: number;
  outputMean: number;
  /** Tokens in memory of a request that decodes: those with long answers are there longer. */
  contextMean: number;
  /** Pairs of tokens that a prompt attends. */
  pairsMean: number;
  /** Pairs of lengths that stand for all, each for as many. */
  prompts: Float64Array;
  outputs: Float64Array;
}

/** How many pairs of lengths stand for all. */
export const SAMPLES = 64;

/** @param pair draws or takes the lengths of the i-th of `count` requests. */
export function mixOf(count: number, pair: (i: number) => readonly [prompt: number, output: number]): LengthMix {
  let [prompt, output, weighted, weight, pairs] = [0, 0, 0, 0, 0];
  const all: (readonly [number, number])[] = [];
  for (let i = 0; i < count; i++) {
    const [p, o] = pair(i);
    prompt += p;
    output += o;
    weighted += o * (p + o / 2);
    weight += o;
    pairs += (p * (p + 1)) / 2;
    all.push([p, o]);
  }
  // every so-manieth by length of the answer, so that the tail is there
  all.sort(([p, o], [q, r]) => o - r || p - q);
  const samples = Array.from({ length: SAMPLES }, (_, k) => all[Math.floor(((k + 0.5) * count) / SAMPLES)]!);
  return {
    promptMean: prompt / count,
    outputMean: output / count,
    contextMean: weighted / weight,
    pairsMean: pairs / count,
    prompts: Float64Array.from(samples, ([p]) => p),
    outputs: Float64Array.from(samples, ([, o]) => o),
  };
}

/** The state of one replica at a number of requests present. */
export interface Point {
  /** Requests that decode. */
  decoding: number;
  iterationSeconds: number;
  /** Requests that end, a second. */
  perSecond: number;
  memoryShare: number;
}

const STEPS = 96;
/** Prompts of one iteration at most, and steps through the samples that pair them, coprime to their number. */
const PROMPTS_MAX = 24;
const STRIDES = [1, 3, 5, 7, 11, 13] as const;

export class ReplicaCurve {
  readonly mix: LengthMix;
  readonly #profile: ProfileSetup;
  readonly #decodingMax: number;
  readonly #iterations: Float64Array;
  /** Requests a second that a replica ends at most, and that it then holds. */
  readonly perSecondMax: number;
  readonly presentMax: number;

  constructor(profile: ProfileSetup, mix: LengthMix) {
    this.#profile = profile;
    this.mix = mix;
    const budget = profile.microsByTokens.length - 1;
    const memory = ((profile.blocks - profile.watermarkBlocks) * profile.blockTokens) / mix.contextMean;
    this.#decodingMax = Math.max(1e-9, Math.min(profile.batchMax, budget / (1 + this.#promptsAToken), memory));
    this.#iterations = Float64Array.from({ length: STEPS + 1 }, (_, k) =>
      this.#iteration((k * this.#decodingMax) / STEPS),
    );
    this.perSecondMax = this.#rate(this.#decodingMax, this.#iterations[STEPS]!);
    this.presentMax = this.#decodingMax * this.#presentADecoding;
  }

  /** Tokens of prompts that are computed for each token of an answer. */
  get #promptsAToken(): number {
    return this.mix.promptMean / Math.max(1, this.mix.outputMean - 1);
  }

  /** A request is also present while its prompt is computed: one iteration, and half of the one before. */
  get #presentADecoding(): number {
    return 1 + 1.5 / Math.max(1, this.mix.outputMean - 1);
  }

  /**
   * Seconds of an iteration in which b requests decode: how many prompts come with it is Poisson, around as many as answers
   * end; the mean is taken over them, since an iteration with a prompt takes many times one without. Prompts that pass the
   * token budget are computed in further iterations.
   */
  #iteration(b: number): number {
    const { microsPerContextToken, microsPerPair, microsByTokens } = this.#profile;
    const { contextMean, pairsMean, outputMean, prompts } = this.mix;
    const budget = microsByTokens.length - 1;
    const arrivals = b / Math.max(1, outputMean - 1);
    const decodes = Math.max(1, b);
    const room = Math.max(1, budget - decodes);
    let [micros, iterations] = [0, 0];
    let chance = exp(-arrivals);
    for (let k = 0; k < PROMPTS_MAX && (k <= arrivals || chance > 1e-6); k++) {
      if (k > 0) chance *= arrivals / k;
      for (let i = 0; i < SAMPLES; i++) {
        let tokens = 0;
        for (let j = 0; j < k; j++) tokens += prompts[(i * STRIDES[j % STRIDES.length]! + j * 17) % SAMPLES]!;
        const full = Math.floor(tokens / room);
        micros += (chance / SAMPLES) * (full * this.#table(budget) + this.#table(decodes + tokens - full * room));
        iterations += (chance / SAMPLES) * (full + 1);
      }
    }
    return (micros / iterations + microsPerContextToken * b * contextMean + microsPerPair * arrivals * pairsMean) / 1e6;
  }

  /** The profile's table between whole tokens. */
  #table(tokens: number): number {
    const { microsByTokens: table } = this.#profile;
    const at = Math.min(table.length - 1, tokens);
    const low = Math.floor(at);
    const high = Math.min(table.length - 1, low + 1);
    return table[low]! + (table[high]! - table[low]!) * (at - low);
  }

  #rate(b: number, iterationSeconds: number): number {
    return b / (Math.max(1, this.mix.outputMean - 1) * iterationSeconds);
  }

  /** With so many requests present at a replica; who is there finds itself and so many others. */
  at(present: number): Point {
    const decoding = Math.min(this.#decodingMax, Math.max(0, present) / this.#presentADecoding);
    const at = (decoding / this.#decodingMax) * STEPS;
    const low = Math.min(STEPS - 1, Math.floor(at));
    const iterationSeconds =
      this.#iterations[low]! + (this.#iterations[low + 1]! - this.#iterations[low]!) * (at - low);
    const { blocks, blockTokens } = this.#profile;
    return {
      decoding,
      iterationSeconds,
      perSecond: this.#rate(decoding, iterationSeconds),
      memoryShare: Math.min(1, (decoding * this.mix.contextMean) / (blocks * blockTokens)),
    };
  }

  /** Seconds from being admitted to the first token, of a prompt: half an iteration, and those that compute the prompt. */
  firstTokenSeconds(point: Point, prompt: number): number {
    const { microsByTokens: table, microsPerContextToken, microsPerPair } = this.#profile;
    const room = Math.max(1, table.length - 1 - Math.floor(point.decoding));
    const iterations = Math.ceil(prompt / room);
    const tokens = Math.min(table.length - 1, Math.round(point.decoding + prompt / iterations));
    const micros = table[tokens]! + microsPerContextToken * point.decoding * this.mix.contextMean;
    const busy = Math.min(1, point.decoding);
    return (
      (busy * point.iterationSeconds) / 2 + (iterations * micros + (microsPerPair * prompt * (prompt + 1)) / 2) / 1e6
    );
  }
}

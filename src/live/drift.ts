// Has reality left what the permit's scenarios covered? Every sample is inside the envelope or not. A permit's envelope may be
// left by chance at up to a stated rate; a betting martingale grows with every sample that is outside, and by Ville's inequality
// it exceeds 1/alpha with probability at most alpha as long as that rate holds, however long one looks (Ville 1939; Waudby-Smith
// and Ramdas, JRSS-B 2024, section 4). The way back is slower than the way out.

import type { Envelope } from "./permit.js";

export interface Conditions {
  load: number;
  gpus: number;
  mix: { gpus: number; share: number }[];
  usdPerGpuHour: number | null;
  /** By how much forecasts were off lately, by target. */
  forecastErrors: { target: string; share: number }[];
}

/** What is outside of the envelope, in words; empty: nothing. */
export function outsideOf(envelope: Envelope, seen: Conditions): string[] {
  const out: string[] = [];
  const { load, gpus, usdPerGpuHour } = envelope;
  const within = (value: number, range: { least: number; most: number }) => value >= range.least && value <= range.most;
  if (!within(seen.load, load)) out.push(`load ${seen.load.toFixed(2)}, covered ${load.least} to ${load.most}`);
  if (!within(seen.gpus, gpus)) out.push(`${seen.gpus} GPUs, covered ${gpus.least} to ${gpus.most}`);
  const distance = mixDistance(envelope.mix, seen.mix);
  if (seen.mix.length > 0 && distance > envelope.mixDistanceMost) {
    out.push(`a mix of sizes ${distance.toFixed(2)} from the one covered, at most ${envelope.mixDistanceMost}`);
  }
  if (usdPerGpuHour && seen.usdPerGpuHour !== null && !within(seen.usdPerGpuHour, usdPerGpuHour)) {
    out.push(`$${seen.usdPerGpuHour.toFixed(2)} a GPU-hour, covered ${usdPerGpuHour.least} to ${usdPerGpuHour.most}`);
  }
  const most = envelope.forecastErrorMost;
  for (const { target, share } of seen.forecastErrors) {
    if (typeof most === "number" && share > most)
      out.push(`forecasts of ${target} off by ${share.toFixed(2)}, covered up to ${most}`);
  }
  return out;
}

/** Total variation between two mixes of sizes, 0 to 1. */
export function mixDistance(a: Envelope["mix"], b: Envelope["mix"]): number {
  const shares = new Map<number, number>();
  for (const { gpus, share } of a) shares.set(gpus, (shares.get(gpus) ?? 0) + share);
  for (const { gpus, share } of b) shares.set(gpus, (shares.get(gpus) ?? 0) - share);
  return [...shares.values()].reduce((sum, d) => sum + Math.abs(d), 0) / 2;
}

export interface DriftOptions {
  /** Share of samples that may be outside under the conditions that were validated. */
  chance: number;
  /** Probability of a false alarm, ever. */
  alpha: number;
  /** Time between samples: neighbours are alike, and the bound wants samples that are not. */
  sampleMillis: number;
  /** Samples in a row that must be inside before it is trusted again. */
  insideAgain: number;
}

export const DRIFT_DEFAULTS: DriftOptions = { chance: 0.05, alpha: 0.001, sampleMillis: 60_000, insideAgain: 30 };

export class DriftDetector {
  readonly #options: DriftOptions;
  #wealth = 1;
  #lastMillis = Number.NEGATIVE_INFINITY;
  #inside = 0;
  #drifted = false;
  #why: string[] = [];

  constructor(options: Partial<DriftOptions> = {}) {
    this.#options = { ...DRIFT_DEFAULTS, ...options };
  }

  get drifted(): boolean {
    return this.#drifted;
  }
  get why(): string {
    return this.#why.join("; ");
  }
  /** How much the bet against "nothing has changed" has won; an alarm at 1/alpha. */
  get evidence(): number {
    return this.#wealth;
  }

  /** Takes a sample, if it is time for one; true if the verdict has changed. */
  add(nowMillis: number, outside: readonly string[]): boolean {
    const { chance, alpha, sampleMillis, insideAgain } = this.#options;
    if (nowMillis - this.#lastMillis < sampleMillis) return false;
    this.#lastMillis = nowMillis;
    const before = this.#drifted;
    this.#inside = outside.length > 0 ? 0 : this.#inside + 1;
    if (outside.length > 0) this.#why = [...outside];
    if (this.#drifted) {
      if (this.#inside >= insideAgain) {
        this.#drifted = false;
        this.#wealth = 1;
        this.#why = [];
      }
    } else {
      // half of what may be staked at all: the factor stays above zero whatever comes
      const stake = 0.5 / chance;
      this.#wealth *= 1 + stake * ((outside.length > 0 ? 1 : 0) - chance);
      // what is lost below 1 is forgotten, so that a long calm does not delay an alarm; the bound then holds from each calm on
      this.#wealth = Math.max(1, this.#wealth);
      if (this.#wealth >= 1 / alpha) this.#drifted = true;
    }
    return before !== this.#drifted;
  }
}

// Work of jobs that share devices by time-slicing, added up stretch by stretch from the log's placements alone: between
// two changes of who is at work on a device, everybody on it has one speed.

import type { Claim } from "./claim.js";
import { devicesOf } from "./room.js";

interface Progress {
  /** Nominal µs of this start. */
  done: number;
  /** Up to this moment, µs. */
  at: number;
  /** Changes of speed so far: each may round by a µs. */
  changes: number;
}

export class SharedSpeed {
  readonly #rates: Float64Array;
  readonly #classes: number;
  readonly #classOf: (job: number) => number;
  readonly #slowdownOf: (claim: Claim) => number;
  readonly #working = new Map<Claim, Progress>();
  /** Claims at work by node and device, one entry a task. */
  readonly #on = new Map<string, Claim[]>();

  /** @param rates speed of a class beside another, row by own class. */
  constructor(rates: Float64Array, classOf: (job: number) => number, slowdownOf: (claim: Claim) => number) {
    this.#rates = rates;
    this.#classes = Math.sqrt(rates.length);
    this.#classOf = classOf;
    this.#slowdownOf = slowdownOf;
  }

  begins(claim: Claim, now: number): void {
    this.#advance(claim, now);
    this.#working.set(claim, { done: 0, at: now, changes: 0 });
    for (const device of sharesOf(claim)) this.#on.set(device, [...(this.#on.get(device) ?? []), claim]);
  }

  /** Work of its latest start, nominal µs, and how far rounding may be off. */
  ends(claim: Claim, now: number): { work: number; slack: number } {
    this.#advance(claim, now);
    const { done, changes } = this.#working.get(claim)!;
    this.#working.delete(claim);
    for (const device of sharesOf(claim)) {
      const rest = [...this.#on.get(device)!];
      rest.splice(rest.indexOf(claim), 1);
      this.#on.set(device, rest);
    }
    return { work: done, slack: changes + 2 };
  }

  /** Brings the claim and all beside it up to now, at the speeds that held until now. */
  #advance(claim: Claim, now: number): void {
    const touched = new Set([claim, ...sharesOf(claim).flatMap((device) => this.#on.get(device) ?? [])]);
    for (const one of touched) {
      const progress = this.#working.get(one);
      if (!progress) continue;
      progress.done += ((now - progress.at) * this.#rateOf(one)) / this.#slowdownOf(one);
      progress.at = now;
      progress.changes++;
    }
  }

  #rateOf(claim: Claim): number {
    const own = this.#classOf(claim.job);
    const rates = sharesOf(claim).map((device) => {
      const others = [...this.#on.get(device)!];
      others.splice(others.indexOf(claim), 1); // one entry is itself
      return others.reduce((rate, other) => rate * this.#rates[own * this.#classes + this.#classOf(other.job)]!, 1);
    });
    return Math.min(1, ...rates);
  }
}

/** Devices that a claim has a share of, one entry a task. */
function sharesOf(claim: Claim): string[] {
  return claim.parts.flatMap((part) => {
    if (part.node < 0 || part.milli >= 1000) return [];
    return devicesOf(part).map((device) => `${part.node} ${device}`);
  });
}

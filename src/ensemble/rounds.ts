// Training rounds on the clock: what each cloud does takes as long as its GPU needs, may be cut short by a preemption and done
// again, and what it sends takes the link's time and money.

import type { Draws } from "../engine/draws.js";

export interface TrainingCloud {
  name: string;
  /** Share of the answer in the worked example, and of nothing else. */
  weight: number;
  samplesPerSecond: number;
  usdPerGpuHour: number;
  /** Chance that a round's training is preempted, lost and begun again. */
  preemptions: number;
}

export interface TrainingLink {
  bytesPerSecond: number;
  latencySeconds: number;
  usdPerGb: number;
}

/** Summed up over a whole way of training. */
export class Ledger {
  bytes = 0;
  usd = 0;
  seconds = 0;
  preemptions = 0;
  readonly #link: TrainingLink;
  readonly #draws: Draws;
  readonly #straggling: number;

  /** `straggling`: mean of the exponential share by which a round takes longer than it should. */
  constructor(link: TrainingLink, straggling: number, draws: Draws) {
    this.#link = link;
    this.#straggling = straggling;
    this.#draws = draws;
  }

  /** Bytes over a link: counted and paid for; the seconds are the caller's, since links work side by side. */
  send(bytes: number): number {
    this.bytes += bytes;
    this.usd += (bytes / 1e9) * this.#link.usdPerGb;
    return this.linkSeconds(bytes);
  }

  /** What sending takes, without doing it. */
  linkSeconds(bytes: number): number {
    return bytes === 0 ? 0 : this.#link.latencySeconds + bytes / this.#link.bytesPerSecond;
  }

  /** Seconds of a cloud's training: slower than it should be by chance, and once more if it is preempted. */
  train(cloud: TrainingCloud, samples: number): number {
    const full = (samples / cloud.samplesPerSecond) * (1 + this.#straggling * this.#draws.exponential());
    if (this.#draws.uniform() >= cloud.preemptions) return full;
    this.preemptions++;
    return full + full * this.#draws.uniform();
  }

  /** Clouds are paid for as long as they are held, waiting included. */
  hold(clouds: readonly TrainingCloud[], seconds: number): void {
    this.seconds += seconds;
    for (const cloud of clouds) this.usd += (seconds / 3600) * cloud.usdPerGpuHour;
  }
}

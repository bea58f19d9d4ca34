// Federated averaging and its kin: rounds that wait for the slowest cloud, or close without it; some clouds sampled, some that
// drop out; the server's momentum; updates that travel compressed, or masked.

import {
  averageModels,
  type Compression,
  ErrorFeedback,
  fromFixed,
  mask,
  sumMasked,
  toFixed,
} from "../../ensemble/index.js";
import type { CloudClock, Turn } from "./clock.js";
import type { Replication } from "./study.js";

export interface FederationSpec {
  name: string;
  /** mu of FedProx. */
  proximal: number;
  /** Of the server: the average change is added to a velocity (Hsu, Qi and Brown 2019). */
  serverMomentum: number;
  /** Share of clouds asked in a round, at least one. */
  sampled: number;
  /** Chance that what a cloud has trained never arrives. */
  dropouts: number;
  compression: Compression;
  masked: boolean;
  /** A round closes after so long with those that have arrived, if anybody has; Infinity: waits for all. */
  roundSecondsMax: number;
}

interface Arrived {
  k: number;
  update: Float32Array;
}

export class Federation {
  readonly #of: Replication;
  readonly #spec: FederationSpec;
  readonly #clocks: CloudClock[];
  readonly #places: Uint32Array;
  readonly #feedback = new Map<number, ErrorFeedback>();
  #velocity: Float32Array;
  #preemptions = 0;

  constructor(of: Replication, spec: FederationSpec) {
    this.#of = of;
    this.#spec = spec;
    this.#clocks = of.clocks("federated", spec.name);
    this.#places = of.area.parameters();
    this.#velocity = new Float32Array(of.area.modelLength);
  }

  run(): void {
    const { rounds } = this.#of.study;
    let model = this.#of.begin();
    let now = 0;
    for (let round = 1; round <= Math.max(...rounds); round++) {
      const done = this.#round(model, round, now);
      model = done.model;
      now = done.seconds;
      if (!rounds.includes(round)) continue;
      const { name } = this.#spec;
      this.#of.add(`${name} ${round}`, name, this.#of.accuracy(model), this.#clocks, now, this.#preemptions);
    }
  }

  /** Who is asked, and whose update will be lost. */
  #draw(round: number): { asked: number[]; lost: boolean[] } {
    const draws = this.#of.draws(`${this.#spec.name} round ${round}`);
    const all = this.#clocks.map((_, k) => ({ k, order: draws.uniform() })).sort((a, b) => a.order - b.order);
    const count = Math.max(1, Math.round(this.#spec.sampled * all.length));
    const asked = all.slice(0, count).map(({ k }) => k);
    asked.sort((a, b) => a - b);
    return { asked, lost: asked.map(() => draws.uniform() < this.#spec.dropouts) };
  }

  #round(model: Float32Array, round: number, now: number): { model: Float32Array; seconds: number } {
    const { study, parts } = this.#of;
    const { proximal, roundSecondsMax } = this.#spec;
    const { asked, lost } = this.#draw(round);
    const sent = asked.map((k, i) => {
      const own = this.#of.train(model, parts[k]!, study.local.epochs, `fed ${round} ${k}`, proximal);
      const { update, share } = this.#travel(
        k,
        own.map((x, p) => x - model[p]!),
        lost[i]!,
      );
      const bytes = this.#of.modelBytes;
      const turn = this.#clocks[k]!.turn(
        now,
        bytes,
        study.local.epochs * parts[k]!.length,
        lost[i] ? 0 : share * bytes,
      );
      this.#preemptions += turn.preemptions;
      return { k, update, turn, lost: lost[i]! };
    });
    const { seconds, arrived } = close(sent, now + roundSecondsMax);
    if (arrived.length === 0) return { model, seconds };
    const change = this.#sum(arrived, asked, round);
    const { serverMomentum } = this.#spec;
    this.#velocity = this.#velocity.map((v, p) => serverMomentum * v + change[p]!);
    return { model: model.map((x, p) => x + this.#velocity[p]!), seconds };
  }

  /** What arrives of an update, and its bytes as a share of the model's; what is lost on the way is added to the next. */
  #travel(k: number, update: Float32Array, lost: boolean): { update: Float32Array; share: number } {
    const { compression } = this.#spec;
    if (compression.kind === "none") return { update, share: 1 };
    const own = this.#feedback.get(k) ?? new ErrorFeedback();
    this.#feedback.set(k, own);
    const numbers = Float32Array.from(this.#places, (p) => update[p]!);
    const { update: kept, bytes } = own.send(numbers, compression, lost);
    const out = new Float32Array(update.length);
    this.#places.forEach((p, i) => {
      out[p] = kept[i]!;
    });
    return { update: out, share: bytes / (4 * this.#places.length) };
  }

  /** The mean change, by samples; masked, in fixed point, if so asked. */
  #sum(arrived: readonly Arrived[], asked: readonly number[], round: number): Float32Array {
    const { parts, seed } = this.#of;
    const total = arrived.reduce((sum, { k }) => sum + parts[k]!.length, 0);
    const shares = arrived.map(({ k }) => parts[k]!.length / total);
    if (!this.#spec.masked)
      return averageModels(
        arrived.map(({ update }) => update),
        shares,
      );
    const masked = new Map(
      arrived.map(({ k, update }, i) => {
        const scaled = Float32Array.from(this.#places, (p) => shares[i]! * update[p]!);
        return [k, mask(toFixed(scaled, asked.length), k, asked, seed, round)] as const;
      }),
    );
    const sum = fromFixed(sumMasked(masked, asked, seed, round));
    const out = new Float32Array(this.#velocity.length);
    this.#places.forEach((p, i) => {
      out[p] = sum[i]!;
    });
    return out;
  }
}

/** When a round ends, and with whom: all that are not lost, or, at the limit, those that are there, or else the first. */
function close(
  sent: readonly (Arrived & { turn: Turn; lost: boolean })[],
  limit: number,
): { seconds: number; arrived: Arrived[] } {
  const coming = sent.filter((one) => !one.lost);
  // the server learns that an update is lost when it should have come
  const last = Math.max(...sent.map((one) => one.turn.arrivedSeconds));
  if (last <= limit || coming.length === 0) return { seconds: last, arrived: coming };
  const first = Math.min(...coming.map((one) => one.turn.arrivedSeconds));
  const seconds = Math.max(limit, first);
  return { seconds, arrived: coming.filter((one) => one.turn.arrivedSeconds <= seconds) };
}

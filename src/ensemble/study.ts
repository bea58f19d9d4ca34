// Ways to train on three clouds' own data and to answer as one, by what they move, cost and take. See
// docs/models/training-over-clouds.md.

import { createDraws, type Draws } from "../engine/draws.js";
import { drawDigits } from "./digits.js";
import { FusionArea, type FusionMethod } from "./fusion.js";
import { averageModels, NetworkArea, type Samples, type TrainOptions } from "./network.js";
import { Ledger, type TrainingCloud, type TrainingLink } from "./rounds.js";
import { shuffle, splitByLabel, splitWithSkew } from "./split.js";

export interface EnsembleStudy {
  clouds: readonly TrainingCloud[];
  link: TrainingLink;
  straggling: number;
  samplesPerCloud: number;
  testSamples: number;
  noise: number;
  /** Bytes of a sample and of a model as they would travel; absent: what they have here. */
  sampleBytes?: number | undefined;
  modelBytes?: number | undefined;
  /** Passes over its own data that a cloud makes in a round. */
  local: TrainOptions;
  rounds: readonly number[];
  proximal: number;
  skewConcentration: number;
}

export type Split = "even" | "skewed";

export interface EnsembleOutcome {
  split: Split;
  method: string;
  family: string;
  accuracy: number;
  bytes: number;
  usd: number;
  hours: number;
  preemptions: number;
}

/** The worked example: start from N(0, 1), 10 steps of plain gradient descent, rate 0.01. */
const EXAMPLE = { steps: 10, rate: 0.01 };
const FUSIONS: readonly FusionMethod[] = ["average", "vote", "log-pool"];

/** One replication under one split: every way of training on the same samples. */
export function runStudy(study: EnsembleStudy, split: Split, seed: number): EnsembleOutcome[] {
  return new Replication(study, split, seed).run();
}

class Replication {
  readonly #study: EnsembleStudy;
  readonly #split: Split;
  readonly #seed: number;
  readonly #samples: Samples;
  readonly #area: NetworkArea;
  readonly #parts: number[][];
  readonly #trainCount: number;
  readonly #outcomes: EnsembleOutcome[] = [];

  constructor(study: EnsembleStudy, split: Split, seed: number) {
    this.#study = study;
    this.#split = split;
    this.#seed = seed;
    const clouds = study.clouds.length;
    this.#trainCount = clouds * study.samplesPerCloud;
    this.#samples = drawDigits(this.#trainCount + study.testSamples, createDraws(seed, "digits"), study.noise);
    this.#area = new NetworkArea(this.#samples, Math.max(this.#trainCount, study.local.batch));
    const labels = this.#samples.labels.subarray(0, this.#trainCount);
    const draws = createDraws(seed, `split ${split}`);
    this.#parts =
      split === "even"
        ? splitByLabel(labels, clouds, draws)
        : splitWithSkew(labels, clouds, study.skewConcentration, draws);
  }

  run(): EnsembleOutcome[] {
    this.#example();
    const members = this.#alone();
    this.#oneShot(members);
    this.#pooled();
    this.#federated("fedavg", 0);
    this.#federated("fedprox", this.#study.proximal);
    this.#asynchronous();
    return this.#outcomes;
  }

  #draws(stream: string): Draws {
    return createDraws(this.#seed, `${this.#split} ${stream}`);
  }

  #ledger(stream: string): Ledger {
    return new Ledger(this.#study.link, this.#study.straggling, this.#draws(`${stream} clock`));
  }

  get #modelBytes(): number {
    return this.#study.modelBytes ?? this.#area.modelBytes;
  }

  get #epochsTotal(): number {
    return Math.max(...this.#study.rounds) * this.#study.local.epochs;
  }

  #zero(): Float32Array {
    return new Float32Array(this.#area.modelLength);
  }

  #answers(model: Float32Array): Float32Array {
    return this.#area.predict(model, this.#trainCount, this.#samples.count);
  }

  #accuracyOf(rows: ArrayLike<number>): number {
    const { classes, labels } = this.#samples;
    let right = 0;
    for (let n = 0; n < this.#study.testSamples; n++) {
      let best = 0;
      for (let c = 1; c < classes; c++) if (rows[n * classes + c]! > rows[n * classes + best]!) best = c;
      right += best === labels[this.#trainCount + n] ? 1 : 0;
    }
    return right / this.#study.testSamples;
  }

  #fused(answers: readonly Float32Array[], method: FusionMethod, weights?: readonly number[]): number {
    const { classes, labels } = this.#samples;
    const { testSamples } = this.#study;
    const area = new FusionArea({ samples: testSamples, classes, members: answers.length });
    answers.forEach((rows, i) => {
      area.member(i).set(rows);
    });
    const fused = area.fuse(method, weights ? { weights } : {});
    if (!(fused instanceof Int32Array)) return this.#accuracyOf(fused);
    return fused.reduce((sum, label, n) => sum + (label === labels[this.#trainCount + n] ? 1 : 0), 0) / testSamples;
  }

  #add(method: string, family: string, accuracy: number, ledger: Ledger): void {
    const { bytes, usd, seconds, preemptions } = ledger;
    this.#outcomes.push({
      split: this.#split,
      method,
      family,
      accuracy,
      bytes,
      usd,
      hours: seconds / 3600,
      preemptions,
    });
  }

  #train(model: Float32Array, part: readonly number[], epochs: number, stream: string, proximal = 0): Float32Array {
    const draws = this.#draws(stream);
    const options = { ...this.#study.local, epochs, proximal };
    return this.#area.train(model, part, options, (order) => shuffle(order, draws));
  }

  /** As the worked example has it. Members' models are moved to the first cloud, which answers. */
  #example(): void {
    const { clouds } = this.#study;
    const ledger = this.#ledger("example");
    const times = clouds.map((cloud, k) => ledger.train(cloud, EXAMPLE.steps * this.#parts[k]!.length));
    const sent = clouds.map((_, k) => ledger.send(k === 0 ? 0 : this.#modelBytes));
    ledger.hold(clouds, Math.max(...times.map((time, k) => time + sent[k]!)));
    const answers = clouds.map((_, k) => {
      const draws = this.#draws(`example start ${k}`);
      const start = this.#zero().map(() => draws.normal());
      const part = this.#parts[k]!;
      const options = { epochs: EXAMPLE.steps, batch: part.length, rate: EXAMPLE.rate };
      return this.#answers(this.#area.train(start, part, options, () => undefined));
    });
    const weights = clouds.map((cloud) => cloud.weight);
    this.#add("worked example", "example", this.#fused(answers, "average", weights), ledger);
  }

  /** Each cloud on its own data, to the end. */
  #alone(): Float32Array[] {
    const { clouds } = this.#study;
    return clouds.map((cloud, k) => {
      const ledger = this.#ledger(`alone ${k}`);
      const part = this.#parts[k]!;
      ledger.hold([cloud], ledger.train(cloud, this.#epochsTotal * part.length));
      const answers = this.#answers(this.#train(this.#zero(), part, this.#epochsTotal, `alone ${k}`));
      this.#add(`${cloud.name} alone`, "alone", this.#accuracyOf(answers), ledger);
      return answers;
    });
  }

  /** The members of `#alone`, moved once and fused; and what is left when a cloud is cut off. */
  #oneShot(members: readonly Float32Array[]): void {
    const { clouds } = this.#study;
    const spent = (who: readonly number[]) => {
      const ledger = this.#ledger("one-shot");
      const times = clouds.map((cloud, k) => ledger.train(cloud, this.#epochsTotal * this.#parts[k]!.length));
      const sent = who.map((k) => times[k]! + ledger.send(k === 0 ? 0 : this.#modelBytes));
      ledger.hold(clouds, Math.max(...sent));
      return ledger;
    };
    const all = clouds.map((_, k) => k);
    for (const method of FUSIONS) this.#add(`one-shot ${method}`, "one-shot", this.#fused(members, method), spent(all));
    clouds.forEach((cloud, out) => {
      const left = all.filter((k) => k !== out);
      const answers = left.map((k) => members[k]!);
      this.#add(`average without ${cloud.name}`, "cut off", this.#fused(answers, "average"), spent(left));
    });
  }

  /** All samples moved to the first cloud, trained there. */
  #pooled(): void {
    const { clouds, sampleBytes } = this.#study;
    const ledger = this.#ledger("pooled");
    const bytes = sampleBytes ?? this.#samples.features * 4 + 4;
    const sent = this.#parts.map((part, k) => ledger.send(k === 0 ? 0 : part.length * bytes));
    ledger.hold(clouds.slice(0, 1), Math.max(...sent) + ledger.train(clouds[0]!, this.#epochsTotal * this.#trainCount));
    const everything = Array.from({ length: this.#trainCount }, (_, n) => n);
    const model = this.#train(this.#zero(), everything, this.#epochsTotal, "pooled");
    this.#add("pooled", "pooled", this.#accuracyOf(this.#answers(model)), ledger);
  }

  /** Rounds that wait for the slowest cloud; models are weighed by their samples (McMahan et al. 2017; Li et al. 2020). */
  #federated(family: "fedavg" | "fedprox", proximal: number): void {
    const { clouds, local, rounds } = this.#study;
    const ledger = this.#ledger(family);
    const shares = this.#parts.map((part) => part.length / this.#trainCount);
    let model = this.#zero();
    for (let round = 1; round <= Math.max(...rounds); round++) {
      const times = clouds.map((cloud, k) => {
        const moved = k === 0 ? 0 : this.#modelBytes;
        return ledger.send(moved) + ledger.train(cloud, local.epochs * this.#parts[k]!.length) + ledger.send(moved);
      });
      ledger.hold(clouds, Math.max(...times));
      const models = this.#parts.map((part, k) =>
        this.#train(model, part, local.epochs, `fed ${round} ${k}`, proximal),
      );
      model = averageModels(models, shares);
      if (rounds.includes(round)) {
        this.#add(`${family} ${round}`, family, this.#accuracyOf(this.#answers(model)), ledger);
      }
    }
  }

  /** Nobody waits: what a cloud brings counts less, the more others have brought since it began (Xie, Koyejo and Gupta 2019). */
  #asynchronous(): void {
    const { clouds, local, rounds } = this.#study;
    const ledger = this.#ledger("asynchronous");
    let model = this.#zero();
    const working = clouds.map((cloud, k) => ({ k, from: model, version: 0, done: this.#turn(ledger, cloud, k) }));
    let now = 0;
    for (let version = 1; version <= Math.max(...rounds) * clouds.length; version++) {
      const next = working.reduce((a, b) => (b.done < a.done ? b : a));
      const part = this.#parts[next.k]!;
      const own = this.#train(next.from, part, local.epochs, `async ${version}`);
      const share = part.length / this.#trainCount / (version - next.version);
      model = averageModels([model, own], [1 - share, share]);
      ledger.hold(clouds, next.done - now);
      ledger.send(next.k === 0 ? 0 : this.#modelBytes);
      now = next.done;
      Object.assign(next, { from: model, version, done: now + this.#turn(ledger, clouds[next.k]!, next.k) });
      if (version % clouds.length === 0 && rounds.includes(version / clouds.length)) {
        const accuracy = this.#accuracyOf(this.#answers(model));
        this.#add(`asynchronous ${version / clouds.length}`, "asynchronous", accuracy, ledger);
      }
    }
  }

  /** Seconds until a cloud has fetched the model, trained, and sent its own; what it sends is counted when it arrives. */
  #turn(ledger: Ledger, cloud: TrainingCloud, k: number): number {
    const moved = k === 0 ? 0 : this.#modelBytes;
    const samples = this.#study.local.epochs * this.#parts[k]!.length;
    return ledger.send(moved) + ledger.train(cloud, samples) + ledger.linkSeconds(moved);
  }
}

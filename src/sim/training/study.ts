// Ways to train on clouds' own data and to answer as one, by what they move, cost and take. See
// docs/models/training-over-clouds.md.

import { createDraws, type Draws } from "../../engine/draws.js";
import {
  averageModels,
  FusionArea,
  type FusionMethod,
  NetworkArea,
  type NetworkShape,
  type Samples,
  type Start,
  shuffle,
  startModel,
  type TrainOptions,
} from "../../ensemble/index.js";
import { CloudClock, type TrainingCloud, type TrainingPlace, type Transfer } from "./clock.js";
import { type Split, splitData, type TrainingData } from "./data.js";
import { Federation, type FederationSpec } from "./federation.js";

export interface StudyCloud extends TrainingCloud {
  /** Records may be moved within it, where they may be moved within regions at all. */
  region: string;
  /** In the worked example's average. */
  weight: number;
}

export interface TrainingStudy {
  clouds: readonly StudyCloud[];
  place: TrainingPlace;
  shape: NetworkShape;
  /** Bytes of a sample and of a model as they would travel; absent: what they have here. */
  sampleBytes?: number | undefined;
  modelBytes?: number | undefined;
  /** Passes over its own data that a cloud makes in a round. */
  local: TrainOptions;
  rounds: readonly number[];
  federations: readonly FederationSpec[];
  skewConcentration: number;
  /** Where records may go: anywhere, within their region, nowhere. */
  records: "free" | "region" | "stay";
}

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

/** Outcomes, and what the clouds' own models answer to the samples that are tested on. */
export interface Replicated {
  outcomes: EnsembleOutcome[];
  /** Everything that crossed a link, by method. */
  transfers: (Transfer & { method: string })[];
  /** Bytes of the largest model, as it is. */
  modelBytesMost: number;
  members: Float32Array[];
  labels: Int32Array;
  classes: number;
}

/** The worked example: start from N(0, 1), 10 steps of plain gradient descent, rate 0.01. */
const EXAMPLE = { steps: 10, rate: 0.01 };
/** The second preset: two classes, 20 % to test on. */
const PRESET = { hidden: 64, dropout: 0.5, rate: 0.001, epochs: 10, batch: 32, testShare: 0.2, seed: 42 };
const FUSIONS: readonly FusionMethod[] = ["average", "vote", "log-pool"];

/** One replication under one split: every way of training on the same samples. */
export function runTraining(study: TrainingStudy, data: TrainingData, split: Split, seed: number): Replicated {
  return new Replication(study, data, split, seed).run();
}

export class Replication {
  readonly study: TrainingStudy;
  readonly split: Split;
  readonly seed: number;
  readonly area: NetworkArea;
  readonly parts: number[][];
  readonly #data: TrainingData;
  readonly #outcomes: EnsembleOutcome[] = [];
  readonly #transfers: (Transfer & { method: string })[] = [];
  #presetBytes = 0;

  constructor(study: TrainingStudy, data: TrainingData, split: Split, seed: number) {
    this.study = study;
    this.#data = data;
    this.split = split;
    this.seed = seed;
    this.parts = splitData(data, split, study.clouds.length, study.skewConcentration, seed);
    this.area = new NetworkArea(data.samples, Math.max(data.trainCount, study.local.batch), { ...study.shape, seed });
  }

  run(): Replicated {
    this.#example();
    // it splits samples by chance, so that they would have to move
    if (this.study.records === "free") this.#preset();
    const members = this.#alone();
    this.#oneShot(members);
    if (this.study.records === "free") this.#pooled();
    if (this.study.records === "region") this.#pooledByRegion();
    for (const spec of this.study.federations) new Federation(this, spec).run();
    this.#asynchronous();
    const { labels, classes } = this.#data.samples;
    const modelBytesMost = Math.max(this.area.modelBytes, this.#presetBytes);
    return {
      outcomes: this.#outcomes,
      transfers: this.#transfers,
      modelBytesMost,
      members,
      labels: labels.slice(this.#data.trainCount),
      classes,
    };
  }

  draws(stream: string): Draws {
    return createDraws(this.seed, `${this.split} ${stream}`);
  }

  /** A clock a cloud; chance is of the stream, what crosses links is written down under the method's name. */
  clocks(stream: string, method = stream, collectorOf: (k: number) => number = () => 0): CloudClock[] {
    const { clouds, place } = this.study;
    const log = (transfer: Transfer) => void this.#transfers.push({ method, ...transfer });
    const own = `${this.split} ${stream}`;
    return clouds.map((cloud, k) => new CloudClock(cloud, place, clouds[collectorOf(k)]!.name, this.seed, own, log));
  }

  get modelBytes(): number {
    return this.study.modelBytes ?? this.area.modelBytes;
  }

  get #epochsTotal(): number {
    return Math.max(...this.study.rounds) * this.study.local.epochs;
  }

  /** All methods start from the same: nothing, or, with hidden layers, by chance. */
  begin(): Float32Array {
    const start: Start = (this.study.shape.hidden ?? []).length > 0 ? { from: "uniform" } : { from: "zero" };
    return startModel(this.area, start, this.draws("begin"));
  }

  train(model: Float32Array, part: readonly number[], epochs: number, stream: string, proximal = 0): Float32Array {
    const draws = this.draws(stream);
    return this.area.train(model, part, { ...this.study.local, epochs, proximal }, (order) => shuffle(order, draws));
  }

  accuracy(model: Float32Array): number {
    return this.#accuracyOf(this.#answers(model));
  }

  /** `held`: the clouds that are paid for as long as it lasts, waiting included; default: all whose clocks these are. */
  add(
    method: string,
    family: string,
    accuracy: number,
    clocks: readonly CloudClock[],
    seconds: number,
    preemptions: number,
    heldClocks = clocks,
  ): void {
    const held = heldClocks.reduce((sum, { cloud }) => sum + (seconds / 3600) * cloud.usdPerGpuHour, 0);
    this.#outcomes.push({
      split: this.split,
      method,
      family,
      accuracy,
      bytes: clocks.reduce((sum, clock) => sum + clock.bytes, 0),
      usd: clocks.reduce((sum, clock) => sum + clock.egressUsd, held),
      hours: seconds / 3600,
      preemptions,
    });
  }

  #answers(model: Float32Array): Float32Array {
    return this.area.predict(model, this.#data.trainCount, this.#data.samples.count);
  }

  #accuracyOf(rows: ArrayLike<number>, samples: Samples = this.#data.samples, from = this.#data.trainCount): number {
    const { classes, labels, count } = samples;
    let right = 0;
    for (let n = from; n < count; n++) {
      const row = (n - from) * classes;
      let best = 0;
      for (let c = 1; c < classes; c++) if (rows[row + c]! > rows[row + best]!) best = c;
      right += best === labels[n] ? 1 : 0;
    }
    return right / (count - from);
  }

  #fused(answers: readonly Float32Array[], method: FusionMethod, weights?: readonly number[]): number {
    const { classes, labels } = this.#data.samples;
    const area = new FusionArea({ samples: answers[0]!.length / classes, classes, members: answers.length });
    answers.forEach((rows, i) => {
      area.member(i).set(rows);
    });
    const fused = area.fuse(method, weights ? { weights } : {});
    if (!(fused instanceof Int32Array)) return this.#accuracyOf(fused);
    const right = fused.reduce((sum, label, n) => sum + (label === labels[this.#data.trainCount + n] ? 1 : 0), 0);
    return right / fused.length;
  }

  /** Every cloud once; then its model, or `bytes` of it, is sent to the first. */
  #once(stream: string, epochs: number, bytes = this.modelBytes) {
    const clocks = this.clocks(stream);
    const turns = clocks.map((clock, k) => clock.turn(0, 0, epochs * this.parts[k]!.length, bytes));
    return { clocks, turns, preemptions: turns.reduce((sum, turn) => sum + turn.preemptions, 0) };
  }

  /** As the worked example has it. Members' models are moved to the first cloud, which answers. */
  #example(): void {
    const { clouds } = this.study;
    const { clocks, turns, preemptions } = this.#once("example", EXAMPLE.steps);
    const answers = clouds.map((_, k) => {
      const start = startModel(this.area, { from: "normal", deviation: 1 }, this.draws(`example start ${k}`));
      const part = this.parts[k]!;
      const options = { epochs: EXAMPLE.steps, batch: part.length, rate: EXAMPLE.rate };
      return this.#answers(this.area.train(start, part, options, () => undefined));
    });
    const weights = clouds.map((cloud) => cloud.weight);
    const seconds = Math.max(...turns.map((turn) => turn.arrivedSeconds));
    this.add("worked example", "example", this.#fused(answers, "average", weights), clocks, seconds, preemptions);
  }

  /**
   * The second preset, trained for real: the upper half of the classes against the lower, 20 % of the training samples held
   * out, the rest split by chance; 64 ReLU units, dropout 0.5, sigmoid, binary cross-entropy, Adam; three models, fused.
   */
  #preset(): void {
    const { clouds } = this.study;
    const { samples, trainCount } = this.#data;
    const { features, classes } = samples;
    const stream = (name: string) => createDraws(PRESET.seed, `preset ${this.seed} ${name}`);
    const order = Uint32Array.from({ length: trainCount }, (_, n) => n);
    shuffle(order, stream("order"));
    const values = new Float32Array(trainCount * features);
    order.forEach((n, i) => {
      values.set(samples.values.subarray(n * features, (n + 1) * features), i * features);
    });
    const labels = Int32Array.from(order, (n) => (2 * samples.labels[n]! >= classes ? 1 : 0));
    const two: Samples = { count: trainCount, features, classes: 2, values, labels };
    const kept = trainCount - Math.round(PRESET.testShare * trainCount);
    const { hidden, dropout, epochs, batch, rate } = PRESET;
    const area = new NetworkArea(two, batch, { hidden: [hidden], dropout, logistic: true, seed: PRESET.seed });
    const answers = clouds.map((_, k) => {
      const part = Array.from({ length: kept }, (_, n) => n).filter((n) => n % clouds.length === k);
      const start = startModel(area, { from: "uniform" }, stream(`start ${k}`));
      const draws = stream(`shuffle ${k}`);
      const model = area.train(start, part, { epochs, batch, rate, adam: {} }, (list) => shuffle(list, draws));
      return area.predict(model, kept, trainCount);
    });
    const total = clouds.reduce((sum, cloud) => sum + cloud.weight, 0);
    const fused = answers[0]!.map((_, i) =>
      answers.reduce((sum, rows, k) => sum + (clouds[k]!.weight / total) * rows[i]!, 0),
    );
    const clocks = this.clocks("preset");
    this.#presetBytes = area.modelBytes;
    const bytes = this.study.modelBytes ?? area.modelBytes;
    const turns = clocks.map((clock) => clock.turn(0, 0, (epochs * kept) / clouds.length, bytes));
    const preemptions = turns.reduce((sum, turn) => sum + turn.preemptions, 0);
    const seconds = Math.max(...turns.map((turn) => turn.arrivedSeconds));
    this.add("second preset", "preset", this.#accuracyOf(fused, two, kept), clocks, seconds, preemptions);
    const alone = answers.map((rows) => this.#accuracyOf(rows, two, kept));
    const mean = alone.reduce((sum, one) => sum + one, 0) / alone.length;
    this.add(
      "second preset, a cloud alone",
      "preset",
      mean,
      clocks.slice(0, 1),
      turns[0]!.trainedSeconds,
      turns[0]!.preemptions,
    );
  }

  /** Each cloud on its own data, to the end. */
  #alone(): Float32Array[] {
    const { clocks, turns } = this.#once("alone", this.#epochsTotal, 0);
    return this.study.clouds.map((cloud, k) => {
      const answers = this.#answers(this.train(this.begin(), this.parts[k]!, this.#epochsTotal, `alone ${k}`));
      const { trainedSeconds, preemptions } = turns[k]!;
      this.add(`${cloud.name} alone`, "alone", this.#accuracyOf(answers), [clocks[k]!], trainedSeconds, preemptions);
      return answers;
    });
  }

  /** The members of `#alone`, moved once and fused; and what is left when a cloud is cut off. */
  #oneShot(members: readonly Float32Array[]): void {
    const { clouds } = this.study;
    const all = clouds.map((_, k) => k);
    const fused = (name: string, family: string, method: FusionMethod, who: readonly number[]) => {
      const clocks = this.clocks("one-shot", name);
      const turns = clocks.map((clock, k) => {
        const bytes = who.includes(k) ? this.modelBytes : 0;
        return clock.turn(0, 0, this.#epochsTotal * this.parts[k]!.length, bytes);
      });
      const seconds = Math.max(...who.map((k) => turns[k]!.arrivedSeconds));
      const preemptions = turns.reduce((sum, turn) => sum + turn.preemptions, 0);
      const answers = who.map((k) => members[k]!);
      this.add(name, family, this.#fused(answers, method), clocks, seconds, preemptions);
    };
    for (const method of FUSIONS) fused(`one-shot ${method}`, "one-shot", method, all);
    clouds.forEach((cloud, out) => {
      fused(
        `average without ${cloud.name}`,
        "cut off",
        "average",
        all.filter((k) => k !== out),
      );
    });
  }

  /** All samples moved to the first cloud, trained there. */
  #pooled(): void {
    const { sampleBytes } = this.study;
    const { samples, trainCount } = this.#data;
    const bytes = sampleBytes ?? samples.features * 4 + 4;
    const clocks = this.clocks("pooled");
    const there = Math.max(...clocks.map((clock, k) => clock.send(0, this.parts[k]!.length * bytes, "records")));
    const turn = clocks[0]!.turn(there, 0, this.#epochsTotal * trainCount, 0);
    const everything = Array.from({ length: trainCount }, (_, n) => n);
    const model = this.train(this.begin(), everything, this.#epochsTotal, "pooled");
    // only the first is held; the others have sent what they had
    const { trainedSeconds, preemptions } = turn;
    this.add("pooled", "pooled", this.accuracy(model), clocks, trainedSeconds, preemptions, clocks.slice(0, 1));
  }

  /** Records move to the first cloud of their region, which trains on them; models of regions move to the first and are fused. */
  #pooledByRegion(): void {
    const { clouds, sampleBytes } = this.study;
    const { samples } = this.#data;
    const bytes = sampleBytes ?? samples.features * 4 + 4;
    const headOf = (k: number) => clouds.findIndex((cloud) => cloud.region === clouds[k]!.region);
    const heads = [...new Set(clouds.map((_, k) => headOf(k)))];
    const moving = this.clocks("regions records", "pooled by region", headOf);
    const there = clouds.map((_, k) => moving[k]!.send(0, this.parts[k]!.length * bytes, "records"));
    const training = this.clocks("regions models", "pooled by region");
    let preemptions = 0;
    let seconds = 0;
    const answers = heads.map((head) => {
      const own = clouds.map((_, k) => k).filter((k) => headOf(k) === head);
      const part = own.flatMap((k) => this.parts[k]!);
      const begin = Math.max(...own.map((k) => there[k]!));
      const turn = training[head]!.turn(begin, 0, this.#epochsTotal * part.length, this.modelBytes);
      preemptions += turn.preemptions;
      seconds = Math.max(seconds, turn.arrivedSeconds);
      return this.#answers(this.train(this.begin(), part, this.#epochsTotal, `region ${head}`));
    });
    const held = heads.map((head) => training[head]!);
    const accuracy = this.#fused(answers, "average");
    this.add("pooled by region", "pooled", accuracy, [...moving, ...training], seconds, preemptions, held);
  }

  /** Nobody waits: what a cloud brings counts less, the more others have brought since it began (Xie, Koyejo and Gupta 2019). */
  #asynchronous(): void {
    const { local, rounds, clouds } = this.study;
    const clocks = this.clocks("asynchronous");
    const total = this.parts.reduce((sum, part) => sum + part.length, 0);
    let model = this.begin();
    let preemptions = 0;
    const bytes = this.modelBytes;
    const next = (k: number, from: number) => clocks[k]!.turn(from, bytes, local.epochs * this.parts[k]!.length, bytes);
    const working = clouds.map((_, k) => ({ k, from: model, version: 0, turn: next(k, 0) }));
    for (let version = 1; version <= Math.max(...rounds) * clouds.length; version++) {
      const one = working.reduce((a, b) => (b.turn.arrivedSeconds < a.turn.arrivedSeconds ? b : a));
      const part = this.parts[one.k]!;
      const own = this.train(one.from, part, local.epochs, `async ${version}`);
      const share = part.length / total / (version - one.version);
      model = averageModels([model, own], [1 - share, share]);
      preemptions += one.turn.preemptions;
      const now = one.turn.arrivedSeconds;
      if (version % clouds.length === 0 && rounds.includes(version / clouds.length)) {
        const name = `asynchronous ${version / clouds.length}`;
        this.add(name, "asynchronous", this.accuracy(model), clocks, now, preemptions);
      }
      Object.assign(one, { from: model, version, turn: next(one.k, now) });
    }
  }
}

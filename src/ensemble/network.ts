// Networks of dense layers: the host's side of assembly/learn. Without hidden layers it is softmax (or logistic) regression.
// Samples lie once in the memory of the kernels; models are arrays of the host's, copied in for a call, since they are small
// and are averaged, moved and counted.

import { Bulk, type BulkCall } from "../engine/bulk.js";
import { relaxedModule } from "../engine/load.js";
import { WindtunnelError } from "../model/errors.js";

export interface Samples {
  count: number;
  /** Numbers a sample. */
  features: number;
  classes: number;
  /** count x features, row after row. */
  values: Float32Array;
  /** Class by sample. */
  labels: Int32Array;
}

export interface NetworkShape {
  /** Units of each hidden layer (ReLU), from the input on. Default: none. */
  hidden?: readonly number[];
  /** Chance that a hidden unit is left out while training, below 1. */
  dropout?: number;
  /** Of two classes: one sigmoid output and binary cross-entropy, in place of softmax and cross-entropy. */
  logistic?: boolean;
  /** Decides who drops out. */
  seed?: number;
  /**
   * Products and sums may be rounded once, where this Node has relaxed SIMD: faster, but the last bits depend on the machine.
   * Elsewhere as without.
   */
  relaxed?: boolean;
}

export interface TrainOptions {
  epochs: number;
  batch: number;
  rate: number;
  /** Penalty on the square of weights, not of biases. */
  l2?: number;
  /** Of plain descent. */
  momentum?: number;
  /** Adam in place of plain descent: decay of means and of means of squares, and what keeps from dividing by 0. */
  adam?: { first?: number; second?: number; epsilon?: number };
  /** FedProx: pulls towards the model that training began with. */
  proximal?: number;
  /** Stops after so many batches. */
  steps?: number;
}

export interface Layer {
  inputs: number;
  outputs: number;
  /** Weight of input i to output o is at weights + o x width + i, the bias of o at biases + o. */
  width: number;
  weights: number;
  biases: number;
}

const roundUp = (n: number, to: number) => Math.ceil(n / to) * to;
const ROW = 16;
const NETWORK_WORDS = 6;
const OPTIMISER_WORDS = 10;

function layersOf(sizes: readonly number[]): Layer[] {
  let at = 0;
  return sizes.slice(1).map((outputs, l) => {
    const width = roundUp(sizes[l]!, ROW);
    const layer = { inputs: sizes[l]!, outputs, width, weights: at, biases: at + width * outputs };
    at = layer.biases + roundUp(outputs, ROW);
    return layer;
  });
}

/** Samples in memory, and what is needed to train on parts of them and to predict. */
export class NetworkArea {
  readonly samples: Samples;
  readonly layers: readonly Layer[];
  readonly modelLength: number;
  readonly bulk: Bulk;
  readonly #logistic: boolean;
  readonly #batchMax: number;
  readonly #values: number;
  readonly #labels: number;
  #order = 0;
  #orderLength = 0;
  readonly #models: { own: number; anchor: number; velocity: number; squares: number };
  readonly #network: number;
  readonly #optimiser: number;
  readonly #scratch: number;
  readonly #out: number;

  /**
   * `batchMax`: largest batch that training will use. `beside`: another area on the same samples, which are then in memory
   * once; the two can be worked on by two threads. Throws LEARNING_INVALID for a shape that cannot be.
   */
  constructor(samples: Samples, batchMax: number, shape: NetworkShape = {}, beside?: NetworkArea) {
    if (!beside) checkSamples(samples);
    checkShape(samples, shape);
    const bulk = beside?.bulk ?? newBulk(shape.relaxed === true);
    const { count, features, classes, values, labels } = samples;
    const { hidden = [], dropout = 0, logistic = false, seed = 0 } = shape;
    this.samples = samples;
    this.bulk = bulk;
    this.#logistic = logistic;
    this.#batchMax = batchMax;
    const sizes = [features, ...hidden, logistic ? 1 : classes];
    this.layers = layersOf(sizes);
    const last = this.layers.at(-1)!;
    this.modelLength = last.biases + roundUp(last.outputs, ROW);
    const width = this.layers[0]!.width;
    this.#values = beside ? beside.#values : bulk.allocate(count * width * 4);
    this.#labels = beside ? beside.#labels : bulk.allocate(count * 4);
    const model = () => bulk.allocate(this.modelLength * 4);
    this.#models = { own: model(), anchor: model(), velocity: model(), squares: model() };
    this.#optimiser = bulk.allocate(OPTIMISER_WORDS * 4);
    this.#network = bulk.allocate(NETWORK_WORDS * 4);
    const list = bulk.allocate(sizes.length * 4);
    bulk.u32(list, sizes.length).set(sizes);
    bulk.u32(this.#network, NETWORK_WORDS).set([sizes.length - 1, list, logistic ? 1 : 0, 0, seed, 0]);
    bulk.f32(this.#network + 12, 1)[0] = dropout;
    this.#scratch = bulk.allocate(bulk.exports.networkBytes(this.#network, batchMax) >>> 0);
    this.#out = bulk.allocate(count * last.outputs * 4);
    if (beside) return;
    const rows = bulk.f32(this.#values, count * width);
    for (let n = 0; n < count; n++) rows.set(values.subarray(n * features, (n + 1) * features), n * width);
    bulk.i32(this.#labels, count).set(labels);
  }

  /** Bytes of a model as it travels: floats, without what fills rows up. */
  get modelBytes(): number {
    return this.layers.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs * 4, 0);
  }

  /** Places in a model that are weights or biases, not filling. */
  parameters(): Uint32Array {
    const places = this.layers.flatMap(({ inputs, outputs, width, weights, biases }) => [
      ...Array.from({ length: outputs * inputs }, (_, k) => weights + Math.floor(k / inputs) * width + (k % inputs)),
      ...Array.from({ length: outputs }, (_, o) => biases + o),
    ]);
    return Uint32Array.from(places);
  }

  /**
   * A copy of the model after training on these samples, in each epoch in the order that `shuffle` makes of them. Momentum and
   * Adam begin anew with every call.
   */
  train(
    model: Float32Array,
    indices: ArrayLike<number>,
    options: TrainOptions,
    shuffle: (order: Uint32Array) => void,
  ): Float32Array {
    for (const call of this.planTraining(model, indices, options, shuffle)) this.bulk.call(call);
    return this.model();
  }

  /** The model as the last training left it; a copy. */
  model(): Float32Array {
    return this.bulk.f32(this.#models.own, this.modelLength).slice();
  }

  /** Writes down what a training needs; the calls do it, here or in another thread. */
  planTraining(
    model: Float32Array,
    indices: ArrayLike<number>,
    options: TrainOptions,
    shuffle: (order: Uint32Array) => void,
  ): BulkCall[] {
    const { bulk } = this;
    const { batch, epochs, steps = Number.POSITIVE_INFINITY } = options;
    checkOptions(options, this.#batchMax, indices.length);
    const { own, velocity, squares, anchor } = this.#models;
    bulk.f32(own, this.modelLength).set(model);
    if (options.proximal) bulk.f32(anchor, this.modelLength).set(model);
    bulk.f32(velocity, this.modelLength).fill(0);
    bulk.f32(squares, this.modelLength).fill(0);
    this.#writeOptimiser(options);
    // who drops out is a matter of this training alone
    bulk.u32(this.#network, NETWORK_WORDS)[5] = 0;
    const count = indices.length;
    this.#makeRoom(epochs * count);
    const calls: BulkCall[] = [];
    let left = steps;
    for (let epoch = 0; epoch < epochs && left > 0; epoch++) {
      const at = this.#order + epoch * count * 4;
      const order = bulk.u32(at, count);
      order.set(epoch === 0 ? indices : bulk.u32(at - count * 4, count));
      shuffle(order);
      const to = Math.min(count, left * batch);
      left -= Math.ceil(to / batch);
      const [values, labels, step, scratch] = [this.#values, this.#labels, this.#optimiser, this.#scratch];
      calls.push(["networkTrain", this.#network, values, labels, at, 0, to, batch, own, step, scratch]);
    }
    return calls;
  }

  #makeRoom(entries: number): void {
    if (entries <= this.#orderLength) return;
    this.#orderLength = Math.max(entries, this.#orderLength * 2);
    this.#order = this.bulk.allocate(this.#orderLength * 4);
  }

  #writeOptimiser({ rate, l2 = 0, proximal = 0, momentum = 0, adam }: TrainOptions): void {
    const { anchor, velocity, squares } = this.#models;
    const decays = adam ? [adam.first ?? 0.9, adam.second ?? 0.999, adam.epsilon ?? 1e-7] : [momentum, 0, 0];
    this.bulk.f32(this.#optimiser, 6).set([rate, l2, proximal, ...decays]);
    const moves = adam !== undefined || momentum !== 0;
    this.bulk.u32(this.#optimiser + 24, 4).set([proximal ? anchor : 0, moves ? velocity : 0, squares, 0]);
  }

  /** Probabilities of samples from .. to - 1 under a model, row after row, a column a class; a copy. */
  predict(model: Float32Array, from: number, to: number): Float32Array {
    const { bulk } = this;
    bulk.f32(this.#models.own, this.modelLength).set(model);
    const { outputs } = this.layers.at(-1)!;
    bulk.call(this.planPrediction(from, to, this.#out + from * outputs * 4));
    const rows = bulk.f32(this.#out + from * outputs * 4, (to - from) * outputs);
    if (!this.#logistic) return rows.slice();
    return Float32Array.from({ length: rows.length * 2 }, (_, k) =>
      (k & 1) === 1 ? rows[k >> 1]! : 1 - rows[k >> 1]!,
    );
  }

  /** The call that writes what the model in memory answers for samples from .. to - 1 to `out`, a row of outputs a sample. */
  planPrediction(from: number, to: number, out: number): BulkCall {
    const { outputs } = this.layers.at(-1)!;
    const model = this.#models.own;
    return ["networkPredict", this.#network, this.#values, from, to, model, this.#scratch, out - from * outputs * 4];
  }
}

function newBulk(relaxed: boolean): Bulk {
  const module = relaxed ? relaxedModule() : null;
  return module === null ? new Bulk() : new Bulk(undefined, module);
}

/** Weighted mean of models; shares add up to 1. */
export function averageModels(models: readonly Float32Array[], shares: readonly number[]): Float32Array {
  return models[0]!.map((_, i) => models.reduce((sum, model, m) => sum + shares[m]! * model[i]!, 0));
}

export function invalid(what: string, hint: string): never {
  throw new WindtunnelError("LEARNING_INVALID", what, hint || "See docs/models/training-over-clouds.md.");
}

function checkSamples({ count, features, classes, values, labels }: Samples): void {
  for (const [name, value] of [
    ["samples", count],
    ["features", features],
    ["classes", classes],
  ] as const) {
    if (!(Number.isInteger(value) && value >= 1))
      invalid(`The number of ${name} is ${value}: expected at least 1.`, "");
  }
  if (values.length !== count * features)
    invalid(`There are ${values.length} numbers: expected ${count} samples of ${features}.`, "");
  if (labels.length !== count) invalid(`There are ${labels.length} labels: expected ${count}, one a sample.`, "");
  const bad = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0) invalid(`Sample ${bad} is of class ${labels[bad]}: expected one from 0 to ${classes - 1}.`, "");
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd < 0) return;
  const [sample, feature] = [Math.floor(odd / features), odd % features];
  invalid(`Feature ${feature} of sample ${sample} is ${values[odd]}: expected a finite number.`, "");
}

function checkShape({ classes }: Samples, { hidden = [], dropout = 0, logistic = false }: NetworkShape): void {
  const wrong = (value: number) => !(Number.isInteger(value) && value >= 1 && value <= 2 ** 20);
  if (hidden.some(wrong)) invalid(`Hidden layers have ${hidden.join(", ")} units: expected whole numbers from 1.`, "");
  if (!(dropout >= 0 && dropout < 1)) invalid(`The dropout is ${dropout}: expected at least 0 and below 1.`, "");
  if (logistic && classes !== 2) invalid(`A logistic output with ${classes} classes: expected 2.`, "");
}

function checkOptions({ batch, epochs, rate }: TrainOptions, batchMax: number, count: number): void {
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= batchMax))
    invalid(`The batch is ${batch}: expected a whole number from 1 to ${batchMax}.`, "");
  if (!(Number.isInteger(epochs) && epochs >= 0)) invalid(`There are ${epochs} epochs: expected a whole number.`, "");
  if (!(rate > 0)) invalid(`The rate is ${rate}: expected a number > 0.`, "");
  if (count === 0) invalid("There are no samples to train on.", "");
}

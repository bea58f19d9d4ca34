// Softmax regression: the host's side of assembly/learn/softmax.ts. Samples lie once in the memory of the kernels; models are
// arrays of the host's, copied in for a call, since they are small and are averaged, moved and counted.

import { Bulk } from "../engine/bulk.js";

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

export interface TrainOptions {
  epochs: number;
  batch: number;
  rate: number;
  l2?: number;
  momentum?: number;
  /** FedProx: pulls towards the model that training began with. */
  proximal?: number;
}

const roundUp = (n: number, to: number) => Math.ceil(n / to) * to;

/** Samples in memory, and what is needed to train on parts of them and to predict. */
export class SoftmaxArea {
  readonly modelLength: number;
  readonly #bulk = new Bulk();
  readonly #samples: Samples;
  readonly #width: number;
  readonly #values: number;
  readonly #labels: number;
  readonly #order: number;
  readonly #model: number;
  readonly #anchor: number;
  readonly #velocity: number;
  readonly #step: number;
  readonly #scratch: number;
  readonly #out: number;

  /** `batchMax`: largest batch that training will use. */
  constructor(samples: Samples, batchMax: number) {
    const { count, features, classes, values, labels } = samples;
    this.#samples = samples;
    this.#width = roundUp(features, 8);
    this.modelLength = this.#width * classes + roundUp(classes, 4) + 4;
    const bulk = this.#bulk;
    this.#values = bulk.allocate(count * this.#width * 4);
    this.#labels = bulk.allocate(count * 4);
    this.#order = bulk.allocate(count * 4);
    [this.#model, this.#anchor, this.#velocity] = [0, 0, 0].map(() => bulk.allocate(this.modelLength * 4)) as [
      number,
      number,
      number,
    ];
    this.#step = bulk.allocate(24);
    this.#scratch = bulk.allocate((batchMax + 2) * roundUp(classes + 4, 4) * 4);
    this.#out = bulk.allocate(count * classes * 4);
    const rows = bulk.f32(this.#values, count * this.#width);
    for (let n = 0; n < count; n++) rows.set(values.subarray(n * features, (n + 1) * features), n * this.#width);
    bulk.i32(this.#labels, count).set(labels);
  }

  /** Bytes of a model as it travels: floats, without what fills rows up. */
  get modelBytes(): number {
    return (this.#samples.features + 1) * this.#samples.classes * 4;
  }

  /** A copy of the model after training on these samples, in each epoch in the order that `shuffle` makes of them. */
  train(
    model: Float32Array,
    indices: ArrayLike<number>,
    options: TrainOptions,
    shuffle: (order: Uint32Array) => void,
  ): Float32Array {
    const bulk = this.#bulk;
    const own = bulk.f32(this.#model, this.modelLength);
    own.set(model);
    if (options.proximal) bulk.f32(this.#anchor, this.modelLength).set(model);
    bulk.f32(this.#velocity, this.modelLength).fill(0);
    const { rate, l2 = 0, proximal = 0, momentum = 0, batch } = options;
    bulk.f32(this.#step, 4).set([rate, l2, proximal, momentum]);
    bulk.u32(this.#step + 16, 2).set([proximal ? this.#anchor : 0, momentum ? this.#velocity : 0]);
    const order = bulk.u32(this.#order, indices.length);
    order.set(indices);
    const { features, classes } = { features: this.#width, classes: this.#samples.classes };
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      shuffle(order);
      bulk.exports.softmaxTrain(
        this.#values,
        this.#labels,
        this.#order,
        0,
        indices.length,
        batch,
        features,
        classes,
        this.#model,
        this.#step,
        this.#scratch,
      );
    }
    return own.slice();
  }

  /** Probabilities of samples from .. to - 1 under a model, row after row; a copy. */
  predict(model: Float32Array, from: number, to: number): Float32Array {
    this.#bulk.f32(this.#model, this.modelLength).set(model);
    const { classes } = this.#samples;
    this.#bulk.exports.softmaxPredict(
      this.#values,
      from,
      to,
      this.#width,
      classes,
      this.#model,
      this.#scratch,
      this.#out,
    );
    return this.#bulk.f32(this.#out, to * classes).slice(from * classes);
  }
}

/** Weighted mean of models; shares add up to 1. */
export function averageModels(models: readonly Float32Array[], shares: readonly number[]): Float32Array {
  return models[0]!.map((_, i) => models.reduce((sum, model, m) => sum + shares[m]! * model[i]!, 0));
}

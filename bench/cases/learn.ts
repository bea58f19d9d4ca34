// Training softmax regression: 784 numbers a sample, 10 classes, batches of 32, in samples a second.

import { type Samples, SoftmaxArea } from "#src/ensemble/index.js";
import type { Case, Sample } from "../harness.js";
import { trainInJavaScript } from "../twins/softmax.js";

const FEATURES = 784;
const CLASSES = 10;
const BATCH = 32;
const RATE = 0.05;

function make(count: number): Samples {
  let state = 3;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const labels = Int32Array.from({ length: count }, () => Math.floor(next() * CLASSES));
  const values = Float32Array.from({ length: count * FEATURES }, (_, i) => {
    const n = Math.floor(i / FEATURES);
    return (next() + ((i % FEATURES) % CLASSES === labels[n] ? 0.5 : 0)) / 4;
  });
  return { count, features: FEATURES, classes: CLASSES, values, labels };
}

export function softmaxCase(): Case {
  let samples: Samples;
  const sample = (begun: number, model: Float32Array): Sample => {
    const millis = performance.now() - begun;
    let sum = 0;
    for (let c = 0; c < CLASSES; c++)
      for (let i = 0; i < FEATURES; i++) sum += model[c * FEATURES + i]! * ((i % 7) + c);
    return { work: samples.count, millis, hash: sum.toPrecision(3) };
  };
  return {
    name: "learn/softmax-784x10",
    unit: "samples/s",
    better: "higher",
    runs: 7,
    baseline: {
      name: "plain JavaScript",
      runs: 3,
      run() {
        const begun = performance.now();
        return sample(begun, trainInJavaScript(samples.values, samples.labels, FEATURES, CLASSES, BATCH, RATE));
      },
    },
    async setup(tiny) {
      samples = make(tiny ? 64 : 20_000);
      const area = new SoftmaxArea(samples, BATCH);
      const order = Array.from({ length: samples.count }, (_, n) => n);
      const start = new Float32Array(area.modelLength);
      return {
        run() {
          const begun = performance.now();
          const model = area.train(start, order, { epochs: 1, batch: BATCH, rate: RATE }, () => undefined);
          return sample(begun, model);
        },
      };
    },
  };
}

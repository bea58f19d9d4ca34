// Training: 784 numbers a sample, 10 classes, batches of 32, in samples a second.

import { createDraws } from "#src/engine/draws.js";
import { relaxedModule } from "#src/engine/load.js";
import { Crew, FusionArea, NetworkArea, type NetworkShape, type Samples, startModel } from "#src/ensemble/index.js";
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

const still = () => undefined;
const everything = (samples: Samples) => Array.from({ length: samples.count }, (_, n) => n);

interface Training {
  name: string;
  shape: NetworkShape;
  /** Why it cannot be run here. */
  missing?: () => string | undefined;
}

function trainingCase({ name, shape, missing }: Training, baseline: (s: Samples) => Case["baseline"]): Case {
  const samples: Samples = { count: 0, features: FEATURES, classes: CLASSES, values: EMPTY, labels: NONE };
  return {
    name,
    unit: "samples/s",
    better: "higher",
    runs: 9,
    baseline: baseline(samples),
    async setup(tiny) {
      const why = missing?.();
      if (why !== undefined) return { missing: why };
      Object.assign(samples, make(tiny ? 64 : 20_000));
      const area = new NetworkArea(samples, BATCH, shape);
      const order = everything(samples);
      const start = startModel(area, { from: "normal", deviation: 0.01 }, createDraws(1, "start"));
      return {
        run() {
          const begun = performance.now();
          const model = area.train(start, order, { epochs: 1, batch: BATCH, rate: RATE }, still);
          return sampleOf(samples, begun, model);
        },
      };
    },
  };
}

const EMPTY = new Float32Array(0);
const NONE = new Int32Array(0);

function sampleOf(samples: Samples, begun: number, model: ArrayLike<number>): Sample {
  const millis = performance.now() - begun;
  let sum = 0;
  for (let i = 0; i < model.length; i++) sum += model[i]! * (i % 7);
  return { work: samples.count, millis, hash: sum.toPrecision(3) };
}

const plain = (samples: Samples): Case["baseline"] => ({
  name: "plain JavaScript",
  runs: 3,
  run() {
    const begun = performance.now();
    const model = trainInJavaScript(samples.values, samples.labels, FEATURES, CLASSES, BATCH, RATE);
    return sampleOf(samples, begun, model);
  },
});

const strict =
  (hidden: readonly number[]) =>
  (samples: Samples): Case["baseline"] => {
    let area: NetworkArea | undefined;
    return {
      name: "without relaxed SIMD",
      run() {
        area ??= new NetworkArea(samples, BATCH, { hidden });
        const start = startModel(area, { from: "normal", deviation: 0.01 }, createDraws(1, "start"));
        const begun = performance.now();
        return sampleOf(
          samples,
          begun,
          area.train(start, everything(samples), { epochs: 1, batch: BATCH, rate: RATE }, still),
        );
      },
    };
  };

const needsRelaxed = () =>
  relaxedModule() === null ? "relaxed SIMD: Node 24, or 20 with --experimental-wasm-relaxed-simd" : undefined;

const THREE = 3;

/** Three members trained and asked by two threads, fused where they lie; against one thread. */
function crewCase(): Case {
  let [one, two]: (() => Promise<Sample>)[] = [];
  const crews: Crew[] = [];
  const build = async (samples: Samples, threads: number) => {
    const first = new NetworkArea(samples, BATCH);
    const areas = [first, ...[1, 2].map(() => new NetworkArea(samples, BATCH, {}, first))];
    const asked = Math.floor(samples.count / 10);
    const fusion = new FusionArea({ samples: asked, classes: CLASSES, members: THREE }, first.bulk);
    const crew = new Crew(first.bulk, threads);
    const start = new Float32Array(first.modelLength);
    crews.push(crew);
    return async () => {
      const begun = performance.now();
      const lists = areas.map((area, k) => {
        const own = everything(samples).filter((n) => n % THREE === k);
        const calls = area.planTraining(start, own, { epochs: 3, batch: BATCH, rate: RATE }, still);
        return [...calls, area.planPrediction(0, asked, fusion.memberAt(k))];
      });
      await crew.run("training", lists);
      const fused = await crew.fuse(fusion, "average");
      return { ...sampleOf(samples, begun, fused), work: samples.count * 3 };
    };
  };
  return {
    name: "learn/three-members-2-threads",
    unit: "samples/s",
    better: "higher",
    runs: 7,
    baseline: { name: "one thread", run: () => one!() },
    async setup(tiny) {
      const samples = make(tiny ? 60 : 20_000);
      one = await build(samples, 1);
      two = await build(samples, 2);
      return { run: () => two!(), close: () => Promise.all(crews.map((crew) => crew.close())) };
    },
  };
}

export const learningCases: { standard: Case[]; onRequest: Case[] } = {
  standard: [trainingCase({ name: "learn/softmax-784x10", shape: {} }, plain)],
  onRequest: [
    trainingCase({ name: "learn/perceptron-784x64x10", shape: { hidden: [64] } }, () => null),
    trainingCase({ name: "learn/softmax-784x10-relaxed", shape: { relaxed: true }, missing: needsRelaxed }, strict([])),
    crewCase(),
  ],
};

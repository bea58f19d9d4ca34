import { describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import {
  averageModels,
  drawDigits,
  NetworkArea,
  type NetworkShape,
  type Samples,
  type Start,
  shuffle,
  splitByLabel,
  splitBySize,
  splitRandomly,
  splitWithSkew,
  startModel,
} from "../../src/ensemble/index.js";
import { places, sampleLoss, scoresOf } from "../twins/network.js";

function made(count: number, features: number, classes: number, seed = 1): Samples {
  const draws = createDraws(seed, "samples");
  return {
    count,
    features,
    classes,
    values: Float32Array.from({ length: count * features }, () => draws.normal()),
    labels: Int32Array.from({ length: count }, () => draws.integer(classes)),
  };
}

/** Mean loss, in doubles, with half the penalty times the squares of weights. */
function lossOf(
  s: Samples,
  area: NetworkArea,
  model: ArrayLike<number>,
  indices: readonly number[],
  l2: number,
): number {
  let loss = 0;
  const logistic = area.layers.at(-1)!.outputs === 1 && s.classes === 2;
  for (const n of indices) {
    const sample = s.values.subarray(n * s.features, (n + 1) * s.features);
    loss += sampleLoss(scoresOf(area.layers, model, sample), s.labels[n]!, logistic);
  }
  const squares = places(area.layers).weights.reduce((sum, at) => sum + model[at]! * model[at]!, 0);
  return loss / indices.length + (l2 / 2) * squares;
}

const still = () => undefined;

describe("training", () => {
  const shapes: [string, number, number, number, NetworkShape][] = [
    ["7 features, 3 classes, batch 5", 7, 3, 5, {}],
    ["16 features, 10 classes, batch 8", 16, 10, 8, {}],
    ["20 features, 12 classes, batch 3", 20, 12, 3, {}],
    ["9 features, 1 class, batch 4", 9, 1, 4, {}],
    ["logistic", 11, 2, 6, { logistic: true }],
    ["a hidden layer", 9, 4, 7, { hidden: [5] }],
    ["a hidden layer, logistic", 18, 2, 9, { hidden: [21], logistic: true }],
    ["two hidden layers", 6, 3, 5, { hidden: [17, 6] }],
  ];
  for (const [name, features, classes, batch, shape] of shapes) {
    it(`a step is the gradient, by finite differences: ${name}`, () => {
      const s = made(batch, features, classes);
      const area = new NetworkArea(s, batch, shape);
      const draws = createDraws(3, "model");
      const { all } = places(area.layers);
      const model = new Float32Array(area.modelLength);
      for (const at of all) model[at] = 0.3 * draws.normal();
      const indices = Array.from({ length: batch }, (_, n) => n);
      const l2 = 0.05;
      const rate = 0.5;
      const after = area.train(model, indices, { epochs: 1, batch, rate, l2 }, still);
      for (const at of all) {
        const step = 1e-5;
        const [up, down] = [Float64Array.from(model), Float64Array.from(model)];
        up[at]! += step;
        down[at]! -= step;
        const slope = (lossOf(s, area, up, indices, l2) - lossOf(s, area, down, indices, l2)) / (2 * step);
        expect(model[at]! - after[at]!, `parameter ${at}`).toBeCloseTo(rate * slope, 5);
      }
      // what fills rows up stays nothing
      const used = new Set(all);
      expect(after.every((x, at) => used.has(at) || x === 0)).toBe(true);
      expect(new Set(area.parameters())).toEqual(used);
      expect(area.modelBytes).toBe(all.length * 4);
    });
  }

  it("predicts what the definition gives, to 1e-6, for any number of samples", () => {
    for (const shape of [{}, { hidden: [7] }, { hidden: [5], logistic: true }]) {
      const s = made(131, 10, 2, 4);
      const area = new NetworkArea(s, 8, shape);
      const model = startModel(area, { from: "normal", deviation: 0.4 }, createDraws(1, "start"));
      const rows = area.predict(model, 0, 131);
      for (let n = 0; n < 131; n++) {
        const scores = scoresOf(area.layers, model, s.values.subarray(n * 10, n * 10 + 10));
        const chance =
          scores.length === 1 ? 1 / (1 + Math.exp(-scores[0]!)) : 1 / (1 + Math.exp(scores[0]! - scores[1]!));
        expect(Math.abs(rows[n * 2 + 1]! - chance), `sample ${n}`).toBeLessThan(1e-6);
        expect(Math.abs(rows[n * 2]! + rows[n * 2 + 1]! - 1)).toBeLessThan(1e-6);
      }
    }
  });

  it("Adam's steps are Kingma and Ba's, from gradients that plain descent shows", () => {
    const s = made(6, 9, 3);
    const area = new NetworkArea(s, 6, { hidden: [4] });
    const indices = [0, 1, 2, 3, 4, 5];
    const start = startModel(area, { from: "normal" }, createDraws(2, "start"));
    const gradientAt = (model: Float32Array) => {
      const after = area.train(model, indices, { epochs: 1, batch: 6, rate: 1 }, still);
      return model.map((x, i) => x - after[i]!);
    };
    const [rate, b1, b2, epsilon] = [0.01, 0.8, 0.95, 1e-4];
    let expected = Float64Array.from(start);
    const [mean, square] = [new Float64Array(start.length), new Float64Array(start.length)];
    for (let t = 1; t <= 3; t++) {
      const gradient = gradientAt(Float32Array.from(expected));
      expected = expected.map((w, i) => {
        mean[i] = b1 * mean[i]! + (1 - b1) * gradient[i]!;
        square[i] = b2 * square[i]! + (1 - b2) * gradient[i]! ** 2;
        return w - (rate * (mean[i]! / (1 - b1 ** t))) / (Math.sqrt(square[i]! / (1 - b2 ** t)) + epsilon);
      });
    }
    const adam = { first: b1, second: b2, epsilon };
    const model = area.train(start, indices, { epochs: 3, batch: 6, rate, adam }, still);
    for (const at of area.parameters()) expect(model[at]).toBeCloseTo(expected[at]!, 5);
  });

  it("dropout leaves out its share of hidden units, others by seed and batch, and none when predicting", () => {
    const s = made(40, 8, 2);
    const units = 200;
    const changed = (seed: number, batches: number) => {
      const area = new NetworkArea(s, 1, { hidden: [units], dropout: 0.5, seed });
      const start = startModel(area, { from: "normal", deviation: 0.2 }, createDraws(1, "start"));
      const { weights, width, inputs } = area.layers[1]!;
      const indices = Array.from({ length: batches }, (_, n) => n);
      const after = area.train(start, indices, { epochs: 1, batch: 1, rate: 0.1 }, still);
      expect(area.predict(start, 0, 40)).toEqual(new NetworkArea(s, 1, { hidden: [units] }).predict(start, 0, 40));
      return Array.from({ length: inputs }, (_, i) => after[weights + i] !== start[weights + i] && width > 0);
    };
    const share = (list: boolean[]) => list.filter((x) => x).length / units;
    // a unit that answers more than 0, about half of them, and is kept, again half
    expect(share(changed(1, 1))).toBeGreaterThan(0.15);
    expect(share(changed(1, 1))).toBeLessThan(0.35);
    expect(changed(1, 1)).toEqual(changed(1, 1));
    expect(changed(2, 1)).not.toEqual(changed(1, 1));
    expect(share(changed(1, 20))).toBeGreaterThan(0.8);
  });

  it("a perceptron learns what a line cannot divide", () => {
    const draws = createDraws(4, "xor");
    const values = Float32Array.from({ length: 800 }, () => 2 * draws.uniform() - 1);
    const labels = Int32Array.from({ length: 400 }, (_, n) => (values[2 * n]! * values[2 * n + 1]! > 0 ? 1 : 0));
    const s = { count: 400, features: 2, classes: 2, values, labels };
    const learned = (shape: NetworkShape) => {
      const area = new NetworkArea(s, 32, { logistic: true, ...shape });
      const start = startModel(area, { from: "uniform" }, createDraws(1, "start"));
      const indices = Array.from({ length: 400 }, (_, n) => n);
      const model = area.train(start, indices, { epochs: 60, batch: 32, rate: 0.01, adam: {} }, still);
      const rows = area.predict(model, 0, 400);
      return labels.filter((label, n) => (rows[2 * n + 1]! > 0.5 ? 1 : 0) === label).length / 400;
    };
    expect(learned({})).toBeLessThan(0.7);
    expect(learned({ hidden: [16] })).toBeGreaterThan(0.95);
  });

  it("starts from zero, uniform, normal, a trained model, or a few steps", () => {
    const s = made(50, 10, 3);
    const area = new NetworkArea(s, 50, { hidden: [8] });
    const draws = createDraws(8, "start");
    const parameters = [...area.parameters()];
    const of = (start: Start) => startModel(area, start, draws);
    expect(of({ from: "zero" }).every((x) => x === 0)).toBe(true);
    const uniform = of({ from: "uniform", limit: 0.5 });
    expect(parameters.every((at) => Math.abs(uniform[at]!) <= 0.5 && uniform[at] !== 0)).toBe(true);
    const normal = of({ from: "normal", deviation: 2 });
    const spread = Math.sqrt(parameters.reduce((sum, at) => sum + normal[at]! ** 2, 0) / parameters.length);
    expect(spread).toBeGreaterThan(1.6);
    expect(spread).toBeLessThan(2.4);
    const glorot = of({ from: "uniform" });
    expect(Math.max(...glorot.subarray(0, 8 * 16).map(Math.abs))).toBeLessThanOrEqual(Math.fround(Math.sqrt(6 / 18)));
    const indices = Array.from({ length: 50 }, (_, n) => n);
    const three = of({
      from: "steps",
      start: { from: "model", model: normal },
      indices,
      steps: 3,
      batch: 20,
      rate: 0.1,
    });
    expect(three).toEqual(area.train(normal, indices, { epochs: 1, batch: 20, rate: 0.1 }, still));
    expect(of({ from: "model", model: three })).toEqual(three);
    expect(() => of({ from: "model", model: new Float32Array(3) })).toThrow("has 3 numbers: expected");
  });

  it("says what cannot be trained", () => {
    const s = made(6, 4, 2);
    const wrong = (change: Partial<Samples>) => () => new NetworkArea({ ...s, ...change }, 2);
    expect(wrong({ values: s.values.map((x, i) => (i === 5 ? Number.NaN : x)) })).toThrow(
      "Feature 1 of sample 1 is NaN",
    );
    expect(wrong({ labels: Int32Array.of(0, 1, 2, 0, 1, 0) })).toThrow("Sample 2 is of class 2");
    expect(wrong({ count: 0 })).toThrow("The number of samples is 0");
    expect(() => new NetworkArea(s, 2, { hidden: [0] })).toThrow("Hidden layers have 0 units");
    expect(() => new NetworkArea(s, 2, { dropout: 1 })).toThrow("The dropout is 1");
    expect(() => new NetworkArea(made(6, 4, 3), 2, { logistic: true })).toThrow("with 3 classes: expected 2");
    const area = new NetworkArea(s, 2);
    const train = (more: object) => () =>
      area.train(new Float32Array(area.modelLength), [0], { epochs: 1, batch: 1, rate: 1, ...more }, still);
    expect(train({ batch: 3 })).toThrow("The batch is 3: expected a whole number from 1 to 2");
    expect(train({ rate: 0 })).toThrow("The rate is 0");
  });

  it("predicts probabilities that add up to 1, of any range, an odd number of samples too", () => {
    const s = made(9, 5, 4);
    const area = new NetworkArea(s, 4);
    const model = new Float32Array(area.modelLength).map((_, i) => (i % 5) - 2);
    const all = area.predict(model, 0, 9);
    for (let n = 0; n < 9; n++) {
      expect(all.subarray(n * 4, n * 4 + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    }
    expect(area.predict(model, 3, 8)).toEqual(all.slice(12, 32));
  });

  it("momentum and the proximal pull are what they are defined as", () => {
    const s = made(4, 8, 2);
    const area = new NetworkArea(s, 4);
    const start = new Float32Array(area.modelLength).map((_, i) => Math.sin(i));
    const [indices, batch, rate] = [[0, 1, 2, 3], 4, 0.1];
    const run = (epochs: number, more: object = {}, from: Float32Array = start) =>
      area.train(from, indices, { epochs, batch, rate, ...more }, still);
    const one = run(1);
    const plain = run(1, {}, one);
    const momentum = run(2, { momentum: 0.5 });
    const proximal = run(2, { proximal: 0.3 });
    for (const at of [0, 5, 7, 16, 20, 32, 33]) {
      expect(momentum[at]).toBeCloseTo(plain[at]! + 0.5 * (one[at]! - start[at]!), 5);
      expect(proximal[at]).toBeCloseTo(plain[at]! - rate * 0.3 * (one[at]! - start[at]!), 5);
    }
  });

  it("learns digits, is the same again, and leaves the model it was given alone", () => {
    const draws = createDraws(1, "digits");
    const s = drawDigits(1200, draws, 0.1);
    const area = new NetworkArea(s, 32);
    const zero = new Float32Array(area.modelLength);
    const indices = Array.from({ length: 1000 }, (_, n) => n);
    const train = () => {
      const order = createDraws(2, "order");
      return area.train(zero, indices, { epochs: 20, batch: 32, rate: 0.1 }, (list) => shuffle(list, order));
    };
    const model = train();
    expect(train()).toEqual(model);
    expect(zero.every((x) => x === 0)).toBe(true);
    const rows = area.predict(model, 1000, 1200);
    let right = 0;
    for (let n = 0; n < 200; n++) {
      const row = Array.from(rows.subarray(n * 10, n * 10 + 10));
      right += row.indexOf(Math.max(...row)) === s.labels[1000 + n] ? 1 : 0;
    }
    expect(right / 200).toBeGreaterThan(0.7);
  });

  it("averages models by their shares", () => {
    expect(Array.from(averageModels([Float32Array.of(1, 2), Float32Array.of(3, 6)], [0.25, 0.75]))).toEqual([2.5, 5]);
  });
});

describe("splits", () => {
  const labels = Int32Array.from({ length: 100 }, (_, n) => n % 7);
  const whole = (parts: number[][]) =>
    parts
      .flat()
      .sort((a, b) => a - b)
      .join();
  const all = Array.from({ length: 100 }, (_, n) => n).join();

  it("give every sample to one part; sizes differ by at most one where they should", () => {
    const draws = createDraws(5, "split");
    for (const parts of [splitRandomly(100, 3, draws), splitByLabel(labels, 3, draws)]) {
      expect(whole(parts)).toBe(all);
      const sizes = parts.map((part) => part.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
    expect(splitBySize(100, [1, 2, 7], draws).map((part) => part.length)).toEqual([10, 20, 70]);
    expect(whole(splitBySize(100, [1, 1e-9, 1], draws))).toBe(all);
    expect(splitBySize(100, [1, 1e-9, 1], draws)[1]).toHaveLength(1);
    expect(() => splitBySize(100, [1, 0], draws)).toThrow("Share 1 is 0");
    expect(() => splitBySize(1, [1, 1], draws)).toThrow("1 samples over 2 parts");
    for (const concentration of [0.01, 0.3, 100]) {
      const parts = splitWithSkew(labels, 3, concentration, draws);
      expect(whole(parts)).toBe(all);
      expect(parts.every((part) => part.length > 0)).toBe(true);
    }
  });

  it("by label keep proportions; skewed ones do not, the less the more they are concentrated", () => {
    const spread = (parts: number[][]) => {
      let most = 0;
      for (let label = 0; label < 7; label++) {
        const counts = parts.map((part) => part.filter((n) => labels[n] === label).length);
        most = Math.max(most, Math.max(...counts) - Math.min(...counts));
      }
      return most;
    };
    const draws = createDraws(6, "skew");
    expect(spread(splitByLabel(labels, 3, draws))).toBeLessThanOrEqual(1);
    expect(spread(splitWithSkew(labels, 3, 0.1, draws))).toBeGreaterThan(8);
    expect(spread(splitWithSkew(labels, 3, 1e4, draws))).toBeLessThan(4);
  });
});

import { describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import {
  averageModels,
  drawDigits,
  type EnsembleStudy,
  runStudy,
  type Samples,
  SoftmaxArea,
  shuffle,
  splitByLabel,
  splitRandomly,
  splitWithSkew,
} from "../../src/ensemble/index.js";

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

/** Mean cross-entropy, in doubles, of a model laid out as the kernel's: rows of `width`, then biases. */
function lossOf(s: Samples, model: ArrayLike<number>, width: number, indices: readonly number[], l2 = 0): number {
  let loss = 0;
  for (const n of indices) {
    const scores = Array.from({ length: s.classes }, (_, c) => {
      let sum = model[width * s.classes + c]!;
      for (let i = 0; i < s.features; i++) sum += s.values[n * s.features + i]! * model[c * width + i]!;
      return sum;
    });
    const most = Math.max(...scores);
    loss += most + Math.log(scores.reduce((sum, x) => sum + Math.exp(x - most), 0)) - scores[s.labels[n]!]!;
  }
  let squares = 0;
  for (let i = 0; i < width * s.classes; i++) squares += model[i]! * model[i]!;
  return loss / indices.length + (l2 / 2) * squares;
}

const still = () => undefined;

describe("training", () => {
  for (const [features, classes, batch] of [
    [7, 3, 5],
    [16, 10, 8],
    [20, 12, 3],
    [9, 1, 4],
  ] as const) {
    it(`a step is the gradient, by finite differences: ${features} features, ${classes} classes, batch ${batch}`, () => {
      const s = made(batch, features, classes);
      const area = new SoftmaxArea(s, batch);
      const width = Math.ceil(features / 8) * 8;
      const draws = createDraws(3, "model");
      const model = new Float32Array(area.modelLength);
      for (let c = 0; c < classes; c++) {
        for (let i = 0; i < features; i++) model[c * width + i] = 0.3 * draws.normal();
        model[width * classes + c] = 0.3 * draws.normal();
      }
      const indices = Array.from({ length: batch }, (_, n) => n);
      const l2 = 0.05;
      const rate = 0.5;
      const after = area.train(model, indices, { epochs: 1, batch, rate, l2 }, still);
      const used = [...Array(classes).keys()].flatMap((c) => [
        ...Array.from({ length: features }, (_, i) => c * width + i),
        width * classes + c,
      ]);
      for (const at of used) {
        const step = 1e-4;
        const [up, down] = [Float64Array.from(model), Float64Array.from(model)];
        up[at]! += step;
        down[at]! -= step;
        const slope = (lossOf(s, up, width, indices, l2) - lossOf(s, down, width, indices, l2)) / (2 * step);
        expect(model[at]! - after[at]!, `parameter ${at}`).toBeCloseTo(rate * slope, 5);
      }
      // what fills rows up stays nothing
      for (let c = 0; c < classes; c++) {
        for (let i = features; i < width; i++) expect(after[c * width + i]).toBe(0);
      }
    });
  }

  it("predicts probabilities that add up to 1, of any range, an odd number of samples too", () => {
    const s = made(9, 5, 4);
    const area = new SoftmaxArea(s, 4);
    const model = new Float32Array(area.modelLength).map((_, i) => (i % 5) - 2);
    const all = area.predict(model, 0, 9);
    for (let n = 0; n < 9; n++) {
      expect(all.subarray(n * 4, n * 4 + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    }
    expect(area.predict(model, 3, 8)).toEqual(all.slice(12, 32));
  });

  it("momentum and the proximal pull are what they are defined as", () => {
    const s = made(4, 8, 2);
    const area = new SoftmaxArea(s, 4);
    const start = new Float32Array(area.modelLength).map((_, i) => Math.sin(i));
    const [indices, batch, rate] = [[0, 1, 2, 3], 4, 0.1];
    const run = (epochs: number, more: object = {}, from: Float32Array = start) =>
      area.train(from, indices, { epochs, batch, rate, ...more }, still);
    const one = run(1);
    const plain = run(1, {}, one);
    const momentum = run(2, { momentum: 0.5 });
    const proximal = run(2, { proximal: 0.3 });
    for (const at of [0, 5, 9, 15, 16, 17]) {
      expect(momentum[at]).toBeCloseTo(plain[at]! + 0.5 * (one[at]! - start[at]!), 5);
      expect(proximal[at]).toBeCloseTo(plain[at]! - rate * 0.3 * (one[at]! - start[at]!), 5);
    }
  });

  it("learns digits, is the same again, and leaves the model it was given alone", () => {
    const draws = createDraws(1, "digits");
    const s = drawDigits(1200, draws, 0.1);
    const area = new SoftmaxArea(s, 32);
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

describe("a study of three clouds", () => {
  const cloud = (name: string, samplesPerSecond: number, preemptions = 0) => {
    return { name, weight: 1, samplesPerSecond, usdPerGpuHour: 3.6, preemptions };
  };
  const study: EnsembleStudy = {
    clouds: [cloud("a", 100), cloud("b", 50), cloud("c", 100)],
    link: { bytesPerSecond: 1000, latencySeconds: 1, usdPerGb: 1e6 },
    straggling: 0,
    samplesPerCloud: 100,
    testSamples: 200,
    noise: 0.1,
    sampleBytes: 100,
    modelBytes: 5000,
    local: { epochs: 2, batch: 16, rate: 0.1 },
    rounds: [1, 4],
    proximal: 0.1,
    skewConcentration: 0.3,
  };
  const outcomes = runStudy(study, "even", 3);
  const of = (method: string) => outcomes.find((one) => one.method === method)!;

  it("counts bytes, seconds and dollars as one would by hand", () => {
    // one round: two clouds fetch and send 5,000 bytes in 6 s each way; the slowest trains 200 samples in 4 s
    expect(of("fedavg 1")).toMatchObject({ bytes: 20_000 });
    expect(of("fedavg 1").hours * 3600).toBeCloseTo(16, 9);
    expect(of("fedavg 1").usd).toBeCloseTo(20 + 3 * 16 * 0.001, 9);
    expect(of("fedavg 4")).toMatchObject({ bytes: 80_000 });
    // pooled: 100 samples of 100 bytes from two clouds side by side in 11 s; then 8 passes over 300 samples
    expect(of("pooled")).toMatchObject({ bytes: 20_000 });
    expect(of("pooled").hours * 3600).toBeCloseTo(11 + 24, 9);
    expect(of("pooled").usd).toBeCloseTo(20 + 35 * 0.001, 9);
    expect(of("b alone").hours * 3600).toBeCloseTo(16, 9);
    expect(of("one-shot average")).toMatchObject({ bytes: 10_000 });
    expect(of("one-shot average").hours * 3600).toBeCloseTo(16 + 6, 9);
    expect(of("average without c")).toMatchObject({ bytes: 5000 });
  });

  it("asynchronous rounds wait for nobody: as many updates take less time", () => {
    expect(of("asynchronous 4").hours).toBeLessThan(of("fedavg 4").hours);
  });

  it("preemptions cost time and money, and change no model", () => {
    const preempted = { ...study, clouds: [cloud("a", 100, 1), cloud("b", 50, 1), cloud("c", 100, 1)] };
    const worse = runStudy(preempted, "even", 3).find((one) => one.method === "fedavg 4")!;
    expect(worse.preemptions).toBe(12);
    expect(worse.hours).toBeGreaterThan(of("fedavg 4").hours);
    expect(worse.usd).toBeGreaterThan(of("fedavg 4").usd);
    expect(worse.accuracy).toBe(of("fedavg 4").accuracy);
  });

  it("is the same again, and finds what is known: together is better than alone, and more rounds than fewer", () => {
    expect(runStudy(study, "even", 3)).toEqual(outcomes);
    expect(of("pooled").accuracy).toBeGreaterThan(of("a alone").accuracy);
    expect(of("fedavg 4").accuracy).toBeGreaterThan(of("fedavg 1").accuracy);
    expect(of("worked example").accuracy).toBeLessThan(0.3);
  });
});

// Networks of dense layers from their definition, in doubles, slowly. Shares no code with the kernels.

import type { Layer } from "../../src/ensemble/index.js";

/** Scores of one sample. */
export function scoresOf(layers: readonly Layer[], model: ArrayLike<number>, sample: ArrayLike<number>): number[] {
  let row = Array.from(sample);
  layers.forEach(({ inputs, outputs, width, weights, biases }, l) => {
    row = Array.from({ length: outputs }, (_, o) => {
      let sum = model[biases + o]!;
      for (let i = 0; i < inputs; i++) sum += row[i]! * model[weights + o * width + i]!;
      return l < layers.length - 1 ? Math.max(0, sum) : sum;
    });
  });
  return row;
}

/** Cross-entropy of one sample: by softmax, or of one score by the logistic function. */
export function sampleLoss(scores: readonly number[], label: number, logistic: boolean): number {
  if (logistic) return Math.log1p(Math.exp(label === 1 ? -scores[0]! : scores[0]!));
  const most = Math.max(...scores);
  return most + Math.log(scores.reduce((sum, x) => sum + Math.exp(x - most), 0)) - scores[label]!;
}

/** Places of weights, and of weights and biases. */
export function places(layers: readonly Layer[]): { weights: number[]; all: number[] } {
  const weights = layers.flatMap(({ inputs, outputs, width, weights: at }) =>
    Array.from({ length: inputs * outputs }, (_, k) => at + Math.floor(k / inputs) * width + (k % inputs)),
  );
  const biases = layers.flatMap(({ outputs, biases: at }) => Array.from({ length: outputs }, (_, o) => at + o));
  return { weights, all: [...weights, ...biases] };
}

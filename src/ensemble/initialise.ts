// Where training starts from.

import type { Draws } from "../engine/draws.js";
import { invalid, type NetworkArea } from "./network.js";

export type Start =
  | { from: "zero" }
  /** Every parameter uniform from -limit to limit; default: by layer sqrt(6 / (inputs + outputs)), biases 0. */
  | { from: "uniform"; limit?: number }
  /** Every parameter normal about 0; default: by layer sqrt(2 / inputs), biases 0. */
  | { from: "normal"; deviation?: number }
  /** A copy of a trained model of the same shape. */
  | { from: "model"; model: Float32Array }
  /** A few steps of descent on these samples, from another start. */
  | { from: "steps"; start: Start; indices: ArrayLike<number>; steps: number; batch: number; rate: number };

/**
 * A model to start from. Sources of the defaults: Glorot and Bengio, AISTATS 2010; He et al., ICCV 2015.
 * Throws LEARNING_INVALID for a model of another length.
 */
export function startModel(area: NetworkArea, start: Start, draws: Draws): Float32Array {
  if (start.from === "zero") return new Float32Array(area.modelLength);
  if (start.from === "model") {
    if (start.model.length !== area.modelLength)
      invalid(`The model to start from has ${start.model.length} numbers: expected ${area.modelLength}.`, "");
    return start.model.slice();
  }
  if (start.from === "steps") {
    const { indices, steps, batch, rate } = start;
    const epochs = Math.ceil((steps * batch) / Math.max(1, indices.length));
    const begun = startModel(area, start.start, draws);
    return area.train(begun, indices, { epochs, batch: Math.min(batch, indices.length), rate, steps }, () => undefined);
  }
  const model = new Float32Array(area.modelLength);
  const given = start.from === "uniform" ? start.limit : start.deviation;
  const one = start.from === "uniform" ? () => 2 * draws.uniform() - 1 : () => draws.normal();
  for (const { inputs, outputs, width, weights, biases } of area.layers) {
    const size = given ?? Math.sqrt(start.from === "uniform" ? 6 / (inputs + outputs) : 2 / inputs);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) model[weights + o * width + i] = size * one();
      if (given !== undefined) model[biases + o] = size * one();
    }
  }
  return model;
}

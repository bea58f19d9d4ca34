// Digits that the product draws itself: 5 x 7 glyphs on 8 x 8 points, moved by a point, with strokes of different strength,
// points that are missing, and noise. Nobody's data, and as many as are wanted.

import type { Draws } from "../engine/draws.js";
import type { Samples } from "./network.js";

/** Rows of five points, a bit each. */
const GLYPHS = [
  [14, 17, 19, 21, 25, 17, 14],
  [4, 12, 4, 4, 4, 4, 14],
  [14, 17, 1, 2, 4, 8, 31],
  [31, 2, 4, 2, 1, 17, 14],
  [2, 6, 10, 18, 31, 2, 2],
  [31, 16, 30, 1, 1, 17, 14],
  [6, 8, 16, 30, 17, 17, 14],
  [31, 1, 2, 4, 8, 8, 8],
  [14, 17, 17, 14, 17, 17, 14],
  [14, 17, 17, 15, 1, 2, 12],
] as const;
const SIDE = 8;

/** `noise`: standard deviation of every point; a stroke is about 1. */
export function drawDigits(count: number, draws: Draws, noise: number): Samples {
  const features = SIDE * SIDE;
  const values = new Float32Array(count * features);
  const labels = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const label = draws.integer(GLYPHS.length);
    labels[n] = label;
    const [left, top] = [draws.integer(4), draws.integer(2)];
    const strength = 0.6 + 0.6 * draws.uniform();
    const at = n * features;
    for (let i = 0; i < features; i++) values[at + i] = noise * draws.normal();
    GLYPHS[label]!.forEach((bits, row) => {
      for (let column = 0; column < 5; column++) {
        if ((bits >> (4 - column)) & 1 && draws.uniform() > 0.1)
          values[at + (top + row) * SIDE + left + column]! += strength;
      }
    });
  }
  return { count, features, classes: GLYPHS.length, values, labels };
}

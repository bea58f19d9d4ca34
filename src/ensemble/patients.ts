// Patients that the product makes up: readings that hang together by three hidden conditions, and a risk that is no sum of
// them. Nobody's data, and no model of medicine: what matters here is that lines do not divide the classes.

import type { Draws } from "../engine/draws.js";
import type { Samples } from "./network.js";

const FEATURES = 12;
/** Classes end at these risks: low, raised, high; about 50, 30 and 20 % of patients. */
const BOUNDS = [0.55, 1.9] as const;

/** `noise`: standard deviation of every reading beside what it tells. */
export function drawPatients(count: number, draws: Draws, noise: number): Samples {
  const values = new Float32Array(count * FEATURES);
  const labels = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const [age, heart, sugar] = [draws.normal(), draws.normal(), draws.normal()];
    for (let f = 0; f < FEATURES; f++) {
      // each reading tells of two conditions, in another mixture
      const told = [age, heart, sugar];
      const share = ((f * 5) % 7) / 7;
      values[n * FEATURES + f] =
        told[f % 3]! * (1 - share / 2) + (told[(f + 1) % 3]! * share) / 2 + noise * draws.normal();
    }
    const risk = 0.6 * age + 0.7 * heart * heart + 0.8 * age * sugar + 0.2 * draws.normal();
    labels[n] = risk < BOUNDS[0] ? 0 : risk < BOUNDS[1] ? 1 : 2;
  }
  return { count, features: FEATURES, classes: BOUNDS.length + 1, values, labels };
}

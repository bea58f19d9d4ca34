// Weights of experts that follow their losses, with a bound on what following costs against the best of them in hindsight.

import { exp, log } from "../../engine/math.js";

/**
 * Exponential weights with the rate sqrt(8 ln N / t) in round t. For losses within [0, 1], and any fused loss that is at most
 * the weighted mean of theirs (any convex one), the regret after T rounds is at most 2 sqrt(T ln N / 2) + sqrt(ln N / 8).
 *
 * Source: Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, 2006, theorem 2.3.
 */
export class Hedge {
  readonly losses: Float64Array;
  rounds = 0;

  constructor(experts: number) {
    this.losses = new Float64Array(experts);
  }

  weights(): Float64Array {
    const experts = this.losses.length;
    const rate = Math.sqrt((8 * log(experts)) / (this.rounds + 1));
    const least = this.losses.reduce((a, b) => Math.min(a, b));
    const weights = this.losses.map((loss) => exp(-rate * (loss - least)));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  }

  /** Losses of one round, each within [0, 1]. */
  update(losses: ArrayLike<number>): void {
    for (let i = 0; i < losses.length; i++) {
      const loss = losses[i]!;
      if (!(loss >= 0 && loss <= 1)) throw new Error(`a loss must lie within [0, 1], got ${loss} of expert ${i}`);
      this.losses[i]! += loss;
    }
    this.rounds++;
  }
}

export function hedgeBound(experts: number, rounds: number): number {
  const size = log(experts);
  return 2 * Math.sqrt((rounds * size) / 2) + Math.sqrt(size / 8);
}

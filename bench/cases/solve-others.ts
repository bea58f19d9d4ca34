// The other solvers: switching between replica counts, rebalancing, bin packing.

import { packItems, rebalance, solveSwitching } from "#src/solve/index.js";
import type { Case, Sample } from "../harness.js";
import { draws } from "./solve.js";

const millis = (sample: Sample) => sample.millis;

function demandOf(steps: number, day: number): Float64Array {
  // the published series: a sine a day and a saw, so that no two days are the same
  return Float64Array.from(
    { length: steps },
    (_, t) => 500 + 300 * Math.sin((2 * Math.PI * t) / day) + ((7919 * t) % 101) - 50,
  );
}

/** The same programme, every state from every state: quadratic in the states. */
function quadratically(demand: Float64Array, states: number, alpha: number): number {
  let value = new Float64Array(states);
  let next = new Float64Array(states);
  for (let t = 0; t < demand.length; t++) {
    for (let x = 0; x < states; x++) {
      let best = Number.POSITIVE_INFINITY;
      for (let y = 0; y < states; y++) {
        const cost = t === 0 ? 0 : value[y]! + alpha * (x - y) * (x - y);
        if (cost < best) best = cost;
      }
      const over = x - demand[t]!;
      next[x] = best + (over < 0 ? -4 * over : over);
    }
    [value, next] = [next, value];
  }
  return Math.min(...value);
}

function switchingCase(steps: number, states: number, compare: boolean): Case {
  let demand = demandOf(steps, 144);
  let count = states;
  return {
    name: `solve/switching-${steps}x${states}`,
    unit: "ms",
    better: "lower",
    runs: 9,
    value: millis,
    baseline: compare
      ? {
          name: "every state from every state, JavaScript",
          runs: 1,
          run() {
            const begun = performance.now();
            const cost = quadratically(demand, count, 0.5);
            return { work: 1, millis: performance.now() - begun, hash: cost.toFixed(6) };
          },
        }
      : null,
    async setup(tiny) {
      if (tiny) [demand, count] = [demandOf(40, 20), 30];
      return {
        run() {
          const begun = performance.now();
          const { cost } = solveSwitching({
            replicasMax: count - 1,
            costs: { demand, shortage: 4, idle: 1 },
            switching: { kind: "quadratic", alpha: 0.5 },
          });
          return { work: 1, millis: performance.now() - begun, hash: cost.toFixed(6) };
        },
      };
    },
  };
}

/** Bisection on the multiplier, as one would write it first; to the last bit. */
function bisect(supply: Float64Array, demand: Float64Array, stepMax: number): number {
  const move = (i: number, mu: number) => {
    const y = demand[i]! - supply[i]! - mu / 2;
    return Math.max(-Math.min(supply[i]!, stepMax), Math.min(stepMax, y));
  };
  let [low, high] = [-1e6, 1e6];
  for (let k = 0; k < 80; k++) {
    const middle = (low + high) / 2;
    let total = 0;
    for (let i = 0; i < supply.length; i++) total += move(i, middle);
    if (total > 0) low = middle;
    else high = middle;
  }
  let objective = 0;
  for (let i = 0; i < supply.length; i++) {
    const gap = demand[i]! - supply[i]! - move(i, high);
    objective += gap * gap;
  }
  return objective;
}

function rebalanceCase(): Case {
  let supply = new Float64Array();
  let demand = new Float64Array();
  return {
    name: "solve/rebalance-1e5",
    unit: "ms",
    better: "lower",
    runs: 9,
    value: millis,
    baseline: {
      name: "bisection, JavaScript",
      run() {
        const begun = performance.now();
        const objective = bisect(supply, demand, 40);
        return { work: 1, millis: performance.now() - begun, hash: objective.toPrecision(9) };
      },
    },
    async setup(tiny) {
      const count = tiny ? 100 : 100_000;
      const draw = draws(17);
      supply = Float64Array.from({ length: count }, () => draw(200));
      demand = Float64Array.from({ length: count }, () => draw(200));
      return {
        run() {
          const begun = performance.now();
          const { objective } = rebalance({ supply, demand, stepMax: 40, twoSided: true });
          return { work: 1, millis: performance.now() - begun, hash: objective.toPrecision(9) };
        },
      };
    },
  };
}

function packingCase(rule: "first-fit-decreasing" | "dot-product"): Case {
  return {
    name: `solve/binpack-${rule}-2000x3`,
    unit: "ms",
    better: "lower",
    runs: 9,
    value: millis,
    baseline: null,
    async setup(tiny) {
      const draw = draws(23);
      const sizes = Float64Array.from({ length: (tiny ? 30 : 2000) * 3 }, () => 1 + draw(60));
      return {
        run() {
          const begun = performance.now();
          const { bins } = packItems({ sizes, capacity: [100, 100, 100] }, rule);
          return { work: 1, millis: performance.now() - begun, hash: String(bins) };
        },
      };
    },
  };
}

export const otherSolverCases: { standard: Case[]; onRequest: Case[] } = {
  standard: [
    switchingCase(2016, 1000, true),
    rebalanceCase(),
    packingCase("first-fit-decreasing"),
    packingCase("dot-product"),
  ],
  onRequest: [125, 250, 500, 2000].map((states) => switchingCase(2016, states, false)),
};

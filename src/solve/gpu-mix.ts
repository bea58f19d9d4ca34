// Which GPUs to rent for a mix of requests, and how an application is spread over pools. See docs/models/gpu-mix.md.

import type { Verdict } from "./limits.js";
import { LinearBuilder, type LinearSolution, solveLinear } from "./linear.js";
import { refuse } from "./scaling.js";

export interface GpuMixProblem {
  types: readonly { name: string; usdPerHour: number; max?: number }[];
  /** Requests a second of each size class. */
  rates: ArrayLike<number>;
  /** By type and class [type x classes]: requests a second of only that class that one GPU serves within its target; 0 = none. */
  throughputs: ArrayLike<number>;
  /** Parts that a class's rate is cut into, each served by one type; default 8. */
  slices?: number;
}

export interface GpuMixSolution {
  verdict: Verdict;
  /** GPUs by type. */
  counts: number[];
  usdPerHour: number;
  /** Nothing can be cheaper. */
  bound: number;
  gap: number;
}

export interface GpuMixAnswer {
  /** The integer programme of Melange, by HiGHS. */
  exact: GpuMixSolution;
  /** Every class on the type that serves it most cheaply, counts rounded up: quick, and how far off. */
  relaxed: GpuMixSolution;
  /** One type for everything: the cheapest such. */
  single: GpuMixSolution | undefined;
}

const classesOf = (p: GpuMixProblem) => p.rates.length;

/** Share of one GPU of a type that a slice of a class takes; Infinity if it cannot. */
function loadOf(p: GpuMixProblem, type: number, cls: number): number {
  const rate = p.rates[cls]!;
  if (rate === 0) return 0;
  const throughput = p.throughputs[type * classesOf(p) + cls]!;
  return throughput > 0 ? rate / throughput : Number.POSITIVE_INFINITY;
}

/** Griggs et al., Melange, 2024, section 5: slices of each class are assigned to types, GPUs of a type counted whole. */
export async function solveGpuMix(problem: GpuMixProblem): Promise<GpuMixAnswer> {
  const classes = classesOf(problem);
  const { types, slices = 8 } = problem;
  if (types.length === 0 || classes === 0) refuse("The list of types or classes", "", "empty", "at least one of each");
  if (problem.throughputs.length !== types.length * classes) {
    refuse("The matrix of throughputs", "", `${problem.throughputs.length} values`, `${types.length} x ${classes}`);
  }
  const b = new LinearBuilder();
  const counts = types.map((type) =>
    b.variable(type.name, type.usdPerHour, { integer: true, upper: type.max ?? Number.POSITIVE_INFINITY }),
  );
  const load = types.map((): [number, number][] => []);
  for (let c = 0; c < classes; c++) {
    if (problem.rates[c] === 0) continue;
    const parts: [number, number][] = [];
    types.forEach((type, t) => {
      const share = loadOf(problem, t, c);
      if (share === Number.POSITIVE_INFINITY) return;
      const x = b.variable(`${type.name}_class${c}`, 0, { integer: true, upper: slices });
      parts.push([x, 1]);
      load[t]!.push([x, share / slices]);
    });
    b.row(`class${c}`, parts, { equal: slices });
  }
  types.forEach((type, t) => {
    b.row(`${type.name}_load`, [...load[t]!, [counts[t]!, -1]], { upper: 0 });
  });
  const solution = await solveLinear(b.model, { solver: "highs" });
  return {
    exact: mixOf(solution, counts),
    relaxed: relaxedMix(problem),
    single: singleMix(problem),
  };
}

function mixOf(solution: LinearSolution, counts: readonly number[]): GpuMixSolution {
  return {
    verdict: solution.verdict,
    counts: counts.map((k) => Math.round(solution.values[k]!)),
    usdPerHour: solution.value,
    bound: solution.bound ?? solution.value,
    gap: solution.gap ?? 0,
  };
}

/**
 * Without whole GPUs and without limits on their number every class goes to its cheapest type: a bound. Rounded up, and with
 * what a limit leaves over going to the next cheapest, it is a plan.
 */
function relaxedMix(problem: GpuMixProblem): GpuMixSolution {
  const { types } = problem;
  const classes = classesOf(problem);
  const used = new Float64Array(types.length);
  let bound = 0;
  let feasible = true;
  for (let c = 0; c < classes; c++) {
    const options = types
      .map((type, t) => ({ t, load: loadOf(problem, t, c), usd: loadOf(problem, t, c) * type.usdPerHour }))
      .filter((o) => o.load < Number.POSITIVE_INFINITY)
      .sort((x, y) => x.usd - y.usd);
    bound += options[0]?.usd ?? 0;
    let left = 1;
    for (const o of options) {
      const room = (types[o.t]!.max ?? Number.POSITIVE_INFINITY) - used[o.t]!;
      const part = o.load === 0 ? left : Math.min(left, Math.max(0, room) / o.load);
      used[o.t]! += part * o.load;
      left -= part;
    }
    if (left > 1e-12) feasible = false;
  }
  const counts = Array.from(used, (share) => Math.ceil(share - 1e-9));
  const usdPerHour = counts.reduce((sum, n, t) => sum + n * types[t]!.usdPerHour, 0);
  if (!feasible) return { verdict: "infeasible", counts, usdPerHour: Number.NaN, bound, gap: Number.NaN };
  return { verdict: "limit", counts, usdPerHour, bound, gap: usdPerHour > 0 ? (usdPerHour - bound) / usdPerHour : 0 };
}

function singleMix(problem: GpuMixProblem): GpuMixSolution | undefined {
  const classes = classesOf(problem);
  const all = problem.types.flatMap((type, t) => {
    let load = 0;
    for (let c = 0; c < classes; c++) load += loadOf(problem, t, c);
    const count = Math.ceil(load - 1e-9);
    if (!(count <= (type.max ?? Number.POSITIVE_INFINITY)) || load === Number.POSITIVE_INFINITY) return [];
    const counts = problem.types.map((_, u) => (u === t ? count : 0));
    return [{ verdict: "limit" as const, counts, usdPerHour: count * type.usdPerHour, bound: 0, gap: 1 }];
  });
  return all.sort((a, b) => a.usdPerHour - b.usdPerHour)[0];
}

export interface SizingPool {
  name: string;
  /** Prices and room of a compute, a storage and a network unit. */
  prices: readonly [number, number, number];
  capacities: readonly [number, number, number];
}

export interface SizingSolution {
  verdict: Verdict;
  /** By pool: whole units of compute, storage and network. */
  units: [number, number, number][];
  cost: number;
  /** The same without whole units: nothing can be cheaper. */
  continuousBound: number;
  gap: number;
}

/** An application needs n compute, m storage and p network units; parts of it run in several pools, in whole units. */
export async function solveSizing(
  pools: readonly SizingPool[],
  needs: readonly [number, number, number],
): Promise<SizingSolution> {
  const build = (integer: boolean) => {
    const b = new LinearBuilder();
    const at = pools.map((pool) =>
      pool.prices.map((price, k) => b.variable(`${pool.name}_${k}`, price, { upper: pool.capacities[k]!, integer })),
    );
    needs.forEach((need, k) => {
      const terms = at.map((x) => [x[k]!, 1] as const);
      b.row(["compute", "storage", "network"][k]!, terms, { lower: need });
    });
    return { model: b.model, at };
  };
  const { model, at } = build(true);
  const whole = await solveLinear(model, { solver: "highs" });
  const continuous = await solveLinear(build(false).model, { solver: "highs" });
  return {
    verdict: whole.verdict,
    units: at.map((x) => x.map((k) => Math.round(whole.values[k]!)) as [number, number, number]),
    cost: whole.value,
    continuousBound: continuous.value,
    gap: whole.gap ?? 0,
  };
}

// How many nodes do these pods need? Vector bin packing with a proven bound. See docs/models/bin-packing.md.

import * as abi from "../engine/abi.js";
import { Tools } from "../engine/tools.js";
import { LinearBuilder, solveLinear } from "./linear.js";
import { refuse } from "./scaling.js";

export interface PackingProblem {
  /** By item and kind [item x kinds]. */
  sizes: ArrayLike<number>;
  /** Of one bin, by kind, > 0. */
  capacity: ArrayLike<number>;
}

export type PackingRule = "first-fit-decreasing" | "dot-product";

export interface PackingSolution {
  rule: PackingRule;
  bins: number;
  /** By item. */
  binOf: Int32Array;
}

let shared: Tools | undefined;

function shares(problem: PackingProblem): { items: number; kinds: number; sizes: Float64Array } {
  const kinds = problem.capacity.length;
  const items = problem.sizes.length / kinds;
  if (!Number.isInteger(items) || items === 0)
    refuse("The list of sizes", "", `${problem.sizes.length} long`, "kinds x items");
  const sizes = Float64Array.from(problem.sizes, (size, k) => {
    const room = problem.capacity[k % kinds]!;
    if (!(room > 0)) refuse("Capacity", k % kinds, room, "a number > 0");
    if (!(size >= 0)) refuse("Size of item", Math.floor(k / kinds), size, "a number >= 0");
    if (size > room) refuse("Size of item", Math.floor(k / kinds), size, `at most a bin's ${room}`);
    return size / room;
  });
  return { items, kinds, sizes };
}

/** Items into as few equal bins as the rule finds. Sorted by the sum of shares, largest first. Never fewer than the bound. */
export function packItems(problem: PackingProblem, rule: PackingRule = "first-fit-decreasing"): PackingSolution {
  const { items, kinds, sizes } = shares(problem);
  const sums = new Float64Array(items);
  for (let k = 0; k < sizes.length; k++) sums[Math.floor(k / kinds)]! += sizes[k]!;
  shared ??= new Tools();
  const tools = shared;
  const what = `packing ${items} items`;
  tools.call(what, (e) => e.packingLayout(items, kinds));
  tools.f64(abi.COL_SOLVE_COSTS).set(sizes);
  const order = Int32Array.from({ length: items }, (_, i) => i).sort((a, b) => sums[b]! - sums[a]! || a - b);
  tools.i32(abi.COL_SOLVE_INPUT).set(order);
  const bins = tools.call(what, (e) => e.packingRun(rule === "first-fit-decreasing" ? 0 : 1));
  return { rule, bins, binOf: tools.i32(abi.COL_SOLVE_OUTPUT).slice(0, items) };
}

export interface PackingBound {
  /** No packing has fewer bins. */
  bins: number;
  /** The bound before it was rounded up. */
  value: number;
  patterns: number;
  /** False if rounds ran out: the bound then is the weaker one that the prices prove (Farley). */
  complete: boolean;
}

/**
 * Column generation (Gilmore and Gomory 1961): a programme over ways to fill one bin, and for its prices the most valuable
 * way to fill a bin, both by HiGHS. Rounded up, it bounds every packing from below.
 */
export async function packingBound(problem: PackingProblem, rounds = 200): Promise<PackingBound> {
  const { items, kinds, sizes } = shares(problem);
  const types = new Map<string, { size: Float64Array; count: number }>();
  for (let i = 0; i < items; i++) {
    const size = sizes.slice(i * kinds, (i + 1) * kinds);
    const key = size.join(" ");
    const known = types.get(key);
    if (known) known.count++;
    else types.set(key, { size, count: 1 });
  }
  const list = [...types.values()];
  const patterns: number[][] = list.map((_, t) => list.map((_, u) => (t === u ? 1 : 0)));
  let value = 0;
  let proven = 0;
  for (let round = 0; round < rounds; round++) {
    const master = new LinearBuilder();
    patterns.forEach((_, p) => void master.variable(`p${p}`, 1));
    list.forEach((type, t) => {
      const terms = patterns.map((pattern, p) => [p, pattern[t]!] as const).filter(([, n]) => n > 0);
      master.row(`type${t}`, terms, { lower: type.count });
    });
    const relaxed = await solveLinear(master.model, { solver: "highs" });
    value = relaxed.value;
    const pricing = new LinearBuilder("max");
    list.forEach((type, t) => {
      pricing.variable(`n${t}`, Math.max(0, relaxed.prices![t]!), { upper: type.count, integer: true });
    });
    for (let k = 0; k < kinds; k++) {
      pricing.row(
        `kind${k}`,
        list.map((type, t) => [t, type.size[k]!] as const),
        { upper: 1 + 1e-9 },
      );
    }
    const best = await solveLinear(pricing.model, { solver: "highs" });
    proven = Math.max(proven, value / Math.max(1, best.bound ?? best.value));
    if (best.value <= 1 + 1e-6)
      return { bins: Math.ceil(value - 1e-6), value, patterns: patterns.length, complete: true };
    patterns.push(list.map((_, t) => Math.round(best.values[t]!)));
  }
  return { bins: Math.ceil(proven - 1e-6), value: proven, patterns: patterns.length, complete: false };
}

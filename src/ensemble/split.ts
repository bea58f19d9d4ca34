// Which samples lie where.

import type { Draws } from "../engine/draws.js";
import { exp, log } from "../engine/math.js";
import { invalid } from "./network.js";

/** In place, every order equally likely (Fisher and Yates; Durstenfeld 1964). */
export function shuffle(order: Uint32Array | number[], draws: Draws): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = draws.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
}

/** Parts by chance whose sizes differ by at most one. */
export function splitRandomly(count: number, parts: number, draws: Draws): number[][] {
  const order = Array.from({ length: count }, (_, n) => n);
  shuffle(order, draws);
  return deal(order, parts);
}

/** Every class dealt out evenly: parts with the proportions of the whole; sizes differ by at most one. */
export function splitByLabel(labels: ArrayLike<number>, parts: number, draws: Draws): number[][] {
  const order = Array.from({ length: labels.length }, (_, n) => n);
  shuffle(order, draws);
  order.sort((a, b) => labels[a]! - labels[b]!);
  return deal(order, parts);
}

function deal(order: readonly number[], parts: number): number[][] {
  const lists: number[][] = Array.from({ length: parts }, () => []);
  order.forEach((n, i) => {
    lists[i % parts]!.push(n);
  });
  return lists;
}

/** Gamma variate of any shape > 0 (Marsaglia and Tsang 2000). */
function gamma(shape: number, draws: Draws): number {
  if (shape < 1) return gamma(shape + 1, draws) * exp(log(1 - draws.uniform()) / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = draws.normal();
    const t = 1 + c * x;
    const v = t * t * t;
    if (v > 0 && log(1 - draws.uniform()) < 0.5 * x * x + d - d * v + d * log(v)) return d * v;
  }
}

/**
 * Label skew: of each class, parts get shares drawn from a Dirichlet distribution; the smaller `concentration`, the more each
 * part has classes of its own. Sizes differ; a part that would stay empty gets a sample of the largest.
 * Source: Hsu, Qi and Brown 2019.
 */
export function splitWithSkew(
  labels: ArrayLike<number>,
  parts: number,
  concentration: number,
  draws: Draws,
): number[][] {
  const byClass = new Map<number, number[]>();
  for (let n = 0; n < labels.length; n++) byClass.set(labels[n]!, [...(byClass.get(labels[n]!) ?? []), n]);
  const lists: number[][] = Array.from({ length: parts }, () => []);
  for (const [, members] of [...byClass].sort((a, b) => a[0] - b[0])) {
    shuffle(members, draws);
    const sizes = lists.map(() => gamma(concentration, draws));
    const total = sizes.reduce((a, b) => a + b);
    let [from, sum] = [0, 0];
    sizes.forEach((size, p) => {
      sum += size;
      const to = p === parts - 1 ? members.length : Math.round((members.length * sum) / total);
      lists[p]!.push(...members.slice(from, to));
      from = to;
    });
  }
  fillEmpty(lists);
  return lists;
}

function fillEmpty(lists: number[][]): void {
  for (const list of lists) {
    if (list.length === 0) list.push(lists.reduce((a, b) => (b.length > a.length ? b : a)).pop()!);
  }
}

/**
 * Size skew: parts by chance whose sizes are in proportion to `shares` (> 0), rounded so that they add up; a part that would
 * stay empty gets a sample of the largest. Throws LEARNING_INVALID for shares that are none, or more parts than samples.
 */
export function splitBySize(count: number, shares: readonly number[], draws: Draws): number[][] {
  const bad = shares.findIndex((share) => !(share > 0 && share < Number.POSITIVE_INFINITY));
  if (bad >= 0) invalid(`Share ${bad} is ${shares[bad]}: expected a number > 0.`, "");
  if (shares.length > count) invalid(`${count} samples over ${shares.length} parts: expected at least one each.`, "");
  const order = Array.from({ length: count }, (_, n) => n);
  shuffle(order, draws);
  const total = shares.reduce((a, b) => a + b, 0);
  let [from, sum] = [0, 0];
  const lists = shares.map((share, p) => {
    sum += share;
    const to = p === shares.length - 1 ? count : Math.round((count * sum) / total);
    const list = order.slice(from, to);
    from = to;
    return list;
  });
  fillEmpty(lists);
  return lists;
}

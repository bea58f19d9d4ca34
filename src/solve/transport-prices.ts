// Prices of a transportation problem from the potentials of its basis.

import * as abi from "../engine/abi.js";
import { onGrid } from "./scaling.js";
import type { Context, TransportSolution } from "./transport.js";

interface State {
  stride: number;
  potentials: ArrayLike<number>;
  costs: ArrayLike<number>;
  /** Records of the basis as i32. */
  fields: Int32Array;
}

/**
 * Parts of the tree that hang at the root by an artificial arc, which carries nothing, are too low by its cost: all of them
 * are raised together until a pair into them is just worth using, or, where nothing bounds them, until the cheapest source
 * is at 0. A target that wants nothing gets what a unit would cost there.
 */
export function readPrices(solution: TransportSolution, c: Context, state: State): void {
  const { sourcePrices, targetPrices } = solution;
  const [rows, cols] = [sourcePrices.length, targetPrices.length];
  const { stride, potentials, costs } = state;
  const { step } = c.grid;
  const raised = artificialParts(c, state, rows, cols);
  const room = raised.includes(1) ? roomOf(raised, c, state, rows, cols) : 0;
  const level = (x: number) => potentials[x]! + (raised[x] ? room : 0);
  for (let i = 0; i < rows; i++) sourcePrices[i] = level(stride + i) * step;
  for (let j = 0; j < cols; j++) {
    let price = level(j);
    if (c.amounts.demands[j] === 0) {
      price = c.shortage[j]! === Number.POSITIVE_INFINITY ? c.big : onGrid(c.shortage[j]!, c.grid);
      for (let i = 0; i < rows; i++) price = Math.min(price, costs[i * stride + j]! + level(stride + i));
    }
    targetPrices[j] = price * step;
  }
}

/** 1 by node whose way to the root ends with an artificial arc. */
function artificialParts(c: Context, state: State, rows: number, cols: number): Uint8Array {
  const { stride, fields } = state;
  const root = stride + rows;
  const known = new Int8Array(root).fill(-1);
  for (let start = 0; start < root; start++) {
    if (start >= cols && start < stride) continue;
    const path: number[] = [];
    let x = start;
    while (x !== root && known[x]! < 0) {
      path.push(x);
      x = fields[x * 8 + abi.NODE_PARENT / 4]!;
    }
    const top = path.at(-1)!;
    let answer = x === root ? 1 : known[x]!;
    if (x === root && top >= stride && c.surplus[top - stride]! < Number.POSITIVE_INFINITY) answer = 0;
    if (x === root && top < stride && !fields[top * 8 + abi.NODE_UP / 4]) answer = 0;
    for (const y of path) known[y] = answer;
  }
  return Uint8Array.from(known, (answer) => (answer === 1 ? 1 : 0));
}

function roomOf(raised: Uint8Array, c: Context, state: State, rows: number, cols: number): number {
  const { stride, potentials, costs } = state;
  let room = Number.POSITIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  for (let j = 0; j < cols; j++) {
    if (!raised[j] || c.amounts.demands[j] === 0) continue;
    const shortage = c.shortage[j]!;
    if (shortage < Number.POSITIVE_INFINITY) room = Math.min(room, onGrid(shortage, c.grid) - potentials[j]!);
    for (let i = 0; i < rows; i++) {
      if (raised[stride + i] || problemForbids(c, i, j)) continue;
      room = Math.min(room, costs[i * stride + j]! + potentials[stride + i]! - potentials[j]!);
    }
  }
  for (let i = 0; i < rows; i++) if (raised[stride + i]) lowest = Math.min(lowest, potentials[stride + i]!);
  if (room < Number.POSITIVE_INFINITY) return room;
  return lowest === Number.POSITIVE_INFINITY ? 0 : -lowest;
}

function problemForbids(c: Context, i: number, j: number): boolean {
  return c.problem.costs[i * c.problem.demands.length + j] === Number.POSITIVE_INFINITY;
}

// Kernels calculate on integers below 2^53, exactly: no tolerance decides a pivot, and nothing cycles. Whole numbers are
// taken as they are; others are put on a grid whose step is a power of two, as fine as the range allows.

import { WindtunnelError } from "../model/errors.js";

export interface Grid {
  /** Units a grid step; a power of two. */
  step: number;
  /** 1 / step. */
  scale: number;
  /** True if every value lies on the grid: then nothing was rounded. */
  exact: boolean;
}

export const WHOLE: Grid = { step: 1, scale: 1, exact: true };

/** A grid for values up to `max` in size, of which a calculation may add up `headroom`; finer for smaller headroom. */
export function chooseGrid(max: number, whole: boolean, headroom: number): Grid {
  const limit = 2 ** 52;
  if (whole && max * headroom < limit) return WHOLE;
  if (max === 0) return WHOLE;
  let scale = 1;
  // scale and unscale by powers of two: exact
  while (max * scale * headroom >= limit) scale /= 2;
  while (max * scale * headroom * 2 < limit && scale < 2 ** 1000) scale *= 2;
  return { step: 1 / scale, scale, exact: false };
}

export function onGrid(value: number, grid: Grid): number {
  return grid.scale === 1 && grid.exact ? value : Math.round(value * grid.scale);
}

/** Throws SOLVE_INVALID: what it is, which one, the value, and what was expected. */
export function refuse(what: string, index: number | string, value: unknown, expected: string): never {
  throw new WindtunnelError(
    "SOLVE_INVALID",
    `${what} ${index} is ${String(value)}: expected ${expected}.`,
    "Correct the value; an absent limit or a pair that may not be used is Infinity.",
  );
}

/** The largest size and whether all are whole; infinite values are left out where `infinite` allows them. */
export function measure(
  what: string,
  values: ArrayLike<number>,
  expected: string,
  allowed: (value: number) => boolean,
): { max: number; whole: boolean; total: number } {
  let max = 0;
  let whole = true;
  let total = 0;
  // the quick way for what most values are, and everything here allows: whole, and not negative
  let i = 0;
  for (; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value < 2 ** 31 && value === (value | 0))) break;
    if (value > max) max = value;
    total += value;
  }
  for (; i < values.length; i++) {
    const value = values[i]!;
    if (!allowed(value)) refuse(what, i, value, expected);
    if (value === Number.POSITIVE_INFINITY) continue;
    const size = Math.abs(value);
    if (size > max) max = size;
    if (value !== Math.floor(value)) whole = false;
    total += value;
  }
  return { max, whole, total };
}

export const isAmount = (value: number) => value >= 0 && value < Number.POSITIVE_INFINITY;
export const isCost = (value: number) => !Number.isNaN(value) && value !== Number.NEGATIVE_INFINITY;

/** One number a place: an array is checked for its length, a single number is repeated. */
export function spread(what: string, value: ArrayLike<number> | number, count: number): ArrayLike<number> {
  if (typeof value === "number") return new Float64Array(count).fill(value);
  if (value.length !== count) refuse(what, "list", `${value.length} long`, `${count} values`);
  return value;
}

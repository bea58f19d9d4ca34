// Moving supply between places so that shortages, weighted and squared, are least: a bounded weighted least-squares
// problem with one balance. Separable and convex, so one multiplier decides everything; it is found among the points where
// some place meets a bound, by halving their number: O(n log n).
//
//   minimise  sum w_i f(g_i - y_i) + price / 2 sum |y_i|    subject to  sum y_i = 0,  low_i <= y_i <= high_i
//
// g_i is demand less supply, y_i what comes (> 0) or goes. f(z) = max(0, z)^2 one-sided, z^2 two-sided. `price` is what moving
// one unit costs. One-sided, places with more than enough give first, the same amount each as far as they can.
//
// Sources: Brucker 1984; Kiwiel 2008 (breakpoint searching for the continuous quadratic knapsack problem).

import { column, f64At, setF64 } from "../memory";

@unmanaged
export class Rebalance {
  count: i32;
  twoSided: i32;
  price: f64;
  gaps: u32; // f64 by place, as are all
  weights: u32;
  lows: u32;
  highs: u32;
  moves: u32;
  points: u32; // f64 [4 x count]
}
const REBALANCE_BYTES: i32 = 40;

export function layoutRebalance(count: i32): Rebalance {
  const r = changetype<Rebalance>(column(-1, REBALANCE_BYTES, 1));
  r.count = count;
  r.gaps = <u32>column(-1, 8, count * 4);
  r.weights = r.gaps + (count << 3);
  r.lows = r.weights + (count << 3);
  r.highs = r.lows + (count << 3);
  r.moves = <u32>column(-1, 8, count);
  r.points = <u32>column(-1, 8, count * 4 + 2);
  return r;
}

/** What place i takes when a unit is worth `mu`; of a flat part at mu = price / 2 (free surplus) nothing. */
@inline function moveAt(r: Rebalance, i: i32, mu: f64): f64 {
  const gap = f64At(r.gaps, i);
  const twice = 2 * f64At(r.weights, i);
  const low = f64At(r.lows, i);
  const high = f64At(r.highs, i);
  const half = 0.5 * r.price;
  const come = gap - (mu + half) / twice;
  const go = gap - (mu - half) / twice;
  let y: f64 = 0;
  if (come > 0) y = come;
  else if (go < 0 && (r.twoSided || mu > half)) y = go;
  if (!r.twoSided && mu + half < 0) y = high;
  return y < low ? low : y > high ? high : y;
}

@inline function totalAt(r: Rebalance, mu: f64): f64 {
  let total: f64 = 0;
  for (let i = 0, n = r.count; i < n; i++) total += moveAt(r, i, mu);
  return total;
}

/** The multiplier; +-Infinity never. Every breakpoint between the two ends of the bracket is looked at, half of them a round. */
function findMultiplier(r: Rebalance): f64 {
  const points: usize = r.points;
  const half = 0.5 * r.price;
  let n = 0;
  for (let i = 0; i < r.count; i++) {
    const gap = f64At(r.gaps, i);
    const twice = 2 * f64At(r.weights, i);
    setF64(points, n++, twice * (gap - f64At(r.highs, i)) - half);
    setF64(points, n++, twice * gap - half);
    setF64(points, n++, twice * gap + half);
    setF64(points, n++, twice * (gap - f64At(r.lows, i)) + half);
  }
  setF64(points, n++, half);
  let below: f64 = -Infinity; // total there >= 0
  let above: f64 = Infinity; // total there <= 0
  let seed: u32 = 1;
  while (n > 0) {
    seed = seed * 1664525 + 1013904223;
    const pivot = f64At(points, <i32>((<u64>seed * <u64>n) >> 32));
    const total = totalAt(r, pivot);
    if (total == 0) return pivot;
    if (total > 0) below = pivot;
    else above = pivot;
    let kept = 0;
    for (let k = 0; k < n; k++) {
      const p = f64At(points, k);
      if (p > below && p < above) setF64(points, kept++, p);
    }
    n = kept;
  }
  // linear between the two: through two points strictly inside, or at a jump the left end
  if (below == -Infinity || above == Infinity) return below == -Infinity ? above : below;
  const a = below + (above - below) * 0.25;
  const b = below + (above - below) * 0.75;
  const ta = totalAt(r, a);
  const tb = totalAt(r, b);
  if (ta == tb) return ta > 0 ? above : below;
  const zero = a + (ta * (b - a)) / (ta - tb);
  return zero < below ? below : zero > above ? above : zero;
}

/** Writes the moves; the multiplier: what one unit more would be worth. */
export function runRebalance(r: Rebalance): f64 {
  const n = r.count;
  const half = 0.5 * r.price;
  const moves: usize = r.moves;
  const mu = findMultiplier(r);
  let total: f64 = 0;
  for (let i = 0; i < n; i++) {
    const y = moveAt(r, i, mu);
    setF64(moves, i, y);
    total += y;
  }
  // what is still wanted comes from free surplus, level by level; only there, one-sided, is anything left open
  if (total > 0 && !r.twoSided && mu <= half) giveFreely(r, total);
  else settle(r, total);
  return mu;
}

@inline function freeOf(r: Rebalance, i: i32): f64 {
  const free = -max(f64At(r.gaps, i), f64At(r.lows, i));
  return free > 0 && f64At(r.moves, i) <= 0 ? free : 0;
}

/** Takes `wanted` from places with surplus: the same from each, less where there is less. Breakpoints again, halved. */
function giveFreely(r: Rebalance, wanted: f64): void {
  const n = r.count;
  const points: usize = r.points;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const free = freeOf(r, i);
    if (free > 0) setF64(points, count++, free);
  }
  let sure: f64 = 0; // given by places that give all they have
  let rich = 0; // places above the bracket: they give the level
  let seed: u32 = 7;
  while (count > 0) {
    seed = seed * 1664525 + 1013904223;
    const pivot = f64At(points, <i32>((<u64>seed * <u64>count) >> 32));
    let given = sure;
    let more = rich;
    for (let k = 0; k < count; k++) {
      const p = f64At(points, k);
      if (p <= pivot) given += p;
      else more++;
    }
    const enough = given + pivot * <f64>more >= wanted;
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const p = f64At(points, k);
      if (enough ? p < pivot : p > pivot) setF64(points, kept++, p);
    }
    if (enough) rich += count - kept;
    else sure = given;
    count = kept;
  }
  const level = rich > 0 ? (wanted - sure) / <f64>rich : Infinity;
  let total: f64 = 0;
  for (let i = 0; i < n; i++) {
    const free = freeOf(r, i);
    if (free > 0) setF64(r.moves, i, -min(free, level));
    total += f64At(r.moves, i);
  }
  settle(r, total);
}

/** Rounding leaves a remainder far below any amount: it goes where there is most room. */
function settle(r: Rebalance, total: f64): void {
  if (total == 0) return;
  let at = -1;
  let room: f64 = 0;
  for (let i = 0; i < r.count; i++) {
    const y = f64At(r.moves, i);
    if (y == 0) continue;
    const here = min(y - f64At(r.lows, i), f64At(r.highs, i) - y);
    if (here > room) { room = here; at = i; }
  }
  if (at >= 0 && Math.abs(total) <= room) setF64(r.moves, at, f64At(r.moves, at) - total);
}

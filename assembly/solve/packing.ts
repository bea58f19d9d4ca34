// Packing items of several sizes (GPUs, CPU, memory) into equal bins, and choosing the most valuable items for one bin.
//
// Sources: Johnson 1973 (first-fit decreasing); Panigrahy, Talwar, Uyeda and Wieder 2011 (heuristics for vector bin packing:
// the dot product); Martello and Toth 1990 (0-1 knapsack by dynamic programming).

import { column, f64At, i32At, setF64, setI32 } from "../memory";

@unmanaged
export class Packing {
  items: i32;
  kinds: i32;
  sizes: u32; // f64 [items x kinds], of a bin's capacity: 1 is all of it
  order: u32; // i32: items, largest first
  binOf: u32; // i32 by item
  left: u32; // f64 [bins x kinds], at most a bin an item
}
const PACKING_BYTES: i32 = 32;
/** Shares of a bin that add up to 1 in decimals need not do so in binary. */
const SLACK: f64 = 1e-9;

export function layoutPacking(items: i32, kinds: i32): Packing {
  const p = changetype<Packing>(column(-1, PACKING_BYTES, 1));
  p.items = items;
  p.kinds = kinds;
  p.sizes = <u32>column(-1, 8, items * kinds);
  p.order = <u32>column(-1, 4, items);
  p.binOf = <u32>column(-1, 4, items);
  p.left = <u32>column(-1, 8, items * kinds);
  return p;
}

@inline function fits(kinds: i32, left: usize, size: usize): bool {
  for (let k = 0; k < kinds; k++) if (f64At(size, k) > f64At(left, k) + SLACK) return false;
  return true;
}

@inline function put(kinds: i32, left: usize, size: usize): void {
  for (let k = 0; k < kinds; k++) setF64(left, k, f64At(left, k) - f64At(size, k));
}

@inline function open(p: Packing, bin: i32): usize {
  const left = <usize>p.left + (<usize>(bin * p.kinds) << 3);
  for (let k = 0; k < p.kinds; k++) setF64(left, k, 1);
  return left;
}

/** Every item, in the order given, into the first bin that has room; the number of bins. */
export function firstFit(p: Packing): i32 {
  const kinds = p.kinds;
  let bins = 0;
  for (let n = 0; n < p.items; n++) {
    const item = i32At(p.order, n);
    const size = <usize>p.sizes + (<usize>(item * kinds) << 3);
    let bin = 0;
    while (bin < bins && !fits(kinds, <usize>p.left + (<usize>(bin * kinds) << 3), size)) bin++;
    if (bin == bins) open(p, bins++);
    put(kinds, <usize>p.left + (<usize>(bin * kinds) << 3), size);
    setI32(p.binOf, item, bin);
  }
  return bins;
}

/** A bin at a time: of the items that fit, the one that points most where the bin has room. Order breaks ties. */
export function dotProduct(p: Packing): i32 {
  const kinds = p.kinds;
  const order: usize = p.order;
  let waiting = p.items;
  let bins = 0;
  while (waiting > 0) {
    const left = open(p, bins);
    while (true) {
      let best: f64 = -1;
      let at = -1;
      for (let n = 0; n < waiting; n++) {
        const size = <usize>p.sizes + (<usize>(i32At(order, n) * kinds) << 3);
        let dot: f64 = 0;
        for (let k = 0; k < kinds; k++) dot += f64At(size, k) * f64At(left, k);
        if (dot > best && fits(kinds, left, size)) { best = dot; at = n; }
      }
      if (at < 0) break;
      const item = i32At(order, at);
      put(kinds, left, <usize>p.sizes + (<usize>(item * kinds) << 3));
      setI32(p.binOf, item, bins);
      waiting--;
      for (let n = at; n < waiting; n++) setI32(order, n, i32At(order, n + 1));
    }
    bins++;
  }
  return bins;
}

/**
 * The most valuable items of whole weights that a capacity holds. `best` has capacity + 1 places, `taken` a bit a pair of
 * item and place, `chosen` a byte an item. The value.
 */
export function knapsack(
  items: i32, capacity: i32, values: usize, weights: usize, best: usize, taken: usize, chosen: usize,
): f64 {
  for (let c = 0; c <= capacity; c++) setF64(best, c, 0);
  const line = <usize>((capacity >> 3) + 1);
  memory.fill(taken, 0, line * <usize>items);
  for (let i = 0; i < items; i++) {
    const value = f64At(values, i);
    const weight = i32At(weights, i);
    if (!(value > 0) || weight > capacity) continue;
    const bits = taken + line * <usize>i;
    for (let c = capacity; c >= weight; c--) {
      const other = f64At(best, c - weight) + value;
      if (other <= f64At(best, c)) continue;
      setF64(best, c, other);
      const at = bits + <usize>(c >> 3);
      store<u8>(at, <u8>(<i32>load<u8>(at) | (1 << (c & 7))));
    }
  }
  let c = capacity;
  for (let i = items - 1; i >= 0; i--) {
    const bit = (<i32>load<u8>(taken + line * <usize>i + <usize>(c >> 3)) >> (c & 7)) & 1;
    store<u8>(chosen + <usize>i, <u8>bit);
    if (bit) c -= i32At(weights, i);
  }
  return f64At(best, capacity);
}

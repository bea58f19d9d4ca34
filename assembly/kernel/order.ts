// The ascending order of doubles, as positions: a radix sort by bytes from the last to the first, which keeps equal values
// in their order. Bytes that are the same in all values, as those of signs and most of exponents, cost no pass.

import { column, f64At, i32At, setI32, setU64At, u64At } from "../memory";

@unmanaged
export class Order {
  count: i32;
  values: u32; // f64, in
  positions: u32; // i32, out
  // as large, for the passes
  keys: u32;
  otherKeys: u32;
  otherPositions: u32;
  histograms: u32; // 8 bytes x 256
}

export function layoutOrder(count: i32): Order {
  const order = changetype<Order>(column(-1, 32, 1));
  order.count = count;
  order.values = <u32>column(-1, 8, count);
  order.positions = <u32>column(-1, 4, count);
  order.keys = <u32>column(-1, 8, count);
  order.otherKeys = <u32>column(-1, 8, count);
  order.otherPositions = <u32>column(-1, 4, count);
  order.histograms = <u32>column(-1, 4, 8 * 256);
  return order;
}

/** Orders the values that are not NaN; how many those are. */
export function runOrder(order: Order): i32 {
  const histograms: usize = order.histograms;
  let keys: usize = order.keys;
  let positions: usize = order.positions;
  let otherKeys: usize = order.otherKeys;
  let otherPositions: usize = order.otherPositions;
  memory.fill(histograms, 0, 8 * 256 * 4);
  let n = 0;
  for (let i = 0; i < order.count; i++) {
    const value = f64At(order.values, i);
    if (isNaN(value)) continue;
    const bits = reinterpret<i64>(value);
    // as unsigned numbers in the order of the values: negative ones are turned round, others put behind them
    let key = <u64>bits ^ (<u64>(bits >> 63) | 0x8000000000000000);
    setU64At(keys, n, key);
    setI32(positions, n, i);
    n++;
    for (let at = histograms; at < histograms + 8 * 1024; at += 1024) {
      const bucket = at + (<usize>(key & 255) << 2);
      store<i32>(bucket, load<i32>(bucket) + 1);
      key >>= 8;
    }
  }
  for (let digit = 0; n > 0 && digit < 8; digit++) {
    const counts = histograms + <usize>digit * 1024;
    const shift = <u64>(digit * 8);
    if (i32At(counts, <i32>((u64At(keys, 0) >> shift) & 255)) == n) continue;
    let before = 0;
    for (let bucket = 0; bucket < 256; bucket++) {
      const here = i32At(counts, bucket);
      setI32(counts, bucket, before);
      before += here;
    }
    for (let i = 0; i < n; i++) {
      const key = u64At(keys, i);
      const bucket = <i32>((key >> shift) & 255);
      const to = i32At(counts, bucket);
      setI32(counts, bucket, to + 1);
      setU64At(otherKeys, to, key);
      setI32(otherPositions, to, i32At(positions, i));
    }
    const k = keys;
    keys = otherKeys;
    otherKeys = k;
    const p = positions;
    positions = otherPositions;
    otherPositions = p;
  }
  if (positions != <usize>order.positions) memory.copy(order.positions, positions, <usize>n << 2);
  return n;
}

// Percentiles without keeping every value: counts by magnitude, 128 buckets an octave from 1 µs to 2^40 µs, read off the
// bits of the number (an HDR histogram, Tene 2012). A value is known to within 1/256 of itself; counts are exact.

import { SKETCH_BUCKETS } from "../../abi";
import { f64At, setF64 } from "../../memory";

const DROP_BITS: i32 = 45; // of 52 bits of mantissa, 7 remain
const ONE: i64 = 0x3ff << 7;

/** Bucket of a time, µs; under 1 µs the first. */
@inline export function bucketOf(micros: f64): i32 {
  const i = <i64>(reinterpret<u64>(micros) >> DROP_BITS) - ONE;
  return i < 0 ? 0 : i >= SKETCH_BUCKETS ? SKETCH_BUCKETS - 1 : <i32>i;
}

/** Where bucket `i` ends, µs. */
@inline export function bucketEnd(i: i32): f64 {
  return reinterpret<f64>(<u64>(<i64>i + 1 + ONE) << DROP_BITS);
}

/** Counts `count` values that lie in a bucket of the sketch at `sketch`. */
@inline export function countIn(sketch: usize, bucket: i32, count: f64): void {
  setF64(sketch, bucket, f64At(sketch, bucket) + count);
}

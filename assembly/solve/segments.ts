// SIMD over a segment of a row of costs: costs and potentials of its columns, both of type T (i32 or f64).

/** The least of cost - potential over `count` columns, a multiple of 16: four accumulators. */
@inline export function leastOf<T>(costs: usize, potentials: usize, count: i32): T {
  let a = costs;
  let b = potentials;
  const end = b + <usize>count * sizeof<T>();
  if (isInteger<T>()) {
    let m0 = i32x4.splat(0x7fffffff);
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    while (b < end) {
      m0 = i32x4.min_s(m0, i32x4.sub(v128.load(a), v128.load(b)));
      m1 = i32x4.min_s(m1, i32x4.sub(v128.load(a, 16), v128.load(b, 16)));
      m2 = i32x4.min_s(m2, i32x4.sub(v128.load(a, 32), v128.load(b, 32)));
      m3 = i32x4.min_s(m3, i32x4.sub(v128.load(a, 48), v128.load(b, 48)));
      a += 64;
      b += 64;
    }
    m0 = i32x4.min_s(i32x4.min_s(m0, m1), i32x4.min_s(m2, m3));
    const x = min(i32x4.extract_lane(m0, 0), i32x4.extract_lane(m0, 1));
    const y = min(i32x4.extract_lane(m0, 2), i32x4.extract_lane(m0, 3));
    return <T>min(x, y);
  } else {
    let m0 = f64x2.splat(Infinity);
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    while (b < end) {
      m0 = f64x2.pmin(m0, f64x2.sub(v128.load(a), v128.load(b)));
      m1 = f64x2.pmin(m1, f64x2.sub(v128.load(a, 16), v128.load(b, 16)));
      m2 = f64x2.pmin(m2, f64x2.sub(v128.load(a, 32), v128.load(b, 32)));
      m3 = f64x2.pmin(m3, f64x2.sub(v128.load(a, 48), v128.load(b, 48)));
      a += 64;
      b += 64;
    }
    m0 = f64x2.pmin(f64x2.pmin(m0, m1), f64x2.pmin(m2, m3));
    const x = f64x2.extract_lane(m0, 0);
    const y = f64x2.extract_lane(m0, 1);
    return <T>(x < y ? x : y);
  }
}

/** The first column whose cost - potential is `value`; there is one. */
@inline export function findValue<T>(costs: usize, potentials: usize, value: T): i32 {
  let a = costs;
  let b = potentials;
  let j = 0;
  if (isInteger<T>()) {
    const wanted = i32x4.splat(<i32>value);
    while (true) {
      const x = i32x4.eq(i32x4.sub(v128.load(a), v128.load(b)), wanted);
      const y = i32x4.eq(i32x4.sub(v128.load(a, 16), v128.load(b, 16)), wanted);
      if (v128.any_true(v128.or(x, y))) {
        return j + ctz(i32x4.bitmask(x) | (i32x4.bitmask(y) << 4));
      }
      a += 32;
      b += 32;
      j += 8;
    }
  } else {
    const wanted = f64x2.splat(<f64>value);
    while (true) {
      const x = f64x2.eq(f64x2.sub(v128.load(a), v128.load(b)), wanted);
      const y = f64x2.eq(f64x2.sub(v128.load(a, 16), v128.load(b, 16)), wanted);
      if (v128.any_true(v128.or(x, y))) {
        return j + ctz(i64x2.bitmask(x) | (i64x2.bitmask(y) << 2));
      }
      a += 32;
      b += 32;
      j += 4;
    }
  }
}

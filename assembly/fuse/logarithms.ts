// log2 and exp2 of four floats at once. Polynomials of degree 8 and 6, the best in the relative error on their interval
// (Remez), 5e-8 and 2e-9 before rounding; results are the same bits on every machine.

/** What a smaller number counts as: the least normal float. */
export const LEAST: f32 = 1.1754944e-38;

/** log2 of normal positive floats; smaller ones count as LEAST. */
@inline export function log2Four(x: v128): v128 {
  x = f32x4.pmax(x, f32x4.splat(LEAST));
  // mantissa to [sqrt(1/2), sqrt(2)): what is above counts to the next exponent
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const exponent = i32x4.shr_s(shifted, 23);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), f32x4.splat(1));
  return f32x4.add(f32x4.convert_i32x4_s(exponent), log2Near(f));
}

/** log2(1 + f) for f from sqrt(1/2) - 1 to sqrt(2) - 1. */
@inline export function log2Near(f: v128): v128 {
  const f2 = f32x4.mul(f, f);
  const f4 = f32x4.mul(f2, f2);
  const p01 = f32x4.add(f32x4.splat(1.442695004), f32x4.mul(f, f32x4.splat(-0.7213474682)));
  const p23 = f32x4.add(f32x4.splat(0.4809107535), f32x4.mul(f, f32x4.splat(-0.3606932681)));
  const p45 = f32x4.add(f32x4.splat(0.2879032609), f32x4.mul(f, f32x4.splat(-0.2391698814)));
  const p67 = f32x4.add(f32x4.splat(0.2160782255), f32x4.mul(f, f32x4.splat(-0.2058618805)));
  const p8 = f32x4.splat(0.1231096847);
  const low = f32x4.add(p01, f32x4.mul(f2, p23));
  const high = f32x4.add(p45, f32x4.mul(f2, p67));
  return f32x4.mul(f, f32x4.add(low, f32x4.mul(f4, f32x4.add(high, f32x4.mul(f4, p8)))));
}

/** 2^x for x from -126 to 127. */
@inline export function exp2Four(x: v128): v128 {
  const whole = f32x4.nearest(x);
  const f = f32x4.sub(x, whole);
  const f2 = f32x4.mul(f, f);
  const p01 = f32x4.add(f32x4.splat(1), f32x4.mul(f, f32x4.splat(0.6931472067)));
  const p23 = f32x4.add(f32x4.splat(0.2402265092), f32x4.mul(f, f32x4.splat(0.05550327227)));
  const p45 = f32x4.add(f32x4.splat(0.009618056679), f32x4.mul(f, f32x4.splat(0.001340042818)));
  const p6 = f32x4.splat(0.000154614447);
  const f4 = f32x4.mul(f2, f2);
  const p = f32x4.add(f32x4.add(p01, f32x4.mul(f2, p23)), f32x4.mul(f4, f32x4.add(p45, f32x4.mul(f2, p6))));
  return i32x4.add(p, i32x4.shl(i32x4.trunc_sat_f32x4_s(whole), 23));
}

// exp2 of four floats at once: a polynomial of degree 6, the best in the relative error on its interval (Remez), 2e-9 before
// rounding; results are the same bits on every machine.

/** What a smaller number counts as in a product of powers: the least normal float. */
export const LEAST: f32 = 1.1754944e-38;

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

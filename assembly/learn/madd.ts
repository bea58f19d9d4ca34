// a b + c. Rounded twice, so that every machine gets the same bits; only a build that asks for relaxed SIMD may round once.

@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

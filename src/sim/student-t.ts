// The 0.975 quantile of Student's t, for two-sided 95 % intervals, without a transcendental function.

/**
 * t(0.975, df) for df = 1..30, to six decimals (row 0.975 of the NIST/SEMATECH e-Handbook of Statistical Methods,
 * table 1.3.6.7.2, computed to more digits by inverting the incomplete beta function).
 */
const UP_TO_30 = [
  12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139, 2.200985,
  2.178813, 2.160369, 2.144787, 2.13145, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963, 2.079614, 2.073873, 2.068658,
  2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.04523, 2.042272,
];

/** Knots above 30 as [1 / df, t]; between them t is nearly a line in 1 / df (error below 1e-4). */
const ABOVE_30 = [
  [1 / 30, 2.042272],
  [1 / 40, 2.021075],
  [1 / 60, 2.000298],
  [1 / 120, 1.97993],
  [0, 1.959964],
] as const;

/**
 * @param df degrees of freedom, an integer >= 1.
 * @throws Error for any other df.
 */
export function studentT975(df: number): number {
  if (!(Number.isInteger(df) && df >= 1)) throw new Error(`degrees of freedom must be an integer >= 1, got ${df}`);
  if (df <= 30) return UP_TO_30[df - 1]!;
  const x = 1 / df;
  const i = ABOVE_30.findIndex((knot) => knot[0] <= x);
  const [xLow, tLow] = ABOVE_30[i]!;
  const [xHigh, tHigh] = ABOVE_30[i - 1]!;
  return tLow + ((tHigh - tLow) * (x - xLow)) / (xHigh - xLow);
}

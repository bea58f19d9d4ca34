// One line of the fidelity page: something that is known, what the product says of it, and whether that is near enough.

export interface Check {
  /** What is checked. */
  name: string;
  expected: number | string;
  found: number | string;
  /** What counts as near enough, in words. */
  within: string;
  holds: boolean;
}

export interface CheckGroup {
  title: string;
  /** What the group shows, and where the known values are from. */
  about: string;
  checks: Check[];
}

/** A replication mean's 99 % interval, Student's t with 9 degrees of freedom. */
const T995_OF_9 = 3.2498;
export const REPLICATIONS = 10;

/** Holds if the value that theory gives lies within the 99 % interval of ten replications. */
export function againstTheory(name: string, theory: number, replications: readonly number[]): Check {
  const n = replications.length;
  const mean = replications.reduce((sum, x) => sum + x, 0) / n;
  const variance = replications.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (n - 1);
  const halfWidth = T995_OF_9 * Math.sqrt(variance / n);
  return {
    name,
    expected: theory,
    found: mean,
    within: `99 % interval of ${n} replications, ± ${halfWidth.toPrecision(2)}`,
    holds: Math.abs(mean - theory) <= halfWidth,
  };
}

/** Holds if the ratio of the two is within a share of 1. */
export function againstRecord(name: string, recorded: number, found: number, share: number): Check {
  return {
    name,
    expected: recorded,
    found,
    within: `${share * 100} %`,
    holds: Math.abs(found / recorded - 1) <= share,
  };
}

export function same(name: string, expected: string, found: string): Check {
  return { name, expected, found, within: "equal", holds: expected === found };
}

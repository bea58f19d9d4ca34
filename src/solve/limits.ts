// Verdicts, and bounds that every solve has: pivots, and milliseconds of a clock that the caller gives.

import * as abi from "../engine/abi.js";

/**
 * optimal: a plan with prices that prove it. infeasible: no plan exists; a conflict is named. unbounded: cost falls without
 * end along a cycle, which is named. limit: pivots or time ran out first; there is no plan.
 */
export type Verdict = "optimal" | "infeasible" | "unbounded" | "limit";

export interface SolveLimits {
  /** Pivots at most. Default: 200 + 60 a node and 2 an arc, far above what is needed. */
  pivotsMax?: number;
  /** Milliseconds at most, by `clock`; without a clock there is no limit on time. */
  millisMax?: number;
  /** Milliseconds of a monotonic clock, for example `() => performance.now()`. */
  clock?: () => number;
}

/**
 * Pivots between two looks at the clock. Also why a cold solve is no slower: a call that never returned would stay in the
 * compiler's baseline tier.
 */
const SLICE = 256;

export function runSliced(run: (slice: number) => number, limits: SolveLimits): Verdict {
  const { clock, millisMax } = limits;
  const end = clock && millisMax !== undefined ? clock() + millisMax : Number.POSITIVE_INFINITY;
  for (;;) {
    const state = run(Math.min(SLICE, limits.pivotsMax ?? SLICE));
    if (state === abi.SOLVE_OPTIMAL) return "optimal";
    if (state === abi.SOLVE_INFEASIBLE) return "infeasible";
    if (state === abi.SOLVE_UNBOUNDED) return "unbounded";
    if (state === abi.SOLVE_LIMIT) return "limit";
    if (clock && clock() > end) return "limit";
  }
}

/** Milliseconds that a call took, if there is a clock. */
export function timed<T>(clock: (() => number) | undefined, call: () => T): { value: T; millis: number | undefined } {
  const begun = clock?.();
  const value = call();
  return { value, millis: begun === undefined ? undefined : clock!() - begun };
}

export function pivotsAllowed(limits: SolveLimits, nodes: number, arcs: number): number {
  return limits.pivotsMax ?? 200 + 60 * nodes + 2 * arcs;
}

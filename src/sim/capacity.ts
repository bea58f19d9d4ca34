// How large the engine's tables are made, and how a user overrides it. Everything has a stated bound.

import type { Capacities, PoolSetup } from "../engine/world.js";

/** Live jobs that a run has room for unless asked otherwise; fewer where the trace is shorter. */
export const LIVE_JOBS_DEFAULT = 262_144;
const INPUT_ROWS = 65_536;
const SHAPES = 4_096;

export type CapacityOverrides = Partial<Pick<Capacities, "liveJobs" | "parts" | "shapes" | "rows" | "log">>;

/**
 * Capacities for a trace of `jobs` rows (Infinity: a stream of unknown length) on these pools.
 * `records` true makes room for the log.
 */
export function chooseCapacities(
  jobs: number,
  tenants: number,
  pools: readonly PoolSetup[],
  records: boolean,
  overrides: CapacityOverrides = {},
): Capacities {
  const liveJobs = overrides.liveJobs ?? Math.max(16, Math.min(jobs, LIVE_JOBS_DEFAULT));
  // a placement holds at least one device, unless it is a share of one or CPU only
  const devices = pools.reduce((sum, p) => sum + p.nodes * p.gpusPerNode, 0);
  return {
    liveJobs,
    parts: overrides.parts ?? devices * 4 + liveJobs,
    shapes: overrides.shapes ?? SHAPES,
    tenants,
    // small enough to stay in the cache; jobs that run at once hold a sixteenth of a device each at least, or say otherwise
    rows: overrides.rows ?? Math.min(liveJobs, Math.max(8_192, devices * 16)) + 64,
    input: Math.min(jobs, INPUT_ROWS),
    log: records ? (overrides.log ?? 65_536 + liveJobs * 4) : 0,
    facts: 0,
  };
}

/** Memory for the scores of a placement that scores nodes: a cache, which changes no answer. */
const SCORE_BYTES = 64 * 2 ** 20;

/** Shapes whose scores are kept at once. */
export function scoredRows(pools: readonly PoolSetup[]): number {
  const nodes = pools.reduce((sum, pool) => sum + (pool.counted ? 0 : pool.nodes), 0);
  return Math.max(16, Math.min(SHAPES, Math.floor(SCORE_BYTES / (8 * Math.max(1, nodes)))));
}

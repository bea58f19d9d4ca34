// One run of an experiment: scenario, sized pools, trace and policy in; a RunResult out.

import type { Engine } from "../engine/engine.js";
import type { PoolSetup } from "../engine/world.js";
import { WindtunnelError } from "../model/errors.js";
import type { Trace } from "../model/jobs.js";
import type { JobRows, RunResult, RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import type { CapacityOverrides } from "./capacity.js";
import { computeMetrics } from "./metrics.js";
import { RowCollector } from "./rows.js";
import { buildSetup } from "./setup.js";
import { Simulation, type SimulationSetup } from "./simulation.js";
import { StayCollector } from "./stays.js";

/** Stays kept for the Gantt chart of a run. */
export const STAYS_MAX = 4_000;

export interface RunOptions {
  capacities?: CapacityOverrides | undefined;
  /** An engine to use again: its memory is cleared, which costs less than new memory. Absent: a new one. */
  engine?: Engine | undefined;
  /** Collect stays for the Gantt chart. */
  stays?: boolean;
  /** Receives the log in chunks, copied. */
  onLog?: (bytes: Uint8Array) => void;
  /** Milliseconds of a monotonic clock; only engineMillis comes from it. */
  clock: () => number;
  dropIndexesEvery?: number;
}

export interface CompletedRun {
  result: RunResult;
  setup: SimulationSetup;
  simulation: Simulation;
}

/** Simulates one policy on one trace. */
export function simulate(
  spec: RunSpec,
  scenario: Scenario,
  pools: readonly PoolSetup[],
  trace: Trace,
  options: RunOptions,
): CompletedRun {
  const records = options.stays === true || options.onLog !== undefined;
  const setup = buildSetup(scenario, pools, trace.names, trace.jobs.count, {
    queue: spec.queue,
    place: spec.place,
    seed: spec.seed,
    records,
    capacities: options.capacities,
    dropIndexesEvery: options.dropIndexesEvery ?? 0,
  });
  const rows = new RowCollector();
  const stays = options.stays === true ? new StayCollector(STAYS_MAX) : undefined;
  const sinks = {
    rows: (chunk: JobRows) => rows.add(chunk),
    log: (bytes: Uint8Array) => {
      stays?.add(bytes);
      options.onLog?.(bytes.slice());
    },
  };
  const simulation = new Simulation(setup, sinks, options.engine);
  const begun = options.clock();
  simulation.runTable(trace.jobs);
  const engineMillis = options.clock() - begun;
  const totals = simulation.totals();
  if (totals.finished !== trace.jobs.count) {
    throw new WindtunnelError(
      "RUN_STUCK",
      `${spec.id}: ${trace.jobs.count - totals.finished} of ${trace.jobs.count} jobs never finished, though nothing is left to happen.`,
      "A job may ask for a placement that the policy never grants; report it with the scenario.",
    );
  }
  const table = rows.table();
  const series = simulation.series();
  const priced = scenario.pools.some((pool) => pool.prices.length > 0) || scenario.links.some((l) => l.usdPerGb > 0);
  const metrics = computeMetrics(table, series, {
    gpusTotal: simulation.gpusTotal,
    ...(priced ? { costUsd: totals.capacityUsd + totals.egressUsd } : {}),
  });
  const result: RunResult = {
    spec,
    metrics,
    digest: totals.digest,
    gpusTotal: simulation.gpusTotal,
    nodesTotal: pools.reduce((sum, p) => sum + p.nodes, 0),
    events: totals.events,
    engineMillis,
    rows: table,
    series,
    stays: stays?.stays ?? [],
  };
  return { result, setup, simulation };
}

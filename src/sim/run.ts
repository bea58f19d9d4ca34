// One run of an experiment: scenario, sized pools, trace and policy in; a RunResult out.

import type { Engine } from "../engine/engine.js";
import type { PoolSetup } from "../engine/world.js";
import { WindtunnelError } from "../model/errors.js";
import type { Trace } from "../model/jobs.js";
import type { JobRows, RunResult, RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import type { CapacityOverrides } from "./capacity.js";
import { type MeasureSetup, measureRun } from "./measure.js";
import { RowCollector } from "./rows.js";
import { buildSetup } from "./setup.js";
import { Simulation, type SimulationSetup } from "./simulation.js";
import { StayCollector } from "./stays.js";
import { WaitWatcher } from "./wait-reasons.js";

/** Stays kept for the Gantt chart of a run. */
export const STAYS_MAX = 4_000;

export interface RunOptions {
  capacities?: CapacityOverrides | undefined;
  /** An engine to use again: its memory is cleared, which costs less than new memory. Absent: a new one. */
  engine?: Engine | undefined;
  /** Collect what only the charts of a report need: stays for the Gantt chart, and why jobs wait. */
  charts?: boolean;
  /** Jobs at the start of the trace that count in no job metric; default 0. */
  cutJobs?: number;
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

/** What measuring needs from scenario and trace. */
export function measureSetup(
  scenario: Scenario,
  trace: Trace,
): Pick<MeasureSetup, "jobs" | "tenants" | "poolModels" | "within"> {
  return {
    jobs: trace.jobs,
    tenants: trace.names.tenants,
    poolModels: scenario.pools.map((pool) => pool.gpuModel),
    within: scenario.replications.count === 1,
  };
}

/** Simulates one policy on one trace. */
export function simulate(
  spec: RunSpec,
  scenario: Scenario,
  pools: readonly PoolSetup[],
  trace: Trace,
  options: RunOptions,
): CompletedRun {
  const records = options.charts === true || options.onLog !== undefined;
  const setup = buildSetup(scenario, pools, trace, {
    queue: spec.queue,
    place: spec.place,
    seed: spec.seed,
    records,
    capacities: options.capacities,
    dropIndexesEvery: options.dropIndexesEvery ?? 0,
  });
  const rows = new RowCollector(trace.jobs.count);
  const stays = options.charts === true ? new StayCollector(STAYS_MAX) : undefined;
  const sinks = {
    rows: (chunk: JobRows) => rows.add(chunk),
    log: (bytes: Uint8Array) => {
      stays?.add(bytes);
      options.onLog?.(bytes.slice());
    },
  };
  const simulation = new Simulation(setup, sinks, options.engine);
  const watcher = options.charts === true ? new WaitWatcher(trace.jobs, pools) : undefined;
  const begun = options.clock();
  simulation.runTable(trace.jobs, watcher);
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
  const measures = measureRun(table, series, {
    ...measureSetup(scenario, trace),
    gpusTotal: simulation.gpusTotal,
    cutJobs: options.cutJobs ?? 0,
    ...(priced ? { costUsd: totals.capacityUsd + totals.egressUsd } : {}),
  });
  const result: RunResult = {
    spec,
    ...measures,
    digest: totals.digest,
    gpusTotal: simulation.gpusTotal,
    nodesTotal: pools.reduce((sum, p) => sum + p.nodes, 0),
    events: totals.events,
    engineMillis,
    rows: table,
    series,
    stays: stays?.stays ?? [],
    waits: watcher?.reasons() ?? null,
  };
  return { result, setup, simulation };
}

// One run of an experiment: scenario, sized pools, trace and policy in; a RunResult out.

import type { Engine } from "../engine/engine.js";
import type { PoolSetup } from "../engine/world.js";
import { WindtunnelError } from "../model/errors.js";
import type { JobTable, Trace } from "../model/jobs.js";
import type { JobRows, RunResult, RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import type { CapacityOverrides } from "./capacity.js";
import { type MeasureSetup, type Measures, measureRun } from "./measure.js";
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
  /** Receives the rows of jobs as they end, instead of the result; the arrays are valid only during the call. */
  onRows?: ((rows: JobRows) => void) | undefined;
  /** Receives the log in chunks, copied. */
  onLog?: (bytes: Uint8Array) => void;
  /** Milliseconds of a monotonic clock; only engineMillis comes from it. */
  clock: () => number;
  dropIndexesEvery?: number;
}

export interface CompletedRun {
  /** What is known without measuring. */
  result: Omit<RunResult, keyof Measures>;
  /** What measuring needs beside rows and series. */
  measuring: Omit<MeasureSetup, "cutJobs">;
  setup: SimulationSetup;
  simulation: Simulation;
}

/** What measuring needs from scenario and trace. */
export function measureSetup(
  scenario: Scenario,
  trace: Trace,
): Pick<MeasureSetup, "tenants" | "poolModels" | "within"> & { jobs: JobTable } {
  return {
    jobs: trace.jobs,
    tenants: trace.names.tenants,
    poolModels: scenario.pools.map((pool) => pool.gpuModel),
    within: scenario.replications.count === 1,
  };
}

/**
 * Simulates one policy on one trace. `measure` says what the run is worth.
 * @throws WindtunnelError RUN_STUCK if jobs are left that nothing will start.
 */
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
  const rows = new RowCollector(options.onRows ? 0 : trace.jobs.count);
  const stays = options.charts === true ? new StayCollector(STAYS_MAX) : undefined;
  const sinks = {
    rows: options.onRows ?? ((chunk: JobRows) => rows.add(chunk)),
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
  const priced = scenario.pools.some((pool) => pool.prices.length > 0) || scenario.links.some((l) => l.usdPerGb > 0);
  const { gpusTotal } = simulation;
  const result: CompletedRun["result"] = {
    spec,
    digest: totals.digest,
    gpusTotal,
    nodesTotal: pools.reduce((sum, p) => sum + p.nodes, 0),
    events: totals.events,
    engineMillis,
    rows: rows.table(),
    series: simulation.series(),
    stays: stays?.stays ?? [],
    waits: watcher?.reasons() ?? null,
  };
  const measuring = {
    ...measureSetup(scenario, trace),
    gpusTotal,
    ...(setup.world.policy.moving ? { jobsMoved: totals.moves } : {}),
    ...(priced ? { costUsd: totals.capacityUsd + totals.egressUsd } : {}),
  };
  return { result, measuring, setup, simulation };
}

/**
 * A simulated run with its metrics, groups and curves, from the rows that it kept.
 * @param cutJobs jobs at the start of the trace that count in no metric of jobs; default 0.
 */
export async function measure({ result, measuring }: CompletedRun, cutJobs = 0): Promise<RunResult> {
  return { ...result, ...(await measureRun(result.rows, result.series, { ...measuring, cutJobs })) };
}

// Small runs for tests: jobs in seconds and GPUs in, who ran where from when to when out. Every run is checked.

import { performance } from "node:perf_hooks";
import { expect } from "vitest";
import * as abi from "../../../src/engine/abi.js";
import { joinLog, LogReader } from "../../../src/engine/log.js";
import type { PoolSetup } from "../../../src/engine/world.js";
import { createJobTable, type Trace } from "../../../src/model/jobs.js";
import { type Scenario, scenarioSchema } from "../../../src/model/scenario.js";
import { type CheckReport, checkRun } from "../../../src/sim/check/index.js";
import { measureDemand, sizePools } from "../../../src/sim/pools.js";
import { type CompletedRun, type RunOptions, simulate } from "../../../src/sim/run.js";

/** A job: seconds and GPUs; `gpus` tasks of one GPU each unless tasks and gpuMilli say otherwise. */
export interface SmallJob {
  at: number;
  run: number;
  gpus?: number;
  tasks?: number;
  gpuMilli?: number;
  cpuMilli?: number;
  memoryMib?: number;
  modelMask?: number;
  estimate?: number;
  priority?: number;
  tenant?: number;
}

export function traceOf(jobs: readonly SmallJob[], gpuModels: string[] = []): Trace {
  const table = createJobTable(jobs.length);
  jobs.forEach((job, i) => {
    table.submitMicros[i] = Math.round(job.at * 1e6);
    table.runMicros[i] = Math.round(job.run * 1e6);
    table.estimateMicros[i] = Math.round((job.estimate ?? job.run) * 1e6);
    table.tasks[i] = job.tasks ?? job.gpus ?? 1;
    table.gpuMilli[i] = job.gpuMilli ?? 1000;
    table.cpuMilli[i] = job.cpuMilli ?? 0;
    table.memoryMib[i] = job.memoryMib ?? 0;
    table.modelMask[i] = job.modelMask ?? 0;
    table.priority[i] = job.priority ?? 0;
    table.tenant[i] = job.tenant ?? 0;
  });
  const tenants = 1 + Math.max(0, ...jobs.map((job) => job.tenant ?? 0));
  return {
    names: { tenants: Array.from({ length: tenants }, (_, i) => `t${i}`), gpuModels, jobClasses: ["default"] },
    jobs: table,
    provenance: { dataset: "made-up", part: "", digest: "", licence: "", citation: "", assumptions: [] },
    rejected: [],
  };
}

type ScenarioInput = Record<string, unknown>;

/** A scenario of the given pools; anything else as in a scenario file. */
export function scenarioOf(
  pools: readonly ScenarioInput[],
  rest: ScenarioInput = {},
  policies: ScenarioInput = {},
): Scenario {
  return scenarioSchema.parse({
    windtunnel: 1,
    title: "small",
    pools: pools.map((pool, i) => ({ name: `p${i}`, ...pool })),
    workload: { dataset: "made-up" },
    policies: { queue: ["fifo"], place: ["first-fit"], ...policies },
    ...rest,
  });
}

export interface Recorded extends CompletedRun {
  log: Uint8Array;
  report: CheckReport;
  pools: PoolSetup[];
}

/** Simulates with the log on and runs the checkers over it. */
export function record(
  scenario: Scenario,
  trace: Trace,
  queue: string,
  place = "first-fit",
  options: Partial<RunOptions> & { seed?: number } = {},
): Recorded {
  const pools = sizePools(scenario, measureDemand(trace.jobs), null, trace.names.gpuModels);
  const chunks: Uint8Array[] = [];
  const spec = {
    id: `${queue}+${place}`,
    queue,
    place,
    load: null,
    replication: 0,
    shake: null,
    seed: options.seed ?? 7,
  };
  const run = simulate(spec, scenario, pools, trace, {
    clock: () => performance.now(),
    onLog: (bytes) => chunks.push(bytes),
    ...options,
  });
  const log = joinLog(chunks);
  return { ...run, log, pools, report: checkRecorded(run, trace, log) };
}

export function checkRecorded(run: CompletedRun, trace: Trace, log: Uint8Array): CheckReport {
  const { setup, simulation, result } = run;
  return checkRun({
    pools: setup.world.pools,
    jobs: trace.jobs,
    policy: setup.world.policy,
    classes: setup.classes,
    prices: setup.prices,
    shapes: simulation.shapes,
    pairRates: setup.pairRates,
    log: [log],
    rows: result.rows,
    totals: simulation.totals(),
  });
}

export function expectClean(report: CheckReport): void {
  expect(report.filter((rule) => !rule.ok)).toEqual([]);
}

/** Stays of each job: "0-10 @0" is from 0 s to 10 s on node 0; nodes as tasks, "@0x2,1x2"; counted pools have none. */
export function staysOf(log: Uint8Array, jobCount: number): string[][] {
  const out: string[][] = Array.from({ length: jobCount }, () => []);
  const jobs = new Map<number, number>();
  const open = new Map<number, { from: number; nodes: Map<number, number> }>();
  const close = (slot: number, seconds: number) => {
    const { from, nodes } = open.get(slot)!;
    const where = [...nodes]
      .sort((a, b) => a[0] - b[0])
      .map(([n, tasks]) => (nodes.size > 1 ? `${n}x${tasks}` : `${n}`));
    out[jobs.get(slot)!]!.push(`${from}-${seconds}${nodes.has(-1) ? "" : ` @${where.join(",")}`}`);
  };
  const reader = new LogReader(log);
  for (let i = 0; i < reader.count; i++) {
    const r = reader.record(i);
    const seconds = r.timeMicros / 1e6;
    if (r.kind === abi.FACT_SUBMITTED) jobs.set(r.slot, r.a);
    else if (r.kind === abi.DECIDE_MOVE) {
      close(r.slot, seconds);
      open.set(r.slot, { from: seconds, nodes: new Map() });
    } else if (r.kind === abi.DECIDE_START) open.set(r.slot, { from: seconds, nodes: new Map() });
    else if (r.kind === abi.DECIDE_PART) {
      const nodes = open.get(r.slot)!.nodes;
      nodes.set(r.a, (nodes.get(r.a) ?? 0) + r.b);
    } else if (r.kind === abi.FACT_STOPPED || r.kind === abi.FACT_FINISHED) close(r.slot, seconds);
  }
  return out;
}

/** The stays of jobs on one counted pool of `gpus` GPUs, checked. */
export function onCounted(
  gpus: number,
  jobs: readonly SmallJob[],
  queue: string,
  rest: ScenarioInput = {},
  policies: ScenarioInput = {},
): string[][] {
  const scenario = scenarioOf([{ topology: "counted", gpusPerNode: 1, size: { nodes: gpus } }], rest, policies);
  const run = record(scenario, traceOf(jobs), queue);
  expectClean(run.report);
  return staysOf(run.log, jobs.length);
}

/** The stays of jobs on one pool of equal nodes, checked. */
export function onNodes(
  nodes: number,
  gpusPerNode: number,
  jobs: readonly SmallJob[],
  queue: string,
  place: string,
  pool: ScenarioInput = {},
): string[][] {
  const scenario = scenarioOf([{ gpusPerNode, size: { nodes }, ...pool }]);
  const run = record(scenario, traceOf(jobs), queue, place);
  expectClean(run.report);
  return staysOf(run.log, jobs.length);
}

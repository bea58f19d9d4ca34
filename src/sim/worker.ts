// What a worker thread does in a sweep: builds the trace of a replication, simulates, writes the run's files. The rows
// never cross to the parent, so a sweep's memory does not grow with its length.

import { performance } from "node:perf_hooks";
import type { Engine } from "../engine/engine.js";
import { type Outcome, outcomeOf } from "../engine/outcome.js";
import { exposeToPool } from "../engine/pool-worker.js";
import type { PoolSetup } from "../engine/world.js";
import type { Trace } from "../model/jobs.js";
import type { RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import type { Linked } from "../plug/link.js";
import { openEngine } from "../plug/open.js";
import { ARRAY_JOBS_MAX, ArrayJobs } from "./array-jobs.js";
import type { CapacityOverrides } from "./capacity.js";
import { workloadKey } from "./experiment.js";
import { measureJobs } from "./measure.js";
import { measureSetup, simulate } from "./run.js";
import { RunTable } from "./run-table.js";
import { spillFolder, updateRun, writeRun } from "./store.js";
import { TableJobs } from "./table-jobs.js";
import { type Folders, loadWorkload } from "./workload.js";

export interface WorkerJob {
  spec: RunSpec;
  scenario: Scenario;
  pools: PoolSetup[];
  /** Engine with policies of the user's; absent: the shipped one. */
  linked: Linked | undefined;
  folders: Folders;
  resultFolder: string;
  capacities: CapacityOverrides;
}

export interface MeasureJob extends Pick<WorkerJob, "spec" | "scenario" | "folders" | "resultFolder"> {
  cutJobs: number;
}

export interface RunSummary {
  id: string;
  digest: string;
  events: number;
  engineMillis: number;
}

// The trace of the replication simulated last: a sweep takes all policies of one replication in turn.
let latest: { key: string; trace: Trace } | undefined;

// Its memory is used again: fresh memory costs page faults, for which worker threads wait on each other.
const engines = new Map<string, Engine>(); // by what was linked

async function traceOf(job: Pick<WorkerJob, "scenario" | "folders" | "spec">): Promise<Trace> {
  const key = JSON.stringify([
    job.scenario.workload,
    job.scenario.timeSlicing,
    job.scenario.pools.some((pool) => pool.mig),
    job.scenario.replications,
    job.scenario.shaking,
    job.scenario.seed,
    job.folders,
    workloadKey(job.spec),
  ]);
  if (latest?.key !== key) latest = { key, trace: await loadWorkload(job.scenario, job.folders, job.spec) };
  return latest.trace;
}

const api = {
  run(job: WorkerJob): Promise<Outcome<RunSummary>> {
    return outcomeOf(async () => {
      const trace = await traceOf(job);
      const { warmup } = job.scenario.measure;
      const key = JSON.stringify(job.linked ?? null);
      const own = engines.get(key) ?? (await openEngine(job.linked));
      engines.delete(key); // one that trapped is not used again
      const many = trace.jobs.count > ARRAY_JOBS_MAX;
      const table = many ? await RunTable.create(spillFolder(job.resultFolder, job.spec.id)) : undefined;
      try {
        const { result, measuring } = simulate(job.spec, job.scenario, job.pools, trace, {
          engine: own,
          capacities: job.capacities,
          charts: job.spec.replication === 0 && job.spec.shake === null,
          onRows: table && ((rows) => table.add(rows)),
          clock: () => performance.now(),
        });
        engines.set(key, own);
        const cutJobs = typeof warmup === "object" ? warmup.jobs : 0;
        const jobs = table ? new TableJobs(table) : new ArrayJobs(result.rows);
        const measures = await measureJobs(jobs, result.series, { ...measuring, cutJobs });
        await writeRun(job.resultFolder, { ...result, ...measures }, table);
        const { digest, events, engineMillis } = result;
        return { id: job.spec.id, digest, events, engineMillis };
      } finally {
        await table?.close();
      }
    });
  },

  /** Measures a finished run anew, without its first `cutJobs` jobs. */
  measure(job: MeasureJob): Promise<Outcome<void>> {
    return outcomeOf(async () => {
      const { spec, scenario, resultFolder, cutJobs } = job;
      const trace = await traceOf(job);
      await updateRun(resultFolder, spec.id, ({ series, gpusTotal, metrics }, jobs) => {
        const { costUsd, jobsMoved } = metrics;
        return measureJobs(jobs, series, {
          ...measureSetup(scenario, trace),
          gpusTotal,
          cutJobs,
          ...(costUsd === undefined ? {} : { costUsd }),
          ...(jobsMoved === undefined ? {} : { jobsMoved }),
        });
      });
    });
  },
};

export type SweepApi = typeof api;

exposeToPool(api);

// An experiment: every policy pair at every load in every replication, on all cores, with results on disk as they come.
// Runs have stable ids, so a sweep that was killed goes on where it stopped and ends with the same digest.

import { createHash } from "node:crypto";
import { Engine } from "../engine/engine.js";
import { unwrap } from "../engine/outcome.js";
import { WorkerPool } from "../engine/pool.js";
import type { PoolSetup } from "../engine/world.js";
import type { Trace } from "../model/jobs.js";
import { policyName } from "../model/policies.js";
import { BATCHES, type Experiment, type RunResult, type RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import { openPolicies } from "../plug/book.js";
import type { Linked } from "../plug/link.js";
import type { PolicyFile } from "../plug/policy-file.js";
import { jctSecondsMeanBound, makespanSecondsBound } from "./bounds.js";
import type { CapacityOverrides } from "./capacity.js";
import { refuseInfeasible } from "./feasible.js";
import { measureDemand, sizePools } from "./pools.js";
import { interval } from "./statistics.js";
import { readRun } from "./store.js";
import type { RunSummary, SweepApi } from "./worker.js";
import { type Folders, loadWorkload, replicationSeed, type WorkloadChoice } from "./workload.js";

export interface SweepOptions {
  scenario: Scenario;
  folders: Folders;
  resultFolder: string;
  workers: number;
  /** Ids of runs that are already on disk. */
  finished: ReadonlySet<string>;
  capacities: CapacityOverrides;
  /** A run that takes longer is taken for hung. */
  runMillisMax: number;
  onRun(done: number, total: number, summary: RunSummary): void;
}

export interface SweepPlan {
  specs: RunSpec[];
  /** Sized pools of a run. */
  poolsOf(spec: RunSpec): PoolSetup[];
  /** Engine of a run, where it is not the shipped one. */
  linkedOf(spec: RunSpec): Linked | undefined;
  /** Policies that the user wrote. */
  policies: readonly PolicyFile[];
  bounds: Experiment["bounds"];
  assumptions: string[];
  /** Replication 0, for provenance. */
  trace: Trace;
}

/** The compiled worker: beside this file once built; from TypeScript sources (tests) the built one. */
const WORKER_URL = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/sim/worker.js", import.meta.url)
  : new URL("./worker.js", import.meta.url);

/** Stable name of a run: `easy+first-fit+load0.9+r3`; `+s0` in place of `+r3` for a shaken copy. */
export function runId({ queue, place, load, replication, shake }: Omit<RunSpec, "id" | "seed">): string {
  const copy = shake === null ? `r${replication}` : `s${shake}`;
  return `${queue}+${place}${load === null ? "" : `+load${load}`}+${copy}`;
}

/** Offered loads to run at; null where every pool has a fixed size, or they are sized for different loads. */
function loadsOf(scenario: Scenario): (number | null)[] {
  if (scenario.loads.length > 0) return scenario.loads;
  const own = new Set(scenario.pools.map((p) => ("offeredLoad" in p.size ? p.size.offeredLoad : null)));
  return own.size === 1 ? [...own] : [null];
}

/** All runs; trace by trace (replications, then shaken copies), so that a worker meets the same one again and again. */
export function listRuns(scenario: Scenario): RunSpec[] {
  const { replications, shaking, policies } = scenario;
  const choices: WorkloadChoice[] = [
    ...Array.from({ length: replications.count }, (_, replication) => ({ replication, shake: null })),
    ...Array.from({ length: shaking.count }, (_, shake) => ({ replication: 0, shake })),
  ];
  const specs: RunSpec[] = [];
  for (const choice of choices) {
    const seed = replicationSeed(scenario.seed, choice.replication);
    for (const load of loadsOf(scenario)) {
      for (const queue of policies.queue.map(policyName)) {
        for (const place of policies.place.map(policyName)) {
          const spec = { queue, place, load, ...choice };
          specs.push({ id: runId(spec), ...spec, seed });
        }
      }
    }
  }
  return specs;
}

/** Runs with the same jobs share this. */
export function workloadKey({ replication, shake }: WorkloadChoice): string {
  return shake === null ? `r${replication}` : `s${shake}`;
}

/**
 * Loads every replication once: sizes its pools for its own jobs (so that an offered load is what each replication
 * meets, not what all meet on average) and computes its lower bounds.
 */
export async function planSweep(scenario: Scenario, folders: Folders): Promise<SweepPlan> {
  const { count, method } = scenario.replications;
  const loads = loadsOf(scenario);
  const pools = new Map<string, PoolSetup[]>();
  const jct = loads.map((): number[] => []);
  const makespan = loads.map((): number[] => []);
  let first: Trace | undefined;
  const engine = new Engine();
  const book = await openPolicies(scenario.policies, folders.cacheFolder);
  for (let replication = 0; replication < count; replication++) {
    const trace =
      first && scenario.workload.dataset !== undefined && method === "none"
        ? first
        : await loadWorkload(scenario, folders, { replication, shake: null });
    first ??= trace;
    const demand = measureDemand(trace.jobs);
    loads.forEach((load, i) => {
      const sized = sizePools(scenario, demand, load, trace.names.gpuModels);
      const gpus = sized.reduce((sum, p) => sum + p.nodes * p.gpusPerNode, 0);
      pools.set(poolKey(load, replication), sized);
      refuseInfeasible(scenario, sized, trace, engine);
      jct[i]!.push(jctSecondsMeanBound(trace.jobs, gpus));
      makespan[i]!.push(makespanSecondsBound(trace.jobs, gpus));
    });
  }
  const trace = first!;
  return {
    specs: listRuns(scenario),
    poolsOf: (spec) => pools.get(poolKey(spec.load, spec.replication))!,
    linkedOf: ({ queue, place }) => book.linked(queue, place),
    policies: book.files,
    bounds: loads.map((load, i) => {
      return { load, jctSecondsMean: interval(jct[i]!), makespanSeconds: interval(makespan[i]!) };
    }),
    assumptions: [
      ...trace.provenance.assumptions,
      ...(count > 1 ? ["Numbers of jobs and seeds above are those of replication 0."] : []),
      ...book.files.map(describe),
      ...measureAssumptions(scenario),
      ...sizeAssumptions(scenario, loads, count, pools),
    ],
    trace,
  };
}

function describe({ name, kind, sha256 }: PolicyFile): string {
  const how = kind === "assembly" ? "compiled into the engine" : "TypeScript beside the engine: trusted, and slow";
  return `Policy "${name}" is the user's own (SHA-256 ${sha256.slice(0, 16)}…), ${how}.`;
}

/** What the numbers rest on beside the jobs. */
function measureAssumptions({ replications, shaking, measure }: Scenario): string[] {
  const out: string[] = [];
  if (replications.count === 1) {
    out.push(
      `One replication: intervals come from within it, from means of ${BATCHES} equal stretches of jobs in order of submission (batch means; percentiles: block bootstrap). They hold if stretches are independent and alike.`,
    );
  }
  if (typeof measure.warmup === "object") {
    out.push(`The first ${measure.warmup.jobs} jobs count in no metric of jobs.`);
  } else if (measure.warmup === "mser5") {
    out.push(
      "The warm-up is left out of metrics of jobs: as many jobs as MSER-5 finds, the most over all policies of a replication and load, so that all count the same jobs.",
    );
  }
  if (shaking.count > 0) {
    out.push(
      `${shaking.count} shaken copies of replication 0: submissions moved by up to ${shaking.arrivalMinutes} min, run times by a factor of up to ${1 + shaking.runTimeShare}, on the pools of replication 0. They enter no mean.`,
    );
  }
  return out;
}

function poolKey(load: number | null, replication: number): string {
  return `${load} ${replication}`;
}

/** One sentence for each size that follows from an offered load. */
function sizeAssumptions(
  scenario: Scenario,
  loads: readonly (number | null)[],
  replications: number,
  pools: ReadonlyMap<string, readonly PoolSetup[]>,
): string[] {
  const out: string[] = [];
  for (const load of loads) {
    scenario.pools.forEach((pool, p) => {
      if (!("offeredLoad" in pool.size)) return;
      const nodes = Array.from({ length: replications }, (_, r) => pools.get(poolKey(load, r))![p]!.nodes);
      const [least, most] = [Math.min(...nodes), Math.max(...nodes)];
      const range = least === most ? `${least}` : `${least} to ${most}`;
      out.push(
        `Pool "${pool.name}" has ${range} nodes of ${pool.gpusPerNode} GPUs${replications > 1 ? ", by replication" : ""}: its size is not recorded; ` +
          `it is the fewest whole nodes for which the GPU-time demanded is at most ${load ?? pool.size.offeredLoad} of the ` +
          "capacity between first and last submission, and which can hold the largest job.",
      );
    });
  }
  return out;
}

/** Runs what is not yet finished; returns how many workers had to be replaced. */
export async function runSweep(plan: SweepPlan, options: SweepOptions): Promise<{ replaced: number }> {
  const missing = plan.specs.filter((spec) => !options.finished.has(spec.id));
  const pool = new WorkerPool<SweepApi>({
    url: WORKER_URL,
    size: Math.max(1, Math.min(options.workers, missing.length)),
    taskMillisMax: options.runMillisMax,
    attempts: 2,
  });
  let done = plan.specs.length - missing.length;
  try {
    await Promise.all(
      missing.map(async (spec) => {
        const job = {
          spec,
          scenario: options.scenario,
          pools: plan.poolsOf(spec),
          linked: plan.linkedOf(spec),
          folders: options.folders,
          resultFolder: options.resultFolder,
          capacities: options.capacities,
        };
        const summary = unwrap(await pool.run(spec.id, async (api) => api.run(job), workloadKey(spec)));
        done++;
        options.onRun(done, plan.specs.length, summary);
      }),
    );
    await cutWarmups(pool, plan, options);
  } finally {
    await pool.close();
  }
  return { replaced: pool.replaced };
}

/**
 * Once all runs of a trace and load are done, their common warm-up is known: measures those anew that counted other jobs.
 * A run that is too short for MSER-5 to tell has no say; where none has, nothing is cut.
 */
async function cutWarmups(pool: WorkerPool<SweepApi>, plan: SweepPlan, options: SweepOptions): Promise<void> {
  const { scenario, folders, resultFolder } = options;
  if (scenario.measure.warmup !== "mser5") return;
  const groups = new Map<string, RunResult[]>();
  for (const spec of plan.specs) {
    const key = `${workloadKey(spec)} ${spec.load}`;
    const run = await readRun(resultFolder, spec.id, { rows: false });
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const stale = [...groups.values()].flatMap((runs) => {
    const cutJobs = Math.max(0, ...runs.map((run) => run.warmupJobs ?? 0));
    return runs.filter((run) => run.cutJobs !== cutJobs).map((run) => ({ spec: run.spec, cutJobs }));
  });
  await Promise.all(
    stale.map(async ({ spec, cutJobs }) => {
      const job = { spec, scenario, folders, resultFolder, cutJobs };
      unwrap(await pool.run(spec.id, async (api) => api.measure(job), workloadKey(spec)));
    }),
  );
}

/** Digest of an experiment: over its runs' digests in order of id. */
export function experimentDigest(runs: readonly { id: string; digest: string }[]): string {
  const hash = createHash("sha256");
  const ordered = [...runs].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const run of ordered) hash.update(`${run.id} ${run.digest}\n`);
  return hash.digest("hex").slice(0, 16);
}

// Does a policy keep the rules of a policy? Runs made-up workloads under it and gives plain verdicts; for the engine's own
// policies and for users'.

import * as abi from "../engine/abi.js";
import { createDraws, type Draws } from "../engine/draws.js";
import { Engine } from "../engine/engine.js";
import { joinLog } from "../engine/log.js";
import { WindtunnelError } from "../model/errors.js";
import { createJobTable, type JobTable, type Trace } from "../model/jobs.js";
import { findQueuePolicy, isPolicyFile, policyName } from "../model/policies.js";
import { type Scenario, scenarioSchema } from "../model/scenario.js";
import { openPolicies } from "../plug/book.js";
import type { Build, Linked } from "../plug/link.js";
import { openEngine } from "../plug/open.js";
import { replayLog } from "../replay/index.js";
import { checkRun } from "./check/index.js";
import { measureDemand, sizePools } from "./pools.js";
import { type CompletedRun, simulate } from "./run.js";
import type { Totals } from "./simulation.js";

export interface Verdict {
  rule: string;
  ok: boolean;
  /** What was seen. */
  found: string;
}

export interface Conformance {
  policy: string;
  role: "queue" | "place";
  verdicts: Verdict[];
  /** Engine time per start, and how many times that of fifo with first-fit on the same jobs. */
  microsPerDecision: number;
  timesBaseline: number;
}

const SEEDS = [1, 2, 3, 4];
const JOBS = 1_500;
const LOAD = 0.7;
/** Who waits longer than this share of the whole trial is taken for starved. */
const STARVED_SHARE = 0.3;

export interface ConformanceOptions {
  cacheFolder: string;
  /** Milliseconds of a monotonic clock. */
  clock: () => number;
  /** How a user's file is compiled; "quick" says nothing about the time of a decision. Default "optimised". */
  build?: Build;
}

/**
 * @param entry name of a policy of the engine, or path of a user's file.
 * @throws WindtunnelError POLICY_REFUSED if the file is no policy for this role.
 */
export async function checkConformance(
  role: "queue" | "place",
  entry: string,
  options: ConformanceOptions,
): Promise<Conformance> {
  const trial = await Trial.open(role, entry, options);
  const runs = SEEDS.map((seed) => trial.tryRun(busyJobs(seed)));
  const failed = runs.find((run) => run instanceof WindtunnelError);
  if (failed) {
    const verdicts = [{ rule: "answers every question", ok: false, found: failed.message }];
    return { policy: trial.name, role, verdicts, microsPerDecision: Number.NaN, timesBaseline: Number.NaN };
  }
  const whole = runs as Trialled[];
  return {
    policy: trial.name,
    role,
    verdicts: [
      { rule: "answers every question", ok: true, found: `${SEEDS.length} workloads of ${JOBS} jobs at load ${LOAD}` },
      feasible(whole),
      deterministic(trial, whole[0]!),
      noStarvation(whole),
      await workConserving(trial, whole),
      equals(trial),
    ],
    ...cost(trial, whole),
  };
}

interface Trialled {
  trace: Trace;
  run: CompletedRun;
  log: Uint8Array;
  /** Read when the run ended: the next one uses the same engine. */
  totals: Totals;
}

/** A policy, beside fifo or first-fit, on a small cluster. */
class Trial {
  private constructor(
    readonly name: string,
    readonly queue: string,
    readonly place: string,
    readonly scenario: Scenario,
    readonly linked: Linked | undefined,
    readonly engine: Awaited<ReturnType<typeof openEngine>>,
    readonly clock: () => number,
    /** Says of itself that it never leaves a job waiting that would fit. */
    readonly conserving: boolean,
  ) {}

  static async open(
    role: "queue" | "place",
    entry: string,
    { cacheFolder, clock, build }: ConformanceOptions,
  ): Promise<Trial> {
    const queue = role === "queue" ? entry : "fifo";
    const place = role === "place" ? entry : "first-fit";
    const book = await openPolicies({ queue: [queue], place: [place] }, cacheFolder, build);
    const scenario = scenarioSchema.parse({
      windtunnel: 1,
      title: "conformance",
      pools: [
        { name: "a", gpusPerNode: 8, cpuCoresPerNode: 64, memoryGibPerNode: 256, size: { nodes: 6 } },
        { name: "b", gpusPerNode: 4, cpuCoresPerNode: 64, memoryGibPerNode: 256, size: { nodes: 4 } },
      ],
      workload: { dataset: "made-up" },
      policies: { queue: [queue], place: [place], lasThresholdsGpuSeconds: [600, 3600] },
    });
    const linked = book.linked(policyName(queue), policyName(place));
    const conserving = isPolicyFile(queue) ? linked!.skips : findQueuePolicy(queue)!.workConserving;
    return new Trial(
      policyName(entry),
      policyName(queue),
      policyName(place),
      scenario,
      linked,
      await openEngine(linked),
      clock,
      conserving,
    );
  }

  /** fifo with first-fit, on the same pools. */
  baseline(): Trial {
    const policies = { ...this.scenario.policies, queue: ["fifo"], place: ["first-fit"] };
    return new Trial(
      "fifo",
      "fifo",
      "first-fit",
      { ...this.scenario, policies },
      undefined,
      new Engine(),
      this.clock,
      false,
    );
  }

  /** A run, or the error of a policy that was stopped or left jobs waiting for ever. */
  tryRun(jobs: JobTable, dropIndexesEvery = 0): Trialled | WindtunnelError {
    try {
      return this.run(jobs, dropIndexesEvery);
    } catch (error) {
      if (error instanceof WindtunnelError && (error.code === "POLICY_FAILED" || error.code === "RUN_STUCK"))
        return error;
      throw error;
    }
  }

  run(jobs: JobTable, dropIndexesEvery = 0): Trialled {
    const trace: Trace = {
      names: { tenants: TENANTS, gpuModels: [], jobClasses: ["default"] },
      jobs,
      provenance: { dataset: "made-up", part: "", digest: "", licence: "", citation: "", assumptions: [] },
      rejected: [],
    };
    const { queue, place, scenario, engine, clock } = this;
    const pools = sizePools(scenario, measureDemand(jobs), null, []);
    const spec = { id: `${queue}+${place}`, queue, place, load: null, replication: 0, shake: null, seed: 1 };
    const chunks: Uint8Array[] = [];
    const onLog = (bytes: Uint8Array) => chunks.push(bytes);
    const run = simulate(spec, scenario, pools, trace, { engine, clock, onLog, dropIndexesEvery });
    return { trace, run, log: joinLog(chunks), totals: run.simulation.totals() };
  }
}

const TENANTS = ["t0", "t1", "t2", "t3"];
const GPUS = 6 * 8 + 4 * 4;

/** Shares, whole GPUs and gangs, with CPU and memory, some of them at one instant; Poisson arrivals otherwise. */
function busyJobs(seed: number): JobTable {
  const draws = createDraws(seed, "conformance");
  const jobs = createJobTable(JOBS);
  let gpuSeconds = 0;
  for (let i = 0; i < JOBS; i++) {
    const [tasks, milli] = pick(draws, [
      [1, 250],
      [1, 500],
      [1, 700],
      [1, 1000],
      [1, 2000],
      [1, 4000],
      [2, 1000],
      [4, 1000],
      [8, 1000],
    ] as const);
    const seconds = Math.ceil(60 + 3600 * draws.uniform() * draws.uniform());
    jobs.tasks[i] = tasks;
    jobs.gpuMilli[i] = milli;
    jobs.cpuMilli[i] = 1000 * (1 + draws.integer(4));
    jobs.memoryMib[i] = 1024 * (1 + draws.integer(8));
    jobs.runMicros[i] = seconds * 1e6;
    jobs.estimateMicros[i] = Math.ceil(seconds * (1 + draws.uniform())) * 1e6;
    jobs.deadlineMicros[i] = Number.NaN;
    jobs.tenant[i] = draws.integer(TENANTS.length);
    jobs.priority[i] = draws.integer(3);
    gpuSeconds += (seconds * tasks * milli) / 1000;
  }
  const gap = gpuSeconds / (GPUS * LOAD) / JOBS;
  let now = 0;
  for (let i = 0; i < JOBS; i++) {
    if (draws.uniform() > 0.2) now += Math.round((draws.exponential() * gap * 1e6) / 0.8);
    jobs.submitMicros[i] = now;
  }
  return jobs;
}

function pick<T>(draws: Draws, list: readonly T[]): T {
  return list[draws.integer(list.length)]!;
}

function feasible(runs: readonly Trialled[]): Verdict {
  const broken = runs.flatMap(({ run, trace, log, totals }) => {
    const { setup, simulation, result } = run;
    const report = checkRun({
      pools: setup.world.pools,
      jobs: trace.jobs,
      policy: setup.world.policy,
      classes: setup.classes,
      prices: setup.prices,
      shapes: simulation.shapes,
      log: [log],
      rows: result.rows,
      totals,
    });
    return report.filter((rule) => !rule.ok).map((rule) => rule.rule);
  });
  const found = broken.length === 0 ? "every independent checker holds" : `broken: ${[...new Set(broken)].join("; ")}`;
  return { rule: "only feasible placements, nothing lost", ok: broken.length === 0, found };
}

function deterministic(trial: Trial, first: Trialled): Verdict {
  const { digest } = first.run.result;
  const again = [0, 3].map((drop) => trial.run(first.trace.jobs, drop).run.result.digest);
  const ok = again.every((other) => other === digest);
  const found = ok
    ? `digest ${digest} three times, once with its indexes dropped at every third pass`
    : `digests ${[digest, ...again].join(", ")}`;
  return { rule: "deterministic", ok, found };
}

function noStarvation(runs: readonly Trialled[]): Verdict {
  let worst = 0;
  for (const { run } of runs) {
    const { rows, series } = run.result;
    for (let i = 0; i < rows.count; i++) {
      const waited = rows.finishMicros[i]! - rows.submitMicros[i]! - rows.heldMicros[i]!;
      worst = Math.max(worst, waited / series.endMicros);
    }
  }
  const found = `the longest wait is ${(100 * worst).toFixed(1)} % of the workload's length`;
  return { rule: `nobody starves at load ${LOAD}`, ok: worst <= STARVED_SHARE, found };
}

/** Looks after every pass for a waiting job that would fit. */
async function workConserving(trial: Trial, runs: readonly Trialled[]): Promise<Verdict> {
  let passes = 0;
  let idle = 0;
  for (const { run, log } of runs) {
    const recording = { world: run.setup.world, shapes: run.simulation.shapes, log };
    const afterPass = (engine: Engine) => {
      passes++;
      if (someoneFits(engine)) idle++;
    };
    replayLog(recording, { afterPass }, await openEngine(trial.linked));
  }
  const declared = trial.conserving;
  const share = `${idle} of ${passes} passes left a job waiting that would have fit`;
  const rule = declared ? "work-conserving" : "work-conserving, or declared not to be";
  return { rule, ok: idle === 0 || !declared, found: idle === 0 || declared ? share : `${share}, as declared` };
}

function someoneFits(engine: Engine): boolean {
  const state = engine.field(abi.COL_CLAIM_STATE, "i32");
  const shape = engine.field(abi.COL_CLAIM_SHAPE, "i32");
  const waiting = new Set<number>();
  state.forEach((value, slot) => {
    if (slot > 0 && value === abi.STATE_QUEUED) waiting.add(shape[slot]!);
  });
  return [...waiting].some((id) => engine.call((e) => e.fits(id)));
}

/** Tenants numbered the other way round: names are no reason to go first. */
function equals(trial: Trial): Verdict {
  const [seed = 1] = SEEDS;
  const jobs = busyJobs(seed);
  const renumbered = { ...jobs, tenant: jobs.tenant.map((tenant) => TENANTS.length - 1 - tenant) };
  const [starts, others] = [jobs, renumbered].map((table) => startsOf(trial.run(table)));
  const differ = starts!.filter((start, job) => start !== others![job]).length;
  const found =
    differ === 0
      ? "tenants numbered otherwise: the same schedule"
      : `tenants numbered otherwise: ${differ} jobs start at other times`;
  return { rule: "treats equals alike", ok: differ === 0, found };
}

function startsOf({ run, trace }: Trialled): Float64Array {
  const starts = new Float64Array(trace.jobs.count);
  const { rows } = run.result;
  for (let i = 0; i < rows.count; i++) starts[rows.job[i]!] = rows.firstStartMicros[i]!;
  return starts;
}

function cost(trial: Trial, runs: readonly Trialled[]): Pick<Conformance, "microsPerDecision" | "timesBaseline"> {
  const micros = (all: readonly Trialled[]) => {
    return Math.min(
      ...all.map(({ run, totals }) => (run.result.engineMillis * 1000) / (run.result.rows.count + totals.preemptions)),
    );
  };
  const baseline = trial.baseline();
  const theirs = micros(runs.map(({ trace }) => baseline.run(trace.jobs)));
  const own = micros(runs.map(({ trace }) => trial.run(trace.jobs)));
  return { microsPerDecision: own, timesBaseline: own / theirs };
}

// The jobs of one replication: from a record or a generator, with estimates where the record has none.

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import { type Trace, takeJobs } from "../model/jobs.js";
import type { RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import {
  fillEstimates,
  generateTrace,
  isTraceFile,
  loadTrace,
  parseSynthParams,
  resampleDays,
  shakeTrace,
} from "../replay/index.js";
import { roundToProfiles } from "./partitions.js";
import { sliceDevices } from "./slices.js";

/** Where files are found; the caller reads them from the environment. */
export interface Folders {
  /** Path of the scenario file. */
  scenarioPath: string;
  /** Folder of real data sets; undefined if the user has none. */
  dataFolder: string | undefined;
  cacheFolder: string;
  strict?: boolean;
}

async function loadRecord(scenario: Scenario, folders: Folders): Promise<Trace> {
  const given = scenario.workload.dataset!;
  // a trace file of the user's own is relative to the scenario, like a generator
  const name = isTraceFile(given) ? resolve(dirname(folders.scenarioPath), given) : given;
  if (folders.dataFolder === undefined && !isTraceFile(name)) {
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `The scenario wants the data set "${name}", and no folder of data sets is known.`,
      "Set WINDTUNNEL_DATA to the folder that holds it, or use a scenario with a generator.",
    );
  }
  const { jobs } = scenario.workload;
  return loadTrace(name, {
    dataFolder: folders.dataFolder ?? "",
    cacheFolder: folders.cacheFolder,
    strict: folders.strict ?? false,
    ...(jobs === undefined ? {} : { jobs }),
  });
}

async function generate(scenario: Scenario, folders: Folders, seed: number): Promise<Trace> {
  const path = resolve(dirname(folders.scenarioPath), scenario.workload.generator!);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${folders.scenarioPath}: workload.generator names ${path}, which cannot be read.`,
      "Make one with `windtunnel trace synth`, or correct the path (it is relative to the scenario).",
      { cause },
    );
  }
  const { jobs } = scenario.workload;
  return generateTrace(parseSynthParams(text, path), { seed, ...(jobs === undefined ? {} : { jobs }) });
}

/** Seeds of shaken copies start here, far from those of replications. */
const SHAKES_FROM = 500_000;

/** Tasks of as many GPUs as a node has, instead of one GPU each: a gang that must fill nodes. */
function wholeNodeTasks(trace: Trace, gpusPerNode: number): Trace {
  const jobs = takeJobs(
    trace.jobs,
    Int32Array.from({ length: trace.jobs.count }, (_, i) => i),
  );
  for (let i = 0; i < jobs.count; i++) {
    if (jobs.gpuMilli[i] !== 1000) continue;
    const gpus = jobs.tasks[i]!;
    const perTask = Math.min(gpus, gpusPerNode);
    jobs.tasks[i] = Math.ceil(gpus / perTask);
    jobs.gpuMilli[i] = perTask * 1000;
  }
  const { provenance } = trace;
  const assumptions = provenance.assumptions.filter((sentence) => !sentence.startsWith("A job of k GPUs is a gang"));
  return { ...trace, jobs, provenance: { ...provenance, assumptions } };
}

/** Seed of a replication: the same for every policy, different for every replication. */
export function replicationSeed(seed: number, replication: number): number {
  return seed * 1_000_003 + replication;
}

/** Which jobs a run takes. */
export type WorkloadChoice = Pick<RunSpec, "replication" | "shake">;

/**
 * Loads or generates the jobs of one replication, or a shaken copy of replication 0.
 * Under method `days`, replication 0 is the record as it is and the others are redrawn from it; under `none` all are the record.
 */
export async function loadWorkload(scenario: Scenario, folders: Folders, choice: WorkloadChoice): Promise<Trace> {
  const { replication, shake } = choice;
  const seed = replicationSeed(scenario.seed, replication);
  const { workload, replications } = scenario;
  let trace: Trace;
  if (workload.dataset !== undefined) {
    trace = await loadRecord(scenario, folders);
    if (replications.method === "days" && replication > 0) trace = resampleDays(trace, seed);
  } else {
    trace = await generate(scenario, folders, seed);
  }
  if (workload.tasksWholeNode) trace = wholeNodeTasks(trace, Math.max(...scenario.pools.map((p) => p.gpusPerNode)));
  trace = fillEstimates(trace, workload.estimateFactor, seed);
  trace = roundToProfiles(trace, scenario);
  if (scenario.timeSlicing) trace = await sliceDevices(trace, scenario.timeSlicing, folders);
  if (shake === null) return trace;
  const { arrivalMinutes, runTimeShare } = scenario.shaking;
  return shakeTrace(
    trace,
    { arrivalSeconds: arrivalMinutes * 60, runTimeShare },
    scenario.seed * 1_000_003 + SHAKES_FROM + shake,
  );
}

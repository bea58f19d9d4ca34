// Repeats runs of a result folder from what the folder says of itself: its scenario, its generator, its manifest. For
// the commands that prove something about a run that was made earlier.

import { join, resolve } from "node:path";
import { engineSha256 } from "../engine/load.js";
import { WindtunnelError } from "../model/errors.js";
import type { Trace } from "../model/jobs.js";
import type { Manifest, RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import { nearestName } from "../replay/index.js";
import { listRuns, workloadKey } from "../sim/experiment.js";
import { type Demand, measureDemand, sizePools } from "../sim/pools.js";
import { type CompletedRun, simulate } from "../sim/run.js";
import { readScenario } from "../sim/scenario-file.js";
import { readManifest } from "../sim/store.js";
import { type Folders, loadWorkload } from "../sim/workload.js";
import { capacitiesOf } from "./capacity-options.js";
import type { CommandContext } from "./context.js";

export interface RecordedRun {
  spec: RunSpec;
  /** Digest in the manifest. */
  digest: string;
}

/** A result folder, opened to repeat its runs. */
export interface RecordedExperiment {
  manifest: Manifest;
  scenario: Scenario;
  /** All runs of the manifest, replication by replication. */
  runs: RecordedRun[];
  /** Absent where the engine is the one that made the results; else a sentence. */
  otherEngine?: string;
}

export interface RepeatedRun extends RecordedRun, CompletedRun {
  trace: Trace;
}

export async function openExperiment(folder: string): Promise<RecordedExperiment> {
  const manifest = await readManifest(resolve(folder));
  const { scenario, sha256, path } = await readScenario(join(resolve(folder), "scenario.yaml"));
  if (sha256 !== manifest.scenarioSha256) {
    throw new WindtunnelError(
      "RESULT_INVALID",
      `${path} is not the scenario that was run: its SHA-256 begins ${sha256.slice(0, 16)}, the manifest says ${manifest.scenarioSha256.slice(0, 16)}.`,
      "The manifest keeps the text (scenarioText): put it back, or repeat the experiment.",
    );
  }
  const specs = new Map(listRuns(scenario).map((spec) => [spec.id, spec]));
  const digests = new Map(manifest.runs.map((run) => [run.id, run.digest]));
  const unknown = manifest.runs.find((run) => !specs.has(run.id));
  if (unknown) {
    throw new WindtunnelError(
      "RESULT_INVALID",
      `${folder}: manifest.json has a run "${unknown.id}", which its scenario.yaml does not make.`,
      "The folder was changed after the experiment: repeat the experiment.",
    );
  }
  const runs = [...specs.values()].flatMap((spec) => {
    const digest = digests.get(spec.id);
    return digest === undefined ? [] : [{ spec, digest }];
  });
  const other = `The results were made with engine ${manifest.engineSha256.slice(0, 16)}, this is ${engineSha256().slice(0, 16)}.`;
  return { manifest, scenario, runs, ...(manifest.engineSha256 === engineSha256() ? {} : { otherEngine: other }) };
}

/** The run with this id. Throws USAGE with the nearest id. */
export function findRun(experiment: RecordedExperiment, id: string): RecordedRun {
  const run = experiment.runs.find((r) => r.spec.id === id);
  if (run) return run;
  const ids = experiment.runs.map((r) => r.spec.id);
  const nearest = nearestName(id, ids);
  throw new WindtunnelError(
    "USAGE",
    `--run: there is no run "${id}" among the ${ids.length} of this folder.`,
    nearest === undefined ? "The folder holds no run." : `Did you mean "${nearest}"?`,
  );
}

/** What each repetition hands out while it runs; chunks of the log are the receiver's to keep. */
export interface Repetition {
  options: Readonly<Record<string, unknown>>;
  onLog(run: RecordedRun, bytes: Uint8Array): void;
  onRun(run: RepeatedRun): void | Promise<void>;
}

/** Simulates the given runs anew with the log on, one after the other; a replication's trace is loaded once. */
export async function repeatRuns(
  context: CommandContext,
  folder: string,
  experiment: RecordedExperiment,
  runs: readonly RecordedRun[],
  repetition: Repetition,
): Promise<void> {
  const { scenario } = experiment;
  const { dataFolder, cacheFolder, clock } = context;
  const folders: Folders = { scenarioPath: join(resolve(folder), "scenario.yaml"), dataFolder, cacheFolder };
  let loaded: { key: string; trace: Trace; demand: Demand } | undefined;
  for (const run of runs) {
    const { spec } = run;
    const key = workloadKey(spec);
    if (loaded?.key !== key) {
      const trace = await loadWorkload(scenario, folders, spec);
      // a shaken copy runs on the pools of the trace that it was made from
      const sized = spec.shake === null ? trace : await loadWorkload(scenario, folders, { ...spec, shake: null });
      loaded = { key, trace, demand: measureDemand(sized.jobs) };
    }
    const { trace, demand } = loaded;
    const pools = sizePools(scenario, demand, spec.load, trace.names.gpuModels);
    const completed = simulate(spec, scenario, pools, trace, {
      capacities: capacitiesOf(repetition.options),
      onLog: (bytes) => repetition.onLog(run, bytes),
      clock,
    });
    await repetition.onRun({ ...run, ...completed, trace });
  }
}

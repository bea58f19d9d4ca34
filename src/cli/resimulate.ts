// Repeats runs of a result folder from what the folder says of itself: its scenario, its generator, its manifest. For
// the commands that prove something about a run that was made earlier.

import { join, resolve } from "node:path";
import { engineSha256 } from "../engine/load.js";
import { joinLog } from "../engine/log.js";
import type { PoolSetup } from "../engine/world.js";
import { WindtunnelError } from "../model/errors.js";
import type { Trace } from "../model/jobs.js";
import type { Manifest, RunSpec } from "../model/results.js";
import type { Scenario } from "../model/scenario.js";
import { openPolicies } from "../plug/book.js";
import type { Linked } from "../plug/link.js";
import { openEngine } from "../plug/open.js";
import { nearestName } from "../replay/index.js";
import { listRuns, workloadKey } from "../sim/experiment.js";
import { type Demand, measureDemand, sizePools } from "../sim/pools.js";
import { type CompletedRun, simulate } from "../sim/run.js";
import { readScenario, withPolicyPaths } from "../sim/scenario-file.js";
import { readExperiment, readManifest } from "../sim/store.js";
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
  /** Policies of the user's that the engine holds. */
  linked: Linked | undefined;
}

export async function openExperiment(folder: string): Promise<RecordedExperiment> {
  const manifest = await readManifest(resolve(folder));
  const { sha256, path, ...file } = await readScenario(join(resolve(folder), "scenario.yaml"));
  const scenario = withPolicyPaths(file.scenario, resolve(folder));
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

/** What `explain` looks at: a run repeated, with its whole log, and a job of it. */
export interface ExplainedRun {
  run: RepeatedRun;
  log: Uint8Array;
  /** The one asked for, or the one that waited longest. */
  job: number;
}

/** Repeats the run that is asked for (--run), or the best, and hands it out with its log and a job (--job). */
export async function repeatForJob(
  context: CommandContext,
  folder: string,
  options: Readonly<Record<string, unknown>>,
  explain: (explained: ExplainedRun, experiment: RecordedExperiment) => Promise<void>,
): Promise<void> {
  const experiment = await openExperiment(folder);
  if (experiment.otherEngine) context.say(experiment.otherEngine);
  const chosen = await runOrBest(folder, experiment, options.run);
  const log: Uint8Array[] = [];
  await repeatRuns(context, folder, experiment, [chosen], {
    options,
    onLog: (_run, bytes) => log.push(bytes),
    onRun: async (run) => {
      const job = (options.job as number | undefined) ?? longestWait(run);
      if (job >= run.trace.jobs.count) {
        throw new WindtunnelError(
          "USAGE",
          `--job: run ${run.spec.id} has no job ${job}; its jobs are 0 to ${run.trace.jobs.count - 1}.`,
          "The column job of runs/*.parquet has the numbers.",
        );
      }
      await explain({ run, log: joinLog(log), job }, experiment);
    },
  });
}

function longestWait({ result }: RepeatedRun): number {
  const { rows } = result;
  let at = 0;
  const waited = (i: number) => rows.finishMicros[i]! - rows.submitMicros[i]! - rows.heldMicros[i]!;
  for (let i = 1; i < rows.count; i++) if (waited(i) > waited(at)) at = i;
  return rows.job[at]!;
}

/** What each repetition hands out while it runs; chunks of the log are the receiver's to keep. */
export interface Repetition {
  options: Readonly<Record<string, unknown>>;
  onLog(run: RecordedRun, bytes: Uint8Array): void;
  onRun(run: RepeatedRun): void | Promise<void>;
}

/** The run with this id, or the best pair's at the highest load, replication 0. */
export async function runOrBest(folder: string, experiment: RecordedExperiment, id: unknown): Promise<RecordedRun> {
  if (typeof id === "string") return findRun(experiment, id);
  const { ranking } = await readExperiment(resolve(folder), { rows: () => false });
  const load = ranking.at(-1)?.load;
  const best = ranking.find((row) => row.load === load && !row.oracle) ?? ranking[0];
  const found = experiment.runs.find(({ spec }) => {
    return spec.queue === best?.queue && spec.place === best.place && spec.load === load && spec.shake === null;
  });
  return found ?? experiment.runs[0]!;
}

interface Loaded {
  key: string;
  trace: Trace;
  demand: Demand;
}

/** The jobs of a run, and what its pools are sized for; the same again where the last one had the same. */
async function loadFor(
  context: CommandContext,
  folder: string,
  scenario: Scenario,
  spec: RunSpec,
  last?: Loaded,
): Promise<Loaded> {
  const key = workloadKey(spec);
  if (last?.key === key) return last;
  const { dataFolder, cacheFolder } = context;
  const folders: Folders = { scenarioPath: join(resolve(folder), "scenario.yaml"), dataFolder, cacheFolder };
  const trace = await loadWorkload(scenario, folders, spec);
  // a shaken copy runs on the pools of the trace that it was made from
  const sized = spec.shake === null ? trace : await loadWorkload(scenario, folders, { ...spec, shake: null });
  return { key, trace, demand: measureDemand(sized.jobs) };
}

/** Trace and pools of one run, for callers that simulate by themselves. */
export async function prepareRun(
  context: CommandContext,
  folder: string,
  { scenario }: RecordedExperiment,
  { spec }: RecordedRun,
): Promise<{ trace: Trace; pools: PoolSetup[] }> {
  const { trace, demand } = await loadFor(context, folder, scenario, spec);
  return { trace, pools: sizePools(scenario, demand, spec.load, trace.names.gpuModels) };
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
  const book = await openPolicies(scenario.policies, context.cacheFolder);
  let loaded: Loaded | undefined;
  for (const run of runs) {
    const { spec } = run;
    loaded = await loadFor(context, folder, scenario, spec, loaded);
    const { trace, demand } = loaded;
    const pools = sizePools(scenario, demand, spec.load, trace.names.gpuModels);
    const linked = book.linked(spec.queue, spec.place);
    const completed = simulate(spec, scenario, pools, trace, {
      engine: await openEngine(linked),
      capacities: capacitiesOf(repetition.options),
      onLog: (bytes) => repetition.onLog(run, bytes),
      clock: context.clock,
    });
    await repetition.onRun({ ...run, ...completed, trace, linked });
  }
}

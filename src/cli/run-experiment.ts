// What `run` does, step by step: scenario, plan, sweep, results, table, report.

import { copyFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { engineSha256 } from "../engine/load.js";
import { WindtunnelError } from "../model/errors.js";
import { type Manifest, RESULT_FORMAT } from "../model/results.js";
import { renderReport, renderTable } from "../report/index.js";
import { experimentDigest, planSweep, runSweep } from "../sim/experiment.js";
import { METRICS } from "../sim/metrics.js";
import { parseScenario, readScenario } from "../sim/scenario-file.js";
import { listFinishedRuns, readExperiment, readRun, writeBounds, writeManifest, writeMetrics } from "../sim/store.js";
import { writeWholeText } from "../sim/store-files.js";
import type { Folders } from "../sim/workload.js";
import { digestOfText } from "../replay/index.js";
import { assumptionsOf } from "./assumptions.js";
import type { CommandContext } from "./context.js";
import { createProgress } from "./progress.js";
import { openResultFolder } from "./results-folder.js";
import { version } from "./version.js";

type Options = Readonly<Record<string, unknown>>;

/** The scenario as it will run: the file, changed by options, as YAML that stands on its own in the result folder. */
async function effectiveScenario(path: string, options: Options) {
  const file = await readScenario(path);
  const raw = structuredClone(file.scenario);
  if (options.dataset !== undefined) {
    raw.workload.dataset = String(options.dataset);
    delete raw.workload.generator;
    if (raw.replications.method === "generate") raw.replications.method = "days";
  }
  if (options.queue) raw.policies.queue = options.queue as string[];
  if (options.place) raw.policies.place = options.place as string[];
  if (options.loads) raw.loads = options.loads as number[];
  if (options.replications) raw.replications.count = options.replications as number;
  if (options.jobs) raw.workload.jobs = options.jobs as number;
  if (options.seed !== undefined) raw.seed = options.seed as number;
  const generator = raw.workload.generator ? resolve(dirname(file.path), raw.workload.generator) : undefined;
  if (generator) raw.workload.generator = "generator.json";
  const text = stringify(raw);
  // options go through the same checks as the file
  const scenario = parseScenario(text, `${file.path} (as changed by options)`);
  return { file, generator, text, scenario };
}

function capacities(options: Options) {
  const picked = {
    liveJobs: options.capacityLiveJobs,
    parts: options.capacityParts,
    shapes: options.capacityShapes,
    log: options.capacityLog,
  };
  return Object.fromEntries(Object.entries(picked).filter(([, value]) => value !== undefined)) as Record<string, number>;
}

export async function runExperiment(context: CommandContext, path: string, options: Options): Promise<void> {
  const say = options.quiet ? () => undefined : context.say;
  const startedAt = context.now();
  const begun = context.clock();
  const { file, generator, text, scenario } = await effectiveScenario(path, options);
  const name = basename(file.path) === "scenario.yaml" ? basename(dirname(resolve(file.path))) : basename(file.path).replace(/\.ya?ml$/, "");
  const folder = resolve(String(options.out ?? join("results", name)));
  const folders: Folders = {
    scenarioPath: generator ? join(dirname(generator), "scenario.yaml") : file.path,
    dataFolder: context.dataFolder,
    cacheFolder: context.cacheFolder,
    strict: options.strict === true,
  };
  const local = generator ? { ...scenario, workload: { ...scenario.workload, generator: basename(generator) } } : scenario;
  say(`${scenario.title}\nReading the workload ...`);
  const plan = await planSweep(local, folders);
  const key = {
    format: RESULT_FORMAT,
    scenarioSha256: digestOfText(text),
    engineSha256: engineSha256(),
    dataDigest: plan.trace.provenance.digest,
  };
  await openResultFolder(folder, key, options.resume === true);
  await writeWholeText(join(folder, "scenario.yaml"), text);
  if (generator) await copyFile(generator, join(folder, "generator.json"));
  const finished = new Set(options.resume ? await listFinishedRuns(folder) : []);
  const workers = (options.workers as number | undefined) ?? context.cores;
  say(
    `${plan.specs.length} runs of ${plan.trace.jobs.count} jobs on ${workers} workers` +
      (finished.size > 0 ? `; ${finished.size} are already there.` : "."),
  );
  const progress = createProgress(context.interactive && !options.quiet, plan.specs.length, finished.size);
  let replaced: number;
  try {
    ({ replaced } = await runSweep(plan, {
      scenario: local,
      folders,
      resultFolder: folder,
      workers,
      finished,
      capacities: capacities(options),
      runMillisMax: ((options.runSecondsMax as number | undefined) ?? 3600) * 1000,
      onRun: (done) => progress.update(done),
    }));
  } finally {
    progress.stop();
  }
  if (replaced > 0) say(`${replaced} workers had to be replaced; their runs were repeated.`);
  const runs = await Promise.all(plan.specs.map((spec) => readRun(folder, spec.id, { rows: false })));
  const digests = runs.map((run) => ({ id: run.spec.id, digest: run.digest }));
  const manifest: Manifest = {
    format: RESULT_FORMAT,
    title: scenario.title,
    description: scenario.description,
    windtunnelVersion: version(),
    node: process.version,
    engineSha256: key.engineSha256,
    scenarioSha256: key.scenarioSha256,
    scenarioText: text,
    command: `windtunnel ${context.args.map(quote).join(" ")}`,
    provenance: plan.trace.provenance,
    assumptions: [...plan.assumptions, ...assumptionsOf(scenario)],
    runs: digests,
    digest: experimentDigest(digests),
    machine: context.machine,
    startedAt: startedAt.toISOString(),
    wallSeconds: (context.clock() - begun) / 1000,
    workers,
  };
  await writeMetrics(folder, runs);
  await writeBounds(folder, plan.bounds);
  await writeManifest(folder, manifest);
  const experiment = await readExperiment(folder);
  const report = join(folder, "report.html");
  await writeWholeText(report, await renderReport(experiment, { metrics: METRICS }));
  if (options.json) context.out(JSON.stringify({ digest: manifest.digest, folder, report, bounds: experiment.bounds, ranking: experiment.ranking }, null, 2));
  else context.out(renderTable(experiment));
  if (!options.json) {
    const rejected = plan.trace.rejected.length;
    if (rejected > 0) context.out(`${rejected} rows of the record could not be used; the first: ${firstRejected(plan.trace.rejected)}`);
    context.out(`Assumptions:\n${manifest.assumptions.map((a) => `  - ${a}`).join("\n")}`);
    context.out(`Digest:  ${manifest.digest}\nResults: ${folder}\nReport:  ${report}\nTime:    ${manifest.wallSeconds.toFixed(1)} s`);
  }
}

function firstRejected(rejected: readonly { file: string; line: number; column: string; value: string; reason: string }[]): string {
  const r = rejected[0]!;
  return `${r.file}:${r.line}, ${r.column} = "${r.value}": ${r.reason}`;
}

function quote(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}

/** Refuses a path that is not a result folder before anything slow is loaded. */
export function requireFolder(path: string | undefined): string {
  if (path === undefined) throw new WindtunnelError("USAGE", "No result folder was given.", "Give the folder that `run` wrote.");
  return resolve(path);
}

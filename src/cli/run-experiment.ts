// What `run` does, step by step: scenario, plan, sweep, and the conclusion.

import { existsSync } from "node:fs";
import { copyFile, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { engineSha256 } from "../engine/load.js";
import { WindtunnelError } from "../model/errors.js";
import { RESULT_FORMAT } from "../model/results.js";
import { storedName } from "../plug/book.js";
import { digestOfText } from "../replay/index.js";
import { planSweep, runSweep, type SweepPlan } from "../sim/experiment.js";
import { listFinishedRuns } from "../sim/store.js";
import { writeWholeText } from "../sim/store-files.js";
import type { Folders } from "../sim/workload.js";
import { capacitiesOf } from "./capacity-options.js";
import { conclude } from "./conclude.js";
import type { CommandContext } from "./context.js";
import { effectiveScenario, POLICY_FOLDER } from "./effective-scenario.js";
import { createProgress } from "./progress.js";
import { inspectResultFolder, openResultFolder } from "./results-folder.js";

type Options = Readonly<Record<string, unknown>>;

const RUN_SECONDS_MAX = 3600;

export async function runExperiment(context: CommandContext, path: string, options: Options): Promise<void> {
  const say = options.quiet ? () => undefined : context.say;
  const startedAt = context.now();
  const begun = context.clock();
  const effective = await effectiveScenario(path, options);
  const { scenario } = effective;
  const folder = resolve(String(options.out ?? join("results", effective.name)));
  if (dirname(resolve(effective.path)) === folder && options.resume !== true) {
    throw new WindtunnelError(
      "USAGE",
      `The scenario lies in the folder that its results would replace: ${folder}.`,
      "Give another folder with --out.",
    );
  }
  const wasThere = existsSync(folder);
  await inspectResultFolder(folder);
  const folders: Folders = {
    scenarioPath: effective.path,
    dataFolder: context.dataFolder,
    cacheFolder: context.cacheFolder,
    strict: options.strict === true,
  };
  say(`${scenario.title}\nReading the workload ...`);
  const plan = await planSweep(scenario, folders).catch(async (error: unknown) => {
    // nothing was begun: leave no empty folder behind
    if (!wasThere) await rmdir(folder).catch(() => undefined);
    throw error;
  });
  const key = {
    format: RESULT_FORMAT,
    scenarioSha256: digestOfText(effective.text),
    engineSha256: engineSha256(),
    dataDigest: plan.trace.provenance.digest,
  };
  await openResultFolder(folder, key, { resume: options.resume === true, replace: options.replace === true });
  await writeWholeText(join(folder, "scenario.yaml"), effective.text);
  if (effective.generator && effective.generator !== join(folder, "generator.json"))
    await copyFile(effective.generator, join(folder, "generator.json"));
  for (const policy of plan.policies) {
    await writeWholeText(join(folder, POLICY_FOLDER, storedName(policy)), policy.text);
  }
  const finished = new Set(options.resume ? await listFinishedRuns(folder) : []);
  const workers = (options.workers as number | undefined) ?? context.cores;
  const kept = finished.size > 0 ? `; ${finished.size} are already there` : "";
  say(`${plan.specs.length} runs of about ${plan.trace.jobs.count} jobs on ${workers} workers${kept}.`);
  const stop = () => {
    say(`\nStopped. Finished runs are kept in ${folder}; the same command with --resume does the rest.`);
    // not process.exit: that tears workers down while they write, and native code of theirs may abort
    process.kill(process.pid, "SIGINT");
  };
  process.once("SIGINT", stop);
  const replaced = await sweep(context, plan, {
    scenario,
    folders,
    resultFolder: folder,
    workers,
    finished,
    capacities: capacitiesOf(options),
    runMillisMax: ((options.runSecondsMax as number | undefined) ?? RUN_SECONDS_MAX) * 1000,
    quiet: options.quiet === true,
  });
  process.off("SIGINT", stop);
  if (replaced > 0) say(`${replaced} workers had to be replaced; their runs were repeated.`);
  const wallSeconds = (context.clock() - begun) / 1000;
  await conclude(context, { effective, plan, key, folder, workers, startedAt, wallSeconds }, options.json === true);
}

async function sweep(
  context: CommandContext,
  plan: SweepPlan,
  options: Omit<Parameters<typeof runSweep>[1], "onRun"> & { quiet: boolean },
): Promise<number> {
  const progress = createProgress(context.interactive && !options.quiet, plan.specs.length, options.finished.size);
  try {
    const { replaced } = await runSweep(plan, { ...options, onRun: (done) => progress.update(done) });
    return replaced;
  } finally {
    progress.stop();
  }
}

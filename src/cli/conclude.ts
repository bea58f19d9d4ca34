// The end of an experiment: manifest, tables and report on disk, ranking and assumptions on the terminal.

import { join } from "node:path";
import type { RejectedRow } from "../model/jobs.js";
import { type Manifest, RESULT_FORMAT } from "../model/results.js";
import { certaintyLines, renderReport, renderTable } from "../report/index.js";
import { experimentDigest, type SweepPlan } from "../sim/experiment.js";
import { METRICS } from "../sim/metrics.js";
import { assembleExperiment, readRun, writeBounds, writeGroups, writeManifest, writeMetrics } from "../sim/store.js";
import { writeWholeText } from "../sim/store-files.js";
import { assumptionsOf } from "./assumptions.js";
import type { CommandContext } from "./context.js";
import type { EffectiveScenario } from "./effective-scenario.js";
import type { PlanKey } from "./results-folder.js";
import { version } from "./version.js";

export interface Finished {
  effective: EffectiveScenario;
  plan: SweepPlan;
  key: PlanKey;
  folder: string;
  workers: number;
  startedAt: Date;
  wallSeconds: number;
}

export async function conclude(context: CommandContext, done: Finished, json: boolean): Promise<void> {
  const { effective, plan, key, folder } = done;
  const runs = await Promise.all(plan.specs.map((spec) => readRun(folder, spec.id, { rows: false })));
  const digests = runs.map((run) => ({ id: run.spec.id, digest: run.digest }));
  const manifest: Manifest = {
    format: RESULT_FORMAT,
    title: effective.scenario.title,
    description: effective.scenario.description,
    windtunnelVersion: version(),
    node: process.version,
    engineSha256: key.engineSha256,
    scenarioSha256: key.scenarioSha256,
    scenarioText: effective.text,
    command: `windtunnel ${context.args.map(quote).join(" ")}`,
    provenance: plan.trace.provenance,
    assumptions: [...plan.assumptions, ...assumptionsOf(effective.scenario)],
    runs: digests,
    digest: experimentDigest(digests),
    machine: context.machine,
    startedAt: done.startedAt.toISOString(),
    wallSeconds: done.wallSeconds,
    workers: done.workers,
  };
  await writeMetrics(folder, runs);
  await writeGroups(folder, runs);
  await writeBounds(folder, plan.bounds);
  await writeManifest(folder, manifest);
  const experiment = assembleExperiment(manifest, runs, plan.bounds);
  const report = join(folder, "report.html");
  await writeWholeText(report, await renderReport(experiment, { metrics: METRICS }));
  if (json) {
    const { bounds, ranking, robustness } = experiment;
    context.out(JSON.stringify({ digest: manifest.digest, folder, report, bounds, ranking, robustness }, null, 2));
    return;
  }
  context.out(renderTable(experiment));
  context.out(
    `How sure:\n${certaintyLines(experiment)
      .map((line) => `  - ${line}`)
      .join("\n")}`,
  );
  if (plan.trace.rejected.length > 0) context.out(rejectedText(plan.trace.rejected));
  context.out(`Assumptions:\n${manifest.assumptions.map((a) => `  - ${a}`).join("\n")}`);
  context.out(
    `Digest:  ${manifest.digest}\nResults: ${folder}\nReport:  ${report}\nTime:    ${done.wallSeconds.toFixed(1)} s`,
  );
}

function rejectedText(rejected: readonly RejectedRow[]): string {
  const r = rejected[0]!;
  const first = `${r.file}:${r.line}, ${r.column} = "${r.value}": ${r.reason}`;
  return `${rejected.length} ${rejected.length === 1 ? "row" : "rows"} of the record could not be used; the first: ${first}`;
}

/** An argument as a shell would want it. */
function quote(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}

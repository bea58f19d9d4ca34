// What `check` does: repeat runs, have the checkers read their logs, and sum up by rule.

import { resolve } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import type { JobRows } from "../model/results.js";
import { type CheckReport, type RuleReport, RunChecker } from "../sim/check/index.js";
import { readRun } from "../sim/store.js";
import type { CommandContext } from "./context.js";
import { findRun, openExperiment, type RepeatedRun, repeatRuns } from "./resimulate.js";

const STORED_METRICS = "stored metrics are those of a repeated run";
const STORED_ROWS = "stored rows are those of a repeated run";
const REPEATED = "a repeated run has the digest of the manifest";

interface Verdict {
  run: string;
  digest: string;
  rules: CheckReport;
}

export async function checkRuns(
  context: CommandContext,
  folder: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const experiment = await openExperiment(folder);
  if (experiment.otherEngine) context.say(experiment.otherEngine);
  const { run: id } = options;
  const runs = typeof id === "string" ? [findRun(experiment, id)] : experiment.runs;
  const verdicts: Verdict[] = [];
  let log: Uint8Array[] = [];
  await repeatRuns(context, folder, experiment, runs, {
    options,
    onLog: (_run, bytes) => log.push(bytes),
    onRun: async (run) => {
      const rules = [...(await compareStored(folder, run)), ...check(run, log)];
      verdicts.push({ run: run.spec.id, digest: run.result.digest, rules });
      log = [];
    },
  });
  if (options.json === true) context.out(JSON.stringify(verdicts, null, 2));
  else context.out(await renderVerdicts(verdicts));
  complain(verdicts, experiment.otherEngine);
}

/** What is stored must be what a repetition gives: every metric and every row of a job. */
async function compareStored(folder: string, { spec, result, simulation }: RepeatedRun): Promise<RuleReport[]> {
  const stored = await readRun(resolve(folder), spec.id);
  const timeSeconds = simulation.totals().lastFinishMicros / 1e6;
  const names = [...new Set([...Object.keys(stored.metrics), ...Object.keys(result.metrics)])];
  const wrong = names.find((name) => !Object.is(stored.metrics[name], result.metrics[name]));
  const metrics: RuleReport = { rule: STORED_METRICS, ok: wrong === undefined, checked: names.length };
  if (wrong !== undefined) {
    const text = `${wrong} is stored as ${stored.metrics[wrong]}, a repetition gives ${result.metrics[wrong]}`;
    metrics.firstViolation = { timeSeconds, text };
  }
  const columns = Object.keys(result.rows).filter((name) => name !== "count") as Exclude<keyof JobRows, "count">[];
  const other = columns.find((name) => Buffer.compare(bytesOf(stored.rows[name]), bytesOf(result.rows[name])) !== 0);
  const rows: RuleReport = { rule: STORED_ROWS, ok: other === undefined, checked: result.rows.count };
  if (other !== undefined) {
    rows.firstViolation = { timeSeconds, text: `column ${other} of the stored rows is not what a repetition gives` };
  }
  return [metrics, rows];
}

function bytesOf(column: Float64Array | Int32Array | Uint8Array): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
}

function check(run: RepeatedRun, log: readonly Uint8Array[]): CheckReport {
  const { setup, simulation, result, trace } = run;
  const checker = new RunChecker({
    pools: setup.world.pools,
    jobs: trace.jobs,
    policy: setup.world.policy,
    classes: setup.classes,
    prices: setup.prices,
    shapes: simulation.shapes,
  });
  for (const bytes of log) checker.feed(bytes);
  const same = result.digest === run.digest;
  const repeated: RuleReport = { rule: REPEATED, ok: same, checked: 1 };
  if (!same) {
    const text = `the digest is ${result.digest}, the manifest says ${run.digest}`;
    repeated.firstViolation = { timeSeconds: simulation.totals().lastFinishMicros / 1e6, text };
  }
  return [repeated, ...checker.finish({ rows: result.rows, totals: simulation.totals() })];
}

/** One line a rule, in the order in which they first appear, over all runs. */
async function renderVerdicts(verdicts: readonly Verdict[]): Promise<string> {
  const byRule = new Map<string, { checked: number; broken: number }>();
  for (const { rules } of verdicts) {
    for (const { rule, ok, checked } of rules) {
      const sum = byRule.get(rule) ?? { checked: 0, broken: 0 };
      byRule.set(rule, { checked: sum.checked + checked, broken: sum.broken + (ok ? 0 : 1) });
    }
  }
  const { default: Table } = await import("cli-table3");
  const table = new Table({ head: ["rule", "checked", "verdict"], style: { head: [], border: [] } });
  for (const [rule, { checked, broken }] of byRule) {
    const verdict =
      broken > 0 ? `BROKEN in ${broken} of ${verdicts.length} runs` : checked > 0 ? "holds" : "does not apply";
    table.push([rule, { hAlign: "right", content: String(checked) }, verdict]);
  }
  const runs = verdicts.length === 1 ? "1 run was" : `${verdicts.length} runs were`;
  return `${table.toString()}\n${runs} repeated and checked.`;
}

function complain(verdicts: readonly Verdict[], otherEngine: string | undefined): void {
  for (const { run, rules } of verdicts) {
    const broken = rules.find((rule) => rule.firstViolation);
    if (!broken?.firstViolation) continue;
    const { timeSeconds, text } = broken.firstViolation;
    throw new WindtunnelError(
      "CHECK_FAILED",
      `${run}: the rule "${broken.rule}" does not hold; first at ${timeSeconds} s: ${text}.`,
      otherEngine ?? "Results or engine are at fault: repeat the experiment, and report it if that does not help.",
    );
  }
}

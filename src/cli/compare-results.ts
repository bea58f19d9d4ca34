// What `compare` does: reads both folders, compares, prints, judges.

import { resolve } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import type { ComparedMetric } from "../model/results.js";
import { nearestName } from "../replay/index.js";
import { renderComparison } from "../report/index.js";
import { commonPairs, compareSides, type Match, type Side } from "../sim/compare.js";
import { type Condition, isMet, parseCondition } from "../sim/gate.js";
import { METRICS } from "../sim/metrics.js";
import { readManifest, readRun } from "../sim/store.js";
import type { CommandContext } from "./context.js";

const MAIN = [
  "jctSecondsMean",
  "jctSecondsP99",
  "waitSecondsMean",
  "boundedSlowdownMean",
  "gpuAllocationRate",
  "costUsd",
];

export async function compareResults(
  context: CommandContext,
  folderA: string,
  folderB: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const known = METRICS.map((metric) => metric.name);
  const texts = (options.failIf as string[] | undefined) ?? [];
  const conditions = texts.map((text) => parseCondition(text, known));
  const shown = options.metric === undefined ? MAIN : wantedMetrics(options.metric as string[], known);
  const metrics = [...new Set([...shown, ...conditions.map((condition) => condition.metric)])];
  const [a, b] = [await readSide(folderA), await readSide(folderB)];
  const rows = compareSides(a, b, matchesOf(a, b, options), metrics);
  if (rows.length === 0) {
    throw new WindtunnelError(
      "RESULT_INVALID",
      `${folderA} and ${folderB} have no policy pair, load and metric in common.`,
      "Give two experiments with the same policies and loads, or name the pairs with --a and --b.",
    );
  }
  const failures = conditions.flatMap((condition) =>
    rows
      .filter((row) => row.metric === condition.metric && isMet(condition, row, options.sure === true))
      .map((row) => ({ condition, row })),
  );
  if (options.json === true) {
    const failed = failures.map(({ condition, row }) => ({ condition: condition.text, ...row }));
    context.out(JSON.stringify({ rows, failed }, null, 2));
  } else {
    context.out(
      renderComparison(
        rows,
        METRICS,
        failures.map(({ row }) => row),
      ),
    );
  }
  refuseUnjudged(conditions, rows);
  if (failures.length > 0) {
    const [first] = failures;
    throw new WindtunnelError(
      "COMPARE_FAILED",
      `${failures.length} of ${conditions.length * countPairs(rows)} judgements failed; the first: ${inWords(first!.condition, first!.row)}`,
      "The table shows all; leave --fail-if out to look without judging.",
    );
  }
}

/** A condition on a metric that no compared run has would never be met: that must not pass for success. */
function refuseUnjudged(conditions: readonly Condition[], rows: readonly ComparedMetric[]): void {
  const unjudged = conditions.find((condition) => rows.every((row) => row.metric !== condition.metric));
  if (!unjudged) return;
  throw new WindtunnelError(
    "RESULT_INVALID",
    `--fail-if '${unjudged.text}': no compared run has the metric ${unjudged.metric}.`,
    "Cost needs prices in the scenario, deadlines need jobs that have one.",
  );
}

function countPairs(rows: readonly ComparedMetric[]): number {
  return new Set(rows.map((row) => JSON.stringify([row.a, row.b, row.load]))).size;
}

function inWords(condition: Condition, row: ComparedMetric): string {
  const pair = `${row.a.queue} + ${row.a.place}${row.load === null ? "" : ` at load ${row.load}`}`;
  const share = ((row.meanB - row.meanA) / row.meanA) * 100;
  return `"${condition.text}" is met by ${pair}: ${row.meanA} in A, ${row.meanB} in B (${share >= 0 ? "+" : ""}${share.toFixed(2)} %).`;
}

function wantedMetrics(names: readonly string[], known: readonly string[]): string[] {
  if (names.length === 1 && names[0] === "all") return [...known];
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return [...names];
  const nearest = nearestName(wrong, known);
  throw new WindtunnelError(
    "USAGE",
    `--metric: there is no metric "${wrong}"${nearest ? `; the nearest name is "${nearest}"` : ""}.`,
    "See `windtunnel metrics` for all names.",
  );
}

async function readSide(folder: string): Promise<Side> {
  const path = resolve(folder);
  const manifest = await readManifest(path);
  const runs = await Promise.all(manifest.runs.map(({ id }) => readRun(path, id, { rows: false })));
  return { runs, data: manifest.provenance.digest };
}

function matchesOf(a: Side, b: Side, options: Readonly<Record<string, unknown>>): Match[] {
  if (options.a === undefined && options.b === undefined) return commonPairs(a, b);
  const first = pairOf(a, String(options.a ?? options.b), "--a");
  return [{ a: first, b: pairOf(b, String(options.b ?? options.a), "--b") }];
}

function pairOf(side: Side, name: string, flag: string): Match["a"] {
  const nameOf = ({ queue, place }: Match["a"]) => `${queue}+${place}`;
  const found = side.runs.find(({ spec }) => nameOf(spec) === name.replaceAll(" ", ""));
  if (found) return { queue: found.spec.queue, place: found.spec.place };
  const nearest = nearestName(name, [...new Set(side.runs.map(({ spec }) => nameOf(spec)))]);
  throw new WindtunnelError(
    "USAGE",
    `${flag}: the experiment has no policy pair "${name}".`,
    nearest === undefined ? "The folder holds no run." : `Did you mean "${nearest}"?`,
  );
}

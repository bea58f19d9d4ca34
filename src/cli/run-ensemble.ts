// What `run` does with a folder that holds an ensemble study: trains, fuses, cuts clouds off, reports.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Interval } from "../model/results.js";
import { parseYaml } from "../replay/index.js";
import { accuracyChart, renderDemandPage } from "../report/index.js";
import { type EnsembleRow, type EnsembleSpec, ensembleSchema, runEnsembleStudy } from "../sim/ensemble-study.js";
import { writeWholeText } from "../sim/store-files.js";
import type { CommandContext } from "./context.js";

const FILE = "ensemble.yaml";

/** The study's file, if the path is one or a folder with one. */
export function ensembleFileOf(path: string): string | undefined {
  if (basename(path) === FILE) return path;
  const file = join(path, FILE);
  return existsSync(file) ? file : undefined;
}

export async function runEnsemble(
  context: CommandContext,
  file: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const spec = parseYaml(await readFile(file, "utf8"), file, ensembleSchema, {
    code: "SCENARIO_INVALID",
    noun: "ensemble study",
    versionKey: "ensemble",
    reference: "docs/models/training-over-clouds.md",
  });
  const say = options.quiet ? () => undefined : context.say;
  say(`${spec.title}\nTraining ...`);
  const rows = runEnsembleStudy(spec, (done, of) => say(`${done} of ${of} replications`));
  const folder = resolve(String(options.out ?? join("results", basename(resolve(file, "..")))));
  const text = await tableText(spec, rows);
  await writeWholeText(join(folder, "results.json"), `${JSON.stringify({ study: spec, rows }, null, 2)}\n`);
  await writeWholeText(join(folder, "results.csv"), csv(rows));
  await writeWholeText(join(folder, "report.html"), await page(spec, rows, text));
  context.out(options.json ? JSON.stringify(rows, null, 2) : text);
  say(`Report: ${join(folder, "report.html")}`);
}

const half = ({ mean, halfWidth }: Interval, digits: number) =>
  `${mean.toFixed(digits)} ± ${halfWidth.toFixed(digits)}`;

const short = (value: number) => String(Number(value.toPrecision(3)));

async function tableText(spec: EnsembleSpec, rows: readonly EnsembleRow[]): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const parts: string[] = [];
  for (const split of spec.splits) {
    const table = new Table({
      head: ["method", "accuracy, %", "MB moved", "USD", "hours", "preempted"],
      colAligns: ["left", "right", "right", "right", "right", "right"],
      style: { head: [], border: [], compact: true },
    });
    for (const row of rows.filter((one) => one.split === split)) {
      const accuracy = { ...row.accuracy, mean: 100 * row.accuracy.mean, halfWidth: 100 * row.accuracy.halfWidth };
      table.push([
        row.method,
        half(accuracy, 1),
        short(row.bytes.mean / 1e6),
        short(row.usd.mean),
        short(row.hours.mean),
        row.preemptions.mean.toFixed(1),
      ]);
    }
    const what =
      split === "even" ? "the same classes everywhere" : `classes skewed (Dirichlet ${spec.data.skewConcentration})`;
    parts.push(`Split: ${what}`, table.toString(), "");
  }
  return [...parts, ...assumptions(spec).map((line) => `- ${line}`)].join("\n");
}

function assumptions(spec: EnsembleSpec): string[] {
  const { data, training, link, clouds } = spec;
  const sized = spec.modelBytes !== undefined || spec.sampleBytes !== undefined;
  return [
    `${spec.replications} replications, 95 % intervals; all methods of a replication meet the same samples.`,
    `Data: digits drawn by the product, ${clouds.length} x ${data.samplesPerCloud} to train on, ${data.testSamples} to test, noise ${data.noise}.`,
    `Model: softmax regression, trained for real; batch ${training.batch}, rate ${training.rate}, ${training.localEpochs} pass(es) a round.`,
    "alone, one-shot and pooled train as many passes as the most rounds do; the worked example takes 10 steps from N(0, 1).",
    `Links: ${link.mbitPerSecond} Mbit/s, ${link.latencySeconds} s, ${link.usdPerGb} USD a GB; ${clouds[0]!.name} collects and sends nothing to itself.`,
    "Rounds wait for the slowest cloud, and every cloud is paid for while it waits; asynchronous ones do not wait.",
    ...(sized
      ? [`Bytes are as if a model had ${spec.modelBytes ?? "its own"} and a sample ${spec.sampleBytes ?? "its own"}.`]
      : []),
  ];
}

function csv(rows: readonly EnsembleRow[]): string {
  const head = "split,method,accuracy,accuracyLow,accuracyHigh,bytes,usd,hours,preemptions";
  const lines = rows.map((r) =>
    [
      r.split,
      r.method,
      r.accuracy.mean,
      r.accuracy.low,
      r.accuracy.high,
      r.bytes.mean,
      r.usd.mean,
      r.hours.mean,
      r.preemptions.mean,
    ].join(","),
  );
  return `${[head, ...lines].join("\n")}\n`;
}

async function page(spec: EnsembleSpec, rows: readonly EnsembleRow[], text: string): Promise<string> {
  const charts = spec.splits.flatMap((split) =>
    (
      [
        ["bytes", "bytes moved"],
        ["usd", "dollars"],
        ["hours", "hours"],
      ] as const
    ).map(([key, axis]) => {
      const points = rows
        .filter((row) => row.split === split)
        .map((row) => ({
          method: row.method,
          family: row.family,
          accuracy: row.accuracy.mean,
          low: row.accuracy.low,
          high: row.accuracy.high,
          cost: row[key].mean,
        }));
      return accuracyChart(`${split}-${key}`, `Accuracy against ${axis}, ${split} split`, axis, points);
    }),
  );
  return renderDemandPage({
    title: spec.title,
    facts: text,
    charts,
    notes: [spec.description, spec.source, ...assumptions(spec)].filter((note) => note !== ""),
  });
}

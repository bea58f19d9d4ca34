// What `run` does with a folder that holds an ensemble study: trains, fuses, cuts clouds off, reports.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { ServeSpec } from "../model/answer-study.js";
import { WindtunnelError } from "../model/errors.js";
import type { Interval } from "../model/results.js";
import { parseYaml, readNumbers } from "../replay/index.js";
import { accuracyChart, type Block, renderDemandPage } from "../report/index.js";
import {
  type EnsembleRow,
  type EnsembleSpec,
  ensembleSchema,
  runReplications,
  summariseEnsemble,
} from "../sim/ensemble-study.js";
import { type AnswerResult, runAnswerStudy } from "../sim/ensembles/study.js";
import { writeWholeText } from "../sim/store-files.js";
import { SPLITS, type Split } from "../sim/training/data.js";
import { checkResidency } from "../sim/training/residency.js";
import type { Replicated } from "../sim/training/study.js";
import { blocksText } from "./blocks-text.js";
import type { CommandContext } from "./context.js";
import { csvText } from "./csv.js";
import { answerAssumptions, answerBlocks, answerCharts } from "./serve-report.js";

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
  checkNames(spec, file);
  const table = spec.data.file === undefined ? undefined : await readNumbers(resolve(dirname(file), spec.data.file));
  say(`${spec.title}\nTraining ...`);
  const threads = (options.workers as number | undefined) ?? context.cores;
  const runs = await runReplications(spec, table, threads, (done, of) => say(`${done} of ${of} replications`));
  const rows = summariseEnsemble(runs);
  const served = spec.serve ? serve(spec, spec.serve, runs, say) : undefined;
  const folder = resolve(String(options.out ?? join("results", basename(resolve(file, "..")))));
  const audit = spec.residency ? auditOf(spec, runs) : undefined;
  if (audit && audit.answer.faults.length > 0)
    throw new WindtunnelError(
      "CHECK_FAILED",
      `Records have moved: ${audit.answer.faults[0]}`,
      "Please report it with the study's file.",
    );
  const notes = [...assumptions(spec), ...(audit ? [audit.sentence] : [])];
  const blocks = ensembleBlocks(spec, rows, served);
  const kept = { study: spec, rows, ...(served ? { served } : {}) };
  await writeWholeText(join(folder, "results.json"), `${JSON.stringify(kept, null, 2)}\n`);
  await writeWholeText(join(folder, "results.csv"), csv(rows));
  if (audit) await writeWholeText(join(folder, "transfers.csv"), audit.csv);
  await writeWholeText(join(folder, "report.html"), await page(spec, rows, blocks, notes, served));
  const shown = () => blocksText([...blocks, "", ...notes.map((note) => `- ${note}`)], context.columns);
  context.out(options.json ? JSON.stringify(kept, null, 2) : await shown());
  say(`Report: ${join(folder, "report.html")}`);
}

/** Everything that crossed a link in the first replication, checked against the rule. */
function auditOf(spec: EnsembleSpec, runs: ReadonlyMap<Split, readonly Replicated[]>) {
  const { records, name } = spec.residency!;
  const moved = [...runs].flatMap(([split, list]) =>
    list[0]!.transfers.map((one) => ({ ...one, method: `${split}, ${one.method}` })),
  );
  const regions = new Map(spec.clouds.map((cloud) => [cloud.name, cloud.region]));
  const largest = spec.modelBytes ?? Math.max(...[...runs.values()].map((list) => list[0]!.modelBytesMost));
  const answer = checkResidency(moved, largest, records === "region" ? (cloud) => regions.get(cloud) : undefined);
  const where = records === "stay" ? "where they are" : "in their region";
  return {
    answer,
    csv: csvText(
      "method,from,to,what,seconds,bytes",
      moved.map((t) => [t.method, t.from, t.to, t.what, t.atSeconds, t.bytes]),
    ),
    sentence: `Rule: ${name}. Records must stay ${where}: of ${answer.transfers} transfers of the first replication (transfers.csv) ${
      answer.recordBytesMoved === 0
        ? "none carried records"
        : `those with records, ${(answer.recordBytesMoved / 1e6).toFixed(0)} MB, stayed in their region`
    }. This says what was moved here; it is no statement on any law.`,
  };
}

/** Clouds that cuts and the service name are there; the service's members are the clouds, in their order. */
function checkNames(spec: EnsembleSpec, file: string): void {
  const names = spec.clouds.map((cloud) => cloud.name);
  const refuse = (what: string): never => {
    throw new WindtunnelError("SCENARIO_INVALID", `${file}: ${what}`, `Clouds: ${names.join(", ")}.`);
  };
  const cut = spec.cuts.find(({ cloud }) => !names.includes(cloud));
  if (cut) refuse(`cuts: "${cut.cloud}" is no cloud.`);
  const members = spec.serve?.members.map((m) => m.name) ?? names;
  if (members.join() !== names.join())
    refuse(`serve.members are ${members.join(", ")}: expected one a cloud, in its order.`);
}

/** The clouds' own models of the first split answer together. */
function serve(
  spec: EnsembleSpec,
  how: ServeSpec,
  runs: ReadonlyMap<Split, readonly Replicated[]>,
  say: (text: string) => void,
): AnswerResult {
  const trained = runs.get(spec.splits[0]!)!;
  say("Serving ...");
  const predictions = (r: number) => {
    const { members, classes, labels } = trained[r]!;
    return { matrices: members, classes, labels };
  };
  return runAnswerStudy(how, spec.replications, spec.seed, predictions);
}

const half = ({ mean, halfWidth }: Interval, digits: number) =>
  `${mean.toFixed(digits)} ± ${halfWidth.toFixed(digits)}`;

const short = (value: number) => String(Number(value.toPrecision(3)));

function ensembleBlocks(spec: EnsembleSpec, rows: readonly EnsembleRow[], served: AnswerResult | undefined): Block[] {
  const heads = ["method", "accuracy, %", "MB moved", "USD", "hours", "preempted"];
  const out: Block[] = [];
  for (const split of spec.splits) {
    const cells = rows
      .filter((one) => one.split === split)
      .map((row) => [
        row.method,
        half({ ...row.accuracy, mean: 100 * row.accuracy.mean, halfWidth: 100 * row.accuracy.halfWidth }, 1),
        short(row.bytes.mean / 1e6),
        short(row.usd.mean),
        short(row.hours.mean),
        row.preemptions.mean.toFixed(1),
      ]);
    const skew = split === "skewed" ? ` ${spec.data.skewConcentration}` : "";
    out.push({ heading: `Split: ${SPLITS[split]}${skew}` }, { table: { heads, keys: 1, rows: cells } });
  }
  if (served)
    out.push(
      { heading: `Served: the clouds' own models, ${SPLITS[spec.splits[0]!]}` },
      ...answerBlocks(spec.serve!, served),
    );
  return out;
}

function assumptions(spec: EnsembleSpec): string[] {
  const { data, training, link, clouds } = spec;
  const sized = spec.modelBytes !== undefined || spec.sampleBytes !== undefined;
  const { hidden, dropout } = training;
  const model =
    hidden.length === 0 ? "softmax regression" : `dense layers, ${hidden.join(", ")} ReLU units, dropout ${dropout}`;
  return [
    `${spec.replications} replications, 95 % intervals; all methods of a replication meet the same samples.`,
    data.file === undefined
      ? `Data: ${data.kind === "digits" ? "digits drawn" : "patients made up"} by the product, ${clouds.length} x ${data.samplesPerCloud} to train on, ${data.testSamples} to test, noise ${data.noise}.`
      : `Data: ${data.file}, in another order in each replication, ${100 * data.testShare} % to test on; features scaled by those trained on.`,
    `Model: ${model}, trained for real; batch ${training.batch}, rate ${training.rate}${training.adam ? ", Adam" : ""}, ${training.localEpochs} pass(es) a round.`,
    "alone, one-shot and what is pooled train as many passes as the most rounds do; the worked example takes 10 steps from N(0, 1).",
    ...(spec.residency
      ? []
      : [
          "second preset: the upper half of the classes against the lower, 64 ReLU units, dropout 0.5, sigmoid, Adam, 10 passes, a fifth of the training samples held out: its accuracy is of two classes.",
        ]),
    `Links: ${link.mbitPerSecond} Mbit/s, ${link.latencySeconds} s, ${link.usdPerGb} USD a GB, one each way for every cloud; ${clouds[0]!.name} collects and sends nothing to itself.`,
    "Trainings and transfers are jobs and links of the engine. Rounds wait for the slowest cloud, and every cloud is paid for while it waits; asynchronous ones do not wait.",
    ...(clouds.some((c) => c.preemptionsPerHour > 0)
      ? [
          `Preemptions: ${clouds.map((c) => `${c.name} ${c.preemptionsPerHour}`).join(", ")} an hour of training; ${
            spec.checkpointSeconds === undefined ? "all of it is lost" : `checkpoints every ${spec.checkpointSeconds} s`
          }, ${spec.restartSeconds} s to begin again, and what was fetched is fetched again.`,
        ]
      : []),
    ...spec.cuts.map(
      (cut) => `${cut.cloud} can neither fetch nor send from ${cut.fromSeconds} s on for ${cut.seconds} s.`,
    ),
    ...(sized
      ? [`Bytes are as if a model had ${spec.modelBytes ?? "its own"} and a sample ${spec.sampleBytes ?? "its own"}.`]
      : []),
    ...(spec.serve ? answerAssumptions(spec.serve) : []),
  ];
}

function csv(rows: readonly EnsembleRow[]): string {
  return csvText(
    "split,method,accuracy,accuracyLow,accuracyHigh,bytes,usd,hours,preemptions",
    rows.map((r) => [
      r.split,
      r.method,
      r.accuracy.mean,
      r.accuracy.low,
      r.accuracy.high,
      r.bytes.mean,
      r.usd.mean,
      r.hours.mean,
      r.preemptions.mean,
    ]),
  );
}

async function page(
  spec: EnsembleSpec,
  rows: readonly EnsembleRow[],
  blocks: readonly Block[],
  notes: readonly string[],
  served: AnswerResult | undefined,
): Promise<string> {
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
    facts: blocks,
    charts: served ? [...charts, ...answerCharts(spec.serve!, served)] : charts,
    notes: [spec.description, spec.source, ...notes].filter((note) => note !== ""),
  });
}

// What `run` does with a folder that holds a study of ensemble services.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { answerStudySchema } from "../model/answer-study.js";
import { parseYaml } from "../replay/index.js";
import { renderDemandPage } from "../report/index.js";
import { predictionsOf } from "../sim/ensembles/predictions.js";
import { type AnswerResult, runAnswerStudy } from "../sim/ensembles/study.js";
import { writeWholeText } from "../sim/store-files.js";
import { blocksText } from "./blocks-text.js";
import type { CommandContext } from "./context.js";
import { csvText } from "./csv.js";
import { answerAssumptions, answerBlocks, answerCharts } from "./serve-report.js";

const FILE = "answers.yaml";

/** The study's file, if the path is one or a folder with one. */
export function answersFileOf(path: string): string | undefined {
  if (basename(path) === FILE) return path;
  const file = join(path, FILE);
  return existsSync(file) ? file : undefined;
}

/** What alert rules changed to in the first replication, a line each. */
function watchCsv({ watch }: AnswerResult): string {
  return csvText(
    "policy,rule,at_seconds,state,value,since_seconds",
    watch.flatMap(({ point, first }) =>
      first.changes.map((c) => [point, c.rule, c.atSeconds, c.state, c.value, c.sinceSeconds]),
    ),
  );
}

export async function runAnswers(
  context: CommandContext,
  file: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const study = parseYaml(await readFile(file, "utf8"), file, answerStudySchema, {
    code: "SCENARIO_INVALID",
    noun: "study of ensemble services",
    versionKey: "windtunnelAnswers",
    reference: "docs/models/ensemble-services.md",
  });
  const say = options.quiet ? () => undefined : context.say;
  const seed = (options.seed as number | undefined) ?? study.seed;
  const replications = (options.replications as number | undefined) ?? study.replications;
  const predictions = await predictionsOf({ ...study, seed }, file);
  const result = runAnswerStudy(study, replications, seed, predictions, (done, of) => {
    if (done === of || done % 20 === 0) say(`${done} of ${of} runs`);
  });
  const blocks = answerBlocks(study, result);
  const notes = [
    study.description,
    study.source,
    ...answerAssumptions(study),
    study.members[0]!.draw
      ? `Answers are drawn, not those of models: the true class of a sample stands out of normal noise by each member's skill, and part of the noise is common to all; ${study.testSamples} samples, drawn anew in each of ${replications} replications. Intervals are 95 %.`
      : study.members[0]!.train
        ? `Members are trained anew in each of ${replications} replications, on digits drawn by the product, noise ${study.noise}; ${study.testSamples} samples are asked about. Intervals are 95 %.`
        : `Answers are read from files, the same in each of ${replications} replications; intervals (95 %) cover when requests come and what they ask, not other samples.`,
  ].filter((note) => note !== "");
  const folder = resolve(String(options.out ?? join("results", basename(resolve(file, "..")))));
  const kept = { format: 1, study, replications, seed, notes, ...result };
  await writeWholeText(join(folder, "answers.json"), `${JSON.stringify(kept, null, 1)}\n`);
  if (result.watch.length > 0) await writeWholeText(join(folder, "alerts.csv"), watchCsv(result));
  const page = { title: study.title, facts: blocks, charts: answerCharts(study, result), notes };
  await writeWholeText(join(folder, "report.html"), await renderDemandPage(page));
  const shown = () => blocksText([study.title, "", ...blocks, ...notes.map((note) => `- ${note}`)], context.columns);
  context.out(options.json ? JSON.stringify(kept) : await shown());
  say(`Report: ${join(folder, "report.html")}`);
}

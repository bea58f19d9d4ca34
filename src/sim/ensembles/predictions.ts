// What members answer: read from files, or from models that are trained here.

import { dirname, resolve } from "node:path";
import { createDraws } from "../../engine/draws.js";
import { exp } from "../../engine/math.js";
import { drawDigits, NetworkArea, shuffle, startModel } from "../../ensemble/index.js";
import type { AnswerStudy } from "../../model/answer-study.js";
import { WindtunnelError } from "../../model/errors.js";
import { AliasTable } from "../../replay/requests/alias.js";
import { readClasses, readMatrix } from "../matrices.js";
import { replicationSeed } from "../workload.js";
import type { Predictions } from "./serve.js";

const BATCH = 32;
/** Probabilities that were rounded may be above 1 by this much. */
const ROUNDING = 1e-4;

function refuse(what: string, hint: string): never {
  throw new WindtunnelError("FUSION_INVALID", what, hint);
}

/** By replication: files give every replication the same. Throws FUSION_INVALID for files that do not go together. */
export async function predictionsOf(study: AnswerStudy, file: string): Promise<(replication: number) => Predictions> {
  const kindsOf = (m: AnswerStudy["members"][number]) =>
    [m.predictions, m.train, m.draw].filter((kind) => kind !== undefined).length;
  const both = study.members.find((m) => kindsOf(m) !== 1);
  if (both)
    refuse(
      `${file}: member "${both.name}" must have one of predictions, train and draw.`,
      "See docs/models/ensemble-services.md.",
    );
  const drawn = study.members.filter((m) => m.draw !== undefined).length;
  if (drawn > 0) {
    if (drawn < study.members.length)
      refuse(`${file}: some members are drawn and others are not: expected all of one kind.`, "Their samples differ.");
    if (study.classes.length < 2)
      refuse(`${file}: classes has ${study.classes.length} entries: expected at least 2.`, "Members draw from them.");
    return (replication) => drawAnswers(study, replicationSeed(study.seed, replication));
  }
  const trained = study.members.filter((m) => m.train !== undefined).length;
  if (trained === study.members.length) return (replication) => train(study, replicationSeed(study.seed, replication));
  if (trained > 0)
    refuse(`${file}: some members are files and some are trained: expected all of one kind.`, "Their samples differ.");
  const read = await readFiles(study, dirname(file));
  return () => read;
}

async function readFiles(study: AnswerStudy, folder: string): Promise<Predictions> {
  if (study.labels === undefined) refuse("labels: is missing.", "Give a file with the class of every sample.");
  const paths = study.members.map((m) => resolve(folder, m.predictions!));
  const all = await Promise.all(paths.map(readMatrix));
  const { rows, columns } = all[0]!;
  all.forEach((matrix, i) => {
    if (matrix.rows !== rows || matrix.columns !== columns)
      refuse(
        `${paths[i]} is ${matrix.rows} x ${matrix.columns}: expected ${rows} x ${columns}, as ${paths[0]}.`,
        "All members answer the same samples.",
      );
    const bad = matrix.values.findIndex((p) => !(p >= 0 && p <= 1 + ROUNDING));
    if (bad >= 0)
      refuse(
        `${paths[i]}, sample ${Math.floor(bad / columns)}, class ${bad % columns} is ${matrix.values[bad]}: expected a probability.`,
        "Members answer probabilities.",
      );
  });
  const labels = await readClasses(resolve(folder, study.labels), rows, columns);
  return { matrices: all.map((matrix) => Float32Array.from(matrix.values)), classes: columns, labels };
}

/**
 * Answers without a model: the true class stands out of normal noise by the member's skill; part of the noise is the sample's
 * own, so that what is hard for one is hard for all. Probabilities are the softmax.
 */
function drawAnswers({ members, classes, testSamples }: AnswerStudy, seed: number): Predictions {
  const n = classes.length;
  const chosen = new AliasTable(
    Int32Array.from(classes.keys()),
    Float64Array.from(classes, ({ share }) => share),
  );
  const draws = createDraws(seed, "opinions");
  const labels = Int32Array.from({ length: testSamples }, () => chosen.draw(draws));
  const hard = Float64Array.from({ length: testSamples * n }, () => draws.normal());
  const matrices = members.map(({ name, draw }) => {
    const own = createDraws(seed, `answers ${name}`);
    const { skill, common } = draw!;
    const matrix = new Float32Array(testSamples * n);
    for (let i = 0; i < testSamples; i++) {
      const scores = Array.from({ length: n }, (_, c) => {
        const noise = Math.sqrt(common) * hard[i * n + c]! + Math.sqrt(1 - common) * own.normal();
        return exp((labels[i] === c ? skill : 0) + noise);
      });
      const sum = scores.reduce((total, score) => total + score, 0);
      for (let c = 0; c < n; c++) matrix[i * n + c] = scores[c]! / sum;
    }
    return matrix;
  });
  return { matrices, classes: n, labels };
}

/** Every member on samples of its own, then asked about the same further ones. */
function train(study: AnswerStudy, seed: number): Predictions {
  const sizes = study.members.map((m) => m.train!.samples);
  const own = sizes.reduce((sum, n) => sum + n, 0);
  const samples = drawDigits(own + study.testSamples, createDraws(seed, "digits"), study.noise);
  let area: NetworkArea | undefined;
  let from = 0;
  const matrices = study.members.map(({ name, train: how }) => {
    area = new NetworkArea(samples, BATCH, { hidden: how!.hidden }, area);
    const indices = Array.from({ length: how!.samples }, (_, n) => from + n);
    from += how!.samples;
    const start = startModel(area, { from: "uniform" }, createDraws(seed, `start ${name}`));
    const order = createDraws(seed, `order ${name}`);
    const options = { epochs: how!.epochs, batch: BATCH, rate: how!.rate, adam: {} };
    const model = area.train(start, indices, options, (list) => shuffle(list, order));
    return area.predict(model, own, own + study.testSamples);
  });
  return { matrices, classes: samples.classes, labels: samples.labels.slice(own) };
}

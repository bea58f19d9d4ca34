// What is trained on: digits that the product draws, or a user's table.

import { createDraws } from "../../engine/draws.js";
import {
  drawDigits,
  drawPatients,
  type Samples,
  shuffle,
  splitByCluster,
  splitByLabel,
  splitBySize,
  splitRandomly,
  splitWithSkew,
} from "../../ensemble/index.js";
import { WindtunnelError } from "../../model/errors.js";
import type { NumberTable } from "../../replay/index.js";

export const SPLITS = {
  even: "the same classes everywhere",
  random: "by chance",
  skewed: "classes skewed (Dirichlet)",
  clusters: "a cluster of features a cloud",
  sizes: "sizes 1, 2, 3 …, by chance",
} as const;
export type Split = keyof typeof SPLITS;

/** Training samples first, then those to be tested on. */
export interface TrainingData {
  samples: Samples;
  trainCount: number;
}

export function digitsOf(trainCount: number, testCount: number, noise: number, seed: number): TrainingData {
  return { samples: drawDigits(trainCount + testCount, createDraws(seed, "digits"), noise), trainCount };
}

export function patientsOf(trainCount: number, testCount: number, noise: number, seed: number): TrainingData {
  return { samples: drawPatients(trainCount + testCount, createDraws(seed, "patients"), noise), trainCount };
}

/**
 * A table's rows in an order drawn by `seed`, the last `testShare` to be tested on; features are made to have mean 0 and
 * standard deviation 1 over those trained on. Classes are the distinct values of the label, in order.
 * Throws LEARNING_INVALID for a label that is no column or has one value or more than 255, and for empty cells.
 */
export function tableData(
  table: NumberTable,
  path: string,
  label: string,
  testShare: number,
  seed: number,
): TrainingData {
  const refuse = (what: string, hint: string): never => {
    throw new WindtunnelError("LEARNING_INVALID", `${path}: ${what}`, hint);
  };
  const at = table.names.indexOf(label);
  if (at < 0) refuse(`there is no column "${label}".`, `Columns: ${table.names.slice(0, 12).join(", ")}.`);
  const { rows } = table;
  table.columns.forEach((column, c) => {
    const empty = column.findIndex((value) => !Number.isFinite(value));
    if (empty >= 0)
      refuse(`row ${empty + 1} of ${table.names[c]} is empty or infinite.`, "Fill it, or leave the row out.");
  });
  const values = [...new Set(table.columns[at]!)].sort((a, b) => a - b);
  if (values.length < 2 || values.length > 255)
    refuse(`"${label}" has ${values.length} values: expected 2 to 255 classes.`, "Name another column.");
  const order = Array.from({ length: rows }, (_, n) => n);
  shuffle(order, createDraws(seed, "table"));
  const trainCount = rows - Math.round(rows * testShare);
  if (trainCount < 2 || trainCount === rows)
    refuse(`${rows} rows leave nothing to train or to test on.`, "Take more rows.");
  const features = table.columns.filter((_, c) => c !== at);
  if (features.length === 0) refuse("there is no column beside the label.", "Add features.");
  const out = new Float32Array(rows * features.length);
  features.forEach((column, f) => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < trainCount; i++) sum += column[order[i]!]!;
    const mean = sum / trainCount;
    for (let i = 0; i < trainCount; i++) squares += (column[order[i]!]! - mean) * (column[order[i]!]! - mean);
    const deviation = Math.sqrt(squares / trainCount) || 1;
    for (let i = 0; i < rows; i++) out[i * features.length + f] = (column[order[i]!]! - mean) / deviation;
  });
  const labels = Int32Array.from(order, (row) => values.indexOf(table.columns[at]![row]!));
  const samples = { count: rows, features: features.length, classes: values.length, values: out, labels };
  return { samples, trainCount };
}

/** Which training samples lie on which cloud. */
export function splitData(
  { samples, trainCount }: TrainingData,
  split: Split,
  clouds: number,
  concentration: number,
  seed: number,
): number[][] {
  const draws = createDraws(seed, `split ${split}`);
  const labels = samples.labels.subarray(0, trainCount);
  if (split === "even") return splitByLabel(labels, clouds, draws);
  if (split === "random") return splitRandomly(trainCount, clouds, draws);
  if (split === "skewed") return splitWithSkew(labels, clouds, concentration, draws);
  if (split === "clusters") return splitByCluster(samples, trainCount, clouds, draws);
  return splitBySize(
    trainCount,
    Array.from({ length: clouds }, (_, c) => c + 1),
    draws,
  );
}

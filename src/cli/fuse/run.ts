// What `fuse` does: reads members, checks them, fuses, writes a table.

import { readFile } from "node:fs/promises";
import { FusionArea, type FusionMethod, type NpyArray, parseNpy, stackWeights } from "../../ensemble/index.js";
import { WindtunnelError } from "../../model/errors.js";
import { type Column, writeTable } from "../../sim/parquet.js";
import { writeWhole } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";

export interface FuseOptions {
  method: string;
  out: string;
  weights?: readonly number[];
  values: boolean;
  labels?: string;
}

export async function fuseFiles(
  context: CommandContext,
  paths: readonly string[],
  options: FuseOptions,
): Promise<void> {
  const { method, out, values, labels: labelsPath } = options;
  if (!/\.(parquet|csv)$/.test(out))
    throw new WindtunnelError("USAGE", `--out: got "${out}", expected a .parquet or .csv file.`, "See --help.");
  const stacked = method === "stacking";
  if (stacked && labelsPath === undefined)
    throw new WindtunnelError(
      "USAGE",
      "--method stacking learns weights from true classes.",
      "Give --labels FILE.npy.",
    );
  const members = await Promise.all(paths.map(read));
  const { rows, columns } = sameShape(paths, members);
  const wide = members.some(({ values: v }) => v instanceof Float64Array);
  const area = new FusionArea({
    samples: rows,
    classes: columns,
    members: members.length,
    wide,
    rows: values ? "values" : "probabilities",
  });
  members.forEach((member, i) => {
    area.member(i).set(member.values);
  });
  area.check();
  const labels = labelsPath === undefined ? undefined : await readLabels(labelsPath, rows, columns);
  const weights = stacked
    ? stackWeights(
        members.map((member) => member.values),
        labels!,
        columns,
      )
    : options.weights;
  const fused = area.fuse((stacked ? "average" : method) as FusionMethod, weights ? { weights } : {});
  const table: Column[] =
    fused instanceof Int32Array
      ? [{ name: "class", type: "INTEGER", values: fused }]
      : Array.from({ length: columns }, (_, c) => ({
          name: columns === 1 ? "value" : `class_${c}`,
          type: "DOUBLE" as const,
          values: Float64Array.from({ length: rows }, (_, n) => fused[n * columns + c]!),
        }));
  await writeWhole(out, (path) => writeTable(path, out.endsWith(".csv") ? "csv" : "parquet", table, rows));
  const told = [`${members.length} members, ${rows} samples, ${columns} ${values ? "columns" : "classes"}: ${method}.`];
  if (weights) told.push(`Weights ${shares(weights)}.`);
  if (labels && !values) told.push(...accuracies(paths, members, labels, fused, columns));
  context.say([...told, `Wrote ${out}.`].join("\n"));
}

function shares(weights: readonly number[]): string {
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => (weight / sum).toFixed(3)).join(", ");
}

async function read(path: string): Promise<NpyArray> {
  const bytes = await readFile(path).catch((cause) => {
    throw new WindtunnelError("FUSION_INVALID", `${path} cannot be read.`, "Check the path.", { cause });
  });
  return parseNpy(bytes, path);
}

function sameShape(paths: readonly string[], members: readonly NpyArray[]): NpyArray {
  const first = members[0]!;
  members.forEach(({ rows, columns }, i) => {
    if (rows === first.rows && columns === first.columns) return;
    throw new WindtunnelError(
      "FUSION_INVALID",
      `${paths[i]} is ${rows} x ${columns}: expected ${first.rows} x ${first.columns}, as ${paths[0]}.`,
      "All members must answer the same samples and classes.",
    );
  });
  return first;
}

async function readLabels(path: string, rows: number, classes: number): Promise<Float32Array | Float64Array> {
  const labels = await read(path);
  const bad = labels.values.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  const what =
    labels.rows !== rows || labels.columns !== 1
      ? `is ${labels.rows} x ${labels.columns}: expected ${rows} classes, one a sample`
      : bad >= 0
        ? `has ${labels.values[bad]} for sample ${bad}: expected a class from 0 to ${classes - 1}`
        : undefined;
  if (what === undefined) return labels.values;
  throw new WindtunnelError("FUSION_INVALID", `${path} ${what}.`, "Labels are numbers of classes, float32 or float64.");
}

function accuracies(
  paths: readonly string[],
  members: readonly NpyArray[],
  labels: ArrayLike<number>,
  fused: ArrayLike<number>,
  classes: number,
): string[] {
  const votes = fused.length === labels.length && classes > 1;
  const right = (classOf: (n: number) => number) => {
    let count = 0;
    for (let n = 0; n < labels.length; n++) count += classOf(n) === labels[n] ? 1 : 0;
    return (count / labels.length).toFixed(4);
  };
  return [
    ...members.map(({ values }, i) => `Accuracy of ${paths[i]}: ${right((n) => greatest(values, n, classes))}`),
    `Accuracy fused: ${right((n) => (votes ? fused[n]! : greatest(fused, n, classes)))}`,
  ];
}

function greatest(rows: ArrayLike<number>, n: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (rows[n * classes + c]! > rows[n * classes + best]!) best = c;
  return best;
}

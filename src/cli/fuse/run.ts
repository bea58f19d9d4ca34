// What `fuse` does: reads members, checks them, fuses, writes a table.

import { writeFile } from "node:fs/promises";
import {
  Crew,
  FusionArea,
  type FusionMethod,
  formatNpy,
  fuseRankRows,
  type NpyArray,
  stackWeights,
} from "../../ensemble/index.js";
import { WindtunnelError } from "../../model/errors.js";
import { readMatrix } from "../../sim/matrices.js";
import { type Column, writeTable } from "../../sim/parquet.js";
import { writeWhole } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";
import { accuracies, errors, pinballs, readTruth } from "./judge.js";

export interface FuseOptions {
  method: string;
  out: string;
  weights?: readonly number[];
  values: boolean;
  /** Levels of the columns, which are then quantiles. */
  quantiles?: readonly number[];
  labels?: string;
  threads?: number;
}

type Fused = Float32Array | Float64Array | Int32Array;

export async function fuseFiles(
  context: CommandContext,
  paths: readonly string[],
  options: FuseOptions,
): Promise<void> {
  const { method, out, labels: labelsPath, quantiles } = options;
  if (!/\.(parquet|csv|npy)$/.test(out))
    throw new WindtunnelError("USAGE", `--out: got "${out}", expected a .parquet, .csv or .npy file.`, "See --help.");
  if (method === "stacking" && labelsPath === undefined)
    throw new WindtunnelError(
      "USAGE",
      "--method stacking learns weights from true classes.",
      "Give --labels FILE.npy.",
    );
  const values = options.values || quantiles !== undefined || method === "reciprocal-rank";
  const members = await Promise.all(paths.map(readMatrix));
  const { rows, columns } = sameShape(paths, members);
  checkQuantiles(paths, members, quantiles);
  const area = new FusionArea({
    samples: rows,
    classes: columns,
    members: members.length,
    wide: members.some(({ values: v }) => v instanceof Float64Array),
    rows: values ? "values" : "probabilities",
  });
  members.forEach((member, i) => {
    area.member(i).set(member.values);
  });
  area.check();
  const truth = labelsPath === undefined ? undefined : await readTruth(labelsPath, rows, columns, values);
  const matrices = members.map((member) => member.values);
  const weights = method === "stacking" ? stackWeights(matrices, truth!, columns) : options.weights;
  const fused = await fuse(area, method, matrices, weights, options.threads ?? 1);
  await write(out, fused, rows, columns, quantiles);
  const told = [`${members.length} members, ${rows} samples, ${columns} ${values ? "columns" : "classes"}: ${method}.`];
  if (weights) told.push(`Weights ${shares(weights)}.`);
  if (truth) {
    const all = [
      ...paths.map((path, i) => ({ name: `of ${path}`, rows: matrices[i]! })),
      { name: "fused", rows: fused },
    ];
    if (quantiles) told.push(...pinballs(all, truth, quantiles));
    else if (!values || method === "reciprocal-rank") told.push(...accuracies(all, truth, columns));
    else told.push(...errors(all, truth, columns));
  }
  context.say([...told, `Wrote ${out}.`].join("\n"));
}

async function fuse(
  area: FusionArea,
  method: string,
  members: readonly ArrayLike<number>[],
  weights: readonly number[] | undefined,
  threads: number,
): Promise<Fused> {
  if (method === "reciprocal-rank") return fuseRankRows(members, area.shape.classes, weights);
  const how = (method === "stacking" ? "average" : method) as FusionMethod;
  const options = weights ? { weights } : {};
  if (threads === 1) return area.fuse(how, options);
  const crew = new Crew(area.bulk, threads);
  try {
    return await crew.fuse(area, how, options);
  } finally {
    await crew.close();
  }
}

async function write(
  out: string,
  fused: Fused,
  rows: number,
  columns: number,
  quantiles: readonly number[] | undefined,
): Promise<void> {
  const votes = fused.length === rows && columns > 1;
  if (out.endsWith(".npy")) {
    const values = fused instanceof Int32Array ? Float64Array.from(fused) : fused;
    await writeWhole(out, (path) => writeFile(path, formatNpy({ rows, columns: votes ? 1 : columns, values })));
    return;
  }
  const name = (c: number) => (quantiles ? `q_${quantiles[c]}` : columns === 1 ? "value" : `class_${c}`);
  const table: Column[] =
    fused instanceof Int32Array
      ? [{ name: "class", type: "INTEGER", values: fused }]
      : Array.from({ length: columns }, (_, c) => ({
          name: name(c),
          type: "DOUBLE" as const,
          values: Float64Array.from({ length: rows }, (_, n) => fused[n * columns + c]!),
        }));
  await writeWhole(out, (path) => writeTable(path, out.endsWith(".csv") ? "csv" : "parquet", table, rows));
}

function shares(weights: readonly number[]): string {
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => (weight / sum).toFixed(3)).join(", ");
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

/** Levels rise, there are as many as columns, and no row's quantiles cross. */
function checkQuantiles(paths: readonly string[], members: readonly NpyArray[], levels?: readonly number[]): void {
  if (!levels) return;
  const { rows, columns } = members[0]!;
  const rising = levels.every((level, c) => level > (levels[c - 1] ?? 0) && level < 1);
  if (levels.length !== columns || !rising)
    throw new WindtunnelError(
      "USAGE",
      `--quantiles: got "${levels.join(",")}", expected ${columns} rising levels between 0 and 1, one a column.`,
      "See --help.",
    );
  members.forEach(({ values }, i) => {
    for (let at = 0; at < rows * columns; at++) {
      if (at % columns === 0 || values[at]! >= values[at - 1]!) continue;
      throw new WindtunnelError(
        "FUSION_INVALID",
        `${paths[i]}, sample ${Math.floor(at / columns)}: quantile ${levels[at % columns]} is ${values[at]}, below ${values[at - 1]} of ${levels[(at % columns) - 1]}.`,
        "Quantiles of a row must not fall.",
      );
    }
  });
}

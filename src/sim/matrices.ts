// Matrices of numbers from users' files: what models answered, and what was true.

import { readFile } from "node:fs/promises";
import { type NpyArray, parseNpy } from "../ensemble/index.js";
import { WindtunnelError } from "../model/errors.js";
import { readNumbers } from "../replay/index.js";

/** .npy, .csv (with a head) or .parquet: a row a sample, a column a class. Throws FUSION_INVALID for what cannot be read. */
export async function readMatrix(path: string): Promise<NpyArray> {
  if (/\.(csv|parquet)$/.test(path)) {
    const table = await readNumbers(path).catch((error) => {
      if (!(error instanceof WindtunnelError)) throw error;
      throw new WindtunnelError("FUSION_INVALID", error.message, error.hint, { cause: error });
    });
    const { rows, columns } = table;
    const values = new Float64Array(rows * columns.length);
    columns.forEach((column, c) => {
      for (let n = 0; n < rows; n++) values[n * columns.length + c] = column[n]!;
    });
    return { rows, columns: columns.length, values };
  }
  const bytes = await readFile(path).catch((cause) => {
    throw new WindtunnelError("FUSION_INVALID", `${path} cannot be read.`, "Check the path.", { cause });
  });
  return parseNpy(bytes, path);
}

/** Classes of samples, one a row. Throws FUSION_INVALID for another number of rows, or what is no class. */
export async function readClasses(path: string, rows: number, classes: number): Promise<Int32Array> {
  const labels = await readMatrix(path);
  const bad = labels.values.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  const what =
    labels.rows !== rows || labels.columns !== 1
      ? `is ${labels.rows} x ${labels.columns}: expected ${rows} classes, one a sample`
      : bad >= 0
        ? `has ${labels.values[bad]} for sample ${bad}: expected a class from 0 to ${classes - 1}`
        : undefined;
  if (what === undefined) return Int32Array.from(labels.values);
  throw new WindtunnelError("FUSION_INVALID", `${path} ${what}.`, "Labels are whole numbers, a class a sample.");
}

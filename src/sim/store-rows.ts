// The per-job rows of a run as a Parquet file, one column a field of JobRows.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { JobRows } from "../model/results.js";
import { type ColumnTarget, readParquet, writeTable } from "./parquet.js";
import { writeWhole } from "./store-files.js";

/** Times are doubles as in memory: exact whole µs, NaN where it did not happen. */
const ROW_TYPES = {
  job: "INTEGER",
  submitMicros: "DOUBLE",
  firstStartMicros: "DOUBLE",
  finishMicros: "DOUBLE",
  heldMicros: "DOUBLE",
  lostGpuMicros: "DOUBLE",
  gpuMilli: "INTEGER",
  restarts: "INTEGER",
  endStatus: "UTINYINT",
  tenant: "INTEGER",
  pool: "INTEGER",
} as const satisfies Record<Exclude<keyof JobRows, "count">, ColumnTarget["type"]>;
const NAMES = Object.keys(ROW_TYPES) as (keyof typeof ROW_TYPES)[];

export function createRows(count: number): JobRows {
  return {
    count,
    job: new Int32Array(count),
    submitMicros: new Float64Array(count),
    firstStartMicros: new Float64Array(count),
    finishMicros: new Float64Array(count),
    heldMicros: new Float64Array(count),
    lostGpuMicros: new Float64Array(count),
    gpuMilli: new Int32Array(count),
    restarts: new Int32Array(count),
    endStatus: new Uint8Array(count),
    tenant: new Int32Array(count),
    pool: new Int32Array(count),
  };
}

/** @returns SHA-256 of the file, hex, so that a damaged one is noticed. */
export async function writeRows(path: string, rows: JobRows): Promise<string> {
  const columns = NAMES.map((name) => ({ name, type: ROW_TYPES[name], values: rows[name] }));
  let digest = "";
  await writeWhole(path, async (temporary) => {
    await writeTable(temporary, "parquet", columns, rows.count);
    digest = await fileSha256(temporary);
  });
  return digest;
}

/** @throws Error if the file is not what was written: other bytes, columns or number of rows. */
export async function readRows(path: string, expected: { count: number; sha256: string }): Promise<JobRows> {
  const digest = await fileSha256(path);
  if (digest !== expected.sha256) throw new Error(`its SHA-256 is ${digest}, expected ${expected.sha256}`);
  let rows = createRows(0);
  await readParquet(path, (count) => {
    if (count !== expected.count) throw new Error(`it has ${count} rows, expected ${expected.count}`);
    rows = createRows(count);
    return NAMES.map((name) => ({ name, type: ROW_TYPES[name], into: rows[name] }));
  });
  return rows;
}

async function fileSha256(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

// The per-job rows of a run as a Parquet file, one column a field of JobRows.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { JobRows } from "../model/results.js";
import { readParquet, writeTable } from "./parquet.js";
import { createRows, ROW_HEADS } from "./row-columns.js";
import type { RunTable } from "./run-table.js";
import { writeWhole } from "./store-files.js";

/** @returns SHA-256 of the file, hex, so that a damaged one is noticed. */
export async function writeRows(path: string, rows: JobRows | RunTable): Promise<string> {
  let digest = "";
  await writeWhole(path, async (temporary) => {
    if ("write" in rows) await rows.write(temporary);
    else await writeTable(temporary, "parquet", columnsOf(rows), rows.count);
    digest = await fileSha256(temporary);
  });
  return digest;
}

function columnsOf(rows: JobRows) {
  return ROW_HEADS.map((head) => ({ ...head, values: rows[head.name] }));
}

/** @throws Error if the file is not what was written: other bytes, columns or number of rows. */
export async function readRows(path: string, expected: { count: number; sha256: string }): Promise<JobRows> {
  await verifyRows(path, expected.sha256);
  let rows = createRows(0);
  await readParquet(path, (count) => {
    if (count !== expected.count) throw new Error(`it has ${count} rows, expected ${expected.count}`);
    rows = createRows(count);
    return ROW_HEADS.map((head) => ({ ...head, into: rows[head.name] }));
  });
  return rows;
}

/** @throws Error if the file has other bytes than were written. */
export async function verifyRows(path: string, sha256: string): Promise<void> {
  const digest = await fileSha256(path);
  if (digest !== sha256) throw new Error(`its SHA-256 is ${digest}, expected ${sha256}`);
}

async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

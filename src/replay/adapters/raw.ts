// Brings a CSV file into DuckDB with every value as text, so that what a value means is decided, and reported, by us.

import { open } from "node:fs/promises";
import { WindtunnelError } from "../../model/errors.js";
import type { RejectedRow } from "../../model/jobs.js";
import { type Database, quoteSql } from "../duckdb.js";

const HEADER_BYTES_MAX = 65_536;
const HINT = "Compare the file's SHA-256 with the registry's and fetch it again.";

/**
 * Creates table `raw` (`row` from 1, then the file's columns as VARCHAR) and returns the rows that are not CSV rows of
 * this header. Throws TRACE_UNREADABLE if the file is empty, not UTF-8, or lacks one of `required`.
 */
export async function readRaw(database: Database, file: string, required: readonly string[]): Promise<RejectedRow[]> {
  const header = await readHeader(file);
  const absent = required.filter((name) => !header.includes(name));
  if (absent.length > 0) {
    throw new WindtunnelError(
      "TRACE_UNREADABLE",
      `${file}:1: the header lacks ${absent.join(", ")}: "${header.join(",").slice(0, 200)}"; expected ${required.join(", ")}.`,
      HINT,
    );
  }
  const columns = header.map((name) => `${quoteSql(name)}: 'VARCHAR'`).join(", ");
  try {
    // Explicit in everything: a sniffer that guesses otherwise on another version would change the data silently.
    await database.run(
      `CREATE TABLE raw AS SELECT row_number() OVER () AS row, * FROM read_csv(${quoteSql(file)}, header = true,
       auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {${columns}}, store_rejects = true)`,
    );
  } catch (cause) {
    throw new WindtunnelError("TRACE_UNREADABLE", `${file}: not readable as CSV: ${firstLine(cause)}`, HINT, { cause });
  }
  const errors = await database.select(
    "SELECT line::DOUBLE, coalesce(column_name, ''), error_type::VARCHAR, trim(csv_line, chr(10) || chr(13)) FROM reject_errors",
    { line: "float64", column: "text", type: "text", text: "text" },
  );
  // A line can have several errors, and is still one row.
  const byLine = new Map<number, RejectedRow>();
  errors.line.forEach((line, i) => {
    if (byLine.has(line)) return;
    const reason = `not a row of this file: ${errors.type[i]!.toLowerCase()}`;
    byLine.set(line, { file, line, column: errors.column[i]!, value: errors.text[i]!.slice(0, 200), reason });
  });
  return [...byLine.values()];
}

async function readHeader(file: string): Promise<string[]> {
  const handle = await open(file);
  let bytes: Buffer;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES_MAX), 0, HEADER_BYTES_MAX, 0);
    bytes = buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
  const end = bytes.indexOf(10);
  const line = bytes.subarray(0, end < 0 ? bytes.length : end);
  if (line.length === 0)
    throw new WindtunnelError("TRACE_UNREADABLE", `${file}: the file is empty or starts with an empty line.`, HINT);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(line);
  } catch (cause) {
    throw new WindtunnelError("TRACE_UNREADABLE", `${file}:1: the header is not UTF-8 text.`, HINT, { cause });
  }
  return text
    .trim()
    .split(",")
    .map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n")[0]!;
}

// Brings raw files into DuckDB with every value as text, so that what a value means is decided, and reported, by us.

import { WindtunnelError } from "../../model/errors.js";
import type { RejectedRow } from "../../model/jobs.js";
import { type Database, firstLine, quoteName, quoteSql } from "../duckdb.js";
import type { RawFormat } from "./adapter.js";
import { readHeader, WRONG_FILE } from "./header.js";
import { linesOfRows, type Place } from "./lines.js";

export interface RawTable {
  /** Rows that are no rows of this format. */
  malformed: RejectedRow[];
  /** File and line of rows by `_row`. */
  places(rows: Iterable<number>): Promise<Map<number, Place>>;
}

type Csv = Extract<RawFormat, { kind: "csv" }>;
type Blanks = Extract<RawFormat, { kind: "blanks" }>;

/**
 * Creates table `table` from `files`: `_row` from 1, `_file`, then the files' columns as VARCHAR. Throws
 * TRACE_UNREADABLE if a file is empty, not UTF-8, not of the format, or lacks one of `required`.
 */
export function readRaw(
  database: Database,
  table: string,
  files: readonly string[],
  format: RawFormat,
  required: readonly string[],
): Promise<RawTable> {
  if (format.kind === "csv") return readCsv(database, table, files, format, required);
  if (format.kind === "blanks") return readBlanks(database, table, files, format);
  return readByDuckDb(database, table, files, format, required);
}

async function readCsv(
  database: Database,
  table: string,
  files: readonly string[],
  format: Csv,
  required: readonly string[],
): Promise<RawTable> {
  let names = format.columns ?? [];
  for (const file of files) {
    const header = await readHeader(file, format, required);
    if (format.columns !== undefined) continue;
    if (file !== files[0] && `${header}` !== `${names}`) {
      throw new WindtunnelError(
        "TRACE_UNREADABLE",
        `${file}:1: its columns are ${header.join(", ")}; those of ${files[0]} are ${names.join(", ")}.`,
        "Files of one table must have the same columns in the same order.",
      );
    }
    names = header;
  }
  const columns = names.map((name) => `${quoteSql(name)}: 'VARCHAR'`).join(", ");
  const quote = format.quote ? "quote = '\"', escape = '\"'" : "quote = '', escape = ''";
  // Explicit in everything: a sniffer that guesses otherwise on another version would change the data silently.
  await create(
    database,
    table,
    files,
    `read_csv([${files.map(quoteSql).join(", ")}], header = ${format.columns === undefined}, auto_detect = false,
      delim = ${quoteSql(format.delimiter)}, ${quote}, columns = {${columns}}, filename = '_file', store_rejects = true,
      rejects_table = ${quoteSql(`${table}_errors`)}, rejects_scan = ${quoteSql(`${table}_scans`)})`,
  );
  const malformed = await malformedRows(database, table, names);
  const skipped = new Map(files.map((file) => [file, new Set<number>()]));
  for (const row of malformed) skipped.get(row.file)?.add(row.line);
  return { malformed, places: (rows) => linesOfRows(files, format.columns === undefined, rows, skipped) };
}

async function malformedRows(database: Database, table: string, names: readonly string[]): Promise<RejectedRow[]> {
  const errors = await database.select(
    `SELECT s.file_path, e.line::DOUBLE, coalesce(e.column_name, ''), e.error_type::VARCHAR,
            trim(e.csv_line, chr(10) || chr(13))
     FROM ${table}_errors e JOIN ${table}_scans s USING (scan_id, file_id) ORDER BY s.file_id, e.line, e.column_idx`,
    { file: "text", line: "float64", column: "text", type: "text", text: "text" },
  );
  // A line can have several errors, and is still one row.
  const byLine = new Map<string, RejectedRow>();
  errors.line.forEach((line, i) => {
    const file = errors.file[i]!;
    const key = `${line} ${file}`;
    if (byLine.has(key)) return;
    const type = errors.type[i]!.toLowerCase();
    // with columns missing, the first that is, and with it all that follow
    const from = names.indexOf(errors.column[i]!);
    const missing = type === "missing columns" && from >= 0 ? ` (${names.slice(from).join(", ")})` : "";
    const column = type === "missing columns" || type === "too many columns" ? "" : errors.column[i]!;
    const value = errors.text[i]!.slice(0, 200);
    byLine.set(key, { file, line, column, value, reason: `not a row of this file: ${type}${missing}` });
  });
  return [...byLine.values()];
}

/** Read as text and split by us: an archive's header of comments and its alignment by blanks are no CSV. */
async function readBlanks(
  database: Database,
  table: string,
  files: readonly string[],
  format: Blanks,
): Promise<RawTable> {
  // one row a line, comments and blank lines included, so that a row's place is known
  await create(
    database,
    `${table}_lines`,
    files,
    `(SELECT filename AS _file, generate_subscripts(lines, 1) AS line, trim(unnest(lines), ' ' || chr(9) || chr(13)) AS text
      FROM (SELECT filename, string_split(content, chr(10)) AS lines FROM read_text([${files.map(quoteSql).join(", ")}])))`,
  );
  await database.run(
    `CREATE TABLE ${table}_fields AS SELECT _row, _file, line, text,
       string_split(regexp_replace(text, '[ \\t]+', ' ', 'g'), ' ') AS fields FROM ${table}_lines
     WHERE text <> '' AND NOT starts_with(text, ${quoteSql(format.comment)});
     DROP TABLE ${table}_lines;
     CREATE TABLE ${table} AS SELECT _row, _file,
       ${format.columns.map((name, i) => `fields[${i + 1}] AS ${quoteName(name)}`).join(", ")}
     FROM ${table}_fields WHERE len(fields) = ${format.columns.length}`,
  );
  const rest = await database.select(
    `SELECT _file, line::DOUBLE, text, len(fields)::INTEGER FROM ${table}_fields
     WHERE len(fields) <> ${format.columns.length} ORDER BY _row`,
    { file: "text", line: "float64", text: "text", fields: "int32" },
  );
  const wanted = format.columns.length;
  const malformed = rest.file.map((file, i) => ({
    file,
    line: rest.line[i]!,
    column: "",
    value: rest.text[i]!.slice(0, 200),
    reason: `not a row of this file: ${rest.fields[i]} fields, expected ${wanted}`,
  }));
  return {
    malformed,
    places: async (rows) => {
      const found = await database.select(
        `SELECT _row::DOUBLE, _file, line::DOUBLE FROM ${table}_fields WHERE _row IN (${[...rows].join(",") || "0"})`,
        { row: "float64", file: "text", line: "float64" },
      );
      return new Map(Array.from(found.row, (row, i) => [row, { file: found.file[i]!, line: found.line[i]! }]));
    },
  };
}

async function readByDuckDb(
  database: Database,
  table: string,
  files: readonly string[],
  { kind }: RawFormat,
  required: readonly string[],
): Promise<RawTable> {
  const list = `[${files.map(quoteSql).join(", ")}]`;
  const source = {
    text: `(SELECT filename AS _file, content FROM read_text(${list}))`,
    parquet: `read_parquet(${list}, filename = '_file')`,
    json: `read_json(${list}, filename = '_file', sample_size = -1)`,
  }[kind as "text"];
  await create(database, table, files, `(SELECT COLUMNS(*)::VARCHAR FROM ${source})`);
  const { name } = await database.select(`SELECT column_name FROM (DESCRIBE ${table})`, { name: "text" });
  const absent = required.filter((column) => !name.includes(column));
  if (absent.length > 0) {
    const there = name.filter((column) => !column.startsWith("_")).join(", ");
    throw new WindtunnelError(
      "TRACE_UNREADABLE",
      `${files[0]}: it lacks ${absent.join(", ")}; it has ${there}.`,
      WRONG_FILE,
    );
  }
  // rows of one file are counted as its lines, which is what they are in JSON with a line a row
  const one = files.length === 1 ? files[0]! : undefined;
  return {
    malformed: [],
    places: async (rows) =>
      new Map([...rows].map((row) => [row, { file: one ?? files.join(", "), line: one ? row : 0 }])),
  };
}

async function create(database: Database, table: string, files: readonly string[], source: string): Promise<void> {
  try {
    await database.run(`CREATE TABLE ${table} AS SELECT row_number() OVER () AS _row, * FROM ${source}`);
  } catch (cause) {
    const message = `${files[0]}${files.length > 1 ? ` and ${files.length - 1} more` : ""}: cannot be read: ${firstLine(cause)}`;
    throw new WindtunnelError("TRACE_UNREADABLE", message, WRONG_FILE, { cause });
  }
}

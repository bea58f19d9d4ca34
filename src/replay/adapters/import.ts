// Raw files to canonical columns: read as text, select, convert, check every row. What is made of the columns is
// build-*.ts's.

import { WindtunnelError } from "../../model/errors.js";
import type { RejectedRow } from "../../model/jobs.js";
import { type Database, quoteName, withDatabase } from "../duckdb.js";
import type { Adapter } from "./adapter.js";
import { CANONICAL, type ColumnRule, crossFault, UNREADABLE } from "./columns.js";
import { type RawTable, readRaw } from "./raw.js";
import { runSelect } from "./select.js";
import { converted } from "./units.js";

/** Columns of the rows that can be used, by canonical name; one that the SELECT does not yield is absent. */
export interface Imported {
  count: number;
  numbers: Record<string, Float64Array>;
  texts: Record<string, string[]>;
  rejected: RejectedRow[];
  /** Rows that begin earlier than the row before them in the file. */
  backwards: number;
}

export interface ImportFiles {
  raw: readonly string[];
  /** Files of the side tables. */
  side?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Reads files through `adapter`; the rows come sorted by their first column (ties in the order of the file), nodes in
 * the order of the file. Rows that cannot be used are in `rejected`, in order of line; with `strict` the first of them
 * throws TRACE_ROW_INVALID. Throws TRACE_UNREADABLE if the files are not such files or no row is left, and
 * TRACE_FILE_INVALID if the SELECT does not run or yields other columns.
 */
export function importTable(files: ImportFiles, adapter: Adapter, strict: boolean): Promise<Imported> {
  return withDatabase(async (database) => {
    const raw = await readRaw(database, "raw", files.raw, adapter.format, adapter.required);
    for (const [name, table] of Object.entries(adapter.tables ?? {})) {
      const side = await readRaw(database, name, files.side?.[name] ?? [], table.format, table.required);
      if (side.malformed[0]) throw strictError(side.malformed[0]);
    }
    for (const name of adapter.optional ?? []) {
      await database.run(`ALTER TABLE raw ADD COLUMN IF NOT EXISTS ${quoteName(name)} VARCHAR`);
    }
    await database.seal();
    const names = await runSelect(database, adapter);
    const rules = CANONICAL[adapter.kind].filter((rule) => names.includes(rule.name));
    const { key, row, numbers } = await convert(database, adapter, rules, names);
    const accepted: number[] = [];
    const faults = new Map<number, Fault>();
    for (let i = 0; i < key.length; i++) {
      const fault = faultOf(rules, numbers, i, adapter);
      if (fault === undefined) accepted.push(i);
      else faults.set(key[i]!, { ...fault, row: row[i]! });
    }
    const rejected = [...raw.malformed, ...(await describeFaults(database, adapter, raw, faults))];
    rejected.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
    if (strict && rejected.length > 0) throw strictError(rejected[0]!);
    if (accepted.length === 0) throw emptyError(files.raw[0]!, rejected);
    return {
      count: accepted.length,
      numbers: Object.fromEntries(
        Object.entries(numbers).map(([name, column]) => [name, Float64Array.from(accepted, (i) => column[i]!)]),
      ),
      texts: await selectTexts(database, adapter, rules, accepted),
      rejected,
      backwards: adapter.kind !== "jobs" ? 0 : countBackwards(numbers[rules[0]!.name]!, row, accepted),
    };
  });
}

interface Fault {
  rule: ColumnRule;
  expected: string;
  row: number;
}

const isText = (rule: ColumnRule) => rule.quantity === "text";

/** Order of the rows: of time, and of the file where that does not decide. */
function order(adapter: Adapter): string {
  const first = CANONICAL[adapter.kind][0]!;
  const by =
    adapter.kind === "nodes"
      ? ""
      : `${converted(quoteName(first.name), first.quantity, adapter.units?.[first.name])}, `;
  return `ORDER BY ${by}_row, rowid`;
}

async function convert(
  database: Database,
  adapter: Adapter,
  rules: readonly ColumnRule[],
  names: readonly string[],
): Promise<{ key: Float64Array; row: Float64Array; numbers: Record<string, Float64Array> }> {
  if (!names.includes("_row")) await database.run("ALTER TABLE selected ADD COLUMN _row BIGINT DEFAULT 0");
  const numeric = rules.filter((rule) => !isText(rule));
  const expressions = numeric.map(({ name, quantity }) => {
    const value = converted(quoteName(name), quantity, adapter.units?.[name]);
    // empty is "not recorded", which differs from what cannot be read
    return `CASE WHEN ${quoteName(name)} IS NULL OR ${quoteName(name)}::VARCHAR = '' THEN NULL
      ELSE coalesce(nullif(${value}, 'NaN'::DOUBLE), '-inf'::DOUBLE) END`;
  });
  const kinds = Object.fromEntries(
    ["_key", "_row", ...numeric.map((rule) => rule.name)].map((name) => [name, "float64" as const]),
  );
  const columns = await database.select(
    `SELECT ${["rowid::DOUBLE", "TRY_CAST(_row AS DOUBLE)", ...expressions].join(", ")} FROM selected ${order(adapter)}`,
    kinds,
  );
  const { _key, _row, ...numbers } = columns as Record<string, Float64Array>;
  return { key: _key!, row: _row!, numbers };
}

function faultOf(
  rules: readonly ColumnRule[],
  numbers: Readonly<Record<string, Float64Array>>,
  i: number,
  adapter: Adapter,
): Omit<Fault, "row"> | undefined {
  for (const rule of rules) {
    const value = numbers[rule.name]?.[i];
    if (value === undefined) continue;
    if (Number.isNaN(value) && !rule.required) continue;
    const expected = rule.fault(value, adapter);
    if (expected !== undefined) return { rule, expected };
    if (value === UNREADABLE) return { rule, expected: rule.meaning };
  }
  const cross = adapter.kind === "jobs" ? crossFault((name) => numbers[name]?.[i] ?? Number.NaN) : undefined;
  const rule = cross && rules.find(({ name }) => name === cross.column);
  return rule && { rule, expected: cross.expected };
}

async function selectTexts(
  database: Database,
  adapter: Adapter,
  rules: readonly ColumnRule[],
  accepted: readonly number[],
): Promise<Record<string, string[]>> {
  const texts: Record<string, string[]> = {};
  for (const { name } of rules.filter(isText)) {
    const { all } = await database.select(
      `SELECT coalesce(${quoteName(name)}::VARCHAR, '') FROM selected ${order(adapter)}`,
      {
        all: "text",
      },
    );
    texts[name] = accepted.map((i) => all[i]!);
  }
  return texts;
}

async function describeFaults(
  database: Database,
  adapter: Adapter,
  raw: RawTable,
  faults: ReadonlyMap<number, Fault>,
): Promise<RejectedRow[]> {
  if (faults.size === 0) return [];
  const names = [...new Set(Array.from(faults.values(), (fault) => fault.rule.name))];
  const where = `FROM selected WHERE rowid IN (SELECT unnest(string_split('${[...faults.keys()].join(",")}', ','))::BIGINT) ORDER BY rowid`;
  const { keys } = await database.select(`SELECT rowid::DOUBLE ${where}`, { keys: "float64" });
  const texts = await database.select(
    `SELECT ${names.map((name) => `${quoteName(name)}::VARCHAR`).join(", ")} ${where}`,
    textColumns(names),
  );
  const places = await raw.places(Array.from(faults.values(), (fault) => fault.row).filter((row) => row > 0));
  return Array.from(keys, (key, i) => {
    const { rule, expected, row } = faults.get(key)!;
    const value = texts[rule.name]![i]!.slice(0, 200);
    const { file, line } = places.get(row) ?? { file: "the SELECT", line: 0 };
    return { file, line, column: adapter.raw?.[rule.name] ?? rule.name, value, reason: `expected ${expected}` };
  });
}

function textColumns(names: readonly string[]): Record<string, "text"> {
  return Object.fromEntries(names.map((name) => [name, "text"]));
}

function countBackwards(begin: Float64Array, row: Float64Array, accepted: readonly number[]): number {
  // `accepted` is sorted by time; seen in the order of the file, a row goes back if the one before it is later
  const inFile = [...accepted].sort((a, b) => row[a]! - row[b]! || a - b);
  return inFile.reduce((count, i, k) => count + (k > 0 && begin[i]! < begin[inFile[k - 1]!]! ? 1 : 0), 0);
}

function strictError(row: RejectedRow): WindtunnelError {
  const what = row.column === "" ? `the row is "${row.value}"` : `${row.column} is "${row.value}"`;
  return new WindtunnelError(
    "TRACE_ROW_INVALID",
    `${row.file}:${row.line}: ${what}; ${row.reason}.`,
    "Correct or remove the row, or leave out --strict to have such rows rejected and listed.",
  );
}

function emptyError(file: string, rejected: readonly RejectedRow[]): WindtunnelError {
  const first = rejected[0];
  const why = first
    ? `; the first, line ${first.line}, fails with: ${first.column} ${first.reason}, found "${first.value}"`
    : "";
  return new WindtunnelError(
    "TRACE_UNREADABLE",
    `${file}: none of its ${rejected.length} rows can be used${why}.`,
    "Check that the file is the one that is meant, and that its units are those declared.",
  );
}

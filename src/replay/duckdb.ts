// The one place that talks to DuckDB: an in-memory database, a SELECT, and its columns as typed arrays.
// One thread and UTC, so that row order and time arithmetic are the same on every machine.

import { DuckDBInstance, StatementType } from "@duckdb/node-api";

interface ColumnArrays {
  float64: Float64Array;
  int32: Int32Array;
  text: string[];
}
type ColumnKind = keyof ColumnArrays;
export type ColumnKinds = Record<string, ColumnKind>;
export type Columns<K extends ColumnKinds> = { [name in keyof K]: ColumnArrays[K[name]] };

/** An open in-memory database; valid inside `withDatabase` only. */
export interface Database {
  run(sql: string): Promise<void>;
  /**
   * Runs a SELECT whose columns, in order, are those of `kinds`; DOUBLE for float64, INTEGER for int32, VARCHAR for
   * text. NULL becomes NaN, 0 or "". Throws what DuckDB throws.
   */
  select<K extends ColumnKinds>(sql: string, kinds: K): Promise<Columns<K>>;
  /** From now on no statement reads or writes a file, and no setting can be changed: for SQL that is not ours. */
  seal(): Promise<void>;
  /** How many statements a text holds, and whether it is one SELECT. Throws what DuckDB throws. */
  inspect(sql: string): Promise<{ statements: number; isSelect: boolean }>;
}

/** Opens a database, hands it to `use` and closes it whatever happens. */
export async function withDatabase<T>(use: (database: Database) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", preserve_insertion_order: "true" });
  try {
    const connection = await instance.connect();
    try {
      await connection.run("SET TimeZone = 'UTC'");
      return await use({
        run: async (sql) => void (await connection.run(sql)),
        select: async (sql, kinds) => readColumns(await connection.run(sql), kinds),
        seal: async () =>
          void (await connection.run("SET enable_external_access = false; SET lock_configuration = true")),
        inspect: async (sql) => {
          const extracted = await connection.extractStatements(sql);
          if (extracted.count !== 1) return { statements: extracted.count, isSelect: false };
          const first = await extracted.prepare(0);
          const isSelect = first.statementType === StatementType.SELECT;
          first.destroySync();
          return { statements: 1, isSelect };
        },
      });
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

type Result = Awaited<ReturnType<Awaited<ReturnType<DuckDBInstance["connect"]>>["run"]>>;

/** Whole chunks by column: reading row objects instead took ten times as long on 80,000 rows. */
async function readColumns<K extends ColumnKinds>(result: Result, kinds: K): Promise<Columns<K>> {
  const chunks = await result.fetchAllChunks();
  const count = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const entries = Object.entries(kinds).map(([name, kind], index) => {
    const column = createColumn(kind, count);
    let row = 0;
    for (const chunk of chunks) {
      const vector = chunk.getColumnVector(index);
      const size = chunk.rowCount; // a native call
      for (let i = 0; i < size; i++) column[row++] = vector.getItem(i) ?? MISSING[kind];
    }
    return [name, column];
  });
  return Object.fromEntries(entries);
}

const MISSING = { float64: Number.NaN, int32: 0, text: "" } as const;

/** Typed by what is stored in it: the SELECT's author vouches for the kinds. */
function createColumn(kind: ColumnKind, count: number): { [row: number]: unknown } {
  if (kind === "float64") return new Float64Array(count);
  if (kind === "int32") return new Int32Array(count);
  return new Array<string>(count);
}

/** A string as an SQL literal. */
export function quoteSql(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What DuckDB says, without the position and the statement it repeats. */
export function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .split("\n")[0]!
    .replace("Failed to extract statements: ", "");
}

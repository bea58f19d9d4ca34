// Columns to and from Parquet (and CSV), through DuckDB; the only file of sim that knows it. A database is opened in
// memory for each call: that costs 10 ms, and nothing has to be closed when a worker ends.

import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBTypeId,
  INTEGER,
  quotedIdentifier,
  quotedString,
  UTINYINT,
  VARCHAR,
} from "@duckdb/node-api";

const TYPES = { BIGINT, DOUBLE, INTEGER, UTINYINT, VARCHAR };
/** Rows of a full DuckDB vector. */
const CHUNK_ROWS = 2048;

export interface Column {
  name: string;
  type: keyof typeof TYPES;
  /** At least as long as the table; null = no value. */
  values: ArrayLike<number | string | null>;
}

/** A column to read: values are copied into `into`, which must be long enough. */
export interface ColumnTarget {
  name: string;
  type: "DOUBLE" | "INTEGER" | "UTINYINT";
  into: Float64Array | Int32Array | Uint8Array;
}

/**
 * Writes a table to a file that is not there yet; not atomic, not synced: callers do that.
 * @param rowCount rows to take of every column.
 */
export async function writeTable(
  path: string,
  format: "parquet" | "csv",
  columns: readonly Column[],
  rowCount: number,
): Promise<void> {
  await withDatabase(async (connection) => {
    const fields = columns.map((column) => `${quotedIdentifier(column.name)} ${column.type}`);
    await connection.run(`CREATE TABLE result (${fields.join(", ")})`);
    const appender = await connection.createAppender("result");
    const chunk = DuckDBDataChunk.create(columns.map((column) => TYPES[column.type]));
    for (let from = 0; from < rowCount; from += CHUNK_ROWS) {
      const size = Math.min(CHUNK_ROWS, rowCount - from);
      chunk.reset();
      chunk.rowCount = size;
      // Column by column into the vector's own memory: appending value by value takes ten times as long. Reading
      // chunk.rowCount is a native call: once a chunk, not once a value.
      columns.forEach(({ type, values }, c) => {
        const vector = chunk.getColumnVector(c);
        for (let i = 0; i < size; i++) {
          const value = values[from + i]!;
          vector.setItem(i, type === "BIGINT" && value !== null ? BigInt(value) : value);
        }
        vector.flush();
      });
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    const options =
      format === "parquet" ? "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1" : "FORMAT csv, HEADER";
    await connection.run(`COPY result TO ${quotedString(path)} (${options}, USE_TMP_FILE false)`);
  });
}

/**
 * Reads the named columns of a Parquet file in the order of its rows.
 * @param allocate called with the number of rows before any is read.
 * @throws Error (DuckDB's) if the file is not Parquet, is truncated, or lacks a column or has it in another type.
 */
export async function readParquet(path: string, allocate: (rowCount: number) => ColumnTarget[]): Promise<void> {
  await withDatabase(async (connection) => {
    const file = `read_parquet(${quotedString(path)})`;
    const counted = await connection.runAndReadAll(`SELECT count(*)::DOUBLE FROM ${file}`);
    const rowCount = Number(counted.value(0, 0));
    const targets = allocate(rowCount);
    const names = targets.map((target) => quotedIdentifier(target.name));
    const result = await connection.stream(`SELECT ${names.join(", ")} FROM ${file}`);
    targets.forEach((target, c) => {
      const type = result.columnTypeId(c);
      if (type !== DuckDBTypeId[target.type]) throw new Error(`column ${target.name} is not of type ${target.type}`);
    });
    let row = 0;
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const rows = chunk.rowCount;
      targets.forEach(({ into }, c) => {
        const vector = chunk!.getColumnVector(c);
        for (let i = 0; i < rows; i++) into[row + i] = vector.getItem(i) as number;
      });
      row += rows;
    }
  });
}

async function withDatabase(use: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
  // One thread keeps the order of rows, and workers already fill the cores.
  const database = await DuckDBInstance.create(":memory:", { threads: "1" });
  try {
    const connection = await database.connect();
    try {
      await use(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    database.closeSync();
  }
}

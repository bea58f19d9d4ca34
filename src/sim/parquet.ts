// Columns to and from Parquet (and CSV), through DuckDB. A database is opened in memory for each call: that costs
// 10 ms, and nothing has to be closed when a worker ends.

import { type DuckDBConnection, DuckDBTypeId, quotedIdentifier, quotedString } from "@duckdb/node-api";
import { type ColumnHead, TableWriter, withDatabase } from "./database.js";

export interface Column extends ColumnHead {
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
    const writer = await TableWriter.create(connection, "result", columns, "temporary");
    writer.add(
      columns.map((column) => column.values),
      rowCount,
    );
    writer.close();
    await copyTo(connection, "result", path, format);
  });
}

/** Writes a table or a query in brackets to a file that is not there yet, in the order of its rows. */
export async function copyTo(
  connection: DuckDBConnection,
  source: string,
  path: string,
  format: "parquet" | "csv",
): Promise<void> {
  const options = format === "parquet" ? "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1" : "FORMAT csv, HEADER";
  await connection.run(`COPY ${source} TO ${quotedString(path)} (${options}, USE_TMP_FILE false)`);
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

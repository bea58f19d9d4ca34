// The jobs of one run as a table of a database: filled while the run goes on, measured by queries, written as Parquet.
// Nothing grows in JavaScript with the number of jobs, and what outgrows the database's own memory goes to disk.

import { rm } from "node:fs/promises";
import { quotedString } from "@duckdb/node-api";
import type { JobRows } from "../model/results.js";
import { type Database, openDatabase, TableWriter } from "./database.js";
import { copyTo } from "./parquet.js";
import { ROW_HEADS } from "./row-columns.js";

/** Times as stored are NaN where something did not happen, which a query would take for a number. */
const JOBS = `CREATE VIEW jobs AS
  SELECT job, tenant, pool, endStatus, restarts, submitMicros, heldMicros, lostGpuMicros, finish,
    gpuMilli / 1000 AS gpus,
    finish - submitMicros AS jctMicros,
    (finish - submitMicros) / 1e6 AS jct,
    (start - submitMicros) / 1e6 AS wait,
    (finish - submitMicros - heldMicros) / 1e6 AS totalWait,
    CASE WHEN finish IS NOT NULL -- greatest passes over nulls
      THEN greatest(1, (finish - submitMicros) / greatest(heldMicros, 10e6)) END AS slowdown
  FROM (
    SELECT *, CASE WHEN NOT isnan(finishMicros) THEN finishMicros END AS finish,
      CASE WHEN NOT isnan(firstStartMicros) THEN firstStartMicros END AS start
    FROM run
  )`;

/** A value of a query's answer: lists become arrays. */
export type Cell = number | string | null | (number | null)[];

export class RunTable {
  readonly #database: Database;
  readonly #spillFolder: string | undefined;
  readonly #writer: TableWriter | undefined;
  #count: number;
  #viewed = false;

  private constructor(database: Database, spillFolder: string | undefined, writer: TableWriter | undefined, count = 0) {
    this.#database = database;
    this.#spillFolder = spillFolder;
    this.#writer = writer;
    this.#count = count;
  }

  /** @param spillFolder where rows go that outgrow memory; removed when the table is closed. Absent: all stays in memory. */
  static async create(spillFolder?: string): Promise<RunTable> {
    const database = await openDatabase(spillFolder);
    return new RunTable(database, spillFolder, await TableWriter.create(database.connection, "run", ROW_HEADS));
  }

  /** A file that `write` has written, queried where it is. */
  static async open(path: string, spillFolder?: string): Promise<RunTable> {
    const database = await openDatabase(spillFolder);
    await database.connection.run(`CREATE VIEW run AS SELECT * FROM read_parquet(${quotedString(path)})`);
    const table = new RunTable(database, spillFolder, undefined);
    const [row] = await table.query("SELECT count(*) AS jobs FROM run");
    table.#count = Number(row!.jobs);
    return table;
  }

  /** Jobs in the table. */
  get count(): number {
    return this.#count;
  }

  /** Appends rows; the arrays are copied. Not after the first query. */
  add(rows: JobRows): void {
    this.#writer!.add(
      ROW_HEADS.map((head) => rows[head.name]),
      rows.count,
    );
    this.#count += rows.count;
  }

  /** What the trace knows of its jobs and rows do not say, as a table `truth`: job, and a column of numbers each. */
  async addTruth(columns: Readonly<Record<string, Float64Array>>): Promise<void> {
    const heads = Object.keys(columns).map((name) => ({ name, type: "DOUBLE" }) as const);
    const truth = await TableWriter.create(this.#database.connection, "truth", [
      { name: "job", type: "INTEGER" },
      ...heads,
    ]);
    const values = Object.values(columns);
    const numbers = Int32Array.from(values[0]!.keys());
    truth.add([numbers, ...values], numbers.length);
    truth.close();
  }

  /** Rows of an answer; they may read `run` (as stored) and `jobs` (derived times, seconds; null: did not happen). */
  async query(sql: string): Promise<Record<string, Cell>[]> {
    const connection = await this.#read();
    return (await connection.runAndReadAll(sql)).getRowObjectsJS() as Record<string, Cell>[];
  }

  /** Hands out the numbers of a query's rows one after the other; null becomes NaN. */
  async scan(sql: string, row: (values: Float64Array) => void): Promise<void> {
    const connection = await this.#read();
    const result = await connection.stream(sql);
    const values = new Float64Array(result.columnCount);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const rows = chunk.rowCount;
      const vectors = Array.from(values, (_, c) => chunk!.getColumnVector(c));
      for (let i = 0; i < rows; i++) {
        for (let c = 0; c < values.length; c++) values[c] = (vectors[c]!.getItem(i) as number | null) ?? Number.NaN;
        row(values);
      }
    }
  }

  /** Numbers of the first column of a query's answer at the given rows, ascending: the others are passed over. */
  async pick(sql: string, rows: readonly number[]): Promise<Float64Array> {
    const result = await (await this.#read()).stream(sql);
    const picked = new Float64Array(rows.length);
    let next = 0;
    let before = 0;
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const end = before + chunk.rowCount;
      if (next < rows.length && rows[next]! < end) {
        const vector = chunk.getColumnVector(0);
        for (; next < rows.length && rows[next]! < end; next++)
          picked[next] = vector.getItem(rows[next]! - before) as number;
      }
      before = end;
    }
    return picked;
  }

  /** Writes the rows as a Parquet file that is not there yet, in the order in which they were added. */
  async write(path: string): Promise<void> {
    await copyTo(await this.#read(), "run", path, "parquet");
  }

  async close(): Promise<void> {
    this.#database.close();
    if (this.#spillFolder !== undefined) await rm(this.#spillFolder, { recursive: true, force: true });
  }

  async #read() {
    const { connection } = this.#database;
    if (!this.#viewed) {
      this.#viewed = true;
      this.#writer?.close();
      await connection.run(JOBS);
    }
    return connection;
  }
}

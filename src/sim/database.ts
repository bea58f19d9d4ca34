// DuckDB in memory, for results: with little memory of its own, and a folder where it puts what does not fit. Only this
// file and parquet.ts know it.

import {
  BIGINT,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  INTEGER,
  quotedIdentifier,
  UTINYINT,
  VARCHAR,
} from "@duckdb/node-api";
import bindings from "@duckdb/node-bindings";

const TYPES = { BIGINT, DOUBLE, INTEGER, UTINYINT, VARCHAR };
export type ColumnType = keyof typeof TYPES;
/** Arrays whose bytes are those of a column. */
const ARRAYS: Partial<Record<ColumnType, typeof Float64Array | typeof Int32Array | typeof Uint8Array>> = {
  DOUBLE: Float64Array,
  INTEGER: Int32Array,
  UTINYINT: Uint8Array,
};
/** Rows of a full DuckDB vector. */
const CHUNK_ROWS = 2048;
/** What a database may hold in memory, MiB; more is put on disk, if it has a folder for it. */
export const DATABASE_MEMORY_MIB = 256;

export interface ColumnHead {
  name: string;
  type: ColumnType;
}

export interface Database {
  connection: DuckDBConnection;
  close(): void;
}

/** @param spillFolder where tables go that outgrow memory; made when needed, by DuckDB. Absent: nothing is put on disk. */
export async function openDatabase(spillFolder?: string): Promise<Database> {
  // One thread keeps the order of rows, and workers already fill the cores.
  const bounded = spillFolder && { memory_limit: `${DATABASE_MEMORY_MIB}MiB`, temp_directory: spillFolder };
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", ...bounded });
  const connection = await instance.connect();
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

// One for all small tables of a thread: opening another takes 10 ms.
let shared: Promise<DuckDBInstance> | undefined;

/** Opens a connection, hands it out, and closes it whatever happens. Only what is temporary is its own and goes with it. */
export async function withDatabase<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  shared ??= DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await (await shared).connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
  }
}

/** Appends columns to a table, chunk by chunk. */
export class TableWriter {
  readonly #heads: readonly ColumnHead[];
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;

  private constructor(heads: readonly ColumnHead[], appender: DuckDBAppender) {
    this.#heads = heads;
    this.#appender = appender;
    this.#chunk = DuckDBDataChunk.create(heads.map((head) => TYPES[head.type]));
  }

  /**
   * Makes the table, empty.
   * @param lasts "temporary": it goes with its connection. One that outgrows memory should be a table of its database.
   */
  static async create(
    connection: DuckDBConnection,
    table: string,
    heads: readonly ColumnHead[],
    lasts: "temporary" | "" = "",
  ): Promise<TableWriter> {
    const fields = heads.map((head) => `${quotedIdentifier(head.name)} ${head.type}`);
    await connection.run(`CREATE ${lasts} TABLE ${table} (${fields.join(", ")})`);
    return new TableWriter(heads, await connection.createAppender(table));
  }

  /** @param columns one a head, at least `rowCount` long; null = no value. */
  add(columns: readonly ArrayLike<number | string | null>[], rowCount: number): void {
    for (let from = 0; from < rowCount; from += CHUNK_ROWS) {
      const size = Math.min(CHUNK_ROWS, rowCount - from);
      this.#chunk.reset();
      this.#chunk.rowCount = size;
      // Column by column into the vector's own memory, as bytes where they are the same: value by value takes 20 times as long.
      this.#heads.forEach(({ type }, c) => {
        const values = columns[c]!;
        const Same = ARRAYS[type];
        if (Same && values instanceof Same && values.buffer instanceof ArrayBuffer) {
          const bytes = values.BYTES_PER_ELEMENT;
          const into = bindings.data_chunk_get_vector(this.#chunk.chunk, c);
          bindings.copy_data_to_vector(into, 0, values.buffer, values.byteOffset + from * bytes, size * bytes);
          return;
        }
        const vector = this.#chunk.getColumnVector(c);
        for (let i = 0; i < size; i++) {
          const value = values[from + i]!;
          vector.setItem(i, type === "BIGINT" && value !== null ? BigInt(value) : value);
        }
        vector.flush();
      });
      this.#appender.appendDataChunk(this.#chunk);
    }
  }

  /** What was appended can be read from now on, and nothing more is appended. */
  close(): void {
    this.#appender.closeSync();
  }
}

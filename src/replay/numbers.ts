// Any table of numbers: CSV with a head, or Parquet.

import { readFile } from "node:fs/promises";
import { WindtunnelError } from "../model/errors.js";
import { firstLine, quoteName, quoteSql, withDatabase } from "./duckdb.js";

export interface NumberTable {
  names: string[];
  rows: number;
  /** By name's place; NaN where a cell is empty. */
  columns: Float64Array[];
}

/** Throws TRACE_UNREADABLE for a file that is neither, is empty, or has a column that is not numbers. */
export async function readNumbers(path: string): Promise<NumberTable> {
  await readFile(path, { flag: "r" }).catch((cause) => {
    throw new WindtunnelError("TRACE_UNREADABLE", `${path} cannot be read.`, "Check the path.", { cause });
  });
  const source = /\.parquet$/.test(path)
    ? `read_parquet(${quoteSql(path)})`
    : `read_csv(${quoteSql(path)}, header = true, sample_size = -1)`;
  try {
    return await withDatabase(async (database) => {
      const described = await database.select(
        `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${source})`,
        {
          name: "text",
          type: "text",
        },
      );
      const odd = described.type.findIndex(
        (type) => !/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(type),
      );
      if (odd >= 0) {
        throw new WindtunnelError(
          "TRACE_UNREADABLE",
          `${path}: column ${described.name[odd]} is ${described.type[odd]}: expected numbers.`,
          "Leave the column out, or give its values numbers.",
        );
      }
      const cells = described.name.map((name, c) => `CAST(${quoteName(name)} AS DOUBLE) AS c${c}`);
      const kinds = Object.fromEntries(cells.map((_, c) => [`c${c}`, "float64" as const]));
      const read = await database.select(`SELECT ${cells.join(", ")} FROM ${source}`, kinds);
      const columns = cells.map((_, c) => read[`c${c}`]!);
      if (columns[0]!.length === 0)
        throw new WindtunnelError("TRACE_UNREADABLE", `${path} has no rows.`, "Check the file.");
      return { names: described.name, rows: columns[0]!.length, columns };
    });
  } catch (error) {
    if (error instanceof WindtunnelError) throw error;
    throw new WindtunnelError(
      "TRACE_UNREADABLE",
      `${path}: ${firstLine(error)}`,
      "Expected CSV with a head, or Parquet.",
      {
        cause: error,
      },
    );
  }
}

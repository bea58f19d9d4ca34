// What an adapter is: how the raw file is read, and one SELECT over it that yields canonical columns. It judges
// nothing: a value that cannot be read is reported by columns.ts, with file and line.

import type { Unit } from "./units.js";

export const DEMAND_KINDS = ["jobs", "nodes", "rates", "requests"] as const;
export type DemandKind = (typeof DEMAND_KINDS)[number];

/** How a raw file becomes a table of text columns. */
export type RawFormat =
  /** Fields between delimiters; `columns` names them where the file has no header. No quote means none is meant. */
  | { kind: "csv"; delimiter: string; quote: boolean; columns?: readonly string[] }
  /** Fields between blanks, one row a line; lines that begin with `comment` are none. */
  | { kind: "blanks"; comment: string; columns: readonly string[] }
  /** One row a file, its text in `content`: for a SELECT that takes it apart. */
  | { kind: "text" }
  | { kind: "parquet" }
  | { kind: "json" };

export const COMMA: RawFormat = { kind: "csv", delimiter: ",", quote: true };

/** A raw table beside `raw` that the SELECT joins. */
export interface SideTable {
  format: RawFormat;
  required: readonly string[];
}

export interface Adapter {
  kind: DemandKind;
  format: RawFormat;
  /** Columns the raw file must have; others are ignored, order does not matter. */
  required: readonly string[];
  /** Columns that the file may have: NULL throughout where it has not. */
  optional?: readonly string[];
  /** Raw column behind a canonical one, for the report of a rejected row. */
  raw?: Readonly<Record<string, string>>;
  /**
   * SELECT over table `raw` and the side tables by name, in which `_row` counts from 1, `_file` is the file's name and
   * every other column is VARCHAR; yields `_row` and canonical columns by name (columns.ts), text or numbers, in
   * `units`. The order of rows does not matter. It can read and write no file.
   */
  select: string;
  /** Where the SELECT stands, for messages: file and line. */
  selectAt?: string;
  /** Units of times (default seconds), CPU (default cores) and memory (default MiB), by canonical column. */
  units?: Readonly<Record<string, Unit>>;
  tables?: Readonly<Record<string, SideTable>>;
  /** Times outside [low, high], µs on the record's own clock, are rejected: one would move the origin of all. */
  submitRange?: { low: number; high: number; expected: string };
  /** True if a job may ask for no GPU. */
  cpuOnly?: boolean;
}

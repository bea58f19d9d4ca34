// What a trace adapter is: one SELECT over the raw file that yields the canonical columns. It judges nothing;
// a value that cannot be read becomes NULL, and check.ts says what is wrong with it.

/** Raw column behind each canonical one, for the report of a rejected row. */
export interface RawNames {
  submit: string;
  run: string;
  gpus: string;
}

export interface TraceAdapter {
  /** Columns the raw file must have; others are ignored, order does not matter. */
  columns: readonly string[];
  raw: RawNames;
  /**
   * SELECT over table `raw` (`row` from 1, every other column VARCHAR) yielding, in this order:
   * row (BIGINT), submit_micros, run_seconds, gpus (DOUBLE), tenant (VARCHAR). The order of rows does not matter.
   */
  select: string;
  /** Submissions outside [low, high], µs on the record's own clock, are rejected: one would move the origin of all. */
  submitRange: { low: number; high: number; expected: string };
}

export type AdapterName = "itp" | "philly";

// What a row must be to become a job. One table of rules, in the order in which a row's first fault is reported.

import { MICROS_PER_HOUR, MICROS_PER_SECOND, microsFromSeconds } from "../../model/units.js";
import type { Columns } from "../duckdb.js";
import type { RawNames, TraceAdapter } from "./adapter.js";

export const RUN_SECONDS_MAX = (10 * 366 * 24 * MICROS_PER_HOUR) / MICROS_PER_SECOND;
export const GPUS_MAX = 1_000_000;

export const CANONICAL = {
  row: "float64",
  submit: "float64",
  run: "float64",
  gpus: "float64",
  tenant: "text",
} as const;
export type CanonicalColumns = Columns<typeof CANONICAL>;

export interface Fault {
  column: keyof RawNames;
  expected: string;
}

/** The first thing wrong with row `i`, or undefined. NaN stands for what could not be read at all. */
export function faultOf(columns: CanonicalColumns, i: number, range: TraceAdapter["submitRange"]): Fault | undefined {
  const submit = columns.submit[i]!;
  if (!(submit >= range.low && submit <= range.high)) return { column: "submit", expected: range.expected };
  const run = columns.run[i]!;
  // What rounds to no time at all is as good as zero.
  if (!(microsFromSeconds(run) >= 1)) return { column: "run", expected: "a number of seconds above 0" };
  if (run > RUN_SECONDS_MAX) return { column: "run", expected: `at most ${RUN_SECONDS_MAX} seconds (ten years)` };
  const gpus = columns.gpus[i]!;
  if (!(gpus >= 1) || !Number.isInteger(gpus))
    return { column: "gpus", expected: "a whole number of GPUs, at least 1" };
  if (gpus > GPUS_MAX) return { column: "gpus", expected: `at most ${GPUS_MAX} GPUs` };
  return undefined;
}

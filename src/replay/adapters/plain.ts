import { MICROS_PER_HOUR } from "../../model/units.js";
import { quoteName } from "../duckdb.js";
import { type Adapter, COMMA } from "./adapter.js";

const YEAR = 366 * 24 * MICROS_PER_HOUR;

/** Seconds from the start of a collection: far more than any lasted, and still no timestamp of an epoch. */
export const RELATIVE_TIMES = { low: 0, high: YEAR, expected: "seconds from 0 to 31622400" };

/** A list of jobs whose columns need no arithmetic: canonical column -> raw column. Times from 0, a year at most. */
export function plainJobs(columns: Readonly<Record<string, string>>, further: Partial<Adapter> = {}): Adapter {
  const selected = Object.entries(columns).map(([name, raw]) => `${quoteName(raw)} AS ${name}`);
  return {
    kind: "jobs",
    format: COMMA,
    required: Object.values(columns),
    raw: columns,
    select: `SELECT _row, ${selected.join(", ")} FROM raw`,
    submitRange: RELATIVE_TIMES,
    ...further,
  };
}

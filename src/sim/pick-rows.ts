// Parts of a table of jobs.

import type { JobRows } from "../model/results.js";

/** The given rows as a new table. */
export function pickRows(rows: JobRows, picked: ArrayLike<number>): JobRows {
  const out = { count: picked.length } as Record<string, unknown>;
  for (const [name, column] of Object.entries(rows)) {
    if (name === "count") continue;
    const from = column as Float64Array;
    const to = new (from.constructor as Float64ArrayConstructor)(picked.length);
    for (let i = 0; i < picked.length; i++) to[i] = from[picked[i]!]!;
    out[name] = to;
  }
  return out as unknown as JobRows;
}

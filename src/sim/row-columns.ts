// The columns of a table of jobs that ended: their names, in the order in which they are stored, and their types.

import type { JobRows } from "../model/results.js";

/** Times are doubles as in memory: exact whole µs, NaN where it did not happen. */
export const ROW_HEADS = [
  { name: "job", type: "INTEGER" },
  { name: "submitMicros", type: "DOUBLE" },
  { name: "firstStartMicros", type: "DOUBLE" },
  { name: "finishMicros", type: "DOUBLE" },
  { name: "heldMicros", type: "DOUBLE" },
  { name: "lostGpuMicros", type: "DOUBLE" },
  { name: "gpuMilli", type: "INTEGER" },
  { name: "restarts", type: "INTEGER" },
  { name: "endStatus", type: "UTINYINT" },
  { name: "tenant", type: "INTEGER" },
  { name: "pool", type: "INTEGER" },
] as const satisfies readonly { name: Exclude<keyof JobRows, "count">; type: string }[];

export function createRows(count: number): JobRows {
  return {
    count,
    job: new Int32Array(count),
    submitMicros: new Float64Array(count),
    firstStartMicros: new Float64Array(count),
    finishMicros: new Float64Array(count),
    heldMicros: new Float64Array(count),
    lostGpuMicros: new Float64Array(count),
    gpuMilli: new Int32Array(count),
    restarts: new Int32Array(count),
    endStatus: new Uint8Array(count),
    tenant: new Int32Array(count),
    pool: new Int32Array(count),
  };
}

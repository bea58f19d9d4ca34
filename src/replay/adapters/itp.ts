import { MICROS_PER_HOUR } from "../../model/units.js";
import type { TraceAdapter } from "./adapter.js";

/** `job_id,submission_time,duration,num_gpu`; seconds since the start of the collection. */
export const itpAdapter: TraceAdapter = {
  columns: ["submission_time", "duration", "num_gpu"],
  raw: { submit: "submission_time", run: "duration", gpus: "num_gpu" },
  select: `
    SELECT row,
           TRY_CAST(submission_time AS DOUBLE) * 1e6 AS submit_micros,
           TRY_CAST(duration AS DOUBLE) AS run_seconds,
           TRY_CAST(num_gpu AS DOUBLE) AS gpus,
           'itp' AS tenant
    FROM raw`,
  // The collection lasted two months; a year is generous and still catches a timestamp of another epoch.
  submitRange: { low: 0, high: 366 * 24 * MICROS_PER_HOUR, expected: "seconds from 0 to 31622400" },
};

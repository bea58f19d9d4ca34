import type { TraceAdapter } from "./adapter.js";

const MICROS_2017 = Date.UTC(2017, 0, 1) * 1000;
const MICROS_2018 = Date.UTC(2018, 0, 1) * 1000;

/** `timestamp,duration,num_gpus,gpu_time,cluster`; local time without a zone, read as UTC. */
export const phillyAdapter: TraceAdapter = {
  columns: ["timestamp", "duration", "num_gpus", "cluster"],
  raw: { submit: "timestamp", run: "duration", gpus: "num_gpus" },
  select: `
    SELECT row,
           epoch_us(TRY_STRPTIME(timestamp, '%Y-%m-%d %H:%M:%S'))::DOUBLE AS submit_micros,
           TRY_CAST(duration AS DOUBLE) AS run_seconds,
           TRY_CAST(num_gpus AS DOUBLE) AS gpus,
           cluster AS tenant
    FROM raw`,
  submitRange: { low: MICROS_2017, high: MICROS_2018, expected: "a time in 2017 as YYYY-MM-DD HH:MM:SS" },
};

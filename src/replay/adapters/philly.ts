import { plainJobs } from "./plain.js";

const MICROS_2017 = Date.UTC(2017, 0, 1) * 1000;
const MICROS_2018 = Date.UTC(2018, 0, 1) * 1000;

/** `timestamp,duration,num_gpus,gpu_time,cluster`; local time without a zone, read as UTC. */
export const phillyAdapter = plainJobs(
  { submit: "timestamp", run: "duration", gpus: "num_gpus", tenant: "cluster" },
  {
    units: { submit: "%Y-%m-%d %H:%M:%S" },
    submitRange: { low: MICROS_2017, high: MICROS_2018, expected: "a time in 2017 as YYYY-MM-DD HH:MM:SS" },
  },
);

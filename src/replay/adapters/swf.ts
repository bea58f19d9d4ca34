import type { Adapter, RawFormat } from "./adapter.js";

const FIELDS = [
  "job_id",
  "submit_time",
  "wait_time",
  "run_time",
  "used_processors",
  "used_cpu_seconds",
  "used_memory_kib",
  "requested_processors",
  "requested_time",
  "requested_memory_kib",
  "status",
  "user_id",
  "group_id",
  "executable",
  "queue",
  "partition",
  "preceding_job",
  "think_time",
];

const KNOWN = (field: string) => `nullif(TRY_CAST(${field} AS DOUBLE), -1)`;
const FORMAT: RawFormat = { kind: "blanks", comment: ";", columns: FIELDS };

/**
 * Standard Workload Format, version 2.2 (Chapin et al., JSSPP 1999; the Parallel Workloads Archive): 18 numbers a line, -1
 * where unknown, comments behind `;`. Status 2, 3 and 4 mark parts of a job whose whole has a line of its own.
 */
export const swfAdapter: Adapter = {
  kind: "jobs",
  format: FORMAT,
  required: [],
  raw: { submit: "submit_time", run: "run_time" },
  select: `
    SELECT _row, submit_time AS submit, run_time AS run,
           coalesce(nullif(${KNOWN("used_processors")}, 0), ${KNOWN("requested_processors")}) AS gpus,
           ${KNOWN("wait_time")} AS wait, nullif(${KNOWN("requested_time")}, 0) AS estimate,
           ${KNOWN("requested_memory_kib")} * coalesce(${KNOWN("requested_processors")}, ${KNOWN("used_processors")}) AS memory,
           CASE WHEN user_id <> '-1' THEN 'user-' || user_id ELSE '' END AS tenant,
           CASE WHEN queue <> '-1' THEN 'queue-' || queue ELSE '' END AS class,
           CASE status WHEN '0' THEN 'failed' WHEN '5' THEN 'killed' ELSE 'completed' END AS status
    FROM raw WHERE status NOT IN ('2', '3', '4')`,
  units: { memory: "kib" },
};

export const SWF_ASSUMPTIONS = [
  "A processor of the log is taken as one whole GPU: used processors, or where unknown the requested ones.",
  "Parts of a job that was stopped and continued (status 2, 3, 4) are left out: its whole has a line of its own.",
  "Jobs that never ran (cancelled before their start) have no run time and are rejected.",
];

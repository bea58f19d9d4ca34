import type { Adapter } from "./adapter.js";
import { converted } from "./units.js";

const TRES = "coalesce(nullif(AllocTRES, ''), ReqTRES, '')";
const SECONDS = (field: string) => `${converted(field, "duration", "clock")} / 1e6`;

/**
 * Slurm's accounting, `sacct --parsable2 --allusers --format=JobID,User,Partition,State,Submit,Start,End,Elapsed,Timelimit,ReqTRES,AllocTRES`
 * (or more): fields between `|`, one line a job and one a step. Steps (`123.batch`) are left out; elements of an array
 * (`123_4`) are jobs.
 */
export const sacctAdapter: Adapter = {
  kind: "jobs",
  format: { kind: "csv", delimiter: "|", quote: false },
  required: ["JobID", "Submit", "Start", "Elapsed", "State", "AllocTRES"],
  optional: ["User", "Account", "Partition", "Timelimit", "ReqTRES"],
  raw: { submit: "Submit", run: "Elapsed", estimate: "Timelimit", wait: "Start" },
  select: `
    WITH jobs AS (
      SELECT *, ${TRES} AS tres,
             TRY_CAST(Start AS TIMESTAMPTZ) AS started,
             list_sum(list_transform(regexp_extract_all(${TRES}, 'gres/gpu:[^=,]+=(\\d+)', 1), lambda n: n::INTEGER)) AS typed
      FROM raw WHERE NOT contains(JobID, '.')),
    sized AS (
      SELECT *, coalesce(TRY_CAST(nullif(regexp_extract(tres, 'gres/gpu=(\\d+)', 1), '') AS INTEGER), typed, 0) AS gpu_count,
             greatest(1, coalesce(TRY_CAST(nullif(regexp_extract(tres, 'node=(\\d+)', 1), '') AS INTEGER), 1)) AS node_count,
             regexp_extract(tres, 'mem=([\\d.]+)[KMGT]?', 1) AS memory_number, regexp_extract(tres, 'mem=[\\d.]+([KMGT]?)', 1) AS memory_unit
      FROM jobs)
    SELECT _row, Submit AS submit, ${SECONDS("Elapsed")} AS run, gpu_count AS gpus,
           CASE WHEN gpu_count % node_count = 0 THEN node_count END AS tasks,
           nullif(regexp_extract(tres, 'cpu=(\\d+)', 1), '') AS cpu,
           TRY_CAST(nullif(memory_number, '') AS DOUBLE) *
             CASE memory_unit WHEN 'K' THEN 1 / 1024.0 WHEN 'G' THEN 1024 WHEN 'T' THEN 1048576 ELSE 1 END AS memory,
           array_to_string(regexp_extract_all(coalesce(ReqTRES, ''), 'gres/gpu:([^=,]+)=', 1), '|') AS models,
           coalesce(nullif("User", ''), Account, '') AS tenant, coalesce(Partition, '') AS class,
           CASE WHEN Timelimit IN ('UNLIMITED', 'Partition_Limit') THEN NULL ELSE ${SECONDS("Timelimit")} END AS estimate,
           epoch(started) - epoch(TRY_CAST(Submit AS TIMESTAMPTZ)) AS wait,
           CASE WHEN State IN ('FAILED', 'OUT_OF_MEMORY', 'BOOT_FAIL') THEN 'failed'
                WHEN regexp_matches(State, '^(CANCELLED|TIMEOUT|PREEMPTED|DEADLINE|NODE_FAIL|REVOKED)') THEN 'killed'
                ELSE 'completed' END AS status
    FROM sized`,
  units: { submit: "timestamp" },
  cpuOnly: true,
};

export const SACCT_ASSUMPTIONS = [
  "Times are read as UTC: sacct prints local time without a zone, so across a change of clocks they are off by one hour.",
  "A job's run time is what had elapsed; what still ran when sacct was called is cut off there. Jobs that never started are rejected.",
  "Tasks are as many as nodes where they divide the GPUs evenly, else one a GPU. A GPU model binds a job only if it asked for one.",
  "Waits count from submission, holds and dependencies included.",
];

import { type Adapter, COMMA } from "./adapter.js";
import { RELATIVE_TIMES } from "./plain.js";

/** Last time in the list, seconds: what still ran then is cut off there. */
const DLRM_END_SECONDS = 2_677_541;

/** Instances of recommendation services; times carry the noise of floating point and are whole seconds. */
export const dlrmAdapter: Adapter = {
  kind: "jobs",
  format: COMMA,
  required: "role,app_name,cpu_request,gpu_request,memory_request,creation_time,scheduled_time,deletion_time".split(
    ",",
  ),
  raw: {
    submit: "creation_time",
    gpus: "gpu_request",
    cpu: "cpu_request",
    memory: "memory_request",
  },
  select: `
    WITH times AS (
      SELECT *, CASE WHEN creation_time = '' THEN 0 ELSE round(TRY_CAST(creation_time AS DOUBLE)) END AS created,
             CASE WHEN deletion_time = '' THEN ${DLRM_END_SECONDS} ELSE round(TRY_CAST(deletion_time AS DOUBLE)) END AS deleted,
             round(TRY_CAST(nullif(scheduled_time, '') AS DOUBLE)) AS scheduled
      FROM (SELECT * REPLACE (coalesce(creation_time, '') AS creation_time, coalesce(deletion_time, '') AS deletion_time) FROM raw))
    SELECT _row, created AS submit, greatest(1, deleted - coalesce(scheduled, created)) AS run, gpu_request AS gpus, 1 AS tasks,
           cpu_request AS cpu, memory_request AS memory, app_name AS tenant, role AS class,
           CASE WHEN creation_time <> '' THEN scheduled - created END AS wait
    FROM times`,
  units: { memory: "gib" },
  submitRange: RELATIVE_TIMES,
  cpuOnly: true,
};

/** `gpu_model,gpu_capacity_num,cpu_num,node_name`. */
export const spotNodesAdapter: Adapter = {
  kind: "nodes",
  format: COMMA,
  required: ["gpu_model", "gpu_capacity_num", "cpu_num", "node_name"],
  raw: { node: "node_name", gpus: "gpu_capacity_num", cpu: "cpu_num", model: "gpu_model" },
  select: "SELECT _row, node_name AS node, gpu_capacity_num AS gpus, gpu_model AS model, cpu_num AS cpu FROM raw",
};

/** Samples of requests a second by container, on a grid of 57 s. */
export const qpsAdapter: Adapter = {
  kind: "rates",
  format: COMMA,
  required: ["timestamp_anon", "value", "container_ip", "request_type"],
  raw: { start: "timestamp_anon", rate: "value" },
  select: `SELECT _row, timestamp_anon AS start, 57 AS window, value AS rate,
                  request_type || coalesce(' ' || nullif(container_ip, ''), '') AS series FROM raw`,
};

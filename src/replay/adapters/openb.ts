// openb's lists of pods and nodes (Alibaba cluster-trace-gpu-v2023) as jobs of a timed trace and as a fleet. Where only
// requests and their order matter, with the text of model constraints as it stands, src/replay/openb-lists.ts reads them.

import { type Adapter, COMMA } from "./adapter.js";
import { RELATIVE_TIMES } from "./plain.js";

const REQUEST = `name, num_gpu AS gpus, CASE WHEN num_gpu = '1' THEN gpu_milli END AS gpu_milli, 1 AS tasks,
  cpu_milli AS cpu, memory_mib AS memory`;
const REQUEST_COLUMNS = ["name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"];
const UNITS = { cpu: "milli", memory: "mib" };

/** Pods with times: run time from scheduling to deletion; those never scheduled, from creation. */
export const openbAdapter: Adapter = {
  kind: "jobs",
  format: COMMA,
  required: [...REQUEST_COLUMNS, "gpu_spec", "qos", "pod_phase", "creation_time", "deletion_time", "scheduled_time"],
  raw: { submit: "creation_time", gpus: "num_gpu", cpu: "cpu_milli", memory: "memory_mib" },
  select: `
    SELECT _row, creation_time AS submit, ${REQUEST}, gpu_spec AS models, qos AS class,
      greatest(1, TRY_CAST(deletion_time AS DOUBLE) - TRY_CAST(coalesce(nullif(scheduled_time, ''), creation_time) AS DOUBLE)) AS run,
      TRY_CAST(nullif(scheduled_time, '') AS DOUBLE) - TRY_CAST(creation_time AS DOUBLE) AS wait,
      CASE pod_phase WHEN 'Failed' THEN 'failed' WHEN 'Pending' THEN 'killed' ELSE 'completed' END AS status
    FROM raw`,
  units: UNITS,
  submitRange: RELATIVE_TIMES,
  cpuOnly: true,
};

/** Lists without times: one pod a second, an hour each. */
export const openbUntimedAdapter: Adapter = {
  kind: "jobs",
  format: COMMA,
  required: REQUEST_COLUMNS,
  raw: { gpus: "num_gpu", cpu: "cpu_milli", memory: "memory_mib" },
  select: `SELECT _row, _row - 1 AS submit, 3600 AS run, ${REQUEST} FROM raw`,
  units: UNITS,
  cpuOnly: true,
};

/** `sn,cpu_milli,memory_mib,gpu,model`. */
export const openbNodesAdapter: Adapter = {
  kind: "nodes",
  format: COMMA,
  required: ["sn", "cpu_milli", "memory_mib", "gpu", "model"],
  raw: { node: "sn", gpus: "gpu", cpu: "cpu_milli", memory: "memory_mib" },
  select: "SELECT _row, sn AS node, gpu AS gpus, model, cpu_milli AS cpu, memory_mib AS memory FROM raw",
  units: UNITS,
};

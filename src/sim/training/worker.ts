// A worker that trains replications of an ensemble study.

import { workerData } from "node:worker_threads";
import { exposeToPool } from "../../engine/pool-worker.js";
import type { NumberTable } from "../../replay/index.js";
import { type EnsembleApi, type EnsembleSpec, replicate } from "../ensemble-study.js";

const { spec, table } = workerData as { spec: EnsembleSpec; table: NumberTable | undefined };

const api: EnsembleApi = {
  replicate: async (split, replication) => replicate(spec, table, split, replication),
};
exposeToPool(api);

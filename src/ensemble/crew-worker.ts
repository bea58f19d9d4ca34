// A thread of a crew: the kernels over the memory that it was given.

import { workerData } from "node:worker_threads";
import { Bulk } from "../engine/bulk.js";
import { exposeToPool } from "../engine/pool-worker.js";
import type { CrewApi } from "./crew.js";

const { memory, bulk } = workerData as { memory: Bulk["memory"]; bulk: Bulk["module"] };
const own = new Bulk(memory, bulk);

const api: CrewApi = {
  async carryOut(calls) {
    for (const call of calls) own.call(call);
  },
};
exposeToPool(api);

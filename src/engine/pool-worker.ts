// The worker's half of the pool: takes over the compiled engine, and carries operating errors across with their code.

import { parentPort, workerData } from "node:worker_threads";
import * as Comlink from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { adoptEngineModule } from "./load.js";

/** Serves `api` to the parent thread. */
export function exposeToPool(api: object): void {
  if (!parentPort) throw new Error("a pool worker must run in a worker thread");
  const data = workerData as { module?: WebAssembly.Module };
  if (data.module) adoptEngineModule(data.module);
  Comlink.expose(api, nodeEndpoint(parentPort));
}

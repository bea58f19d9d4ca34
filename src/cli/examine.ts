// The checks of `doctor`.

import { stat } from "node:fs/promises";
import { totalmem } from "node:os";
import { engineSha256 } from "../engine/load.js";
import { createJobTable } from "../model/jobs.js";
import { scenarioSchema } from "../model/scenario.js";
import { measureDemand, sizePools } from "../sim/pools.js";
import { simulate } from "../sim/run.js";
import type { CommandContext } from "./context.js";

export interface Check {
  name: string;
  ok: boolean;
  /** False: good to have, but nothing stops working without it. */
  needed: boolean;
  found: string;
  advice: string;
}

/** Three jobs whose schedule is known by hand: on 4 GPUs, FIFO, 4 GPUs for 10 s, 1 for 5 s, 3 for 5 s, all at 0. */
function engineAnswers(clock: () => number): string {
  const scenario = scenarioSchema.parse({
    windtunnel: 1,
    title: "doctor",
    pools: [{ name: "p", gpusPerNode: 4, size: { nodes: 1 } }],
    workload: { dataset: "none" },
    policies: { queue: ["fifo"], place: ["first-fit"] },
  });
  const jobs = createJobTable(3);
  jobs.tasks.set([4, 1, 3]);
  jobs.runMicros.set([10e6, 5e6, 5e6]);
  const trace = {
    names: { tenants: ["t"], gpuModels: [], jobClasses: ["default"] },
    jobs,
    provenance: { dataset: "doctor", part: "", digest: "", licence: "", citation: "", assumptions: [] },
    rejected: [],
  };
  const pools = sizePools(scenario, measureDemand(jobs), null, []);
  const spec = { id: "doctor", queue: "fifo", place: "first-fit", load: null, replication: 0, shake: null, seed: 1 };
  const { result } = simulate(spec, scenario, pools, trace, { clock });
  return [...result.rows.finishMicros].map((t) => t / 1e6).join(", ");
}

export async function examine(context: CommandContext): Promise<Check[]> {
  const checks: Check[] = [];
  const add = (name: string, ok: boolean, found: string, advice: string, needed = true) =>
    checks.push({ name, ok, needed, found, advice });
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  add("Node", major > 20 || (major === 20 && minor >= 20), process.version, "install Node 20.20 or later");
  add("cores", context.cores >= 2, String(context.cores), "a sweep uses as many as there are", false);
  const gib = totalmem() / 2 ** 30;
  add("memory", gib >= 2, `${gib.toFixed(1)} GiB`, "a run of 100,000 jobs takes about 0.2 GiB", false);
  try {
    const finishes = engineAnswers(context.clock);
    add(
      "engine",
      finishes === "10, 15, 15",
      `a schedule known by hand ends at ${finishes} s`,
      "rebuild with npm run build",
    );
    add("engine digest", true, engineSha256().slice(0, 16), "");
  } catch (error) {
    add("engine", false, error instanceof Error ? error.message : String(error), "rebuild with npm run build");
  }
  try {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const instance = await DuckDBInstance.create(":memory:");
    instance.closeSync();
    add("DuckDB", true, "loads", "");
  } catch (error) {
    add(
      "DuckDB",
      false,
      error instanceof Error ? error.message : String(error),
      "its package ships no binary for this system",
    );
  }
  const folder = context.dataFolder;
  const there = folder === undefined ? false : (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  add("data sets", there, folder ?? "WINDTUNNEL_DATA is not set", "only generated traces can be used", false);
  return checks;
}

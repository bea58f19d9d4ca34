// The engine against mean waits that were computed elsewhere, for published lists of 100,000 jobs on 512 GPUs.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createJobTable, type Trace } from "../../src/model/jobs.js";
import { measureDemand, sizePools } from "../../src/sim/pools.js";
import { simulate } from "../../src/sim/run.js";
import { scenarioOf } from "../sim/schedules/small.js";

const folder = process.env.WINDTUNNEL_EXPECTED;

function readJobs(file: string): Trace {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n");
  const columns = lines[0]!.split(",");
  const at = (name: string) => columns.indexOf(name);
  const [submit, run, gpus] = [at("submit_s"), at("run_s"), at("gpus")];
  const jobs = createJobTable(lines.length - 1);
  for (let i = 1; i < lines.length; i++) {
    const cells = lines[i]!.split(",");
    jobs.submitMicros[i - 1] = Math.round(Number(cells[submit]) * 1e6);
    jobs.runMicros[i - 1] = Math.round(Number(cells[run]) * 1e6);
    jobs.tasks[i - 1] = Number(cells[gpus]);
  }
  return {
    names: { tenants: ["all"], gpuModels: [], jobClasses: ["default"] },
    jobs,
    provenance: { dataset: file, part: "", digest: "", licence: "", citation: "", assumptions: [] },
    rejected: [],
  };
}

const cases: [load: string, queue: string, waitSecondsMean: string][] = [
  ["load085", "fifo", "335.005"],
  ["load085", "easy-oracle", "259.732"],
  ["load105", "fifo", "247148.661"],
  ["load105", "easy-oracle", "213847.232"],
];
const pools = [
  ["512 counted GPUs", { topology: "counted", gpusPerNode: 8, size: { nodes: 64 } }],
  ["64 nodes of 8 GPUs", { topology: "nodes", gpusPerNode: 8, size: { nodes: 64 } }],
] as const;

// without the lists there is nothing to compare with; continuous integration must have them
const skipped = folder === undefined && !process.env.CI;
const traces = new Map<string, Trace>();

function traceOf(load: string): Trace {
  if (folder === undefined) {
    throw new Error(
      "Set WINDTUNNEL_EXPECTED to the folder that holds batch/jobs-100k-*.csv.gz: CI must not skip this.",
    );
  }
  const trace = traces.get(load) ?? readJobs(join(folder, "batch", `jobs-100k-${load}.csv.gz`));
  traces.set(load, trace);
  return trace;
}

for (const [load, queue, waitSecondsMean] of cases) {
  for (const [name, pool] of pools) {
    test.skipIf(skipped)(`${queue} at ${load} waits ${waitSecondsMean} s in the mean on ${name}`, () => {
      const trace = traceOf(load);
      const scenario = scenarioOf([pool]);
      const sized = sizePools(scenario, measureDemand(trace.jobs), null, []);
      const spec = { id: "reference", queue, place: "first-fit", load: null, replication: 0, shake: null, seed: 1 };
      const { simulation } = simulate(spec, scenario, sized, trace, { clock: () => performance.now() });
      expect((simulation.totals().waitMicrosMean / 1e6).toFixed(3)).toBe(waitSecondsMean);
    });
  }
}

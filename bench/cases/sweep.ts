// Sweeps: how well two workers share the work of one, and what recording a log and taking a snapshot cost.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { experimentDigest, planSweep, runSweep } from "#src/sim/experiment.js";
import { readScenario } from "#src/sim/scenario-file.js";
import type { Case, Sample } from "../harness.js";

const STUDY = fileURLToPath(new URL("../../../scenarios/first-study/scenario.yaml", import.meta.url));

async function sweep(workers: number, tiny: boolean): Promise<Sample> {
  const file = await readScenario(STUDY);
  const { scenario } = file;
  scenario.workload.jobs = tiny ? 200 : 60_000;
  scenario.replications.count = tiny ? 1 : 24;
  const folder = await mkdtemp(join(tmpdir(), "windtunnel-sweep-"));
  try {
    const folders = { scenarioPath: file.path, dataFolder: undefined, cacheFolder: folder };
    const plan = await planSweep(scenario, folders);
    const digests: { id: string; digest: string }[] = [];
    const begun = performance.now();
    await runSweep(plan, {
      scenario,
      folders,
      resultFolder: folder,
      workers,
      finished: new Set(),
      capacities: {},
      runMillisMax: 600_000,
      onRun: (_done, _total, summary) => void digests.push(summary),
    });
    return { work: digests.length, millis: performance.now() - begun, hash: experimentDigest(digests) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Time with one worker over twice the time with two: 1 = nothing is lost. The sweep is 192 runs of 60,000 jobs, some 16 s
 * on one core; start of the workers, one after the other for about half a second, is counted, and weighs more in a shorter
 * one: with 32 runs it was 0.74.
 */
export const efficiency2: Case = {
  name: "sweep/efficiency-2",
  unit: "1",
  better: "higher",
  runs: 1,
  baseline: null,
  value: (sample) => sample.work,
  async setup(tiny) {
    return {
      async run() {
        const one = await sweep(1, tiny);
        const two = await sweep(2, tiny);
        if (one.hash !== two.hash) throw new Error(`one worker gives digest ${one.hash}, two give ${two.hash}`);
        return { work: one.millis / (2 * two.millis), millis: one.millis + two.millis, hash: one.hash };
      },
    };
  },
};

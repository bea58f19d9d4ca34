import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/results.js";
import type { Scenario } from "../../src/model/scenario.js";
import { experimentDigest, planSweep, runSweep, workloadKey } from "../../src/sim/experiment.js";
import { readScenario } from "../../src/sim/scenario-file.js";
import { listFinishedRuns, readRun } from "../../src/sim/store.js";

const STUDY = fileURLToPath(new URL("../../scenarios/first-study/scenario.yaml", import.meta.url));

async function smallStudy(): Promise<{ scenario: Scenario; folders: Parameters<typeof planSweep>[1] }> {
  const { scenario, path } = await readScenario(STUDY);
  scenario.workload.jobs = 300;
  scenario.replications.count = 2;
  scenario.policies.queue = ["fifo", "las", "easy-oracle"];
  return { scenario, folders: { scenarioPath: path, dataFolder: undefined, cacheFolder: tmpdir() } };
}

async function sweep(workers: number, finished: ReadonlySet<string>, folder: string) {
  const { scenario, folders } = await smallStudy();
  const plan = await planSweep(scenario, folders);
  const ran: string[] = [];
  await runSweep(plan, {
    scenario,
    folders,
    resultFolder: folder,
    workers,
    finished,
    capacities: {},
    runMillisMax: 60_000,
    onRun: (_done, _total, summary) => void ran.push(summary.id),
  });
  const runs = await Promise.all(plan.specs.map((spec) => readRun(folder, spec.id, { rows: false })));
  return { ran, plan, digest: experimentDigest(runs.map((run) => ({ id: run.spec.id, digest: run.digest }))) };
}

function temporary(): string {
  return mkdtempSync(join(tmpdir(), "windtunnel-experiment-"));
}

describe("an experiment", () => {
  it("has the same digest with one worker and with two", async () => {
    const one = await sweep(1, new Set(), temporary());
    const two = await sweep(2, new Set(), temporary());
    expect(one.ran).toHaveLength(12);
    expect(two.digest).toBe(one.digest);
  });

  it("goes on where it stopped and ends with the same digest", async () => {
    const folder = temporary();
    const whole = await sweep(2, new Set(), folder);
    for (const id of ["las+first-fit+load0.9+r0", "fifo+fewest-nodes+load0.9+r1"])
      rmSync(join(folder, "runs", `${id}.json`));
    const again = await sweep(2, new Set(await listFinishedRuns(folder)), folder);
    expect(again.ran.sort()).toEqual(["fifo+fewest-nodes+load0.9+r1", "las+first-fit+load0.9+r0"]);
    expect(again.digest).toBe(whole.digest);
  });

  it("meets every policy with the same jobs, and every replication with others", async () => {
    const { plan } = await sweep(2, new Set(), temporary());
    const seeds = new Map<number, Set<number>>();
    for (const spec of plan.specs)
      seeds.set(spec.replication, (seeds.get(spec.replication) ?? new Set()).add(spec.seed));
    expect([...seeds.values()].map((s) => s.size)).toEqual([1, 1]);
    expect(new Set([...seeds.values()].flatMap((s) => [...s])).size).toBe(2);
  });

  it("stays above the lower bounds", async () => {
    const folder = temporary();
    const { plan } = await sweep(2, new Set(), folder);
    const bound = plan.bounds[0]!;
    const jct = new Map<string, number[]>();
    for (const spec of plan.specs) {
      const { metrics } = await readRun(folder, spec.id, { rows: false });
      const key = `${spec.queue}+${spec.place}`;
      jct.set(key, [...(jct.get(key) ?? []), metrics.jctSecondsMean!]);
    }
    for (const [pair, values] of jct) {
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      expect(mean, pair).toBeGreaterThanOrEqual(bound.jctSecondsMean.mean);
    }
  });

  it("counts the same jobs under every policy of a replication when the warm-up is cut, again after a resume", async () => {
    const { scenario, folders } = await smallStudy();
    scenario.workload.jobs = 600;
    scenario.measure.warmup = "mser5";
    scenario.shaking.count = 1;
    const folder = temporary();
    const plan = await planSweep(scenario, folders);
    const options = { scenario, folders, resultFolder: folder, capacities: {}, runMillisMax: 60_000, onRun: () => {} };
    const read = () => Promise.all(plan.specs.map((spec) => readRun(folder, spec.id)));
    await runSweep(plan, { ...options, workers: 2, finished: new Set() });
    const runs = await read();
    const cuts = new Map<string, Set<number>>();
    for (const run of runs) {
      const key = workloadKey(run.spec);
      cuts.set(key, (cuts.get(key) ?? new Set()).add(run.cutJobs));
    }
    expect([...cuts.keys()]).toEqual(["r0", "r1", "s0"]);
    for (const values of cuts.values()) expect(values.size).toBe(1);
    const [cut] = [...cuts.values()].flatMap((values) => [...values]).filter((jobs) => jobs > 0);
    expect(cut, "some replication has a warm-up").toBeGreaterThan(0);
    const { rows, metrics } = runs.find((run) => run.cutJobs === cut)!;
    const counted = [...rows.job].flatMap((job, i) =>
      job >= cut! ? [(rows.finishMicros[i]! - rows.submitMicros[i]!) / 1e6] : [],
    );
    expect(metrics.jctSecondsMean).toBeCloseTo(counted.reduce((a, b) => a + b) / counted.length, 6);
    rmSync(join(folder, "runs", `${plan.specs[3]!.id}.json`));
    await runSweep(plan, { ...options, workers: 1, finished: new Set(await listFinishedRuns(folder)) });
    const engineless = (all: RunResult[]) => all.map((run) => ({ ...run, engineMillis: 0 }));
    expect(engineless(await read())).toEqual(engineless(runs));
  });
});

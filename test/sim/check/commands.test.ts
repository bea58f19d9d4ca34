// `check` and `replay` on the results of a small experiment: sound, then damaged.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkRuns } from "../../../src/cli/check-runs.js";
import { COMMANDS } from "../../../src/cli/commands/index.js";
import type { CommandContext } from "../../../src/cli/context.js";
import { replayRuns } from "../../../src/cli/replay-runs.js";
import { engineSha256 } from "../../../src/engine/load.js";
import { type Manifest, RESULT_FORMAT, type RunResult } from "../../../src/model/results.js";
import { experimentDigest, planSweep } from "../../../src/sim/experiment.js";
import { measureDemand, sizePools } from "../../../src/sim/pools.js";
import { measure, simulate } from "../../../src/sim/run.js";
import { readScenario } from "../../../src/sim/scenario-file.js";
import {
  readManifest,
  readRun,
  writeBounds,
  writeGroups,
  writeManifest,
  writeMetrics,
  writeRun,
} from "../../../src/sim/store.js";
import { loadWorkload } from "../../../src/sim/workload.js";

const study = fileURLToPath(new URL("../../../scenarios/first-study/", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "windtunnel-check-"));
const folder = join(root, "results");
afterAll(() => rmSync(root, { recursive: true }));

const clock = () => performance.now();

function context() {
  const printed = { out: "", say: "" };
  const made: CommandContext = {
    out: (text) => {
      printed.out += `${text}\n`;
    },
    say: (text) => {
      printed.say += `${text}\n`;
    },
    interactive: false,
    columns: Number.POSITIVE_INFINITY,
    dataFolder: undefined,
    expectedFolder: undefined,
    cacheFolder: root,
    cores: 1,
    machine: "test",
    now: () => new Date(0),
    clock,
    args: [],
  };
  return { made, printed };
}

const text = `
windtunnel: 1
title: Small
pools: [{ name: p, gpusPerNode: 8, size: { offeredLoad: 0.9 }, prices: [{ usdPerGpuHour: 2 }] }]
jobClasses: [{ name: default, startupSeconds: 30, checkpointSeconds: 600, failuresPerGpuHour: 0.01 }]
workload: { generator: generator.json, jobs: 200 }
policies: { queue: [fifo, las, easy-oracle], place: [best-fit] }
replications: { count: 2, method: generate }
`;

beforeAll(async () => {
  cpSync(join(study, "itp-cluster02.synth.json"), join(folder, "generator.json"));
  writeFileSync(join(folder, "scenario.yaml"), text);
  const { path, scenario, sha256 } = await readScenario(folder);
  const runs: Manifest["runs"] = [];
  const plan = await planSweep(scenario, { scenarioPath: path, dataFolder: undefined, cacheFolder: root });
  const results: RunResult[] = [];
  for (const spec of plan.specs) {
    const folders = { scenarioPath: path, dataFolder: undefined, cacheFolder: root };
    const trace = await loadWorkload(scenario, folders, spec);
    const pools = sizePools(scenario, measureDemand(trace.jobs), spec.load, trace.names.gpuModels);
    const result = await measure(simulate(spec, scenario, pools, trace, { clock }));
    await writeRun(folder, result);
    results.push(result);
    runs.push({ id: spec.id, digest: result.digest });
  }
  await writeBounds(folder, plan.bounds);
  await writeMetrics(folder, results);
  await writeGroups(folder, results);
  await writeManifest(folder, {
    format: RESULT_FORMAT,
    title: "Small",
    description: "",
    windtunnelVersion: "0",
    node: process.version,
    engineSha256: engineSha256(),
    scenarioSha256: sha256,
    scenarioText: text,
    command: "windtunnel run small",
    provenance: { dataset: "generated", part: "", digest: "0", licence: "", citation: "", assumptions: [] },
    assumptions: [],
    runs,
    digest: experimentDigest(runs),
    machine: "test",
    startedAt: new Date(0).toISOString(),
    wallSeconds: 1,
    workers: 1,
  });
});

/** A copy of the folder whose manifest was changed as text. */
async function damaged(name: string, change: (manifest: string) => string): Promise<string> {
  const copy = join(root, name);
  cpSync(folder, copy, { recursive: true });
  const manifest = JSON.stringify(await readManifest(copy), null, 2);
  await writeManifest(copy, JSON.parse(change(manifest)) as Manifest);
  return copy;
}

const id = "las+best-fit+load0.9+r1";

test("both commands are listed", () => {
  expect(COMMANDS.map((c) => c.name)).toEqual(expect.arrayContaining(["check", "replay"]));
});

describe("check", () => {
  test("says of every rule how often it was applied, and of every run that it repeats", async () => {
    const { made, printed } = context();
    await checkRuns(made, folder, {});
    expect(printed.out).toContain("6 runs were repeated and checked");
    expect(printed.out).toMatch(/a repeated run has the digest of the manifest +│ +6 │ holds/);
    expect(printed.out).not.toContain("BROKEN");
    expect(printed.say).toBe("");
  });
  test("one run, as JSON", async () => {
    const { made, printed } = context();
    await checkRuns(made, folder, { run: id, json: true });
    const verdicts = JSON.parse(printed.out) as { run: string; rules: { rule: string; ok: boolean }[] }[];
    expect(verdicts.map((v) => v.run)).toEqual([id]);
    expect(verdicts[0]!.rules.every((r) => r.ok)).toBe(true);
    expect(verdicts[0]!.rules.some((r) => r.rule === "every dollar is accounted for")).toBe(true);
  });
  test.each(["metrics.csv", "groups.parquet", "bounds.json"])("a changed %s fails, by name", async (file) => {
    const copy = await damaged(`other-${file}`, (m) => m);
    if (file === "bounds.json") await writeBounds(copy, []);
    else writeFileSync(join(copy, file), "changed");
    await expect(checkRuns(context().made, copy, {})).rejects.toMatchObject({
      code: "CHECK_FAILED",
      message: expect.stringContaining(file),
    });
  });
  test("a digest that is not repeated fails, by name", async () => {
    const copy = await damaged("other-digest", (m) =>
      m.replace(/("id": "las\+best-fit\+load0.9\+r1",\s*"digest": ")..../, "$1ffff"),
    );
    await expect(checkRuns(context().made, copy, {})).rejects.toMatchObject({
      code: "CHECK_FAILED",
      message: expect.stringContaining(id),
    });
  });
  test("a stored number that a repetition does not give fails, by name", async () => {
    const copy = await damaged("other-metric", (m) => m);
    const run = await readRun(copy, id);
    await writeRun(copy, { ...run, metrics: { ...run.metrics, jctSecondsMean: 1 } });
    await expect(checkRuns(context().made, copy, { run: id })).rejects.toMatchObject({
      code: "CHECK_FAILED",
      message: expect.stringContaining("jctSecondsMean is stored as 1"),
    });
  });
  test("a scenario that was edited afterwards is refused", async () => {
    const copy = await damaged("other-scenario", (m) => m);
    writeFileSync(join(copy, "scenario.yaml"), text.replace("gpusPerNode: 8", "gpusPerNode: 4"));
    await expect(checkRuns(context().made, copy, {})).rejects.toMatchObject({
      code: "RESULT_INVALID",
      message: expect.stringContaining("is not the scenario that was run"),
    });
  });
  test("an unknown run is answered with the nearest one", async () => {
    await expect(checkRuns(context().made, folder, { run: "las+best-fit+load0.9+r7" })).rejects.toMatchObject({
      code: "USAGE",
      hint: expect.stringContaining("las+best-fit+load0.9+r"),
    });
  });
  test("a manifest with a run that the scenario does not make is refused", async () => {
    const copy = await damaged("other-run", (m) => m.replaceAll("las+best-fit+load0.9+r1", "sjf+best-fit+load0.9+r1"));
    await expect(checkRuns(context().made, copy, {})).rejects.toMatchObject({ code: "RESULT_INVALID" });
  });
  test("a capacity that is too small is named", async () => {
    await expect(checkRuns(context().made, folder, { capacityLog: 10 })).rejects.toMatchObject({
      code: "CAPACITY_REACHED",
    });
  });
  test("results of another engine are told apart from broken ones", async () => {
    const copy = await damaged("other-engine", (m) => m.replace(/"engineSha256": "..../, '"engineSha256": "ffff'));
    const { made, printed } = context();
    await checkRuns(made, copy, { run: id });
    expect(printed.say).toContain("The results were made with engine ffff");
  });
});

describe("replay", () => {
  test("every run of replication 0 leads to the same decisions byte for byte", async () => {
    const { made, printed } = context();
    await replayRuns(made, folder, {});
    const lines = printed.out.trim().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).toMatch(/\+r0: \d+ records: \d+ facts, \d+ passes, \d+ decisions; same decisions byte for byte$/);
    }
  });
  test("one run, as JSON", async () => {
    const { made, printed } = context();
    await replayRuns(made, folder, { run: id, json: true });
    expect(JSON.parse(printed.out)).toMatchObject([{ run: id, repeated: true, firstDifference: null }]);
  });
  test("a run that is not repeated fails, by name", async () => {
    const copy = await damaged("replay-digest", (m) =>
      m.replace(/("id": "fifo\+best-fit\+load0.9\+r0",\s*"digest": ")..../, "$1ffff"),
    );
    await expect(replayRuns(context().made, copy, {})).rejects.toMatchObject({
      code: "REPLAY_DIFFERS",
      message: expect.stringContaining("not the manifest's"),
    });
  });
});

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WindtunnelError } from "../../src/model/errors.js";
import { type Manifest, RESULT_FORMAT, type RunResult } from "../../src/model/results.js";
import { interval } from "../../src/sim/statistics.js";
import {
  listFinishedRuns,
  readExperiment,
  readRun,
  writeBounds,
  writeManifest,
  writeMetrics,
  writeRun,
} from "../../src/sim/store.js";
import { rowsOf, runOf } from "./rows.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windtunnel-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function runWithRows(replication: number, count = 5000): RunResult {
  const fields = Array.from({ length: count }, (_, i) => {
    const start = i % 7 === 6 ? Number.NaN : i + (i % 13);
    return { submit: i, start, held: i % 11, restarts: i % 3, lost: i % 5, endStatus: i % 3, tenant: i % 9 };
  });
  return {
    ...runOf({ replication }, { jctSecondsMean: 10.1 + replication, jctSecondsP99: Number.NaN }),
    digest: `d${replication}`,
    rows: rowsOf(fields),
    series: {
      binMicros: 6e7,
      endMicros: 9e7,
      gpusAllocated: Float64Array.of(1, 2.5),
      gpusStranded: Float64Array.of(0, 0.5),
      jobsWaiting: Float64Array.of(0, 0.1),
    },
    warmupJobs: null,
    cutJobs: 5,
    within: {
      jctSecondsBatches: Float64Array.of(1, 2),
      bands: { jctSecondsP99: { low: 1, high: Number.NaN } },
      lagOne: -0.1,
    },
    groups: [{ dimension: "size", group: "1 GPU", jobs: 4, metrics: { jctSecondsMean: 3 } }],
    curves: {
      jctSecondsQuantiles: Float64Array.of(1, 2),
      jctSecondsByStretch: Float64Array.of(3, Number.NaN),
      jobs: 2,
    },
    waits: {
      timeMicros: Float64Array.of(1e6, 2e6),
      capacity: Float64Array.of(1, 0),
      scattered: Float64Array.of(0, 2),
      order: Float64Array.of(3, 0),
    },
    stays: [{ job: 3, node: 0, gpus: 1, startMicros: 5, endMicros: 9 }],
  };
}

function manifestOf(runs: readonly RunResult[]): Manifest {
  return {
    format: RESULT_FORMAT,
    title: "A study",
    description: "",
    windtunnelVersion: "0.1.0",
    node: "v20",
    engineSha256: "e",
    scenarioSha256: "s",
    scenarioText: "windtunnel: 1",
    command: "windtunnel run a-study",
    provenance: { dataset: "d", part: "p", digest: "x", licence: "CC0", citation: "c", assumptions: ["one"] },
    assumptions: [],
    runs: runs.map((run) => ({ id: run.spec.id, digest: run.digest })),
    digest: "all",
    machine: "m",
    startedAt: "2024-01-01T00:00:00Z",
    wallSeconds: 1,
    workers: 2,
  };
}

async function refusal(promise: Promise<unknown>): Promise<WindtunnelError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WindtunnelError);
  expect(error).toMatchObject({ code: "RESULT_INVALID", hint: expect.stringMatching(/\w/) });
  return error as WindtunnelError;
}

describe("a stored run", () => {
  it("comes back as it was, to the last bit, NaN included", async () => {
    const run = runWithRows(0);
    await writeRun(folder, run);
    expect(await readRun(folder, run.spec.id)).toEqual(run);
  });

  it("comes back without rows where they are not asked for", async () => {
    const run = runWithRows(0);
    await writeRun(folder, run);
    const read = await readRun(folder, run.spec.id, { rows: false });
    expect(read.rows.count).toBe(0);
    expect(read.metrics).toEqual(run.metrics);
  });

  it("may have no job at all", async () => {
    const run = runOf({}, {});
    await writeRun(folder, run);
    expect(await readRun(folder, run.spec.id)).toEqual(run);
  });

  it("can be replaced", async () => {
    await writeRun(folder, runWithRows(0, 10));
    const second = runWithRows(0, 20);
    await writeRun(folder, second);
    expect((await readRun(folder, second.spec.id)).rows.count).toBe(20);
  });

  it("is Parquet with zstd that anyone's DuckDB can query", async () => {
    const run = runWithRows(0);
    await writeRun(folder, run);
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const file = join(folder, "runs", `${run.spec.id}.parquet`);
    const codec = await connection.runAndReadAll(`SELECT DISTINCT compression FROM parquet_metadata('${file}')`);
    expect(codec.getRows()).toEqual([["ZSTD"]]);
    const total = await connection.runAndReadAll(`SELECT sum(restarts)::INTEGER FROM '${file}'`);
    expect(total.getRows()).toEqual([[run.rows.restarts.reduce((a, b) => a + b)]]);
    connection.closeSync();
  });
});

describe("the list of finished runs", () => {
  it("is empty where nothing was ever written", async () => {
    expect(await listFinishedRuns(join(folder, "nowhere"))).toEqual([]);
  });

  it("has a run only once its .json is there, and only with its rows", async () => {
    for (const replication of [1, 0]) await writeRun(folder, runWithRows(replication, 3));
    writeFileSync(join(folder, "runs", "half.parquet"), "rows without a .json");
    writeFileSync(join(folder, "runs", "other.json"), "{}");
    expect(await listFinishedRuns(folder)).toEqual(["fifo+first-fit+load0.9+r0", "fifo+first-fit+load0.9+r1"]);
  });

  it("clears up after dead writers, and leaves alone those who may still be writing", async () => {
    mkdirSync(join(folder, "runs"));
    const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, "");
    // Above the largest process id that Linux gives out.
    const dead = `a.json.${host}_4999999_0_0.tmp`;
    const mine = `b.json.${host}_${process.pid}_0_999.tmp`;
    const elsewhere = `c.json.another-host_4999999_0_0.tmp`;
    for (const name of [dead, mine, elsewhere]) writeFileSync(join(folder, "runs", name), "half");
    expect(await listFinishedRuns(folder)).toEqual([]);
    expect(readdirSync(join(folder, "runs")).sort()).toEqual([mine, elsewhere].sort());
  });
});

describe("an experiment's folder", () => {
  it("is read back whole and ranked, with rows for the first replication only", async () => {
    const runs = [runWithRows(0, 10), runWithRows(1, 10)];
    const bounds = [
      {
        load: 0.9,
        jctSecondsMean: interval([3]),
        makespanSeconds: interval([8, 10]),
      },
    ];
    for (const run of runs) await writeRun(folder, run);
    await writeBounds(folder, bounds);
    await writeManifest(folder, manifestOf(runs));
    const experiment = await readExperiment(folder);
    expect(experiment.manifest).toEqual(manifestOf(runs));
    expect(experiment.bounds).toEqual(bounds);
    expect(experiment.runs.map((run) => run.rows.count)).toEqual([0, 0]);
    expect(experiment.ranking[0]!.metrics.jctSecondsMean).toMatchObject({ mean: 10.6, count: 2 });
  });

  it("has one line a run in metrics.csv, empty where a run lacks a metric", async () => {
    await writeMetrics(folder, [
      runOf({ replication: 0, load: null }, { jctSecondsMean: 1.5 }),
      runOf({ replication: 1 }, { jctSecondsMean: 2, costUsd: 0.1 }),
    ]);
    expect(readFileSync(join(folder, "metrics.csv"), "utf8").split("\n")).toEqual([
      "id,queue,place,load,replication,shake,seed,digest,jctSecondsMean,costUsd",
      "fifo+first-fit+r0,fifo,first-fit,,0,,1,00,1.5,",
      "fifo+first-fit+load0.9+r1,fifo,first-fit,0.9,1,,1,00,2.0,0.1",
      "",
    ]);
    expect(readdirSync(folder).sort()).toEqual(["metrics.csv", "metrics.parquet"]);
  });
});

describe("a result that cannot be trusted", () => {
  const id = "fifo+first-fit+load0.9+r0";
  const path = (end: string) => join(folder, "runs", `${id}${end}`);
  const edit = (change: (json: Record<string, unknown>) => void) => {
    const json = JSON.parse(readFileSync(path(".json"), "utf8"));
    change(json);
    writeFileSync(path(".json"), JSON.stringify(json));
  };
  beforeEach(() => writeRun(folder, runWithRows(0, 100)));

  it("is named when it is missing", async () => {
    expect((await refusal(readRun(folder, "las+first-fit+r0"))).message).toContain("las+first-fit+r0.json");
    await refusal(readExperiment(folder));
  });

  it("is refused when the .json is cut off or of another shape", async () => {
    edit((json) => delete json.metrics);
    expect((await refusal(readRun(folder, id))).message).toContain("changed after it was written");
    truncateSync(path(".json"), 40);
    expect((await refusal(readRun(folder, id))).message).toContain(path(".json"));
  });

  it("is refused when it is of a newer version, and says so", async () => {
    edit((json) => (json.format = RESULT_FORMAT + 1));
    const error = await refusal(readRun(folder, id));
    expect(error.message).toContain(`format ${RESULT_FORMAT + 1}, and this version reads ${RESULT_FORMAT}`);
    expect(error.hint).toContain("version of Windtunnel");
  });

  it("is refused when the rows changed by one byte, or are not Parquet", async () => {
    const bytes = readFileSync(path(".parquet"));
    bytes[50]! ^= 1;
    writeFileSync(path(".parquet"), bytes);
    expect((await refusal(readRun(folder, id))).message).toContain("SHA-256");
    writeFileSync(path(".parquet"), "not parquet");
    await refusal(readRun(folder, id));
  });

  it("is refused when it is not the run that the manifest lists", async () => {
    await writeBounds(folder, []);
    await writeManifest(folder, manifestOf([{ ...runWithRows(0), digest: "another" }]));
    expect((await refusal(readExperiment(folder))).message).toContain("manifest");
  });

  it("is refused when it holds another run than its name says", async () => {
    edit((json) => Object.assign(json.spec as object, { id: "las+first-fit+r0" }));
    await refusal(readRun(folder, id));
  });

  it("cannot walk out of the folder", async () => {
    for (const bad of ["../x", "a/b", "", ".hidden", "a\0b"]) await refusal(readRun(folder, bad));
  });
});

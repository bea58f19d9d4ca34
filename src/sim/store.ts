// A result folder: manifest.json, bounds.json, metrics.parquet and .csv (one row a run), runs/<id>.json and
// runs/<id>.parquet (one row a job). A run counts as finished when its .json is there, which is written last; so a
// killed sweep goes on where it stopped and nothing half-written is ever read.

import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ZodError } from "zod";
import { WindtunnelError } from "../model/errors.js";
import { findQueuePolicy } from "../model/policies.js";
import type { Experiment, Manifest, Metrics, RunResult, RunSpec } from "../model/results.js";
import { ARRAY_JOBS_MAX, ArrayJobs } from "./array-jobs.js";
import { type Column, writeTable } from "./parquet.js";
import { rank } from "./ranking.js";
import { robustness } from "./robustness.js";
import { createRows } from "./row-columns.js";
import { RunTable } from "./run-table.js";
import { listWhole, temporaryOf, writeWhole, writeWholeText } from "./store-files.js";
import {
  formatBounds,
  formatManifest,
  formatRun,
  OtherFormat,
  parseBounds,
  parseManifest,
  parseRun,
} from "./store-format.js";
import { readRows, verifyRows, writeRows } from "./store-rows.js";
import type { RunJobs } from "./summarise.js";
import { TableJobs } from "./table-jobs.js";

const RERUN = "Delete the file and repeat the command that made the folder with --resume: finished runs are kept.";

/** Writes a run's rows (those of `table`, if given), then its .json. Replaces a run of the same id. */
export async function writeRun(folder: string, result: RunResult, table?: RunTable): Promise<void> {
  const path = runPath(folder, result.spec.id);
  // Never an old .json beside new rows.
  await rm(`${path}.json`, { force: true });
  const rows = table ?? result.rows;
  const sha256 = await writeRows(`${path}.parquet`, rows);
  await writeWholeText(`${path}.json`, formatRun(result, { count: rows.count, sha256 }));
}

/** A folder, not there yet, for what a run's table cannot hold in memory; left by a dead writer, it is cleared away. */
export function spillFolder(folder: string, id: string): string {
  return temporaryOf(runPath(folder, id));
}

/**
 * @param options.rows false leaves the per-job rows unread (the result has none); default true.
 * @throws WindtunnelError RESULT_INVALID if a file is missing, damaged or of another version.
 */
export async function readRun(folder: string, id: string, options: { rows?: boolean } = {}): Promise<RunResult> {
  const path = runPath(folder, id);
  const { format, rows, ...run } = await readChecked(`${path}.json`, async (file) =>
    parseRun(await readFile(file, "utf8")),
  );
  if (run.spec.id !== id) throw invalid(`${path}.json`, `it holds run "${run.spec.id}"`, RERUN);
  if (options.rows === false) return { ...run, rows: createRows(0) };
  return { ...run, rows: await readChecked(`${path}.parquet`, (file) => readRows(file, rows)) };
}

/** Measures a finished run anew from its rows, where they are on disk; the rows stay as they are. */
export async function updateRun(
  folder: string,
  id: string,
  change: (run: RunResult, jobs: RunJobs) => Promise<Partial<RunResult>>,
): Promise<void> {
  const path = runPath(folder, id);
  const { rows, ...run } = await readChecked(`${path}.json`, async (file) => parseRun(await readFile(file, "utf8")));
  const changed = { ...run, rows: createRows(0) };
  const update = async (jobs: RunJobs) => {
    await writeWholeText(`${path}.json`, formatRun({ ...changed, ...(await change(changed, jobs)) }, rows));
  };
  if (rows.count <= ARRAY_JOBS_MAX) {
    await update(new ArrayJobs(await readChecked(`${path}.parquet`, (file) => readRows(file, rows))));
    return;
  }
  const table = await readChecked(`${path}.parquet`, async (file) => {
    await verifyRows(file, rows.sha256);
    return RunTable.open(file, spillFolder(folder, id));
  });
  try {
    await update(new TableJobs(table));
  } finally {
    await table.close();
  }
}

/** Ids of finished runs, sorted. Removes what dead writers left half-done. No folder: no run. */
export async function listFinishedRuns(folder: string): Promise<string[]> {
  const names = new Set(await listWhole(join(folder, "runs")));
  const ids = [...names].flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -".json".length)] : []));
  return ids.filter((id) => names.has(`${id}.parquet`)).sort();
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeWholeText(join(folder, "manifest.json"), formatManifest(manifest));
}

/** @throws WindtunnelError RESULT_INVALID. */
export async function readManifest(folder: string): Promise<Manifest> {
  return readChecked(join(folder, "manifest.json"), async (file) => parseManifest(await readFile(file, "utf8")));
}

export async function writeBounds(folder: string, bounds: Experiment["bounds"]): Promise<void> {
  await writeWholeText(join(folder, "bounds.json"), formatBounds(bounds));
}

/** @throws WindtunnelError RESULT_INVALID. */
export async function readBounds(folder: string): Promise<Experiment["bounds"]> {
  return readChecked(join(folder, "bounds.json"), async (file) => parseBounds(await readFile(file, "utf8")));
}

type Measured = Pick<RunResult, "spec" | "metrics" | "digest" | "groups">;

/** metrics.parquet and metrics.csv: one row a run, its spec, digest and metrics; empty where a run lacks a metric. */
export async function writeMetrics(folder: string, runs: readonly Omit<Measured, "groups">[]): Promise<void> {
  const digest: Column = { name: "digest", type: "VARCHAR", values: runs.map((run) => run.digest) };
  const metrics = metricColumns(runs.map((run) => run.metrics));
  await writeBoth(folder, "metrics", [...specColumns(runs.map((run) => run.spec)), digest, ...metrics], runs.length);
}

/** groups.parquet and groups.csv: one row a run and group of jobs (size class, GPU model, tenant). */
export async function writeGroups(folder: string, runs: readonly Pick<Measured, "spec" | "groups">[]): Promise<void> {
  const rows = runs.flatMap(({ spec, groups }) => groups.map((group) => ({ spec, group })));
  const columns: Column[] = [
    ...specColumns(rows.map((row) => row.spec)),
    { name: "dimension", type: "VARCHAR", values: rows.map((row) => row.group.dimension) },
    { name: "group", type: "VARCHAR", values: rows.map((row) => row.group.group) },
    { name: "jobs", type: "INTEGER", values: rows.map((row) => row.group.jobs) },
    ...metricColumns(rows.map((row) => row.group.metrics)),
  ];
  await writeBoth(folder, "groups", columns, rows.length);
}

const SPEC_COLUMNS: [name: keyof RunSpec, type: Column["type"]][] = [
  ["id", "VARCHAR"],
  ["queue", "VARCHAR"],
  ["place", "VARCHAR"],
  ["load", "DOUBLE"],
  ["replication", "INTEGER"],
  ["shake", "INTEGER"],
  ["seed", "BIGINT"],
];

function specColumns(specs: readonly RunSpec[]): Column[] {
  return SPEC_COLUMNS.map(([name, type]) => ({ name, type, values: specs.map((spec) => spec[name]) }));
}

function metricColumns(all: readonly Metrics[]): Column[] {
  const names = [...new Set(all.flatMap((metrics) => Object.keys(metrics)))];
  return names.map((name) => ({ name, type: "DOUBLE", values: all.map((metrics) => metrics[name] ?? null) }));
}

async function writeBoth(folder: string, name: string, columns: readonly Column[], rows: number): Promise<void> {
  for (const format of ["parquet", "csv"] as const) {
    await writeWhole(join(folder, `${name}.${format}`), (temporary) => writeTable(temporary, format, columns, rows));
  }
}

/**
 * Reads a whole experiment and ranks it.
 * @param options.rows which runs' per-job rows to read; default: none, which is enough for a report.
 * @throws WindtunnelError RESULT_INVALID if a file is missing or damaged, or a run is not the one the manifest lists.
 */
export async function readExperiment(
  folder: string,
  options: { rows?: (spec: RunSpec) => boolean } = {},
): Promise<Experiment> {
  const wantsRows = options.rows ?? (() => false);
  const manifest = await readManifest(folder);
  const runs: RunResult[] = [];
  for (const { id, digest } of manifest.runs) {
    let run = await readRun(folder, id, { rows: false });
    if (run.digest !== digest) {
      const file = `${runPath(folder, id)}.json`;
      throw invalid(file, `its digest is ${run.digest}, but the manifest says ${digest}`, RERUN);
    }
    if (wantsRows(run.spec)) run = await readRun(folder, id);
    runs.push(run);
  }
  const bounds = await readBounds(folder);
  return assembleExperiment(manifest, runs, bounds);
}

/** An experiment from its runs, ranked. */
export function assembleExperiment(manifest: Manifest, runs: RunResult[], bounds: Experiment["bounds"]): Experiment {
  const isOracle = (queue: string) => findQueuePolicy(queue)?.information === "oracle";
  const ranking = rank(
    runs.filter((run) => run.spec.shake === null),
    isOracle,
  );
  return { manifest, ranking, robustness: robustness(runs, ranking), bounds, runs };
}

/** Ids become file names, so they must not walk out of the folder, wherever they came from. */
function runPath(folder: string, id: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9+._=-]{0,199}$/.test(id)) {
    throw invalid(folder, `"${id}" cannot name a run`, "Use letters, digits and + . _ = - in names of policies.");
  }
  return join(folder, "runs", id);
}

async function readChecked<T>(file: string, read: (file: string) => Promise<T>): Promise<T> {
  try {
    return await read(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") {
      const whole = "it is not there, so this is no folder of a finished experiment";
      throw invalid(
        file,
        whole,
        "Give the folder that `run` wrote, or let the experiment run to its end (--resume).",
        error,
      );
    }
    if (error instanceof OtherFormat) {
      const hint =
        "Use the version of Windtunnel that wrote the folder (manifest.json, windtunnelVersion), or repeat the experiment: its scenario.yaml is there.";
      throw invalid(file, error.message, hint, error);
    }
    if (error instanceof ZodError) {
      const issue = error.issues[0]!;
      throw invalid(file, `${issue.path.join(".") || "the file"}: ${issue.message}`, RERUN, error);
    }
    throw invalid(file, error instanceof Error ? error.message : String(error), RERUN, error);
  }
}

function invalid(file: string, what: string, hint: string, cause?: unknown): WindtunnelError {
  return new WindtunnelError("RESULT_INVALID", `cannot read result ${file}: ${what}`, hint, { cause });
}

// A data set by name: finds its files, unpacks them if need be, imports them and says where they came from.

import { join } from "node:path";
import type { Fleet, Rates, Requests } from "../model/demand.js";
import { WindtunnelError } from "../model/errors.js";
import { type Provenance, type RejectedRow, type Trace, takeJobs } from "../model/jobs.js";
import type { Adapter, DemandKind } from "./adapters/adapter.js";
import { buildJobs } from "./adapters/build-jobs.js";
import { buildNodes, buildRates, buildRequests } from "./adapters/build-tables.js";
import { type Imported, importTable } from "./adapters/import.js";
import { DATASETS, type DataFile, type Dataset, type DatasetPart, traceName, traceNames } from "./datasets.js";
import { digestOfText } from "./digest.js";
import { digestOfFiles, type Folders, locateFiles } from "./locate.js";
import { nearestName } from "./nearest.js";
import { isTraceFile, readTraceFile } from "./trace-file.js";

export interface LoadOptions extends Folders {
  /** Throw on the first unusable row instead of listing it. */
  strict?: boolean;
  /** At most so many jobs, from the start. */
  jobs?: number;
  /** Keep the names of the jobs, in `names.jobs`: of openb's pods, or where a trace file yields `name`. */
  jobNames?: boolean;
  /** Other data sets than the registry's, for tests and private data. */
  datasets?: readonly Dataset[];
}

/** A data set of any kind, as it was imported. */
export type Demand =
  | ({ kind: "jobs" } & Trace)
  | ({ kind: "nodes" } & Fleet)
  | ({ kind: "rates" } & Rates)
  | ({ kind: "requests" } & Requests);

/**
 * Loads a list of jobs, `itp/cluster01` or `philly`, whole into memory, sorted by submission, from time zero.
 * Throws TRACE_UNKNOWN (also for a data set of another kind), TRACE_NOT_FOUND, TRACE_UNREADABLE and, with `strict`,
 * TRACE_ROW_INVALID. A file whose digest is not the registry's is loaded; provenance.assumptions says so.
 */
export async function loadTrace(name: string, options: LoadOptions): Promise<Trace> {
  return (await loadKind(name, "jobs", options)) as Trace;
}

/** Loads a fleet, `openb-nodes/gpu`; as loadTrace otherwise. */
export async function loadFleet(name: string, options: LoadOptions): Promise<Fleet> {
  return (await loadKind(name, "nodes", options)) as Fleet;
}

/** Loads rates, `servegen/m-large`; as loadTrace otherwise. */
export async function loadRates(name: string, options: LoadOptions): Promise<Rates> {
  return (await loadKind(name, "rates", options)) as Rates;
}

/** Loads requests, `azure-llm/conversation`; as loadTrace otherwise. */
export async function loadRequests(name: string, options: LoadOptions): Promise<Requests> {
  return (await loadKind(name, "requests", options)) as Requests;
}

async function loadKind(name: string, kind: DemandKind, options: LoadOptions): Promise<Demand> {
  const source = await findSource(name, options);
  if (source.adapter.kind !== kind) {
    throw new WindtunnelError(
      "TRACE_UNKNOWN",
      `"${name}" holds ${source.adapter.kind}, and ${kind} are wanted.`,
      `Data sets of ${kind}: see \`windtunnel trace list\`.`,
    );
  }
  return importSource(source, options);
}

/** Loads whatever the data set, or the trace file (a path that ends with .yaml), holds. */
export async function loadDemand(name: string, options: LoadOptions): Promise<Demand> {
  return importSource(await findSource(name, options), options);
}

async function importSource({ adapter, raw, side, provenance }: Source, options: LoadOptions): Promise<Demand> {
  const imported = await importTable({ raw, side }, adapter, options.strict ?? false);
  return build(adapter, imported, provenance, options);
}

/** Everything that an import needs, wherever it was described. */
interface Source {
  adapter: Adapter;
  raw: string[];
  side: Record<string, string[]>;
  provenance: Provenance;
}

async function findSource(name: string, options: LoadOptions): Promise<Source> {
  return isTraceFile(name) ? sourceOfFile(name, options) : sourceOfDataset(name, options);
}

async function sourceOfDataset(name: string, options: LoadOptions): Promise<Source> {
  const { dataset, part } = findPart(name, options.datasets ?? DATASETS);
  const adapter = part.adapter ?? dataset.adapter;
  const notes: string[] = [];
  const raw = await locate(dataset, part, options, notes);
  const side: Record<string, string[]> = {};
  for (const table of Object.keys(adapter.tables ?? {})) {
    const files = dataset.side?.[table] ?? [];
    const found = await Promise.all(files.map((file) => locate(dataset, file, options, notes)));
    side[table] = found.flatMap(({ files }) => files);
  }
  const provenance: Provenance = {
    dataset: dataset.name,
    part: part.name,
    digest: raw.digest,
    licence: dataset.licence,
    citation: dataset.citation,
    assumptions: [...dataset.missing, ...dataset.assumptions, ...(part.assumptions ?? []), ...notes],
  };
  return { adapter, raw: raw.files, side, provenance };
}

async function sourceOfFile(path: string, { cacheFolder }: LoadOptions): Promise<Source> {
  const trace = await readTraceFile(path);
  const find = async (files: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(files.map((file) => locateFiles(file, { dataFolder: "", cacheFolder })));
    const absent = found.indexOf(undefined);
    if (absent < 0) return found.flatMap((list) => list ?? []);
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `${path}: there is no file ${files[absent]}.`,
      "Correct files in the trace file; a path is relative to it.",
    );
  };
  const raw = await find(trace.files);
  const side: Record<string, string[]> = {};
  for (const [table, files] of Object.entries(trace.side)) side[table] = await find(files);
  const data = await digestOfFiles([...raw, ...Object.values(side).flat()]);
  const notes = [
    `Read as the trace file ${trace.name} (SHA-256 ${trace.digest}) says, from files with SHA-256 ${data}.`,
  ];
  const own = await digestOfFiles(raw);
  if (trace.sha256 !== undefined && trace.sha256 !== own)
    notes.push(
      `The raw file is not the one that the trace file was written for: its SHA-256 is ${own}, not ${trace.sha256}.`,
    );
  return {
    adapter: trace.adapter,
    raw,
    side,
    provenance: {
      dataset: trace.name,
      part: "",
      // another SELECT over the same file is another trace
      digest: digestOfText(`${data}\n${trace.digest}\n`),
      licence: trace.licence,
      citation: trace.citation,
      assumptions: [...trace.assumptions, ...notes],
    },
  };
}

function rejectedNote(count: number): string {
  return count === 1
    ? "1 row of the record could not be used and is left out."
    : `${count} rows of the record could not be used and are left out.`;
}

function build(adapter: Adapter, imported: Imported, provenance: Provenance, options: LoadOptions): Demand {
  const jobsMax = options.jobs ?? Number.POSITIVE_INFINITY;
  const { rejected } = imported;
  const notes = provenance.assumptions;
  if (imported.backwards > 0)
    notes.push(`${imported.backwards} rows go back in time against the row before: all are sorted here.`);
  const sayRejected = (list: readonly RejectedRow[]) => {
    if (list.length > 0) notes.push(rejectedNote(list.length));
  };
  if (adapter.kind !== "jobs") {
    sayRejected(rejected);
    if (adapter.kind === "nodes") return { kind: "nodes", ...buildNodes(imported), provenance, rejected };
    if (adapter.kind === "requests") return { kind: "requests", ...buildRequests(imported), provenance, rejected };
    return { kind: "rates", ...buildRates(imported), provenance, rejected };
  }
  let { jobs, names } = buildJobs(imported);
  if (jobsMax < jobs.count) {
    notes.push(`Only the first ${jobsMax} of ${jobs.count} jobs are used.`);
    jobs = takeJobs(
      jobs,
      Int32Array.from({ length: jobsMax }, (_, i) => i),
    );
  }
  if (options.jobNames) names = { ...names, jobs: (imported.texts.name ?? []).slice(0, jobs.count) };
  sayRejected(rejected);
  return { kind: "jobs", names, jobs, provenance, rejected };
}

function findPart(name: string, datasets: readonly Dataset[]): { dataset: Dataset; part: DatasetPart } {
  for (const dataset of datasets) {
    for (const part of dataset.parts) if (traceName(dataset, part) === name) return { dataset, part };
  }
  const names = traceNames(datasets);
  if (/[.](csv|tsv|txt|parquet|json|gz)$/i.test(name)) {
    throw new WindtunnelError(
      "TRACE_UNKNOWN",
      `"${name}" is no data set and no trace file.`,
      "To bring in a file of your own, write a trace file (.yaml) that says how to read it: docs/trace-file.md.",
    );
  }
  const alike = datasets.find((dataset) => dataset.name === name.split("/")[0]) ?? undefined;
  const list = alike ? alike.parts.map((part) => traceName(alike, part)) : datasets.map((d) => d.name);
  throw new WindtunnelError(
    "TRACE_UNKNOWN",
    `There is no data set "${name}"; the nearest name is "${nearestName(name, names) ?? ""}".`,
    `${alike ? `Parts of ${alike.name}` : "Data sets"}: ${list.slice(0, 30).join(", ")}${list.length > 30 ? ", …" : ""}.`,
  );
}

async function locate(
  dataset: Dataset,
  file: DataFile,
  options: Folders,
  notes: string[],
): Promise<{ files: string[]; digest: string }> {
  const files = await locateFiles(file.path, options);
  if (files === undefined) {
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `${dataset.title}: there is no file ${join(options.dataFolder, file.path)}.`,
      `Set WINDTUNNEL_DATA to the folder that has it (from ${dataset.address}${dataset.origin ? `, or \`windtunnel trace get ${dataset.name}\`` : ""}), or use a generated stand-in (a *.synth.json of scenarios/).`,
    );
  }
  const digest = await digestOfFiles(files);
  if (digest !== file.sha256 && file.sha256 !== "") {
    notes.push(
      `The file ${file.path} is not the registered one: its SHA-256 is ${digest}, the registry has ${file.sha256}; published numbers need not hold.`,
    );
  }
  return { files, digest };
}

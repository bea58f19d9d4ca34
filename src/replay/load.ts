// A data set by name: finds its files, unpacks them if need be, imports them and says where they came from.

import { join } from "node:path";
import type { Fleet, Rates } from "../model/demand.js";
import { WindtunnelError } from "../model/errors.js";
import { type Provenance, type RejectedRow, type Trace, takeJobs } from "../model/jobs.js";
import type { Adapter, DemandKind } from "./adapters/adapter.js";
import { buildJobs } from "./adapters/build-jobs.js";
import { buildNodes, buildRates } from "./adapters/build-tables.js";
import { type Imported, importTable } from "./adapters/import.js";
import { DATASETS, type DataFile, type Dataset, type DatasetPart, traceName, traceNames } from "./datasets.js";
import { digestOfFiles, type Folders, locateFiles } from "./locate.js";
import { nearestName } from "./nearest.js";

export interface LoadOptions extends Folders {
  /** Throw on the first unusable row instead of listing it. */
  strict?: boolean;
  /** At most so many jobs, from the start. */
  jobs?: number;
  /** Other data sets than the registry's, for tests and private data. */
  datasets?: readonly Dataset[];
}

/** A data set of any kind, as it was imported. */
export type Demand = ({ kind: "jobs" } & Trace) | ({ kind: "nodes" } & Fleet) | ({ kind: "rates" } & Rates);

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

async function loadKind(name: string, kind: DemandKind, options: LoadOptions): Promise<Demand> {
  const { dataset, part } = await findPart(name, options.datasets ?? DATASETS);
  const found = (part.adapter ?? dataset.adapter).kind;
  if (found !== kind) {
    throw new WindtunnelError(
      "TRACE_UNKNOWN",
      `"${name}" holds ${found}, and ${kind} are wanted.`,
      `Data sets of ${kind}: see \`windtunnel trace list\`.`,
    );
  }
  return loadDemand(name, options);
}

/** Loads whatever the data set holds. */
export async function loadDemand(name: string, options: LoadOptions): Promise<Demand> {
  const { dataset, part } = await findPart(name, options.datasets ?? DATASETS);
  const adapter = part.adapter ?? dataset.adapter;
  const notes: string[] = [];
  const raw = await locate(dataset, part, options, notes);
  const side: Record<string, string[]> = {};
  for (const table of Object.keys(adapter.tables ?? {})) {
    const files = dataset.side?.[table] ?? [];
    side[table] = (await Promise.all(files.map((file) => locate(dataset, file, options, notes)))).flatMap(
      (f) => f.files,
    );
  }
  const imported = await importTable({ raw: raw.files, side }, adapter, options.strict ?? false);
  const provenance: Provenance = {
    dataset: dataset.name,
    part: part.name,
    digest: raw.digest,
    licence: dataset.licence,
    citation: dataset.citation,
    assumptions: [...dataset.missing, ...dataset.assumptions, ...(part.assumptions ?? []), ...notes],
  };
  return build(adapter, imported, provenance, options.jobs);
}

function build(adapter: Adapter, imported: Imported, provenance: Provenance, jobsMax = Infinity): Demand {
  const { rejected } = imported;
  const notes = provenance.assumptions;
  if (imported.backwards > 0)
    notes.push(`${imported.backwards} rows go back in time against the row before: all are sorted here.`);
  const sayRejected = (list: readonly RejectedRow[]) => {
    if (list.length > 0) notes.push(`${list.length} rows of the record could not be used and are left out.`);
  };
  if (adapter.kind !== "jobs") {
    sayRejected(rejected);
    if (adapter.kind === "nodes") return { kind: "nodes", ...buildNodes(imported), provenance, rejected };
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
  sayRejected(rejected);
  return { kind: "jobs", names, jobs, provenance, rejected };
}

async function findPart(name: string, datasets: readonly Dataset[]): Promise<{ dataset: Dataset; part: DatasetPart }> {
  for (const dataset of datasets) {
    for (const part of dataset.parts) if (traceName(dataset, part) === name) return { dataset, part };
  }
  const names = traceNames(datasets);
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

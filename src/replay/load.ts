// A trace by name: finds the file, unpacks it if need be, imports it and says where it came from.

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import { type Provenance, type Trace, takeJobs } from "../model/jobs.js";
import type { AdapterName, TraceAdapter } from "./adapters/adapter.js";
import { importJobs } from "./adapters/import.js";
import { itpAdapter } from "./adapters/itp.js";
import { phillyAdapter } from "./adapters/philly.js";
import { unpackedFolder } from "./cache.js";
import { DATASETS, type Dataset, type DatasetPart, traceName, traceNames } from "./datasets.js";
import { digestOfFile } from "./digest.js";
import { nearestName } from "./nearest.js";

const ADAPTERS: Record<AdapterName, TraceAdapter> = { itp: itpAdapter, philly: phillyAdapter };

export interface LoadOptions {
  /** Folder that holds the data sets' files. */
  dataFolder: string;
  /** Folder for unpacked archives; made if absent. */
  cacheFolder: string;
  /** Throw on the first unusable row instead of listing it. */
  strict?: boolean;
  /** At most so many jobs, from the start. */
  jobs?: number;
  /** Other data sets than the registry's, for tests and private data. */
  datasets?: readonly Dataset[];
}

/**
 * Loads `itp/cluster01` ... `itp/cluster06` or `philly` whole into memory, sorted by submission, from time zero.
 * Throws TRACE_UNKNOWN, TRACE_NOT_FOUND, TRACE_UNREADABLE and, with `strict`, TRACE_ROW_INVALID.
 * A file whose digest is not the registry's is loaded; provenance.assumptions says so.
 */
export async function loadTrace(name: string, options: LoadOptions): Promise<Trace> {
  const { dataset, part } = findPart(name, options.datasets ?? DATASETS);
  const file = await locate(dataset, part, options);
  const digest = await digestOfFile(file);
  const imported = await importJobs(file, ADAPTERS[dataset.adapter], options.strict ?? false);
  const { tenants, rejected } = imported;
  const provenance = buildProvenance(dataset, part, digest);
  let { jobs } = imported;
  if (options.jobs !== undefined && options.jobs < jobs.count) {
    provenance.assumptions.push(`Only the first ${options.jobs} of ${jobs.count} jobs are used.`);
    jobs = takeJobs(
      jobs,
      Int32Array.from({ length: options.jobs }, (_, i) => i),
    );
  }
  if (rejected.length > 0)
    provenance.assumptions.push(`${rejected.length} rows of the record could not be used and are left out.`);
  return { names: { tenants, gpuModels: [], jobClasses: ["default"] }, jobs, provenance, rejected };
}

function findPart(name: string, datasets: readonly Dataset[]): { dataset: Dataset; part: DatasetPart } {
  for (const dataset of datasets) {
    for (const part of dataset.parts) if (traceName(dataset, part) === name) return { dataset, part };
  }
  const names = traceNames(datasets);
  throw new WindtunnelError(
    "TRACE_UNKNOWN",
    `There is no data set "${name}"; the nearest name is "${nearestName(name, names) ?? ""}".`,
    `Known names: ${names.join(", ")}.`,
  );
}

async function locate(dataset: Dataset, part: DatasetPart, { dataFolder, cacheFolder }: LoadOptions): Promise<string> {
  const path = join(dataFolder, dataset.archive ?? part.file);
  await requireFile(path, dataset);
  if (dataset.archive === undefined) return path;
  const inner = join(await unpackedFolder(path, cacheFolder), part.file);
  await requireFile(inner, dataset);
  return inner;
}

async function requireFile(path: string, dataset: Dataset): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return;
  throw new WindtunnelError(
    "TRACE_NOT_FOUND",
    `${dataset.title}: there is no file ${path}.`,
    `Set WINDTUNNEL_DATA to the folder that has ${dataset.archive ?? dataset.parts[0]!.file} (from ${dataset.address}), or use a generated stand-in (a *.synth.json of scenarios/).`,
  );
}

function buildProvenance(dataset: Dataset, part: DatasetPart, digest: string): Provenance {
  const assumptions = [...dataset.missing, ...dataset.assumptions];
  if (digest !== part.sha256) {
    assumptions.push(
      `The file is not the registered one: its SHA-256 is ${digest}, the registry has ${part.sha256}; published numbers need not hold.`,
    );
  }
  return {
    dataset: dataset.name,
    part: part.name,
    digest,
    licence: dataset.licence,
    citation: dataset.citation,
    assumptions,
  };
}

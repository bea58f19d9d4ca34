// What the registry knows of a data set, and the compact tables in which its files are listed.

import type { Adapter } from "../adapters/adapter.js";

/** A raw file below the data folder; it may lie there compressed (`.gz`) or in a `.tar.gz` in place of its folder. */
export interface DataFile {
  path: string;
  /** SHA-256 of the file itself, unpacked; of a pattern's files, that of their list (locate.ts). */
  sha256: string;
}

export interface DatasetPart extends DataFile {
  /** `cluster01`, or "" where the data set is one part. */
  name: string;
  /** Rows of the table that it becomes: jobs, nodes, or windows times series. */
  count: number;
  /** GPU-hours of jobs, GPUs of nodes, or arrivals of rates. */
  total: number;
  /** Where a part is read differently from the rest. */
  adapter?: Adapter;
  /** The files that a pattern stands for, one by one, for fetching them. */
  files?: readonly DataFile[];
  /** What is assumed of this part alone. */
  assumptions?: readonly string[];
}

/** Where the raw files can be fetched: a repository at a commit. */
export interface Origin {
  /** `owner/name` on GitHub. */
  repository: string;
  commit: string;
  /** Folder (or file) of the data folder -> its path in the repository. The longest that fits is taken. */
  paths: Readonly<Record<string, string>>;
  /** SHA-256 of those of `paths` that are archives, as they are fetched. */
  archives?: Readonly<Record<string, string>>;
}

export interface Dataset {
  name: string;
  title: string;
  /** Public page of the source. */
  address: string;
  licence: string;
  citation: string;
  adapter: Adapter;
  parts: readonly DatasetPart[];
  /** Files of the adapter's side tables. */
  side?: Readonly<Record<string, readonly DataFile[]>>;
  /** Data set of the nodes that the jobs ran on. */
  fleet?: string;
  /** Absent: the files cannot be fetched. */
  origin?: Origin;
  /** What a reader of the raw files trips over. */
  quirks: readonly string[];
  /** One sentence for each thing that the source lacks. */
  missing: readonly string[];
  /** One sentence for each thing assumed instead. */
  assumptions: readonly string[];
}

/** Rows `sha256 count total file`, the file below `folder`; a part is named like its file unless `name` says otherwise. */
export function listParts(
  folder: string,
  table: string,
  name = (file: string) => file.replace(/\.[a-z]+$/, ""),
): DatasetPart[] {
  return rows(table).map(([sha256, count, total, file]) => ({
    name: name(file!),
    path: `${folder}/${file}`,
    sha256: sha256!,
    count: Number(count),
    total: Number(total),
  }));
}

/** Rows `sha256 file`. */
export function listFiles(folder: string, table: string): DataFile[] {
  return rows(table).map(([sha256, file]) => ({ path: `${folder}/${file}`, sha256: sha256! }));
}

/** Rows `sha256` of chunk-0-trace.csv, chunk-1-trace.csv, … */
export function listChunks(folder: string, table: string): DataFile[] {
  return rows(table).map(([sha256], i) => ({ path: `${folder}/chunk-${i}-trace.csv`, sha256: sha256! }));
}

function rows(table: string): string[][] {
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(" "));
}

// Made-up files and traces; no row of a public record is in the repository.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { createJobTable, type Trace } from "../../src/model/jobs.js";
import { itpAdapter } from "../../src/replay/adapters/itp.js";
import type { Dataset } from "../../src/replay/datasets.js";

export const ITP_HEADER = "job_id,submission_time,duration,num_gpu";
export const PHILLY_HEADER = "timestamp,duration,num_gpus,gpu_time,cluster";
export const HOUR = 3_600_000_000;
export const DAY = 24 * HOUR;

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "windtunnel-replay-"));
}

/** Writes `content` as `name` in a new folder and returns the path. */
export function writeTemporary(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

type Entry = { name: string; text: string; type?: Header["type"] };

export async function packTarGz(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, text, type } of entries) {
    if (type === "symlink") tar.entry({ name, type, linkname: text });
    else tar.entry({ name, type: type ?? "file" }, text);
  }
  tar.finalize();
  return gzipSync(await buffer(tar));
}

/** A data set of one packed file and the options to load it. */
export async function packedDataset(csv: string, archive?: Buffer) {
  const dataFolder = temporaryFolder();
  mkdirSync(join(dataFolder, "made-up"));
  writeFileSync(
    join(dataFolder, "made-up/raw.tar.gz"),
    archive ?? (await packTarGz([{ name: "part.csv", text: csv }])),
  );
  const dataset: Dataset = {
    name: "made-up",
    title: "Made-up jobs",
    address: "https://example.org",
    licence: "none",
    citation: "none",
    adapter: itpAdapter,
    parts: [{ name: "part", path: "made-up/raw/part.csv", sha256: "0".repeat(64), count: 2, total: 1 }],
    quirks: [],
    missing: ["Users are not recorded."],
    assumptions: [],
  };
  return { dataFolder, cacheFolder: temporaryFolder(), datasets: [dataset] };
}

/** A trace of one-GPU jobs submitted at these times, µs; every run time is one hour unless given. */
export function traceAt(submitMicros: readonly number[], runMicros: readonly number[] = []): Trace {
  const jobs = createJobTable(submitMicros.length);
  jobs.submitMicros.set(submitMicros);
  jobs.runMicros.fill(HOUR);
  jobs.runMicros.set(runMicros);
  return {
    names: { tenants: ["a"], gpuModels: [], jobClasses: ["default"] },
    jobs,
    provenance: { dataset: "made-up", part: "", digest: "", licence: "", citation: "", assumptions: [] },
    rejected: [],
  };
}

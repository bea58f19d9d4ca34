// What `bundle` does. The archive is the same bytes for the same results: entries in order of name, no times, no owners.

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, pack } from "tar-stream";
import { WindtunnelError } from "../model/errors.js";
import type { Manifest } from "../model/results.js";
import { makeFolder } from "../sim/folders.js";
import { readExperiment, readManifest, readRun } from "../sim/store.js";
import { writeWhole } from "../sim/store-files.js";
import type { CommandContext } from "./context.js";
import { OURS } from "./results-folder.js";

type Options = Readonly<Record<string, unknown>>;

const SUMS = "SHA256SUMS";
const README = "README.md";

export async function packBundle(context: CommandContext, folder: string, options: Options): Promise<void> {
  const path = resolve(folder);
  const manifest = await readManifest(path);
  const out = resolve(String(options.out ?? `${basename(path)}.tar.gz`));
  // an archive vouches for its files by checksum: pack none that is missing or was changed
  await readExperiment(path, { rows: () => false });
  for (const { id } of manifest.runs) await readRun(path, id);
  const files = new Map<string, Buffer>();
  for (const name of await listFiles(path)) files.set(name, await readFile(join(path, name)));
  files.set(README, Buffer.from(howToRepeat(manifest, basename(path))));
  const names = [...files.keys()].sort();
  files.set(SUMS, Buffer.from(names.map((name) => `${sha256(files.get(name)!)}  ${name}\n`).join("")));
  await writeWhole(out, async (temporary) => {
    const tar = pack();
    for (const name of [SUMS, ...names]) tar.entry({ name, mtime: new Date(0), mode: 0o644 }, files.get(name)!);
    tar.finalize();
    await pipeline(tar, createGzip({ level: 6 }), createWriteStream(temporary));
  });
  const bytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  context.out(`${out}: ${files.size} files, ${(bytes / 2 ** 20).toFixed(1)} MiB unpacked, digest ${manifest.digest}`);
}

/** Files of an experiment, relative; nothing else that may lie in the folder. */
async function listFiles(folder: string): Promise<string[]> {
  const there = await readdir(folder, { withFileTypes: true });
  const lists = there
    .filter(({ name }) => OURS.includes(name))
    .map(async (entry) => {
      if (!entry.isDirectory()) return [entry.name];
      const names = await readdir(join(folder, entry.name));
      return names.filter((name) => !name.endsWith(".tmp")).map((name) => `${entry.name}/${name}`);
    });
  return (await Promise.all(lists)).flat();
}

export async function openBundle(context: CommandContext, archive: string, options: Options): Promise<void> {
  const target = resolve(String(options.out ?? basename(archive).replace(/\.t(ar\.)?gz$/, "")));
  const existing = await readdir(target).catch(() => undefined);
  if (existing && existing.length > 0) {
    throw new WindtunnelError(
      "OUTPUT_UNWRITABLE",
      `${target} is not empty.`,
      "Give a new folder with --out: a bundle is not mixed with other files.",
    );
  }
  const files = await readArchive(archive);
  const sums = checkSums(archive, files);
  // unpacked under another name first: a folder under its final name is whole
  const temporary = `${target}.${process.pid}.tmp`;
  await makeFolder(temporary);
  try {
    for (const name of sums.keys()) {
      await mkdir(dirname(join(temporary, name)), { recursive: true });
      await pipeline(Readable.from([files.get(name)!]), createWriteStream(join(temporary, name)));
    }
    if (existing) await rm(target, { recursive: true });
    await mkdir(dirname(target), { recursive: true });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  const { digest, windtunnelVersion } = await readManifest(target);
  context.out(
    `${target}: ${sums.size} files, each as its checksum says. Digest ${digest}, made with Windtunnel ${windtunnelVersion}.\nProve its runs with: windtunnel replay ${target}`,
  );
}

async function readArchive(archive: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const untar = extract();
  const read = (async () => {
    for await (const entry of untar) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      if (entry.header.type === "file") files.set(entry.header.name, Buffer.concat(chunks));
    }
  })();
  try {
    await Promise.all([pipeline(createReadStream(archive), createGunzip(), untar), read]);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw notABundle(archive, `it cannot be unpacked (${what})`, cause);
  }
  return files;
}

/** Checksum by name of every file that belongs to the bundle. */
function checkSums(archive: string, files: ReadonlyMap<string, Buffer>): Map<string, string> {
  const text = files.get(SUMS)?.toString("utf8");
  if (text === undefined) throw notABundle(archive, `it holds no ${SUMS}`);
  const sums = new Map(
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  for (const [name, sum] of sums) {
    if (!/^(?:runs\/)?[A-Za-z0-9][A-Za-z0-9+._=-]*$/.test(name))
      throw notABundle(archive, `"${name}" is no file of a result`);
    const content = files.get(name);
    if (!content) throw notABundle(archive, `${name} is missing`);
    if (sha256(content) !== sum) throw notABundle(archive, `${name} was changed: its SHA-256 is not that in ${SUMS}`);
  }
  return sums;
}

function notABundle(archive: string, why: string, cause?: unknown): WindtunnelError {
  return new WindtunnelError(
    "RESULT_INVALID",
    `cannot open bundle ${archive}: ${why}.`,
    "Ask for the archive again, or make it anew with `windtunnel bundle RESULTS`.",
    { cause },
  );
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function howToRepeat(manifest: Manifest, name: string): string {
  const { provenance } = manifest;
  return `# ${manifest.title}

${manifest.description}

Results of Windtunnel ${manifest.windtunnelVersion}; digest of all runs ${manifest.digest}.

- report.html: the report; opens in any browser, needs no network.
- metrics.csv, metrics.parquet: one row a run. groups.csv, groups.parquet: one row a run and group of jobs.
- runs/*.parquet: one row a job. runs/*.json: metrics and series of a run.
- manifest.json: digests, versions, assumptions, the command.

## To repeat it

    npm install windtunnel@${manifest.windtunnelVersion}
    npx windtunnel bundle ${name}.tar.gz --open --out ${name}
    npx windtunnel run ${name}/scenario.yaml --out again
    npx windtunnel compare ${name} again

The last command finds no difference, and both manifests name the same digest.

Data: ${provenance.dataset}, ${provenance.part}, SHA-256 ${provenance.digest}. Licence: ${provenance.licence}.
Source: ${provenance.citation}
A generator's parameters are in generator.json. Recorded data are not packed: get them with \`windtunnel trace get\`, or set
WINDTUNNEL_DATA to the folder that holds them.
`;
}

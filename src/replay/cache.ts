// Archives are unpacked once, into a folder named after the archive's digest. Unpacking happens beside it and ends in
// one rename, so a folder of that name is complete whoever was killed when.

import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, posix } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Extract, extract } from "tar-stream";
import { WindtunnelError } from "../model/errors.js";
import { digestOfFile } from "./digest.js";

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never;

/** Far above any registered data set: what stops an archive that would fill the disk. */
export const UNPACKED_BYTES_MAX = 64 * 1024 ** 3;

/** Where caches go on this system, from the environment and platform the caller passes in. */
export function defaultCacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "windtunnel");
  if (platform === "win32") return join(environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "windtunnel");
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "windtunnel");
}

/**
 * Folder with the unpacked files of a .tar.gz, unpacking it if that was not done before.
 * Throws TRACE_UNREADABLE, and leaves nothing behind, if the archive is damaged, holds a path outside of itself,
 * or unpacks to more than `bytesMax` bytes.
 */
export function unpackedFolder(archive: string, cacheFolder: string, bytesMax = UNPACKED_BYTES_MAX): Promise<string> {
  return once(archive, cacheFolder, (folder) => unpack(archive, folder, bytesMax));
}

/** Path of the unpacked copy of a .gz, named like it without the ending; errors as of unpackedFolder. */
export async function unpackedFile(path: string, cacheFolder: string, bytesMax = UNPACKED_BYTES_MAX): Promise<string> {
  const name = basename(path).replace(/\.gz$/, "");
  const folder = await once(path, cacheFolder, (unfinished) =>
    pipeline(
      createReadStream(path),
      createGunzip(),
      limitBytes(path, bytesMax),
      createWriteStream(join(unfinished, name)),
    ),
  );
  return join(folder, name);
}

async function once(archive: string, cacheFolder: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder, await digestOfFile(archive));
  if (await isFolder(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  try {
    await fill(unfinished);
    await rename(unfinished, folder);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process may have renamed its own complete copy first.
    if (await isFolder(folder)) return folder;
    if (cause instanceof WindtunnelError) throw cause;
    throw unreadable(archive, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return folder;
}

async function unpack(archive: string, folder: string, bytesMax: number): Promise<void> {
  const entries = extract();
  // An entry whose archive breaks off is never told: without this its writer would wait for ever.
  const broken = new AbortController();
  const reading = pipeline(createReadStream(archive), createGunzip(), limitBytes(archive, bytesMax), entries);
  reading.catch(() => broken.abort());
  // Where writing fails by itself, reading only sees its stream close, so the writer's error is the cause.
  const [written, read] = await Promise.allSettled([writeEntries(archive, folder, entries, broken.signal), reading]);
  if (read.status === "rejected" && (written.status === "fulfilled" || isAbort(written.reason))) throw read.reason;
  if (written.status === "rejected") throw written.reason;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

async function writeEntries(archive: string, folder: string, entries: Extract, broken: AbortSignal): Promise<void> {
  for await (const entry of entries) await writeEntry(archive, folder, entry, broken);
}

async function writeEntry(archive: string, folder: string, entry: Entry, signal: AbortSignal): Promise<void> {
  const { name, type } = entry.header;
  const path = posix.normalize(name.replaceAll("\\", "/"));
  if (path.startsWith("../") || path === ".." || posix.isAbsolute(path) || /^[A-Za-z]:/.test(path)) {
    throw unreadable(archive, `its entry "${name}" points outside of the archive`);
  }
  if (type === "file" || type === "contiguous-file") {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(entry, createWriteStream(target, { flags: "wx" }), { signal });
    return;
  }
  // A link could lead a later entry outside; no registered archive has one.
  if (type !== "directory") throw unreadable(archive, `its entry "${name}" is a ${type}, not a file`);
  entry.resume();
}

function limitBytes(archive: string, bytesMax: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) done(unreadable(archive, `it unpacks to more than ${bytesMax} bytes`));
      else done(null, chunk);
    },
  });
}

function unreadable(archive: string, what: string, cause?: unknown): WindtunnelError {
  return new WindtunnelError(
    "TRACE_UNREADABLE",
    `${archive}: the archive cannot be unpacked: ${what}.`,
    "The file is damaged or incomplete: compare its size with the source's and fetch it again.",
    { cause },
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

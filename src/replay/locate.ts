// Where a raw file lies: as it is, compressed, or in an archive in place of one of its folders. What is packed is
// unpacked into the cache first, so that digests, lines and errors are those of the file itself.

import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { unpackedFile, unpackedFolder } from "./cache.js";
import { digestOfFile } from "./digest.js";

export interface Folders {
  /** Folder that holds the data sets' files. */
  dataFolder: string;
  /** Folder for unpacked archives; made if absent. */
  cacheFolder: string;
}

/**
 * Paths of the files that `path` (below the data folder, with forward slashes) stands for: one, or for a last segment
 * with `*` all that match, sorted. Undefined if there is none. Throws TRACE_UNREADABLE for a damaged archive.
 */
export async function locateFiles(path: string, folders: Folders): Promise<string[] | undefined> {
  const direct = await filesAt(join(folders.dataFolder, path));
  const unpack = (file: string) => (file.endsWith(".gz") ? unpackedFile(file, folders.cacheFolder) : file);
  if (direct) return Promise.all(direct.map(unpack));
  const packed = join(folders.dataFolder, `${path}.gz`);
  if (await isFile(packed)) return [await unpackedFile(packed, folders.cacheFolder)];
  const segments = path.split("/");
  for (let n = segments.length - 1; n > 0; n--) {
    const archive = join(folders.dataFolder, `${segments.slice(0, n).join("/")}.tar.gz`);
    if (!(await isFile(archive))) continue;
    return filesAt(join(await unpackedFolder(archive, folders.cacheFolder), ...segments.slice(n)));
  }
  return undefined;
}

/** The file on disk that holds `path`: itself, compressed, or an archive; undefined if there is none. Unpacks nothing. */
export async function sourceOf(path: string, dataFolder: string): Promise<string | undefined> {
  const direct = await filesAt(join(dataFolder, path));
  if (direct) return direct[0];
  const segments = path.split("/");
  const archives = segments.slice(1).map((_, n) => `${segments.slice(0, n + 1).join("/")}.tar.gz`);
  for (const candidate of [`${path}.gz`, ...archives.reverse()]) {
    if (await isFile(join(dataFolder, candidate))) return join(dataFolder, candidate);
  }
  return undefined;
}

/** SHA-256 of a file; of several, that of their list as `sha256sum` prints it (digest, two blanks, name, line feed). */
export async function digestOfFiles(files: readonly string[]): Promise<string> {
  if (files.length === 1) return digestOfFile(files[0]!);
  const list = createHash("sha256");
  for (const file of files) list.update(`${await digestOfFile(file)}  ${basename(file)}\n`);
  return list.digest("hex");
}

async function filesAt(path: string): Promise<string[] | undefined> {
  if (!basename(path).includes("*")) return (await isFile(path)) ? [path] : undefined;
  const [before = "", after = ""] = basename(path).split("*");
  const names = await readdir(dirname(path)).catch(() => []);
  const fits = names.filter((name) => name.startsWith(before) && name.endsWith(after)).sort();
  return fits.length === 0 ? undefined : fits.map((name) => join(dirname(path), name));
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

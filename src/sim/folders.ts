// Folders for output, made one by one: Node's recursive mkdir never returns where the file system answers "no such
// file" for a folder whose parent is there.

import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { WindtunnelError } from "../model/errors.js";

/** Makes a folder and those above it. Throws OUTPUT_UNWRITABLE with what stands in the way. */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found) throw unwritable(folder, `${folder} is a file`);
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(folder).catch(() => undefined))?.isDirectory()) return;
    throw unwritable(folder, message, error);
  }
}

function unwritable(folder: string, why: string, cause?: unknown): WindtunnelError {
  return new WindtunnelError(
    "OUTPUT_UNWRITABLE",
    `The folder ${folder} cannot be made: ${why}.`,
    "Give a path with --out where you may write.",
    { cause },
  );
}

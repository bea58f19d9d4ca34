// Files that are whole or not there: written under a temporary name in the same folder, synced, renamed. A writer that
// is killed leaves only a temporary file, which the next reader of the folder removes.

import { open, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { threadId } from "node:worker_threads";
import { WindtunnelError } from "../model/errors.js";
import { makeFolder } from "./folders.js";

/** A temporary name says who writes it: host, process, thread, and a count. */
const TEMPORARY = /\.([A-Za-z0-9-]*)_(\d+)_\d+_\d+\.tmp$/;
const HOST = hostname().replaceAll(/[^A-Za-z0-9-]/g, "");
let writes = 0;

/**
 * Creates or replaces a file in one step, and its folder if need be. When the promise resolves, the file survives a
 * power cut; killed at any moment before, the old file (or none) is there.
 * @param write gets the temporary path and leaves a whole file there.
 */
export async function writeWhole(path: string, write: (temporaryPath: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  const temporary = temporaryOf(path);
  try {
    // asked first: a writer that cannot open its file may fail in ways of its own
    await (await open(temporary, "w")).close();
    await write(temporary);
    await sync(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asUnwritable(path, temporary, error);
  }
  // The rename itself is only durable once the folder is.
  await sync(folder);
}

/** A name beside `path` for what only this writer uses, and a reader clears away once the writer is dead. */
export function temporaryOf(path: string): string {
  return join(dirname(path), `${basename(path)}.${HOST}_${process.pid}_${threadId}_${writes++}.tmp`);
}

/** What the file system says of our own file is for the user; any other error stays as it is. */
function asUnwritable(path: string, temporary: string, error: unknown): unknown {
  const { code, path: of, message } = error as NodeJS.ErrnoException;
  if (code === undefined || of !== temporary) return error;
  const why = code === "EISDIR" ? "it is a folder" : message.replace(/, \w+ '.*$/, "");
  return new WindtunnelError(
    "OUTPUT_UNWRITABLE",
    `${path} cannot be written: ${why}.`,
    "Give a path with --out where you may write.",
    { cause: error },
  );
}

/** writeWhole of a text. */
export async function writeWholeText(path: string, text: string): Promise<void> {
  await writeWhole(path, async (temporary) => {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  });
}

/**
 * Names of the finished files in a folder, sorted; none if there is no such folder. Removes temporary files whose
 * writer is dead; those of other hosts are left, since nobody here can tell.
 */
export async function listWhole(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const whole: string[] = [];
  for (const name of names) {
    const temporary = TEMPORARY.exec(name);
    if (!temporary) whole.push(name);
    else if (temporary[1] === HOST && !isAlive(Number(temporary[2])))
      await rm(join(folder, name), { recursive: true, force: true });
  }
  return whole.sort();
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

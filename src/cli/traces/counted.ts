// What was found in data sets when they were last imported, kept in the cache so that `trace list` can say so at once.
// An entry holds for the file it was made from, by size and time of change.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { sourceOf } from "../../replay/index.js";
import { writeWholeText } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";

export interface Counted {
  count: number;
  total: number;
  rejected: number;
  /** True if the files are the registered ones. */
  registered: boolean;
}

interface Entry extends Counted {
  source: string;
  bytes: number;
  changedMillis: number;
}

const FILE = "counted.json";

export class CountedTraces {
  readonly #entries: Record<string, Entry>;
  readonly #context: CommandContext;

  private constructor(context: CommandContext, entries: Record<string, Entry>) {
    this.#context = context;
    this.#entries = entries;
  }

  /** What is remembered; nothing if that cannot be read, since it can be found again. */
  static async open(context: CommandContext): Promise<CountedTraces> {
    const text = await readFile(join(context.cacheFolder, FILE), "utf8").catch(() => "{}");
    try {
      return new CountedTraces(context, JSON.parse(text) as Record<string, Entry>);
    } catch {
      return new CountedTraces(context, {});
    }
  }

  /** The file that holds `path`, and what was found in it if it has not changed since. */
  async find(name: string, path: string): Promise<{ source?: string; counted?: Counted }> {
    const source = this.#context.dataFolder && (await sourceOf(path, this.#context.dataFolder));
    if (!source) return {};
    const entry = this.#entries[name];
    const { size, mtimeMs } = await stat(source);
    if (entry?.source !== source || entry.bytes !== size || entry.changedMillis !== mtimeMs) return { source };
    return { source, counted: entry };
  }

  async remember(name: string, source: string, counted: Counted): Promise<void> {
    const { size, mtimeMs } = await stat(source);
    this.#entries[name] = { ...counted, source, bytes: size, changedMillis: mtimeMs };
  }

  async save(): Promise<void> {
    await writeWholeText(join(this.#context.cacheFolder, FILE), `${JSON.stringify(this.#entries, null, 1)}\n`);
  }
}

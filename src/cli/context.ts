// What a command gets from outside: streams, environment, clock. The only place that reads them.

import { availableParallelism, cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { defaultCacheFolder } from "../replay/index.js";

export interface CommandContext {
  /** Data for machines and people who pipe: stdout. */
  out(text: string): void;
  /** Narration: stderr. */
  say(text: string): void;
  interactive: boolean;
  /** Width of the terminal that stdout goes to; infinite where it goes elsewhere. */
  columns: number;
  dataFolder: string | undefined;
  expectedFolder: string | undefined;
  cacheFolder: string;
  cores: number;
  machine: string;
  now(): Date;
  clock(): number;
  args: readonly string[];
}

export function processContext(): CommandContext {
  const env = process.env;
  const cores = availableParallelism();
  return {
    out: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    say: (text) => void process.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
    interactive: process.stderr.isTTY === true,
    columns: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
    dataFolder: env.WINDTUNNEL_DATA || undefined,
    expectedFolder: env.WINDTUNNEL_EXPECTED || undefined,
    cacheFolder: env.WINDTUNNEL_CACHE || defaultCacheFolder(env),
    cores,
    machine: `${process.platform} ${process.arch}, ${cores} cores, ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    now: () => new Date(),
    clock: () => performance.now(),
    args: process.argv.slice(2),
  };
}

import type { OptionSpec } from "./command.js";
import { parseCount } from "./parse.js";

/** Capacities that a run may have been given, for the commands that repeat it; they change no answer. */
export const CAPACITY_OPTIONS: readonly OptionSpec[] = [
  { flags: "--capacity-live-jobs <n>", description: "as `run` was given it", parse: parseCount },
  { flags: "--capacity-parts <n>", description: "as `run` was given it", parse: parseCount },
  { flags: "--capacity-shapes <n>", description: "as `run` was given it", parse: parseCount },
  { flags: "--capacity-log <n>", description: "log records of one instant", parse: parseCount },
];

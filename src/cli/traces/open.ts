// A trace by whatever a user may call it: a data set of the registry, or fitted parameters.

import { readFile } from "node:fs/promises";
import { WindtunnelError } from "../../model/errors.js";
import type { Trace } from "../../model/jobs.js";
import {
  type Demand,
  generateTrace,
  type LoadOptions,
  loadDemand,
  parseSynthParams,
  traceNames,
} from "../../replay/index.js";
import type { CommandContext } from "../context.js";

export interface OpenOptions {
  seed?: number;
  strict?: boolean;
  jobs?: number | undefined;
}

/** Jobs, a fleet or rates. Generated jobs need no data folder; a data set does. */
export async function openDemand(context: CommandContext, name: string, options: OpenOptions = {}): Promise<Demand> {
  if (name.endsWith(".json")) {
    const text = await readFile(name, "utf8").catch((cause) => {
      throw new WindtunnelError("TRACE_NOT_FOUND", `${name} cannot be read.`, "Check the path.", { cause });
    });
    return { kind: "jobs", ...generateTrace(parseSynthParams(text, name), { seed: options.seed ?? 1 }) };
  }
  return loadDemand(name, loadOptions(context, name, options));
}

/** Jobs only. Throws TRACE_UNKNOWN for a fleet or rates. */
export async function openJobs(context: CommandContext, name: string, options: OpenOptions = {}): Promise<Trace> {
  const demand = await openDemand(context, name, options);
  if (demand.kind === "jobs") return demand;
  throw new WindtunnelError(
    "TRACE_UNKNOWN",
    `"${name}" holds ${demand.kind}, and jobs are wanted.`,
    "See `windtunnel trace list` for the data sets of jobs.",
  );
}

export function loadOptions(context: CommandContext, name: string, options: OpenOptions): LoadOptions {
  if (context.dataFolder === undefined && traceNames().includes(name)) {
    throw new WindtunnelError(
      "TRACE_NOT_FOUND",
      `The files of "${name}" are not known: WINDTUNNEL_DATA is not set.`,
      "Set WINDTUNNEL_DATA to the folder that holds the data sets' files.",
    );
  }
  return {
    dataFolder: context.dataFolder ?? "",
    cacheFolder: context.cacheFolder,
    strict: options.strict ?? false,
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
  };
}

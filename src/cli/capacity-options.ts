// Capacities of the engine's tables as options, for the commands that simulate. None changes an answer.

import type { CapacityOverrides } from "../sim/capacity.js";
import type { OptionSpec } from "./command.js";
import { parseCount } from "./parse.js";

interface CapacityOption extends OptionSpec {
  /** Name under which commander hands it on. */
  key: string;
  table: keyof CapacityOverrides;
}

const OPTIONS: readonly CapacityOption[] = [
  {
    flags: "--capacity-live-jobs <n>",
    key: "capacityLiveJobs",
    table: "liveJobs",
    description: "jobs queued or running at once",
    parse: parseCount,
    default: "262144, or as many as the trace has",
  },
  {
    flags: "--capacity-parts <n>",
    key: "capacityParts",
    table: "parts",
    description: "placements (job x node) held at once",
    parse: parseCount,
    default: "4 a GPU and 1 a live job",
  },
  {
    flags: "--capacity-shapes <n>",
    key: "capacityShapes",
    table: "shapes",
    description: "distinct job shapes",
    parse: parseCount,
    default: "4096",
  },
  {
    flags: "--capacity-rows <n>",
    key: "capacityRows",
    table: "rows",
    description: "jobs that may end at one instant",
    parse: parseCount,
    default: "16 a GPU, and 8192 at least",
  },
  {
    flags: "--capacity-log <n>",
    key: "capacityLog",
    table: "log",
    description: "log records of one instant",
    parse: parseCount,
    default: "65536 and 4 a live job",
  },
];

export const CAPACITY_OPTIONS: readonly OptionSpec[] = OPTIONS;

/** The capacities that were given. */
export function capacitiesOf(options: Readonly<Record<string, unknown>>): CapacityOverrides {
  const given = OPTIONS.filter(({ key }) => options[key] !== undefined);
  return Object.fromEntries(given.map(({ key, table }) => [table, options[key] as number]));
}

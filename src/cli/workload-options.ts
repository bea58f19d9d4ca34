// Options that change a scenario without editing it: the same for every command that takes one.

import type { OptionSpec } from "./command.js";
import { parseCount, parseList, parsePositiveList, parseSeed } from "./parse.js";

export const WORKLOAD_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--dataset <name>",
    description: "use a recorded data set in place of the scenario's workload (see `trace list`)",
  },
  { flags: "--queue <names>", description: "queue policies, separated by commas, or all", parse: parseList },
  { flags: "--place <names>", description: "placements, separated by commas, or all", parse: parseList },
  { flags: "--loads <numbers>", description: "offered loads, separated by commas", parse: parsePositiveList },
  { flags: "--replications <n>", description: "how many replications", parse: parseCount },
  { flags: "--shakes <n>", description: "how many shaken copies of replication 0", parse: parseCount },
  { flags: "--jobs <n>", description: "at most so many jobs of the trace", parse: parseCount },
  { flags: "--seed <n>", description: "seed of every random stream", parse: parseSeed },
];

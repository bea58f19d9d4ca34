// `windtunnel estimate`: time, disk, memory and replications of an experiment, before it is run.

import type { CommandSpec } from "../command.js";
import { parseCount, parsePositive } from "../parse.js";
import { WORKLOAD_OPTIONS } from "../workload-options.js";

export const estimateCommand: CommandSpec = {
  name: "estimate",
  summary: "Say what an experiment would take, and how many replications it needs",
  description:
    "Runs a pilot of a few replications into a temporary folder, measures it, and says how long the whole would take, " +
    "how much disk and memory, and how many replications each policy pair needs for an interval of the wanted width.",
  arguments: [{ name: "<scenario>", description: "scenario file, or a folder with scenario.yaml" }],
  options: [
    {
      flags: "--width <percent>",
      description: "wanted half width of the 95 % interval, in percent of the mean",
      parse: parsePositive,
      default: "5",
    },
    { flags: "--pilot <n>", description: "replications of the pilot, at least 2", parse: parseCount, default: "4" },
    ...WORKLOAD_OPTIONS,
    { flags: "--workers <n>", description: "worker threads", parse: parseCount, default: "one a core" },
    { flags: "--json", description: "print as JSON" },
    { flags: "--quiet", description: "no narration on stderr" },
  ],
  examples: [
    { command: "windtunnel estimate scenarios/first-study", does: "for intervals of ± 5 %" },
    { command: "windtunnel estimate my.yaml --width 2 --pilot 8", does: "narrower, from a larger pilot" },
  ],
  async run(context, [path], options) {
    const { estimateExperiment } = await import("../estimate-experiment.js");
    await estimateExperiment(context, path!, options);
  },
};

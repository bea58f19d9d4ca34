// `windtunnel check`: independent checkers over the decision logs of a result folder's runs.

import { CAPACITY_OPTIONS } from "../capacity-options.js";
import type { CommandSpec } from "../command.js";

export const checkCommand: CommandSpec = {
  name: "check",
  summary: "Check the schedules of an experiment independently of the engine",
  description:
    "Repeats runs of a result folder with the log on, compares each digest with the manifest's, and has checkers that " +
    "share no code with the engine read every decision: nothing held twice, gangs whole, no job lost, GPU-time and " +
    "dollars conserved, every queue policy as it is defined.",
  arguments: [{ name: "<results>", description: "folder that `run` wrote" }],
  options: [
    { flags: "--run <id>", description: "only this run", default: "all" },
    { flags: "--json", description: "print the verdicts of every run as JSON" },
    ...CAPACITY_OPTIONS,
  ],
  examples: [
    { command: "windtunnel check results/first-study", does: "a line a rule, over all runs" },
    { command: "windtunnel check results/first-study --run las+first-fit+load0.9+r0", does: "one run" },
  ],
  async run(context, [folder], options) {
    const { checkRuns } = await import("../check-runs.js");
    await checkRuns(context, folder!, options);
  },
};

// `windtunnel replay`: the recorded facts of a run, without its cluster, lead to the same decisions.

import { CAPACITY_OPTIONS } from "../capacity-options.js";
import type { CommandSpec } from "../command.js";

export const replayCommand: CommandSpec = {
  name: "replay",
  summary: "Prove that recorded facts lead to the same decisions",
  description:
    "Repeats runs of a result folder with the log on, compares each digest with the manifest's, and feeds the recorded " +
    "facts to the same policy without a cluster behind it: every decision must come out byte for byte.",
  arguments: [{ name: "<results>", description: "folder that `run` wrote" }],
  options: [
    { flags: "--run <id>", description: "only this run", default: "all of replication 0" },
    { flags: "--json", description: "print as JSON" },
    ...CAPACITY_OPTIONS,
  ],
  examples: [
    { command: "windtunnel replay results/first-study", does: "a line a policy pair" },
    { command: "windtunnel replay results/first-study --run easy+first-fit+load0.9+r3", does: "one run" },
  ],
  async run(context, [folder], options) {
    const { replayRuns } = await import("../replay-runs.js");
    await replayRuns(context, folder!, options);
  },
};

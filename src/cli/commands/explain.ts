// `windtunnel explain`: why did that job wait?

import { CAPACITY_OPTIONS } from "../capacity-options.js";
import type { CommandSpec } from "../command.js";
import { parseWhole } from "../parse.js";

export const explainCommand: CommandSpec = {
  name: "explain",
  summary: "Say why a job waited, who held what it needed, and which decision would have started it earlier",
  description:
    "Repeats the run with the log on, replays the log and asks the engine at every pass while the job waits: was there " +
    "room, did the placement find it, who was started instead.",
  arguments: [{ name: "<results>", description: "folder that `run` wrote" }],
  options: [
    { flags: "--job <n>", description: "number of the job (column job of runs/*.parquet)", parse: parseWhole },
    { flags: "--run <id>", description: "which run", default: "the best pair's, replication 0" },
    {
      flags: "--choice",
      description:
        "why this node: every candidate with features and score at the job's first start, and what other placements would have taken",
    },
    {
      flags: "--instead <place>",
      description: "with --choice: fork the run there under another placement, and give the regret",
    },
    { flags: "--json", description: "print as JSON" },
    ...CAPACITY_OPTIONS,
  ],
  examples: [
    { command: "windtunnel explain results/first-study", does: "the job that waited longest" },
    {
      command: "windtunnel explain results/first-study --run fifo+first-fit+load0.9+r0 --job 120",
      does: "one job of one run",
    },
    {
      command: "windtunnel explain results/first-study --job 120 --choice --instead best-fit",
      does: "where it was put, what else there was, and what another placement would have made of it",
    },
  ],
  async run(context, [folder], options) {
    if (options.choice === true) {
      const { explainPlace } = await import("../explain-place.js");
      await explainPlace(context, folder!, options);
      return;
    }
    const { explainRun } = await import("../explain-run.js");
    await explainRun(context, folder!, options);
  },
};

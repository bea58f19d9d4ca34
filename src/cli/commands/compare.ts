// `windtunnel compare`: two result folders against each other, and a gate for continuous integration.

import type { CommandSpec } from "../command.js";
import { parseList } from "../parse.js";

export const compareCommand: CommandSpec = {
  name: "compare",
  summary: "Compare two experiments, and fail if one is worse",
  description:
    "Sets every policy pair of A against the same pair of B at the same load: paired by replication where data and seeds " +
    "are the same, else by Welch's test. With --fail-if it is a regression gate: exit code 4 if a condition is met.",
  arguments: [
    { name: "<a>", description: "result folder of the baseline" },
    { name: "<b>", description: "result folder to judge" },
  ],
  options: [
    {
      flags: "--metric <names>",
      description: "metrics, separated by commas, or all",
      parse: parseList,
      default: "the main ones",
    },
    { flags: "--a <pair>", description: "compare only this pair of A, for example fifo+first-fit", default: "all" },
    { flags: "--b <pair>", description: "with this pair of B", default: "the same" },
    {
      flags: "--fail-if <conditions...>",
      description:
        "fail if met by any pair: 'jctSecondsMean > +2 %' (change relative to A), '> +60' (change), '> 3600' (value of B)",
    },
    { flags: "--sure", description: "a condition is met only if the whole 95 % interval meets it" },
    { flags: "--json", description: "print as JSON" },
  ],
  examples: [
    { command: "windtunnel compare results/before results/after", does: "a table of changes" },
    {
      command: "windtunnel compare results/before results/after --fail-if 'jctSecondsMean > +2 %'",
      does: "exit code 4 if any pair's mean job completion time grew by more than 2 %",
    },
    {
      command: "windtunnel compare results/x results/x --a fifo+first-fit --b easy+first-fit",
      does: "two pairs of one experiment, every metric on the same jobs",
    },
  ],
  async run(context, [a, b], options) {
    const { compareResults } = await import("../compare-results.js");
    await compareResults(context, a!, b!, options);
  },
};

// `windtunnel fuse`: the answers of several models as one.

import type { CommandSpec } from "../command.js";
import { parseChoice, parseNumbers } from "../parse.js";

const METHODS = [
  "average",
  "vote",
  "confidence-top",
  "confidence-margin",
  "confidence-entropy",
  "log-pool",
  "log-pool-exact",
  "median",
  "trimmed-mean",
  "stacking",
];

export const fuseCommand: CommandSpec = {
  name: "fuse",
  summary: "Fuse the answers of several models",
  description:
    "Reads one .npy file a member (float32 or float64, samples x classes, or one number a sample), checks that all are " +
    "probabilities (or, with --values, finite numbers), fuses them and writes a table: class_0 … (for a vote, class). " +
    "With --labels the accuracy of each member and of the fusion is said, and stacking can learn its weights.",
  arguments: [{ name: "<members...>", description: ".npy files, 1 to 32" }],
  options: [
    { flags: "--method <name>", description: METHODS.join(", "), parse: parseChoice(METHODS), default: "average" },
    { flags: "--out <file>", description: ".parquet or .csv to write", default: "fused.parquet" },
    {
      flags: "--weights <list>",
      description: "a number a member, divided by their sum",
      parse: parseNumbers,
      default: "even",
    },
    { flags: "--values", description: "rows are regressions or quantiles, not probabilities" },
    { flags: "--labels <file>", description: ".npy with the class of every sample" },
  ],
  examples: [
    {
      command: "windtunnel fuse a.npy b.npy c.npy --weights 0.3,0.3,0.4 --out fused.parquet",
      does: "a weighted average",
    },
    {
      command: "windtunnel fuse a.npy b.npy c.npy --method stacking --labels truth.npy",
      does: "weights that are learned",
    },
  ],
  async run(context, members, options) {
    const { fuseFiles } = await import("../fuse/run.js");
    const weights = options.weights as number[] | undefined;
    await fuseFiles(context, members, {
      method: (options.method as string | undefined) ?? "average",
      out: (options.out as string | undefined) ?? "fused.parquet",
      ...(weights ? { weights } : {}),
      values: options.values === true,
      ...(options.labels === undefined ? {} : { labels: options.labels as string }),
    });
  },
};

// `windtunnel fuse`: the answers of several models as one.

import type { CommandSpec } from "../command.js";
import { parseChoice, parseCount, parseNumbers } from "../parse.js";

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
  "reciprocal-rank",
];

export const fuseCommand: CommandSpec = {
  name: "fuse",
  summary: "Fuse the answers of several models",
  description:
    "Reads one file a member (.npy of float32 or float64, .csv with a head, .parquet: samples x classes, or one number a sample), " +
    "checks that all are probabilities (or, with --values, finite numbers; with --quantiles, quantiles that do not fall), fuses " +
    "them and writes a table: class_0 … (for a vote, class). reciprocal-rank takes any scores: each member ranks the columns. " +
    "With --labels the accuracy (or error, or pinball loss) of each member and of the fusion is said, and stacking can learn its weights.",
  arguments: [{ name: "<members...>", description: "1 to 32 files" }],
  options: [
    { flags: "--method <name>", description: METHODS.join(", "), parse: parseChoice(METHODS), default: "average" },
    { flags: "--out <file>", description: ".parquet, .csv or .npy to write", default: "fused.parquet" },
    {
      flags: "--weights <list>",
      description: "a number a member, divided by their sum",
      parse: parseNumbers,
      default: "even",
    },
    { flags: "--values", description: "rows are regressions, not probabilities" },
    { flags: "--quantiles <levels>", description: "columns are quantiles of these levels", parse: parseNumbers },
    { flags: "--labels <file>", description: "the class, or with --values the number, of every sample" },
    { flags: "--threads <n>", description: "threads that share the samples", parse: parseCount, default: "1" },
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
    {
      command: "windtunnel fuse a.csv b.csv --quantiles 0.1,0.5,0.9 --method median",
      does: "forecasts as quantiles",
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
      ...(options.quantiles ? { quantiles: options.quantiles as number[] } : {}),
      ...(options.threads ? { threads: options.threads as number } : {}),
      ...(options.labels === undefined ? {} : { labels: options.labels as string }),
    });
  },
};

// `windtunnel solve`: one optimisation problem from a file.

import type { CommandSpec } from "../command.js";
import { parseCount, parsePositive } from "../parse.js";

export const solveCommand: CommandSpec = {
  name: "solve",
  summary: "Solve an optimisation problem from a file",
  description:
    "Reads transport, flow, linear, rebalance, switching, assignment, packing or gpu-mix problems (YAML or JSON, with the " +
    "key `problem`), a transport matrix (CSV), or a minimum-cost flow (DIMACS .min). Prints the plan, the prices and the " +
    "certificate: what a separate checker found. Without a plan it says what is in conflict, and the exit code is 4.",
  arguments: [{ name: "<file>", description: "problem file: .yaml, .json, .csv or .min" }],
  options: [
    { flags: "--format <name>", description: "table, json, or lp (a model for other solvers)", default: "table" },
    { flags: "--pivots-max <n>", description: "pivots at most (transport, flow)", parse: parseCount },
    { flags: "--seconds-max <s>", description: "seconds at most", parse: parsePositive },
    { flags: "--rows <n>", description: "rows of a table at most", parse: parseCount, default: "40" },
  ],
  examples: [
    {
      command: "windtunnel solve scenarios/two-clouds/problem.yaml",
      does: "which of two clouds is short, and what moves",
    },
    { command: "windtunnel solve scenarios/solve-examples/pools.yaml", does: "workloads to pools, with prices" },
    {
      command: "windtunnel solve scenarios/solve-examples/pools.yaml --format lp > pools.lp",
      does: "the same problem for another solver",
    },
  ],
  async run(context, [file], options) {
    const { solveFile } = await import("../solve/run.js");
    await solveFile(context, file!, options);
  },
};

import type { CommandSpec } from "../command.js";

export const benchCommand: CommandSpec = {
  name: "bench",
  summary: "Measure the speed of this installation",
  description:
    "Runs the benchmark cases and prints value, ratio to a plain alternative in the same run, and the hash of the answer. Cases on recorded data need WINDTUNNEL_DATA and WINDTUNNEL_EXPECTED.",
  arguments: [
    { name: "[names...]", description: "cases, or beginnings of their names; `events` compares event lists" },
  ],
  options: [
    { flags: "--json <file>", description: "write one object a case to this file" },
    {
      flags: "--chart <file>",
      description: "draw cases of growing size (…-RxC) and their alternatives as time against size, SVG",
    },
    { flags: "--list", description: "list the cases and stop" },
  ],
  examples: [
    { command: "windtunnel bench engine jobs/philly", does: "all cases whose names begin so" },
    {
      command: "windtunnel bench solve/transport-uniform solve/transport-geometric --chart growth.svg",
      does: "time against size, on one chart",
    },
    { command: "npm run bench -- --json results.json", does: "everything, kept for comparison" },
  ],
  async run(context, names, options) {
    const { runBenchmarks } = await import("../run-benchmarks.js");
    await runBenchmarks(context, names, {
      json: options.json as string | undefined,
      chart: options.chart as string | undefined,
      list: options.list === true,
    });
  },
};

// `windtunnel reproduce`: published results, again, with the differences.

import type { CommandSpec } from "../command.js";
import { parseCount, parseList } from "../parse.js";

const gpuSharing: CommandSpec = {
  name: "gpu-sharing",
  summary: "The placements of the FGD study on 6,212 GPUs, row by row",
  description:
    "Runs the six placements (Random, DotProd, GpuClustering, GpuPacking, BestFit, FGD) on the recorded cluster with the arrival " +
    "orders in WINDTUNNEL_EXPECTED/gpu-sharing and compares every column of the published tables, and recorded placements line " +
    "by line. Random draws, so it is compared by its mean over the seeds.",
  options: [
    {
      flags: "--trace <names>",
      description: "only these traces, separated by commas",
      parse: parseList,
      default: "all",
    },
    { flags: "--policy <names>", description: "only these policies", parse: parseList, default: "all six" },
    { flags: "--workers <n>", description: "worker threads", parse: parseCount, default: "one a core" },
    { flags: "--json", description: "print as JSON, with all curves" },
  ],
  examples: [
    { command: "windtunnel reproduce gpu-sharing", does: "rows matched, largest difference, seconds" },
    { command: "windtunnel reproduce gpu-sharing --trace default --policy 06-FGD", does: "ten runs of one policy" },
  ],
  async run(context, _args, options) {
    const { reproduceGpuSharing } = await import("../reproduce-sharing.js");
    await reproduceGpuSharing(context, options);
  },
};

export const reproduceCommand: CommandSpec = {
  name: "reproduce",
  summary: "Reproduce published results",
  description: "Runs a published study again and says how far the answers are from the published ones.",
  examples: [{ command: "windtunnel reproduce gpu-sharing", does: "the FGD study (USENIX ATC 2023)" }],
  subcommands: [gpuSharing],
};

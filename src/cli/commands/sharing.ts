// `windtunnel sharing`: the study of placing shares of GPUs, on any lists of nodes and pods.

import type { CommandSpec } from "../command.js";
import { parseCount, parseList } from "../parse.js";

export const sharingCommand: CommandSpec = {
  name: "sharing",
  summary: "Placements of shares of GPUs on a cluster that fills up, with pictures",
  description:
    "Runs a study like that of FGD (USENIX ATC 2023): requests come one by one to an empty cluster. The file names lists of nodes and pods in openb's format and arrival orders, or has " +
    "them generated; paths are looked for beside it, then in WINDTUNNEL_DATA and WINDTUNNEL_EXPECTED. Prints a table beside the published numbers and writes a page with charts.",
  arguments: [{ name: "<study>", description: "file, or folder with sharing.yaml" }],
  options: [
    { flags: "--trace <names>", description: "only these lists of pods", parse: parseList, default: "all" },
    {
      flags: "--orders <path>",
      description: "arrival orders in place of the study's ({trace} stands for the list), or generate",
    },
    { flags: "--workers <n>", description: "worker threads", parse: parseCount, default: "one a core" },
    { flags: "--out <folder>", description: "where report.html goes", default: "results/gpu-sharing" },
    { flags: "--json", description: "print as JSON, with all curves" },
  ],
  examples: [
    {
      command: "windtunnel sharing scenarios/gpu-sharing",
      does: "six placements on 6,212 GPUs, orders generated, ties by rank and drawn",
    },
    {
      command: "windtunnel sharing my-study.yaml --orders orders/{trace}.json.gz",
      does: "lists and orders of your own",
    },
  ],
  async run(context, [path], options) {
    const { studySharing } = await import("../study-sharing.js");
    await studySharing(context, path!, options);
  },
};

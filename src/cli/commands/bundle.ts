// `windtunnel bundle`: one archive that holds everything a result rests on, and opens again.

import type { CommandSpec } from "../command.js";

export const bundleCommand: CommandSpec = {
  name: "bundle",
  summary: "Pack an experiment into one archive, or open one",
  description:
    "The archive (.tar.gz) holds scenario, generator, manifest, results, report, checksums and a page on how to repeat it. " +
    "Recorded data are named by digest and not packed: their licences differ. With --open, unpacks one and checks every file.",
  arguments: [{ name: "<path>", description: "result folder; with --open, the archive" }],
  options: [
    { flags: "--out <path>", description: "the archive; with --open, the folder", default: "NAME.tar.gz; NAME" },
    { flags: "--open", description: "unpack and check an archive" },
  ],
  examples: [
    { command: "windtunnel bundle results/first-study", does: "writes first-study.tar.gz" },
    { command: "windtunnel bundle first-study.tar.gz --open --out copy", does: "unpacks it on another machine" },
    { command: "windtunnel replay copy", does: "and proves its runs there" },
  ],
  async run(context, [path], options) {
    const { openBundle, packBundle } = await import("../bundle-results.js");
    await (options.open === true ? openBundle : packBundle)(context, path!, options);
  },
};

// `windtunnel docs`: the pages of documentation that are made from the tables of the program.

import { resolve } from "node:path";
import { EXIT_CODES } from "../../model/errors.js";
import type { CommandSpec } from "../command.js";

export const docsCommand: CommandSpec = {
  name: "docs",
  summary: "Write the generated pages of documentation",
  description:
    "Writes the pages of commands, scenario keys (with a JSON Schema for editors), metrics, errors and policies; prints the files that changed.",
  options: [
    { flags: "--out <folder>", description: "where the pages go", default: "docs" },
    { flags: "--check", description: "write nothing; fail if a page is not what it would be" },
  ],
  examples: [
    { command: "windtunnel docs", does: "brings docs/ up to date" },
    { command: "windtunnel docs --check", does: "for continuous integration" },
  ],
  async run(context, _args, options) {
    const { findStalePages, writePages } = await import("../docs/index.js");
    const folder = resolve(String(options.out ?? "docs"));
    if (!options.check) {
      for (const file of await writePages(folder)) context.out(file);
      return;
    }
    const stale = await findStalePages(folder);
    for (const page of stale) context.out(`${page.file} is not up to date: run \`windtunnel docs --out ${folder}\``);
    if (stale.length > 0) process.exitCode = EXIT_CODES.runFailed;
  },
};

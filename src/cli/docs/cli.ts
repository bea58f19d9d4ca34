// docs/cli.md: every command, argument and option, from the table that the command line itself is built from.

import { ERROR_CODES, type ErrorKind, EXIT_CODES } from "../../model/errors.js";
import type { CommandSpec } from "../command.js";
import { buildPage, buildTable, code, sentence } from "./page.js";

/** Variables that `src/cli/context.ts` reads; no other code reads the environment. */
const ENVIRONMENT: readonly [name: string, meaning: string][] = [
  ["WINDTUNNEL_DATA", "Folder that holds the files of recorded data sets. Unset: only generated traces can be used."],
  [
    "WINDTUNNEL_EXPECTED",
    "Folder with reference cases and the answers of other programs; some tests and benchmarks read it.",
  ],
  [
    "WINDTUNNEL_LIVE_TOKEN",
    "Token of the operator's page of `live watch`. Unset: one is made and written to the state folder.",
  ],
  ["WINDTUNNEL_PERMIT_KEY", "Private key (PEM) that `permit issue` signs with, in place of --key."],
  ["WINDTUNNEL_CACHE", "Folder for unpacked archives. Unset: the cache folder of the system."],
];

export function renderCliPage(commands: readonly CommandSpec[]): string {
  const list = buildTable(
    ["command", "what it does"],
    commands.map((command) => [`[${code(command.name)}](#${anchor(command.name)})`, sentence(command.summary)]),
  );
  return buildPage("Command line", [
    "Standard output is data, standard error is narration; nothing is coloured. Every command answers `--help`.",
    list,
    ...commands.flatMap((command) => renderCommand(command, command.name, 2)),
    "## Environment",
    buildTable(
      ["variable", "meaning"],
      ENVIRONMENT.map(([name, meaning]) => [code(name), meaning]),
    ),
    "## Exit codes",
    buildTable(
      ["code", "meaning", "errors"],
      [
        ["0", "It was done.", ""],
        ...Object.entries(EXIT_CODES).map(([kind, exit]) => exitRow(kind as ErrorKind, exit)),
      ],
    ),
    "What each error means is on the page of [errors](errors.md).",
  ]);
}

const EXIT_MEANINGS: Record<ErrorKind, string> = {
  usage: "The command line is not understood.",
  badInput: "A file, a folder or a name that was given cannot be used.",
  runFailed: "The work was begun and did not succeed.",
  refused: "A guard refused to do it.",
  bug: "A fault of Windtunnel: please report it with the command.",
};

function exitRow(kind: ErrorKind, exit: number): string[] {
  const codes = Object.entries(ERROR_CODES).filter(([, entry]) => entry.kind === kind);
  return [String(exit), EXIT_MEANINGS[kind], codes.map(([name]) => `[${code(name)}](errors.md)`).join(", ")];
}

function anchor(path: string): string {
  return `windtunnel-${path.replaceAll(" ", "-")}`;
}

function renderCommand(command: CommandSpec, path: string, level: number): string[] {
  const heading = `${"#".repeat(level)} windtunnel ${path}`;
  const argumentNames = (command.arguments ?? []).map((argument) => argument.name);
  const usage = ["windtunnel", path, ...(command.options?.length ? ["[options]"] : []), ...argumentNames].join(" ");
  const blocks = [heading, sentence(command.description)];
  if (command.run) blocks.push(`\`\`\`text\n${usage}\n\`\`\``);
  if (command.arguments?.length) {
    const rows = command.arguments.map(({ name, description }) => [code(name), sentence(description)]);
    blocks.push(buildTable(["argument", "meaning"], rows));
  }
  if (command.options?.length) {
    const rows = command.options.map((o) => [code(o.flags), sentence(o.description), o.default ?? ""]);
    blocks.push(buildTable(["option", "meaning", "default"], rows));
  }
  if (command.examples.length > 0) {
    const lines = command.examples.map((example) => `${example.command}   # ${example.does}`);
    blocks.push(`\`\`\`sh\n${lines.join("\n")}\n\`\`\``);
  }
  for (const sub of command.subcommands ?? []) blocks.push(...renderCommand(sub, `${path} ${sub.name}`, level + 1));
  return blocks;
}

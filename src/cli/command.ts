// A command as data: help, parsing and the generated docs page all come from the same table.

import type { CommandContext } from "./context.js";

export interface OptionSpec {
  /** e.g. `--workers <n>`. */
  flags: string;
  description: string;
  /** Checks and converts the text; throws WindtunnelError USAGE. Absent: text, or true for a switch. */
  parse?: (text: string, flags: string) => unknown;
  /** What is used when the option is absent, in words where it depends. */
  default?: string;
}

export interface ArgumentSpec {
  /** `<name>` required, `[name]` optional, `[name...]` several. */
  name: string;
  description: string;
}

export interface CommandSpec {
  name: string;
  summary: string;
  description: string;
  arguments?: readonly ArgumentSpec[];
  options?: readonly OptionSpec[];
  examples: readonly { command: string; does: string }[];
  subcommands?: readonly CommandSpec[];
  /** Loads what it needs by itself, so that `--help` stays quick. */
  run?(context: CommandContext, args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<void>;
}

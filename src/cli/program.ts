// The command line: registers the commands, turns errors into one message and an exit code. It starts nothing by itself.

import { Command, CommanderError } from "commander";
import { EXIT_CODES, WindtunnelError } from "../model/errors.js";
import { nearestName } from "../replay/nearest.js";
import type { CommandSpec, OptionSpec } from "./command.js";
import { COMMANDS } from "./commands/index.js";
import type { CommandContext } from "./context.js";
import { version } from "./version.js";

function describe(option: OptionSpec): string {
  return option.default === undefined ? option.description : `${option.description} (default: ${option.default})`;
}

function register(parent: Command, spec: CommandSpec, context: CommandContext): void {
  const command = parent.command(spec.name).summary(spec.summary).description(spec.description);
  command.exitOverride().configureOutput({ writeOut: context.out, writeErr: () => undefined });
  command.showSuggestionAfterError(true);
  for (const argument of spec.arguments ?? []) command.argument(argument.name, argument.description);
  for (const option of spec.options ?? []) {
    if (option.parse) {
      const { parse } = option;
      command.option(option.flags, describe(option), (text: string) => parse(text, option.flags));
    } else {
      command.option(option.flags, describe(option));
    }
  }
  command.addHelpText(
    "after",
    `\nExamples:\n${spec.examples.map((e) => `  ${e.command}\n      ${e.does}`).join("\n")}`,
  );
  for (const sub of spec.subcommands ?? []) register(command, sub, context);
  const { run } = spec;
  if (run) {
    command.action(async (...values: unknown[]) => {
      const options = values[values.length - 2] as Record<string, unknown>;
      const args = values
        .slice(0, -2)
        .flat()
        .filter((v): v is string => typeof v === "string");
      await run(context, args, options);
    });
  }
}

export function buildProgram(context: CommandContext): Command {
  const program = new Command("windtunnel")
    .description("Replay recorded GPU demand under competing policies, and compare them with intervals.")
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: () => undefined });
  program.addHelpText("after", "\nStart with:\n  windtunnel run scenarios/first-study");
  for (const spec of COMMANDS) register(program, spec, context);
  return program;
}

function complain(context: CommandContext, error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code === "commander.help") return EXIT_CODES.usage;
    const unknown = /unknown command '(.+?)'/.exec(error.message)?.[1];
    const nearest = unknown
      ? nearestName(
          unknown,
          COMMANDS.map((c) => c.name),
        )
      : undefined;
    context.say(
      `${error.message}${nearest && !error.message.includes("Did you mean") ? ` (did you mean ${nearest}?)` : ""}\nSee windtunnel --help.`,
    );
    return EXIT_CODES.usage;
  }
  if (error instanceof WindtunnelError) {
    context.say(`error ${error.code}: ${error.message}\n  ${error.hint}`);
    return error.exitCode;
  }
  context.say(
    `internal error: ${error instanceof Error ? error.stack : String(error)}\n  This is a bug: please report it with the command.`,
  );
  return EXIT_CODES.bug;
}

/** Runs a command line; the exit code. */
export async function main(argv: readonly string[], context: CommandContext): Promise<number> {
  const program = buildProgram(context);
  try {
    if (argv.length === 0) {
      context.out(program.helpInformation());
      return EXIT_CODES.usage;
    }
    await program.parseAsync([...argv], { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return complain(context, error);
  }
}

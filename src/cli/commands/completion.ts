import type { CommandSpec } from "../command.js";

export const completionCommand: CommandSpec = {
  name: "completion",
  summary: "Print a script that completes commands and options in a shell",
  description: "For bash, zsh or fish; made from the same table as the help.",
  arguments: [{ name: "<shell>", description: "bash, zsh or fish" }],
  examples: [
    { command: 'eval "$(windtunnel completion bash)"', does: "in ~/.bashrc" },
    { command: "windtunnel completion fish > ~/.config/fish/completions/windtunnel.fish", does: "once, for fish" },
  ],
  async run(context, [shell]) {
    const { COMMANDS } = await import("./index.js");
    const { completionScript } = await import("../completion.js");
    context.out(completionScript(shell!, COMMANDS));
  },
};

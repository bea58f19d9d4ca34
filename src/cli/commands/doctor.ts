// `windtunnel doctor`: is this machine fit, and is the engine the engine.

import type { CommandSpec } from "../command.js";

export const doctorCommand: CommandSpec = {
  name: "doctor",
  summary: "Check this machine and this installation",
  description: "Runs a few known cases through the engine and says what was found. Exit code 0 if all is well.",
  options: [{ flags: "--json", description: "print as JSON" }],
  examples: [{ command: "windtunnel doctor", does: "a line a check" }],
  async run(context, _args, options) {
    const { examine } = await import("../examine.js");
    const checks = await examine(context);
    if (options.json) context.out(JSON.stringify(checks, null, 2));
    else
      for (const c of checks)
        context.out(
          `${c.ok ? "ok  " : c.needed ? "FAIL" : "note"}  ${c.name}: ${c.found}${c.ok ? "" : ` -> ${c.advice}`}`,
        );
    if (checks.some((c) => !c.ok && c.needed)) process.exitCode = 4;
  },
};

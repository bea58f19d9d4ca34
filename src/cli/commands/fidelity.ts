// `windtunnel fidelity`: how true the simulated services are, checked here and now.

import type { CommandSpec } from "../command.js";

export const fidelityCommand: CommandSpec = {
  name: "fidelity",
  summary: "Check simulated services against closed forms, published times and themselves",
  description:
    "Runs the product's own checks of inference services: queues with closed forms, published iteration times served again, equality to the last bit on random cases, " +
    "and the error of the fluid mode. Prints a table; with --out a page of its own. Ends with an error if a check does not hold.",
  options: [
    { flags: "--out <file>", description: "write a page, HTML" },
    { flags: "--json", description: "print as JSON" },
  ],
  examples: [{ command: "windtunnel fidelity --out fidelity.html", does: "some seconds, and a page to read" }],
  async run(context, _args, options) {
    const { tellFidelity } = await import("../run-fidelity.js");
    await tellFidelity(context, options);
  },
};

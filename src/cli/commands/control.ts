// `windtunnel control`: rules that size pools every hour, compared in dollars and waits.

import type { CommandSpec } from "../command.js";

export const controlCommand: CommandSpec = {
  name: "control",
  summary: "Compare rules that size pools while jobs run: dollars and waits",
  description:
    "Runs a scenario whose pools change size at ticks, under each rule of control.yaml beside it: a linear programme over a " +
    "forecast (lp), rebalancing of a fixed number of GPUs (gap), the cheapest pools for what is wanted now (greedy), and " +
    "everything always (fixed). Every rule meets the same jobs.",
  arguments: [{ name: "<folder>", description: "folder with scenario.yaml and control.yaml" }],
  options: [{ flags: "--json", description: "print as JSON" }],
  examples: [
    {
      command: "windtunnel control scenarios/research-aws-azure",
      does: "a research institute on two clouds, four rules",
    },
  ],
  async run(context, [folder], options) {
    const { compareControls } = await import("../compare-controls.js");
    await compareControls(context, folder!, options);
  },
};

// `windtunnel capacity`: how many requests a second a fleet can take within its bounds.

import type { CommandSpec } from "../command.js";
import { parseCount, parsePositive } from "../parse.js";

export const capacityCommand: CommandSpec = {
  name: "capacity",
  summary: "Find the highest rate at which services still meet their bounds",
  description:
    "Takes each service of a study (services.yaml) with all its replicas, at a constant rate with its own burstiness, and finds by bisection the highest rate at which the " +
    "target share of requests meets every bound: its goodput, with an interval over replications. Lost requests are misses.",
  arguments: [{ name: "<study>", description: "services.yaml, or a folder with it" }],
  options: [
    { flags: "--service <name>", description: "one service only" },
    { flags: "--target <share>", description: "share within bounds, in place of the study's", parse: parsePositive },
    { flags: "--requests <n>", description: "requests a run", parse: parseCount, default: "20000" },
    { flags: "--json", description: "print as JSON" },
  ],
  examples: [
    { command: "windtunnel capacity scenarios/shop-inference", does: "what the shop's services can take at most" },
  ],
  async run(context, [path], options) {
    const { answerCapacity } = await import("../run-services.js");
    await answerCapacity(context, path!, options);
  },
};

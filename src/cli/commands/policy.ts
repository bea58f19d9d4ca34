// `windtunnel policy`: write a policy of one's own, and check that it is one.

import type { CommandSpec } from "../command.js";

const create: CommandSpec = {
  name: "new",
  summary: "Write a policy, a scenario that compares it, and a test",
  description:
    "Writes NAME.as.ts (AssemblyScript, compiled into the engine; with --typescript NAME.ts, which runs beside it), NAME.yaml, NAME.test.mjs and features.d.ts for editors. Files that are there stay.",
  arguments: [{ name: "<name>", description: "letters, digits, - and _" }],
  options: [
    { flags: "--typescript", description: "TypeScript for a quick try: slower, and trusted code" },
    { flags: "--out <folder>", description: "where to write", default: "." },
  ],
  examples: [{ command: "windtunnel policy new my-policy", does: "four files to start from" }],
  async run(context, [name], options) {
    const { writePolicy } = await import("../own-policies.js");
    await writePolicy(context, name!, options);
  },
};

const check: CommandSpec = {
  name: "check",
  summary: "Does a policy keep the rules of a policy?",
  description:
    "Runs made-up workloads of shares, GPUs and gangs under the policy and gives a verdict a rule: only feasible placements, deterministic, nobody starves at a load below 1, " +
    "work-conserving or declared not to be, equals treated alike; and what a decision costs. A queue policy is tried with first-fit, a placement with fifo; a file is tried as what it exports.",
  arguments: [{ name: "[policies...]", description: "names of the engine's policies, or paths of your own" }],
  options: [
    { flags: "--all", description: "every policy of the engine" },
    { flags: "--json", description: "print as JSON" },
  ],
  examples: [
    { command: "windtunnel policy check my-policy.as.ts", does: "a verdict a rule; exit code 4 if one is broken" },
    { command: "windtunnel policy check --all", does: "the engine's own" },
  ],
  async run(context, names, options) {
    const { checkPolicies } = await import("../own-policies.js");
    await checkPolicies(context, names, options);
  },
};

export const policyCommand: CommandSpec = {
  name: "policy",
  summary: "Write a policy of your own, or check one",
  description:
    "A policy of your own is one file with `score` (where) or `order` (who next) over named features; a scenario names it by its path. See docs/own-policies.md.",
  examples: [{ command: "windtunnel policy new my-policy", does: "begins one" }],
  subcommands: [create, check],
};

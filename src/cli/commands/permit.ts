// `windtunnel permit`: what a policy must pass before it may act on a cluster.

import type { CommandSpec, OptionSpec } from "../command.js";

const PUBLIC: OptionSpec = { flags: "--public-key <file>", description: "public key (PEM) of whoever issues permits" };
const CONFIG: OptionSpec = { flags: "--config <file>", description: "live configuration", default: "live.yaml" };

const key: CommandSpec = {
  name: "key",
  summary: "Make a pair of keys (Ed25519)",
  description:
    "Writes NAME, which signs permits and is readable by you alone, and NAME.pub, which checks them. Keys that are there stay.",
  options: [{ flags: "--out <name>", description: "where to", default: "permit.key" }],
  examples: [{ command: "windtunnel permit key --out ops.key", does: "ops.key and ops.key.pub" }],
  async run(context, _args, options) {
    await (await import("../live/permit.js")).makeKey(context, options);
  },
};

const issue: CommandSpec = {
  name: "issue",
  summary: "Run the gates of a set of scenarios, and sign what passed",
  description:
    "Simulates every scenario of the file under the policy, holds each condition against the end of its 95 % interval that is least in favour, and only if all hold signs a permit: policy, parameters, engine, scenarios, data and results by digest, an expiry, and the conditions covered. The key is a file or the environment variable WINDTUNNEL_PERMIT_KEY.",
  arguments: [{ name: "<gates>", description: "YAML file of gates; see docs/live.md" }],
  options: [
    { flags: "--key <file>", description: "private key", default: "WINDTUNNEL_PERMIT_KEY" },
    { flags: "--out <file>", description: "where to", default: "permit.json" },
    { flags: "--results <folder>", description: "keep the results of the runs there", default: "they are removed" },
  ],
  examples: [
    {
      command: "windtunnel permit issue scenarios/gates/gates.yaml --key ops.key",
      does: "a permit, or the gate that failed",
    },
  ],
  async run(context, [file], options) {
    await (await import("../live/gates.js")).issuePermit(context, file!, options);
  },
};

const verify: CommandSpec = {
  name: "verify",
  summary: "Is a permit genuine, in force, and for this engine?",
  description:
    "Checks signature, time and engine; with --config also that it is for that configuration's policy and not revoked in its clusters.",
  arguments: [{ name: "<permit>", description: "the file" }],
  options: [PUBLIC, { ...CONFIG, default: "none" }],
  examples: [
    { command: "windtunnel permit verify permit.json --public-key ops.key.pub", does: "exit code 5 if it is not" },
  ],
  async run(context, [file], options) {
    await (await import("../live/permit.js")).verifyPermit(context, file!, options);
  },
};

const show: CommandSpec = {
  name: "show",
  summary: "What a permit covers, and what it passed",
  description: "Checks the signature and prints policy, actions, conditions covered, gates and scenarios.",
  arguments: [{ name: "<permit>", description: "the file" }],
  options: [PUBLIC, { flags: "--json", description: "print as JSON" }],
  examples: [{ command: "windtunnel permit show permit.json --public-key ops.key.pub", does: "in words" }],
  async run(context, [file], options) {
    await (await import("../live/permit.js")).showPermit(context, file!, options);
  },
};

const revoke: CommandSpec = {
  name: "revoke",
  summary: "Put a permit's serial on the list of revoked ones",
  description: "The list is in the control ConfigMap of each cluster and is read before each write.",
  arguments: [{ name: "<serial>", description: "of the permit" }],
  options: [CONFIG, { flags: "--cluster <name>", description: "only there", default: "all" }],
  examples: [{ command: "windtunnel permit revoke 5f0c3f1e-…", does: "no instance acts under it any more" }],
  async run(context, [serial], options) {
    await (await import("../live/permit.js")).revokePermit(context, serial!, options);
  },
};

export const permitCommand: CommandSpec = {
  name: "permit",
  summary: "What a policy must pass before it may act: issue, verify, show, revoke",
  description:
    "A permit is a signed file that binds a policy to the gates that it passed in simulation and to the conditions that they covered. `live` acts under a valid one only.",
  examples: [{ command: "windtunnel permit key", does: "begins" }],
  subcommands: [key, issue, verify, show, revoke],
};

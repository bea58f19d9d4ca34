// `windtunnel live`: the policy on real clusters, observing unless told otherwise.

import type { CommandSpec, OptionSpec } from "../command.js";
import { parseCount, parseDuration, parseWhole } from "../parse.js";

const CONFIG: OptionSpec = { flags: "--config <file>", description: "live configuration", default: "live.yaml" };
const WAIT: OptionSpec = {
  flags: "--wait <time>",
  description: "how long to wait until the clusters are seen",
  parse: parseDuration,
  default: "20 s",
};
const JSON_OPTION: OptionSpec = { flags: "--json", description: "print as JSON" };

const plan: CommandSpec = {
  name: "plan",
  summary: "What the policy would change now, and what refuses it",
  description:
    "Looks at the clusters, asks the policy, and prints every change that it wants with its reason, what each guard says to it, and what is left alone and why. Writes nothing to any cluster. With --out the plan becomes a file that can be read, kept, and applied as it is.",
  options: [CONFIG, WAIT, { flags: "--out <file>", description: "write the plan there" }, JSON_OPTION],
  examples: [{ command: "windtunnel live plan --out plan.json", does: "a plan to look at, and perhaps to apply" }],
  async run(context, _args, options) {
    await (await import("../live/plan.js")).planLive(context, options);
  },
};

const diff: CommandSpec = {
  name: "diff",
  summary: "What would change, in the form of a diff",
  description:
    "Of a plan that is there, or of one made now: every field that would change, with the value before and after.",
  options: [CONFIG, WAIT, { flags: "--plan <file>", description: "a plan", default: "one made now" }],
  examples: [{ command: "windtunnel live diff --plan plan.json", does: "what `apply` would do" }],
  async run(context, _args, options) {
    await (await import("../live/plan.js")).diffLive(context, options);
  },
};

const apply: CommandSpec = {
  name: "apply",
  summary: "Carry out exactly one plan",
  description:
    "Prints the plan's diff; with --yes it gets the lease of each cluster, decides again, and carries the plan out as it is, or refuses: if it has expired, was edited, is not wanted any more, or a guard says no. Needs a permit and the mode apply or auto for each change.",
  options: [
    CONFIG,
    WAIT,
    { flags: "--plan <file>", description: "the plan" },
    { flags: "--yes", description: "do it; without, only the diff is printed" },
    { flags: "--log", description: "JSON lines of what happens, on stderr" },
  ],
  examples: [{ command: "windtunnel live apply --plan plan.json --yes", does: "carries it out" }],
  async run(context, _args, options) {
    const { applyLive } = await import("../live/plan.js");
    await applyLive(context, options);
  },
};

const watch: CommandSpec = {
  name: "watch",
  summary: "The loop: observe, advise, shadow or act, as the configuration grants",
  description:
    "Watches the clusters and plans again and again. What is only observed is looked at; what is in mode advise is published as metrics and on the page; shadow keeps account of what would have been; auto acts within permit, guards and budgets. Serves metrics and the operator's page on one port and /livez and /readyz on another, on the loopback interface unless told otherwise. SIGTERM ends it in good order.",
  options: [
    CONFIG,
    { flags: "--host <address>", description: "where to listen", default: "127.0.0.1" },
    { flags: "--port <n>", description: "metrics and page; 0 = any", parse: parseWhole, default: "9464" },
    { flags: "--probe-port <n>", description: "/livez and /readyz; 0 = any", parse: parseWhole, default: "9465" },
    { flags: "--record <file>", description: "record what is seen, as `live record` does" },
    { flags: "--cycles <n>", description: "end after so many passes", parse: parseCount },
  ],
  examples: [{ command: "windtunnel live watch", does: "observes until it is stopped" }],
  async run(context, _args, options) {
    await (await import("../live/watch.js")).watchLive(context, options);
  },
};

const status: CommandSpec = {
  name: "status",
  summary: "Clusters, GPUs, leaders, switches and what the policy wants, on one screen",
  description: "Looks once and prints. Writes nothing.",
  options: [CONFIG, WAIT, JSON_OPTION],
  examples: [{ command: "windtunnel live status", does: "one screen" }],
  async run(context, _args, options) {
    await (await import("../live/status.js")).showStatus(context, options);
  },
};

const SWITCH_OPTIONS: OptionSpec[] = [
  CONFIG,
  {
    flags: "--cluster <name>",
    description: "in this cluster, for all instances (its ConfigMap)",
    default: "here: a file in the state folder",
  },
  { flags: "--namespace <name>", description: "only for this namespace of the cluster" },
];

const pause: CommandSpec = {
  name: "pause",
  summary: "Stop all changes, here or in a cluster",
  description: "Nothing is undone. With --drain what has begun is finished, and nothing new begins.",
  options: [...SWITCH_OPTIONS, { flags: "--drain", description: "finish what has begun" }],
  examples: [
    { command: "windtunnel live pause", does: "every instance with this state folder stops writing" },
    { command: "windtunnel live pause --cluster east", does: "every instance stops writing to east" },
  ],
  async run(context, _args, options) {
    await (await import("../live/status.js")).throwSwitch(context, options, options.drain === true ? "drain" : "hold");
  },
};

const resume: CommandSpec = {
  name: "resume",
  summary: "Let changes go on",
  description: "Takes back what `live pause` did in the same place.",
  options: SWITCH_OPTIONS,
  examples: [{ command: "windtunnel live resume --cluster east", does: "east may be changed again" }],
  async run(context, _args, options) {
    await (await import("../live/status.js")).throwSwitch(context, options, "no");
  },
};

const record: CommandSpec = {
  name: "record",
  summary: "Record what the clusters say, to replay it in the simulator",
  description:
    "Writes every list and watch event as a line of JSON, with what deciding needs and nothing else: no environment, no commands, no images, no secrets. `windtunnel whatif RECORDING --queue other` replays it.",
  options: [
    CONFIG,
    WAIT,
    { flags: "--out <file>", description: "where to", default: "recording.jsonl" },
    { flags: "--for <time>", description: "how long", parse: parseDuration, default: "until Ctrl-C" },
  ],
  examples: [{ command: "windtunnel live record --for 1h --out morning.jsonl", does: "an hour" }],
  async run(context, _args, options) {
    await (await import("../live/record.js")).recordLive(context, options);
  },
};

const importCommand: CommandSpec = {
  name: "import",
  summary: "Turn clusters into a scenario and a trace",
  description:
    "Nodes become pools, pods and queues become jobs, prices come from a list by instance type. What is assumed is written into the trace.",
  options: [
    CONFIG,
    WAIT,
    { flags: "--out <folder>", description: "where to", default: "imported" },
    { flags: "--prices <file>", description: "lines of instance type, comma, USD per GPU-hour" },
  ],
  examples: [{ command: "windtunnel live import --prices prices.csv", does: "a study of what is there now" }],
  async run(context, _args, options) {
    await (await import("../live/record.js")).importLive(context, options);
  },
};

const doctor: CommandSpec = {
  name: "doctor",
  summary: "The preflight: access, clocks, versions, switches, permissions",
  description:
    "Asks each API server what we may do (SelfSubjectAccessReview) and prints a table. Refuses where more is permitted than granted.",
  options: [
    CONFIG,
    { flags: "--allow-wide", description: "accept permissions that are wider than needed" },
    JSON_OPTION,
  ],
  examples: [{ command: "windtunnel live doctor", does: "a table; exit code 5 if something is wrong" }],
  async run(context, _args, options) {
    await (await import("../live/status.js")).examineLive(context, options);
  },
};

const report: CommandSpec = {
  name: "report",
  summary: "What a shadow run would have done, against what happened",
  description:
    "Reads the audit log and writes nothing but its page: starts that the policy wanted and when they then happened, the GPU-time that claims waited meanwhile, and which guards would have stood in the way. The log's chain is checked first.",
  options: [
    CONFIG,
    { flags: "--log <file>", description: "an audit log", default: "audit.jsonl in the state folder" },
    { flags: "--html <file>", description: "write a page there too" },
    JSON_OPTION,
  ],
  examples: [{ command: "windtunnel live report --html shadow.html", does: "after the first week" }],
  async run(context, _args, options) {
    await (await import("../live/report.js")).reportLive(context, options);
  },
};

export const liveCommand: CommandSpec = {
  name: "live",
  summary: "The policy on real Kubernetes clusters: observe, advise, shadow, act",
  description:
    "Observes unless the configuration grants more, by cluster, namespace and action. See docs/live.md. Needs the optional package @kubernetes/client-node 1.4.0.",
  examples: [{ command: "windtunnel live doctor", does: "where to begin" }],
  subcommands: [plan, diff, apply, watch, status, pause, resume, record, importCommand, report, doctor],
};

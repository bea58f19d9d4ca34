import type { CommandSpec } from "../command.js";
import { parseCount, parsePositive, parseSeed } from "../parse.js";

const list: CommandSpec = {
  name: "list",
  summary: "List the data sets that can be replayed",
  description:
    "Data sets of jobs, nodes and rates: whether their files are in WINDTUNNEL_DATA, how many rows the registry knows and " +
    "how many were found at the last `trace check`, and the licence. With a name, its parts and what is known of them.",
  arguments: [{ name: "[dataset]", description: "one data set in detail" }],
  options: [{ flags: "--json", description: "print as JSON" }],
  examples: [
    { command: "windtunnel trace list", does: "a line a data set" },
    { command: "windtunnel trace list openb", does: "its lists, quirks and assumptions" },
  ],
  async run(context, [name], options) {
    const { listTraces } = await import("../traces/list.js");
    await listTraces(context, name, options.json === true);
  },
};

const check: CommandSpec = {
  name: "check",
  summary: "Import data sets and compare them with the registry",
  description:
    "Imports every trace that is in WINDTUNNEL_DATA, or those named, and compares SHA-256, rows and sums with the " +
    "registry. Another digest is said and tolerated, since files may be repacked; other counts are an error.",
  arguments: [
    { name: "[traces...]", description: "names of data sets or of their parts (default: all that are here)" },
  ],
  options: [{ flags: "--json", description: "print as JSON" }],
  examples: [
    { command: "windtunnel trace check", does: "all that is here; half a minute for the whole registry" },
    { command: "windtunnel trace check openb philly", does: "two data sets" },
  ],
  async run(context, names, options) {
    const { checkTraces } = await import("../traces/check.js");
    await checkTraces(context, names, options.json === true);
  },
};

const describe: CommandSpec = {
  name: "describe",
  summary: "Say what is in a trace",
  description:
    "Counts, sizes, run times, waits and demand over time, in numbers and pictures, with what was assumed: of a data set, of " +
    "a trace file of your own, or of generated jobs.",
  arguments: [
    {
      name: "<trace>",
      description: "name of a data set, or path of a trace file (YAML) or of fitted parameters (JSON)",
    },
  ],
  options: [
    { flags: "--seed <n>", description: "seed, for a generator", parse: parseSeed, default: "1" },
    { flags: "--strict", description: "fail on the first row that cannot be used" },
    { flags: "--html <file>", description: "also write a page with charts" },
    { flags: "--json", description: "print as JSON" },
  ],
  examples: [
    { command: "windtunnel trace describe itp/cluster02", does: "the recorded jobs of one cluster" },
    {
      command: "windtunnel trace describe scenarios/first-study/itp-cluster02.synth.json",
      does: "the stand-in shipped",
    },
  ],
  async run(context, [name], options) {
    const { describeTrace } = await import("../traces/describe.js");
    await describeTrace(context, name!, {
      seed: (options.seed as number | undefined) ?? 1,
      strict: options.strict === true,
      json: options.json === true,
      html: options.html as string | undefined,
    });
  },
};

const get: CommandSpec = {
  name: "get",
  summary: "Fetch the files of data sets",
  description:
    "Downloads over https what the registry names, from the commit it names, into WINDTUNNEL_DATA; nothing is fetched " +
    "unless asked. A download that was cut goes on where it stopped; a file gets its name only when its SHA-256 is the " +
    "registered one. Read the licence that is printed.",
  arguments: [{ name: "<traces...>", description: "names of data sets or of their parts" }],
  options: [
    { flags: "--to <folder>", description: "where the files go", default: "WINDTUNNEL_DATA" },
    { flags: "--from <url>", description: "a mirror of raw.githubusercontent.com" },
  ],
  examples: [
    { command: "windtunnel trace get itp philly", does: "two data sets" },
    { command: "windtunnel trace get openb/default openb-nodes/gpu --to traces", does: "one list and its fleet" },
  ],
  async run(context, names, options) {
    const { getTraces } = await import("../traces/get.js");
    await getTraces(context, names, {
      to: options.to as string | undefined,
      from: options.from as string | undefined,
    });
  },
};

const synth: CommandSpec = {
  name: "synth",
  summary: "Fit a generator to a recorded trace",
  description:
    "Writes parameters (JSON) from which traces of the same kind are generated, with their distance from the record.",
  arguments: [{ name: "<dataset>", description: "name of a data set, see `trace list`" }],
  options: [
    { flags: "--out <file>", description: "where the parameters go", default: "printed" },
    {
      flags: "--days <n>",
      description: "days that a generated trace covers",
      parse: parsePositive,
      default: "as many as the record",
    },
    { flags: "--jobs <n>", description: "fit at most so many jobs, from the start", parse: parseCount },
  ],
  examples: [
    {
      command: "windtunnel trace synth itp/cluster03 --out my.synth.json",
      does: "for workload.generator of a scenario",
    },
  ],
  async run(context, [name], options) {
    const { synthesise } = await import("../traces/synth.js");
    await synthesise(context, name!, {
      out: options.out as string | undefined,
      days: options.days as number | undefined,
      jobs: options.jobs as number | undefined,
    });
  },
};

const importSpec: CommandSpec = {
  name: "import",
  summary: "Bring a trace into one canonical file",
  description:
    "Reads a data set, a trace file of your own, or fitted parameters (from which jobs are generated), and writes canonical CSV and a trace file " +
    "that reads it back. Rows that cannot be used are counted and listed, or fatal with --strict.",
  arguments: [{ name: "<trace>", description: "name of a data set, or path of a trace file or of fitted parameters" }],
  options: [
    { flags: "--out <file>", description: "CSV to write; the trace file goes beside it", default: "trace.csv" },
    { flags: "--seed <n>", description: "seed, for a generator", parse: parseSeed, default: "1" },
    { flags: "--strict", description: "fail on the first row that cannot be used" },
  ],
  examples: [
    { command: "windtunnel trace import openb/default --out pods.csv", does: "for other programs" },
    { command: "windtunnel trace import our-cluster.yaml --strict --out canonical.csv", does: "refuse bad rows" },
  ],
  async run(context, [name], options) {
    const { importTrace } = await import("../traces/convert.js");
    await importTrace(context, name!, {
      out: (options.out as string | undefined) ?? "trace.csv",
      strict: options.strict === true,
      seed: (options.seed as number | undefined) ?? 1,
    });
  },
};

const anonymizeSpec: CommandSpec = {
  name: "anonymize",
  summary: "Make a trace that names nobody",
  description:
    "Writes the jobs with tenants and classes as keyed hashes and times from the first submission, and says what is kept. " +
    "The same key gives the same names again; without it nobody can try names.",
  arguments: [{ name: "<trace>", description: "name of a data set, or path of a trace file" }],
  options: [
    { flags: "--key <file>", description: "file with the secret, 16 characters at least" },
    { flags: "--out <file>", description: "CSV to write; the trace file goes beside it", default: "anonymous.csv" },
    {
      flags: "--coarsen-seconds <s>",
      description: "round submissions down and durations up to multiples of this",
      parse: parsePositive,
      default: "as they are",
    },
    { flags: "--hide-models", description: "hash the names of GPU models too" },
  ],
  examples: [
    {
      command: "windtunnel trace anonymize our-cluster.yaml --key names.key --coarsen-seconds 60 --out public.csv",
      does: "to the minute",
    },
  ],
  async run(context, [name], options) {
    const { anonymizeTrace } = await import("../traces/convert.js");
    await anonymizeTrace(context, name!, {
      out: (options.out as string | undefined) ?? "anonymous.csv",
      key: options.key as string | undefined,
      coarsenSeconds: options.coarsenSeconds as number | undefined,
      hideModels: options.hideModels === true,
    });
  },
};

const pools: CommandSpec = {
  name: "pools",
  summary: "Write a fleet as the pools of a scenario",
  description:
    "Groups the nodes of a data set or trace file of nodes by GPUs, model, CPU and memory, and prints them as `pools` of a " +
    "scenario, for pasting: the scenario then stands on its own.",
  arguments: [{ name: "<fleet>", description: "name of a data set of nodes, or path of a trace file" }],
  examples: [{ command: "windtunnel trace pools openb-nodes/gpu", does: "15 pools" }],
  async run(context, [name]) {
    const { printPools } = await import("../traces/pools.js");
    await printPools(context, name!);
  },
};

const calibrate: CommandSpec = {
  name: "calibrate",
  summary: "Compare a record's own waits with simulated ones",
  description:
    "Simulates the jobs whose waits are recorded on the fleet that they ran on, and says how far simulated and recorded waits " +
    "are apart: all, by load at submission, and by kind of job.",
  arguments: [{ name: "<trace>", description: "data set or trace file of jobs with recorded waits" }],
  options: [
    { flags: "--fleet <name>", description: "data set or trace file of nodes", default: "the one of the data set" },
    { flags: "--queue <name>", description: "queue policy", default: "easy" },
    { flags: "--place <name>", description: "placement", default: "best-fit" },
    { flags: "--json", description: "print as JSON" },
  ],
  examples: [
    { command: "windtunnel trace calibrate openb/default", does: "pods on the fleet of the record" },
    { command: "windtunnel trace calibrate elasticflow/fig10 --queue las", does: "under the policy of the record" },
  ],
  async run(context, [name], options) {
    const { calibrateTrace } = await import("../traces/calibrate.js");
    await calibrateTrace(context, name!, {
      fleet: options.fleet as string | undefined,
      queue: (options.queue as string | undefined) ?? "easy",
      place: (options.place as string | undefined) ?? "best-fit",
      json: options.json === true,
    });
  },
};

export const traceCommand: CommandSpec = {
  name: "trace",
  summary: "Bring in, look at, compare and imitate recorded demand",
  description: "Recorded data sets are looked for in WINDTUNNEL_DATA; generated stand-ins need nothing.",
  examples: [
    { command: "windtunnel trace list", does: "what there is" },
    { command: "windtunnel trace synth itp/cluster02 --out my.synth.json", does: "a generator fitted to one cluster" },
  ],
  subcommands: [list, get, check, describe, importSpec, pools, synth, anonymizeSpec, calibrate],
};

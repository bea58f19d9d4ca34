// `windtunnel run`: an experiment from a scenario to a table, result files and a report.

import { CAPACITY_OPTIONS } from "../capacity-options.js";
import type { CommandSpec } from "../command.js";
import { parseCount, parsePositive } from "../parse.js";
import { WORKLOAD_OPTIONS } from "../workload-options.js";

export const runCommand: CommandSpec = {
  name: "run",
  summary: "Run an experiment: every policy pair, at every load, in every replication",
  description:
    "Runs the scenario on all cores, prints a ranking with intervals, and writes results (Parquet, CSV, JSON) and an HTML report. " +
    "A folder with services.yaml is a study of inference services: controllers compared on the same requests, one after the other; of the options, --out, --seed, --replications, --fluid, --json and --quiet apply. " +
    "A folder with ensemble.yaml is a study of training over clouds; of the options, --out, --workers, --json and --quiet apply. " +
    "A folder with answers.yaml is a study of ensemble services; of the options, --out, --seed, --replications, --json and --quiet apply. " +
    "A folder with inventory.yaml is a study of warehouses; of the options, --out, --seed, --json and --quiet apply.",
  arguments: [{ name: "<scenario>", description: "scenario file, or a folder with scenario.yaml" }],
  options: [
    { flags: "--out <folder>", description: "where results go", default: "results/NAME" },
    { flags: "--replace", description: "remove the results of another experiment from the folder" },
    { flags: "--resume", description: "keep finished runs of the same experiment in the folder and do the rest" },
    ...WORKLOAD_OPTIONS,
    { flags: "--workers <n>", description: "worker threads", parse: parseCount, default: "one a core" },
    { flags: "--fluid", description: "a study of services with rates in place of requests, for weeks and months" },
    { flags: "--strict", description: "fail on the first row of a trace that cannot be used" },
    { flags: "--json", description: "print the ranking as JSON" },
    { flags: "--quiet", description: "no narration on stderr" },
    {
      flags: "--run-seconds-max <s>",
      description: "a run that takes longer is taken for hung",
      parse: parsePositive,
      default: "3600",
    },
    ...CAPACITY_OPTIONS,
  ],
  examples: [
    { command: "windtunnel run scenarios/shop-inference", does: "inference services under five controllers" },
    { command: "windtunnel run scenarios/first-study", does: "the shipped study" },
    {
      command: "windtunnel run scenarios/first-study --dataset itp/cluster02",
      does: "the same study on recorded jobs (needs WINDTUNNEL_DATA)",
    },
    {
      command: "windtunnel run scenarios/answers-in-time",
      does: "an ensemble service: who is waited for, and what a cut cloud costs",
    },
    {
      command: "windtunnel run scenarios/logistics-inventory",
      does: "forecasts of many warehouses, fused over clouds and judged by what orders cost",
    },
    {
      command: "windtunnel run scenarios/three-cloud-ensemble",
      does: "an ensemble study: train on three clouds, fuse, cut one off",
    },
    {
      command: "windtunnel run my.yaml --queue easy,easy-oracle --loads 0.7,0.9,1.05",
      does: "other policies and loads",
    },
  ],
  async run(context, [path], options) {
    const { findServiceStudy } = await import("../../sim/services/study-file.js");
    if ((await findServiceStudy(path!)) !== undefined) {
      const { runServices } = await import("../run-services.js");
      await runServices(context, path!, options);
      return;
    }
    const { answersFileOf, runAnswers } = await import("../run-answers.js");
    const answers = answersFileOf(path!);
    if (answers !== undefined) return runAnswers(context, answers, options);
    const { inventoryFileOf, runInventory } = await import("../run-inventory.js");
    const inventory = inventoryFileOf(path!);
    if (inventory !== undefined) return runInventory(context, inventory, options);
    const { ensembleFileOf, runEnsemble } = await import("../run-ensemble.js");
    const study = ensembleFileOf(path!);
    if (study !== undefined) return runEnsemble(context, study, options);
    const { runExperiment } = await import("../run-experiment.js");
    await runExperiment(context, path!, options);
  },
};

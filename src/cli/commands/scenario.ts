// `windtunnel scenario`: is a scenario file right, and what would it run?

import type { CommandSpec } from "../command.js";
import { WORKLOAD_OPTIONS } from "../workload-options.js";

const check: CommandSpec = {
  name: "check",
  summary: "Check a scenario and its workload without running it",
  description:
    "Checks the file against the schema, loads the jobs, sizes the pools, makes sure that every job fits into one of them, and says what would run and what is assumed.",
  arguments: [{ name: "<scenario>", description: "scenario file, or a folder with scenario.yaml" }],
  options: [...WORKLOAD_OPTIONS, { flags: "--json", description: "print as JSON" }],
  examples: [
    { command: "windtunnel scenario check my.yaml", does: "a few lines, or one message with file, line and column" },
  ],
  async run(context, [path], options) {
    const { checkScenario } = await import("../check-scenario.js");
    await checkScenario(context, path!, options);
  },
};

const schema: CommandSpec = {
  name: "schema",
  summary: "Print the JSON Schema of scenario files, for editors",
  description: "The schema that scenario files are checked against, as JSON Schema (also docs/scenario.schema.json).",
  examples: [{ command: "windtunnel scenario schema > scenario.schema.json", does: "a file to point an editor at" }],
  async run(context) {
    const { renderScenarioSchema } = await import("../docs/scenario.js");
    context.out(renderScenarioSchema());
  },
};

export const scenarioCommand: CommandSpec = {
  name: "scenario",
  summary: "Check a scenario file, or print its schema",
  description: "A scenario is one YAML file that says everything a run needs; every key is in docs/scenario.md.",
  examples: [{ command: "windtunnel scenario check scenarios/first-study", does: "checks the shipped study" }],
  subcommands: [check, schema],
};

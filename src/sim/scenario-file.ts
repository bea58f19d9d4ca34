// Reads a scenario file: YAML, checked against the schema, with file, line and the nearest right key in every message.

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import { isPolicyFile, policyName } from "../model/policies.js";
import { type Scenario, scenarioSchema } from "../model/scenario.js";
import { parseYaml, type YamlKind } from "../replay/index.js";

export interface ScenarioFile {
  path: string;
  text: string;
  sha256: string;
  scenario: Scenario;
}

const SCENARIO_FILE: YamlKind = {
  code: "SCENARIO_INVALID",
  noun: "scenario",
  versionKey: "windtunnel",
  reference: "docs/scenario.md",
};

/** A file, or a folder with `scenario.yaml` in it. Throws SCENARIO_NOT_FOUND or SCENARIO_INVALID. */
export async function readScenario(path: string): Promise<ScenarioFile> {
  const file = await locate(path);
  const text = await readFile(file, "utf8");
  return {
    path: file,
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    scenario: parseScenario(text, file),
  };
}

async function locate(path: string): Promise<string> {
  for (const candidate of [path, join(path, "scenario.yaml")]) {
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile()) return candidate;
  }
  throw new WindtunnelError(
    "SCENARIO_NOT_FOUND",
    `There is no scenario at ${path}: neither a file nor a folder with scenario.yaml.`,
    "Give the path of a scenario file or of its folder, for example scenarios/first-study.",
  );
}

/** Checks the text of a scenario; `file` is for messages. */
export function parseScenario(text: string, file: string): Scenario {
  return check(parseYaml(text, file, scenarioSchema, SCENARIO_FILE), file);
}

function check(scenario: Scenario, file: string): Scenario {
  const { workload, replications } = scenario;
  const refuse = (message: string, hint: string) =>
    new WindtunnelError("SCENARIO_INVALID", `${file}: ${message}`, hint);
  if ((workload.dataset === undefined) === (workload.generator === undefined)) {
    throw refuse("workload must name either a dataset or a generator, and not both.", "Keep one of the two keys.");
  }
  if (workload.dataset !== undefined && replications.method === "generate") {
    throw refuse(
      "replications.method is generate, but the workload is a recorded data set.",
      "Use method: days (whole days redrawn) or none.",
    );
  }
  if (workload.generator !== undefined && replications.method !== "generate") {
    throw refuse(
      `replications.method is ${replications.method}, but the workload is a generator.`,
      "Use method: generate.",
    );
  }
  if (workload.estimateFactor[0] > workload.estimateFactor[1]) {
    throw refuse("workload.estimateFactor must be [low, high] with low <= high.", "Swap the two numbers.");
  }
  const partitioned = scenario.pools.find((pool) => pool.mig);
  if (partitioned?.topology === "counted") {
    throw refuse(`pool "${partitioned.name}" is counted and mig: partitions need devices.`, "Use topology: nodes.");
  }
  if (partitioned && scenario.timeSlicing) {
    throw refuse(
      `pool "${partitioned.name}" is mig and timeSlicing is given: partitions do not slow each other down.`,
      "Leave out one of the two.",
    );
  }
  if (scenario.loads.length > 0 && !scenario.pools.some((p) => "offeredLoad" in p.size)) {
    throw refuse(
      "loads are given, but no pool is sized by offeredLoad.",
      "Use size: { offeredLoad: 0.9 } or drop loads.",
    );
  }
  const thresholds = scenario.policies.lasThresholdsGpuSeconds;
  if (thresholds.some((t, i) => i > 0 && t <= thresholds[i - 1]!)) {
    throw refuse("policies.lasThresholdsGpuSeconds must increase.", "Sort the thresholds.");
  }
  const twice = repeated(scenario.pools.map((p) => p.name));
  if (twice !== undefined) throw refuse(`two pools are named "${twice}".`, "Give every pool a name of its own.");
  for (const [key, values] of [
    ["policies.queue", scenario.policies.queue],
    ["policies.place", scenario.policies.place],
    ["loads", scenario.loads],
  ] as const) {
    const again = repeated<string | number>(values);
    if (again !== undefined) throw refuse(`${key} lists ${again} twice.`, "Name each once.");
  }
  for (const [key, entries] of [
    ["policies.queue", scenario.policies.queue],
    ["policies.place", scenario.policies.place],
  ] as const) {
    const again = repeated(entries.map(policyName));
    if (again !== undefined) throw refuse(`${key} has two policies named "${again}".`, "Rename the file of one.");
    const bad = entries.find((entry) => isPolicyFile(entry) && !/^[\w-]+$/.test(policyName(entry)));
    if (bad !== undefined)
      throw refuse(`${key}: the file ${bad} gives no name.`, "Use letters, digits, - and _ before .ts.");
  }
  return scenario;
}

/** The scenario with its policy files as absolute paths; `folder` is the scenario's. */
export function withPolicyPaths(scenario: Scenario, folder: string): Scenario {
  const absolute = (entry: string) => (isPolicyFile(entry) ? resolve(folder, entry) : entry);
  const { queue, place, ...rest } = scenario.policies;
  return { ...scenario, policies: { ...rest, queue: queue.map(absolute), place: place.map(absolute) } };
}

function repeated<T>(values: readonly T[]): T | undefined {
  return values.find((value, i) => values.indexOf(value) !== i);
}

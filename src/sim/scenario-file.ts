// Reads a scenario file: YAML, checked against the schema, with file, line and the nearest right key in every message.

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { WindtunnelError } from "../model/errors.js";
import { type Scenario, scenarioSchema } from "../model/scenario.js";
import { nearestName } from "../replay/index.js";

export interface ScenarioFile {
  path: string;
  text: string;
  sha256: string;
  scenario: Scenario;
}

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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken) {
    const at = lines.linePos(broken.pos[0]);
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `${file}:${at.line}:${at.col}: not valid YAML: ${broken.message.split("\n")[0]}`,
      "Correct the line; YAML indents with spaces.",
    );
  }
  const parsed = scenarioSchema.safeParse(document.toJS());
  if (!parsed.success) throw explain(parsed.error.issues, document, lines, file);
  return check(parsed.data, file);
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
  return scenario;
}

function repeated<T>(values: readonly T[]): T | undefined {
  return values.find((value, i) => values.indexOf(value) !== i);
}

function explain(issues: z.core.$ZodIssue[], document: Document, lines: LineCounter, file: string): WindtunnelError {
  // a union's branches hide what is really wrong: take the branch that got furthest
  // a misspelt key is also a missing one: the misspelling is what to tell
  let issue = issues.find((i) => i.code === "unrecognized_keys") ?? issues[0]!;
  let path = issue.path;
  while (issue.code === "invalid_union" && issue.errors.length > 0) {
    const branches = issue.errors.filter((b) => b.length > 0).sort((a, b) => b[0]!.path.length - a[0]!.path.length);
    if (!branches[0]) break;
    issue = branches[0][0]!;
    path = [...path, ...issue.path];
  }
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const full = unknown === undefined ? path : [...path, unknown];
  const at = position(document, lines, full);
  const where = `${file}:${at.line}:${at.col}`;
  const name = full.join(".") || "the file";
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, keysAt(path));
    return new WindtunnelError(
      "SCENARIO_INVALID",
      `${where}: unknown key "${name}".`,
      nearest ? `Did you mean "${nearest}"?` : `Known keys here: ${keysAt(path).join(", ")}.`,
    );
  }
  const value = document.getIn(path);
  if (full.join(".") === "windtunnel" && value !== undefined) {
    return new WindtunnelError(
      "SCENARIO_INVALID",
      `${where}: the scenario is of format ${JSON.stringify(value)}; this version of Windtunnel reads format 1.`,
      "Use the version of Windtunnel that the scenario was written for.",
    );
  }
  const seen =
    value === undefined ? "it is missing" : `found ${JSON.stringify(isNode(value) ? value.toJSON() : value)}`;
  return new WindtunnelError(
    "SCENARIO_INVALID",
    `${where}: ${name}: ${issue.message} (${seen}).`,
    "See docs/scenario.md for every key, its unit and its default.",
  );
}

/** Where a path stands in the text; of the nearest ancestor if it is missing. */
function position(document: Document, lines: LineCounter, path: readonly PropertyKey[]): { line: number; col: number } {
  for (let n = path.length; n > 0; n--) {
    const parent = n === 1 ? document.contents : document.getIn(path.slice(0, n - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((p) => String(p.key) === String(path[n - 1]));
      if (pair && isNode(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]);
    }
    const node = document.getIn(path.slice(0, n), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]);
  }
  return { line: 1, col: 1 };
}

/** Keys that the schema knows at a path. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema = z.toJSONSchema(scenarioSchema, { io: "input" }) as Record<string, unknown>;
  for (const step of path) {
    const inner = schema as { properties?: Record<string, never>; items?: never; anyOf?: never[] };
    const next = typeof step === "number" ? inner.items : inner.properties?.[String(step)];
    if (!next) return [];
    schema = next;
  }
  const branches = (schema.anyOf as Record<string, unknown>[] | undefined) ?? [schema];
  return branches.flatMap((b) => Object.keys((b.properties as object | undefined) ?? {}));
}

// The scenario as it will run: the file, changed by options, as YAML that stands on its own in the result folder.

import { basename, dirname, resolve } from "node:path";
import { stringify } from "yaml";
import { WindtunnelError } from "../model/errors.js";
import { isPolicyFile, MOVING_PLACES, PLACE_RULES, QUEUE_POLICIES } from "../model/policies.js";
import type { Scenario } from "../model/scenario.js";
import { storedName } from "../plug/book.js";
import { readPolicy } from "../plug/policy-file.js";
import { isTraceFile, nearestName } from "../replay/index.js";
import { parseScenario, readScenario, withPolicyPaths } from "../sim/scenario-file.js";

/** Folder of the user's policies in a result folder. */
export const POLICY_FOLDER = "policies";

export interface EffectiveScenario {
  /** Name of the study: of its folder, or of its file. */
  name: string;
  /** Text for the result folder; a generator is called generator.json there. */
  text: string;
  /** Checked; a generator is an absolute path. */
  scenario: Scenario;
  /** The file it was read from. */
  path: string;
  /** Absolute path of the generator's parameters, if there are any. */
  generator: string | undefined;
}

function studyName(path: string): string {
  return basename(path) === "scenario.yaml" ? basename(dirname(resolve(path))) : basename(path).replace(/\.ya?ml$/, "");
}

/** Fit for a folder: a trace file goes by its own name, not by its path. */
function datasetName(dataset: string): string {
  return isTraceFile(dataset) ? basename(dataset).replace(/\.ya?ml$/, "") : dataset.replaceAll("/", "-");
}

/** The names given, each one that there is; or for `all` every one, without the further ones. */
function orAll(option: string, names: string[], every: readonly string[], further: readonly string[] = []): string[] {
  if (names.length === 1 && names[0] === "all") return [...every];
  const known = [...every, ...further];
  const wrong = names.find((name) => !known.includes(name) && !isPolicyFile(name));
  if (wrong === undefined) return names.map((name) => (isPolicyFile(name) ? resolve(name) : name));
  const nearest = nearestName(wrong, known);
  throw new WindtunnelError(
    "USAGE",
    `${option}: there is no "${wrong}"${nearest ? `; the nearest name is "${nearest}"` : ""}.`,
    "See `windtunnel policies` for all names.",
  );
}

/** The policies as the result folder calls them: a file goes by name and digest. */
async function stored(policies: Scenario["policies"]): Promise<Scenario["policies"]> {
  const name = async (entry: string) => {
    return isPolicyFile(entry) ? `${POLICY_FOLDER}/${storedName(await readPolicy(entry))}` : entry;
  };
  return {
    ...policies,
    queue: await Promise.all(policies.queue.map(name)),
    place: await Promise.all(policies.place.map(name)),
  };
}

export async function effectiveScenario(
  path: string,
  options: Readonly<Record<string, unknown>>,
): Promise<EffectiveScenario> {
  const file = await readScenario(path);
  const raw = structuredClone(file.scenario);
  if (options.dataset !== undefined) {
    const dataset = String(options.dataset);
    raw.workload.dataset = isTraceFile(dataset) ? resolve(dataset) : dataset;
    delete raw.workload.generator;
    if (raw.replications.method === "generate") raw.replications.method = "days";
  } else if (raw.workload.dataset !== undefined && isTraceFile(raw.workload.dataset)) {
    // the scenario in the result folder must still find it
    raw.workload.dataset = resolve(dirname(file.path), raw.workload.dataset);
  }
  raw.policies = withPolicyPaths(raw, dirname(file.path)).policies;
  const queueNames = QUEUE_POLICIES.map((p) => p.name);
  if (options.queue) raw.policies.queue = orAll("--queue", options.queue as string[], queueNames);
  if (options.place)
    raw.policies.place = orAll("--place", options.place as string[], Object.keys(PLACE_RULES), MOVING_PLACES);
  const runsFrom = raw.policies;
  raw.policies = await stored(runsFrom);
  if (options.loads) raw.loads = options.loads as number[];
  if (options.replications) raw.replications.count = options.replications as number;
  if (options.shakes) raw.shaking.count = options.shakes as number;
  if (options.jobs) raw.workload.jobs = options.jobs as number;
  if (options.seed !== undefined) raw.seed = options.seed as number;
  const generator = raw.workload.generator ? resolve(dirname(file.path), raw.workload.generator) : undefined;
  if (generator) raw.workload.generator = "generator.json";
  const text = stringify(raw);
  // options go through the same checks as the file
  const checked = parseScenario(text, `${file.path} (as changed by options)`);
  const workload = generator ? { ...checked.workload, generator } : checked.workload;
  return {
    name: studyName(file.path) + (options.dataset === undefined ? "" : `-${datasetName(String(options.dataset))}`),
    text,
    scenario: { ...checked, workload, policies: runsFrom },
    path: file.path,
    generator,
  };
}

// Reads services.yaml: YAML, checked against the schema.

import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { WindtunnelError } from "../../model/errors.js";
import { type ServiceStudy, serviceStudySchema } from "../../model/service-study.js";
import { isTraceFile, parseYaml } from "../../replay/index.js";
import { variantStudies } from "./arms.js";
import { gpusMax } from "./decoders.js";
import { fallbackFault, serviceFault } from "./faults.js";
import { placesStudyFault } from "./faults-places.js";

const FILE = "services.yaml";

/** Path of a study of services: the file itself, or a folder's services.yaml; undefined if there is none. */
export async function findServiceStudy(path: string): Promise<string | undefined> {
  for (const candidate of path.endsWith(FILE) ? [path] : [join(path, FILE)]) {
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile()) return candidate;
  }
  return undefined;
}

/** Throws SCENARIO_NOT_FOUND or SCENARIO_INVALID. */
export async function readServiceStudy(path: string): Promise<ServiceStudy> {
  const file = await findServiceStudy(path);
  if (file === undefined) {
    throw new WindtunnelError(
      "SCENARIO_NOT_FOUND",
      `There is no ${FILE} at ${path}.`,
      "Give the folder of a study of services, for example scenarios/shop-inference.",
    );
  }
  const study = parseServiceStudy(await readFile(file, "utf8"), file);
  const generator = study.training?.generator;
  const dataset = study.training?.dataset;
  if (study.training && generator !== undefined) study.training.generator = resolve(dirname(file), generator);
  if (study.training && dataset !== undefined && isTraceFile(dataset))
    study.training.dataset = resolve(dirname(file), dataset);
  for (const recorded of study.recorded)
    if (isTraceFile(recorded.dataset)) recorded.dataset = resolve(dirname(file), recorded.dataset);
  return study;
}

/** Checks the text of a study; `file` is for messages. */
export function parseServiceStudy(text: string, file: string): ServiceStudy {
  const study = parseYaml(text, file, serviceStudySchema, {
    code: "SCENARIO_INVALID",
    noun: "study of services",
    versionKey: "windtunnelServices",
    reference: "docs/services.md",
  });
  const refuse = (message: string, hint: string) =>
    new WindtunnelError("SCENARIO_INVALID", `${file}: ${message}`, hint);
  const unique = (names: readonly string[], noun: string) => {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      throw refuse(`two ${noun}s are named "${twice}".`, `Give every ${noun} a name of its own.`);
  };
  unique(
    study.services.map((s) => s.name),
    "service",
  );
  unique(
    study.variants.map((v) => v.name),
    "variant",
  );
  for (const { study: own } of variantStudies(study)) checkServices(own, refuse);
  return study;
}

type Refuse = (message: string, hint: string) => WindtunnelError;

function checkServices(study: ServiceStudy, refuse: Refuse): void {
  for (const { name, replicas, batchMax, tokenBudget, lengths, hourly, daily } of study.services) {
    if (replicas.min > replicas.max)
      throw refuse(`${name}: replicas.min is ${replicas.min}, above max, ${replicas.max}.`, "Swap the two.");
    if (batchMax > tokenBudget)
      throw refuse(
        `${name}: batchMax is ${batchMax}, above tokenBudget, ${tokenBudget}: every request of a batch may need a token.`,
        "Lower batchMax or raise tokenBudget.",
      );
    if (lengths.promptTokensP90 < lengths.promptTokensMedian || lengths.outputTokensP90 < lengths.outputTokensMedian)
      throw refuse(`${name}: a 90th percentile of lengths is below the median.`, "Correct lengths.");
    if (![hourly, daily].every((list) => list.some((factor) => factor > 0)))
      throw refuse(`${name}: hourly or daily is 0 throughout.`, "Give at least one factor above 0.");
  }
  for (const spec of study.services) {
    const wrong = serviceFault(spec);
    if (wrong) throw refuse(`${spec.name}: ${wrong.what}`, wrong.hint);
  }
  const circle = fallbackFault(study.services);
  if (circle) throw refuse(circle.what, circle.hint);
  const spread = placesStudyFault(study);
  if (spread) throw refuse(spread.what, spread.hint);
  const { training } = study;
  if (!training && study.recorded.length > 0)
    throw refuse("recorded services hold GPUs of training's pool, and there is no training.", "Add training.");
  if (!training) return;
  const partial = study.services.find((s) => s.share);
  if (partial)
    throw refuse(
      `training shares whole GPUs with replicas, and those of ${partial.name} have parts of them.`,
      "Leave out training or share.",
    );
  if ((training.dataset === undefined) === (training.generator === undefined))
    throw refuse("training must name either a dataset or a generator, and not both.", "Keep one of the two keys.");
  const most = gpusMax(study);
  if (training.gpus < most)
    throw refuse(
      `training.gpus is ${training.gpus}, and the services' replicas may need ${most}: they share one pool.`,
      "Raise training.gpus, or lower replicas.max.",
    );
}

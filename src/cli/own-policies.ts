// What `policy new` and `policy check` do.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import Table from "cli-table3";
import { WindtunnelError } from "../model/errors.js";
import { findQueuePolicy, isPolicyFile, PLACE_RULES, QUEUE_POLICIES } from "../model/policies.js";
import { exportsOf } from "../plug/link.js";
import { readPolicy } from "../plug/policy-file.js";
import { policyFiles } from "../plug/template.js";
import { nearestName } from "../replay/index.js";
import { type Conformance, checkConformance } from "../sim/conformance.js";
import { writeWholeText } from "../sim/store-files.js";
import type { CommandContext } from "./context.js";

type Options = Readonly<Record<string, unknown>>;

export async function writePolicy(context: CommandContext, name: string, options: Options): Promise<void> {
  const taken = findQueuePolicy(name) !== undefined || name in PLACE_RULES;
  if (!/^[A-Za-z][\w-]*$/.test(name) || taken) {
    throw new WindtunnelError(
      "USAGE",
      taken ? `The engine has a policy "${name}".` : `"${name}" is no name for a policy.`,
      "Use another name of letters, digits, - and _ that begins with a letter.",
    );
  }
  const folder = resolve(String(options.out ?? "."));
  const files = policyFiles({ name, kind: options.typescript === true ? "typescript" : "assembly" });
  const there = [...files.keys()].find((file) => file !== "features.d.ts" && existsSync(join(folder, file)));
  if (there !== undefined) {
    throw new WindtunnelError(
      "OUTPUT_UNWRITABLE",
      `${join(folder, there)} is there already.`,
      "Give another name, or --out.",
    );
  }
  for (const [file, text] of files) {
    await writeWholeText(join(folder, file), text);
    context.out(join(folder, file));
  }
  const [policy] = files.keys();
  context.say(`Next: windtunnel policy check ${policy}, then windtunnel run ${name}.yaml`);
}

export async function checkPolicies(
  context: CommandContext,
  names: readonly string[],
  options: Options,
): Promise<void> {
  const wanted = options.all === true ? everyPolicy() : (await Promise.all(names.map(rolesOf))).flat();
  if (wanted.length === 0) {
    throw new WindtunnelError("USAGE", "No policy is named.", "Give names or files, or --all.");
  }
  const results: Conformance[] = [];
  for (const { role, entry } of wanted) {
    const result = await checkConformance(role, entry, { cacheFolder: context.cacheFolder, clock: context.clock });
    results.push(result);
    if (options.json !== true) context.out(inWords(result));
  }
  if (options.json === true) context.out(JSON.stringify(results, null, 2));
  const broken = results.flatMap(({ policy, verdicts }) =>
    verdicts.filter((v) => !v.ok).map((v) => `${policy}: ${v.rule}`),
  );
  if (broken.length === 0) {
    if (options.json !== true) context.out(`${results.length} of ${results.length} policies keep all rules.`);
    return;
  }
  throw new WindtunnelError(
    "CHECK_FAILED",
    `Rules are broken: ${broken.join("; ")}.`,
    "The verdicts above say what was seen.",
  );
}

type Wanted = Pick<Conformance, "role"> & { entry: string };

function everyPolicy(): Wanted[] {
  return [
    ...QUEUE_POLICIES.map(({ name }): Wanted => ({ role: "queue", entry: name })),
    ...Object.keys(PLACE_RULES).map((name): Wanted => ({ role: "place", entry: name })),
  ];
}

async function rolesOf(entry: string): Promise<Wanted[]> {
  if (isPolicyFile(entry)) {
    const path = resolve(entry);
    const functions = exportsOf(await readPolicy(path));
    return [
      ...(functions.has("order") ? [{ role: "queue", entry: path } as const] : []),
      ...(functions.has("score") ? [{ role: "place", entry: path } as const] : []),
    ];
  }
  if (findQueuePolicy(entry)) return [{ role: "queue", entry }];
  if (entry in PLACE_RULES) return [{ role: "place", entry }];
  const nearest = nearestName(
    entry,
    everyPolicy().map((policy) => policy.entry),
  );
  throw new WindtunnelError(
    "USAGE",
    `There is no policy "${entry}"${nearest ? `; the nearest name is "${nearest}"` : ""}.`,
    "See `windtunnel policies` for all names; a file ends in .ts.",
  );
}

function inWords({ policy, role, verdicts, microsPerDecision, timesBaseline }: Conformance): string {
  const table = new Table({
    head: [`${policy} (${role === "queue" ? "queue policy" : "placement"})`, "verdict", "what was seen"],
    colWidths: [42, 9, 72],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const { rule, ok, found } of verdicts) table.push([rule, ok ? "holds" : "BROKEN", found]);
  if (Number.isNaN(microsPerDecision)) return table.toString();
  const cost = `${microsPerDecision.toFixed(2)} µs of engine time a start, ${timesBaseline.toFixed(1)} times fifo with first-fit on the same jobs`;
  return `${table.toString()}\nA decision costs ${cost}.`;
}

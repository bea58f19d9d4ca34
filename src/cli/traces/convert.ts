// `trace import` and `trace anonymize`: a trace in, canonical CSV and a trace file out.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { WindtunnelError } from "../../model/errors.js";
import { anonymize, type Demand, exportDemand } from "../../replay/index.js";
import { writeWholeText } from "../../sim/store-files.js";
import type { CommandContext } from "../context.js";
import { notesOf } from "./describe.js";
import { openDemand, openJobs } from "./open.js";

export async function importTrace(
  context: CommandContext,
  name: string,
  options: { out: string; strict: boolean; seed: number },
): Promise<void> {
  const csv = await csvPath(options.out);
  const demand = await openDemand(context, name, options);
  await writeBoth(demand, `Imported from ${name}`, csv);
  context.out([written(csv), ...notesOf(demand.provenance, demand.rejected)].join("\n"));
}

const KEY_LENGTH_MIN = 16;

export async function anonymizeTrace(
  context: CommandContext,
  name: string,
  options: { out: string; key: string | undefined; coarsenSeconds: number | undefined; hideModels: boolean },
): Promise<void> {
  const csv = await csvPath(options.out);
  const key = await readKey(options.key);
  const { trace, kept } = anonymize(await openJobs(context, name), {
    key,
    coarsenSeconds: options.coarsenSeconds ?? 0,
    keepModels: !options.hideModels,
  });
  await writeBoth({ kind: "jobs", ...trace }, "Anonymous jobs", csv);
  context.out([written(csv), ...kept, "Its licence is that of the source: check that you may pass it on."].join("\n"));
}

async function readKey(path: string | undefined): Promise<string> {
  const advice = "Make one and keep it secret: `openssl rand -hex 32 > names.key`, then --key names.key.";
  if (path === undefined) throw new WindtunnelError("USAGE", "There is no key for the names.", advice);
  const key = await readFile(path, "utf8").catch((cause) => {
    throw new WindtunnelError("USAGE", `--key: ${path} cannot be read.`, advice, { cause });
  });
  if (key.trim().length >= KEY_LENGTH_MIN) return key.trim();
  throw new WindtunnelError(
    "USAGE",
    `--key: ${path} holds ${key.trim().length} characters; expected ${KEY_LENGTH_MIN} at least, or names can be found by trying.`,
    advice,
  );
}

/** Where the CSV goes. Throws if that would replace a file that was not written here: it may be the source itself. */
async function csvPath(out: string): Promise<string> {
  if (!out.endsWith(".csv")) {
    throw new WindtunnelError(
      "USAGE",
      `--out: got "${out}", expected a name that ends with .csv.`,
      "The trace file is written beside it, with .yaml.",
    );
  }
  const csv = resolve(out);
  const there = [csv, yamlPath(csv)].find((path) => existsSync(path));
  if (there === undefined || (await wasWrittenHere(csv))) return csv;
  throw new WindtunnelError(
    "OUTPUT_UNWRITABLE",
    `${there} is there already, and was not written by \`trace import\` or \`trace anonymize\`.`,
    "Give another name with --out, or move the file away.",
  );
}

async function wasWrittenHere(csv: string): Promise<boolean> {
  const yaml = await readFile(yamlPath(csv), "utf8").catch(() => "");
  return yaml.includes(`\nfiles: ${basename(csv)}\nselect: SELECT _row, "`);
}

const yamlPath = (csv: string) => csv.replace(/\.csv$/, ".yaml");

async function writeBoth(demand: Demand, title: string, csv: string): Promise<void> {
  const exported = exportDemand(demand, title);
  await writeWholeText(csv, exported.csv);
  await writeWholeText(yamlPath(csv), exported.yaml(basename(csv)));
}

function written(csv: string): string {
  return `${csv}, and ${yamlPath(csv)} to use it: windtunnel run STUDY --dataset ${basename(yamlPath(csv))}`;
}

// Where results go: a folder of our own, recognised by plan.json; anything else in the way is never touched.

import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { WindtunnelError } from "../model/errors.js";
import { makeFolder } from "../sim/folders.js";
import { listFinishedRuns } from "../sim/store.js";
import { writeWholeText } from "../sim/store-files.js";

const PLAN = "plan.json";
/** Every name that an experiment writes; runs/ holds its runs and nothing else. */
export const OURS: readonly string[] = [
  "manifest.json",
  "bounds.json",
  "metrics.csv",
  "metrics.parquet",
  "groups.csv",
  "groups.parquet",
  "report.html",
  "charts",
  "scenario.yaml",
  "generator.json",
  "policies",
  "runs",
  PLAN,
];

/** What a sweep is: the same key means that finished runs may be kept. */
export interface PlanKey {
  format: number;
  scenarioSha256: string;
  engineSha256: string;
  dataDigest: string;
}

const HASH = /^[0-9a-f]{16,64}$/;

/** The key of a plan.json of ours; undefined if there is none, or it is somebody else's. */
async function readKey(folder: string): Promise<PlanKey | undefined> {
  try {
    const key = JSON.parse(await readFile(join(folder, PLAN), "utf8")) as PlanKey;
    const hashes = [key.scenarioSha256, key.engineSha256, key.dataDigest];
    return typeof key.format === "number" && hashes.every((hash) => HASH.test(hash)) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Removes what an experiment leaves in its folder, and nothing else that may lie there. */
async function removeResults(folder: string): Promise<void> {
  for (const name of OURS) await rm(join(folder, name), { recursive: true, force: true });
}

function refused(folder: string, why: string, hint: string): WindtunnelError {
  return new WindtunnelError("RESULT_INVALID", `${folder}: ${why}`, hint);
}

/** What to do with results that are already there. */
export interface Existing {
  /** Keep finished runs of the same experiment. */
  resume: boolean;
  /** Remove the results of another experiment. */
  replace: boolean;
}

const PARTS: Record<keyof PlanKey, string> = {
  format: "another format of results",
  scenarioSha256: "another scenario",
  engineSha256: "another engine",
  dataDigest: "other data",
};

/** In what the results that are there differ, with both digests: `another engine (d8ce5b2a, this is 1f0ac21b)`. */
function differences(old: PlanKey, key: PlanKey): string[] {
  const short = (value: string | number) => String(value).slice(0, 8);
  return (Object.keys(PARTS) as (keyof PlanKey)[])
    .filter((part) => old[part] !== key[part])
    .map((part) => `${PARTS[part]} (${short(old[part])}, this is ${short(key[part])})`);
}

/** Makes sure that results could go to this folder, before anything slow is done; returns the key of what is there. */
export async function inspectResultFolder(folder: string): Promise<PlanKey | undefined> {
  const found = await stat(folder).catch(() => undefined);
  if (found && !found.isDirectory()) throw refused(folder, "it is a file.", "Give another folder with --out.");
  await makeFolder(folder);
  const key = await readKey(folder);
  if (!key && (await readdir(folder)).length > 0) {
    throw refused(
      folder,
      "it holds something that is not a result of Windtunnel.",
      "Give an empty or new folder with --out.",
    );
  }
  return key;
}

/** Finished runs in a folder whose experiment never came to its end; 0 where it did. */
async function interruptedRuns(folder: string): Promise<number> {
  const ended = await stat(join(folder, "manifest.json")).catch(() => undefined);
  return ended ? 0 : (await listFinishedRuns(folder)).length;
}

/**
 * Makes the folder ready: empty, or with `resume` holding only runs of the same plan. Results of the same scenario and
 * data are made anew without asking; those of another experiment only with `replace`.
 */
export async function openResultFolder(folder: string, key: PlanKey, { resume, replace }: Existing): Promise<void> {
  const old = await inspectResultFolder(folder);
  if (resume && old) {
    const other = differences(old, key);
    if (other.length > 0) {
      throw refused(
        folder,
        `its runs cannot be continued: they are of ${other.join(" and ")}.`,
        "Repeat the command that made them (plan.json and scenario.yaml are there) with --resume, or give another folder with --out.",
      );
    }
    return;
  }
  if (old && !replace && (old.scenarioSha256 !== key.scenarioSha256 || old.dataDigest !== key.dataDigest)) {
    throw refused(
      folder,
      "it holds the results of another experiment.",
      "Give another folder with --out, or --replace to remove them.",
    );
  }
  const finished = old && !replace ? await interruptedRuns(folder) : 0;
  if (finished > 0) {
    throw refused(
      folder,
      `it holds ${finished} finished runs of an experiment that was interrupted.`,
      "Add --resume to go on from there, or --replace to start over.",
    );
  }
  if (old) await removeResults(folder);
  await makeFolder(folder);
  await writeWholeText(join(folder, PLAN), `${JSON.stringify(key)}\n`);
}

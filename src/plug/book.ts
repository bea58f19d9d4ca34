// The users' policies of a scenario: read once, and linked once for every pair that is run.

import { WindtunnelError } from "../model/errors.js";
import { isPolicyFile, policyName } from "../model/policies.js";
import type { Build, Linked } from "./link.js";
import { type PolicyFile, readPolicy } from "./policy-file.js";

/** Entries of a scenario's policies; those that are files, as paths that can be read. */
export interface PolicyEntries {
  queue: readonly string[];
  place: readonly string[];
}

export interface PolicyBook {
  files: readonly PolicyFile[];
  /** Engine and modules of a pair; undefined where neither is the user's. */
  linked(queue: string, place: string): Linked | undefined;
}

/** @throws WindtunnelError POLICY_REFUSED for the first that cannot be read, vetted or compiled. */
export async function openPolicies(
  { queue, place }: PolicyEntries,
  cacheFolder: string,
  build?: Build,
): Promise<PolicyBook> {
  const files = new Map<string, PolicyFile>();
  if (![...queue, ...place].some(isPolicyFile)) return { files: [], linked: () => undefined };
  // loads a compiler, which takes half a second: not for those who need none
  const { linkPolicies } = await import("./link.js");
  for (const entry of [...queue, ...place]) {
    if (isPolicyFile(entry) && !files.has(entry)) files.set(entry, await readUnchanged(entry));
  }
  const pairs = new Map<string, Linked>();
  for (const q of queue) {
    for (const p of place) {
      if (!files.has(q) && !files.has(p)) continue;
      const linked = await linkPolicies({ queue: files.get(q), place: files.get(p) }, cacheFolder, build);
      pairs.set(pairKey(policyName(q), policyName(p)), linked);
    }
  }
  return { files: [...files.values()], linked: (q, p) => pairs.get(pairKey(q, p)) };
}

function pairKey(queue: string, place: string): string {
  return `${queue}+${place}`;
}

/** Name in a result folder: it holds the digest, so that a scenario there names the policy's text, not only its file. */
export function storedName({ name, sha256, kind }: PolicyFile): string {
  return `${name}.${sha256.slice(0, DIGITS)}${kind === "assembly" ? ".as" : ""}.ts`;
}

const DIGITS = 8;

async function readUnchanged(path: string): Promise<PolicyFile> {
  const file = await readPolicy(path);
  const said = /\.([0-9a-f]{8})(\.as)?\.ts$/.exec(path)?.[1];
  if (said === undefined || file.sha256.startsWith(said)) return file;
  throw new WindtunnelError(
    "POLICY_REFUSED",
    `${path} is not the policy that its name says: its SHA-256 begins ${file.sha256.slice(0, DIGITS)}.`,
    "It was changed after the run: put the text back, or run the scenario again.",
  );
}

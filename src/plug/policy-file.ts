// A user's policy as a file: read, and named by its text. What it says is link.ts's to find out.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { WindtunnelError } from "../model/errors.js";
import { isAssemblyPolicy, policyName } from "../model/policies.js";

/** A user's policy as it was read. */
export interface PolicyFile {
  name: string;
  path: string;
  text: string;
  sha256: string;
  /** AssemblyScript is compiled in; TypeScript runs beside the engine, for a quick try. */
  kind: "assembly" | "typescript";
}

/** @throws WindtunnelError POLICY_REFUSED if it cannot be read. */
export async function readPolicy(path: string): Promise<PolicyFile> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new WindtunnelError(
      "POLICY_REFUSED",
      `There is no policy at ${path}.`,
      "Make one with `windtunnel policy new`, or correct the path.",
      { cause },
    );
  });
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name: policyName(path), path, text, sha256, kind: isAssemblyPolicy(path) ? "assembly" : "typescript" };
}

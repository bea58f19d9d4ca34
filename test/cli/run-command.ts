// Runs the command line as a user does, without recorded data in reach.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export function runCommand(...args: string[]) {
  const { WINDTUNNEL_DATA: _data, WINDTUNNEL_EXPECTED: _expected, ...env } = process.env;
  const options = { cwd: ROOT, encoding: "utf8", env, maxBuffer: 1 << 26 } as const;
  return spawnSync(process.execPath, [join(ROOT, "bin/windtunnel.js"), ...args], options);
}

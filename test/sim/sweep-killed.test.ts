// A sweep that is killed with -9, at twenty random moments, goes on each time and ends with the digest of one that was not.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const KILLS = 20;
const SEED = 20_240;
const ARGS = ["--jobs", "400", "--replications", "3", "--shakes", "1", "--quiet", "--json"];

function command(out: string, resume: boolean): string[] {
  return [
    join(ROOT, "bin/windtunnel.js"),
    "run",
    "scenarios/first-study",
    ...ARGS,
    "--out",
    out,
    ...(resume ? ["--resume"] : []),
  ];
}

/** Starts the sweep and kills it after so long; false: it had ended by itself before. */
function killAfter(out: string, millis: number): Promise<boolean> {
  const child = spawn(process.execPath, command(out, existsSync(join(out, "plan.json"))), {
    cwd: ROOT,
    stdio: "ignore",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), millis);
  return new Promise((resolve) => {
    child.on("close", (_code, signal) => {
      clearTimeout(timer);
      resolve(signal === "SIGKILL");
    });
  });
}

it(`ends with the same digest and tables after ${KILLS} kills (seed ${SEED})`, async () => {
  const work = mkdtempSync(join(tmpdir(), "windtunnel-kills-"));
  try {
    const [whole, killed] = [join(work, "whole"), join(work, "killed")];
    const begun = performance.now();
    const { stdout } = spawnSync(process.execPath, command(whole, false), { cwd: ROOT, encoding: "utf8" });
    let millis = performance.now() - begun;
    const { uniform } = createDraws(SEED, "test/kills");
    // moments over the whole of what one attempt lasts; one that came to its end begins anew, and is expected to be as quick
    for (let kills = 0; kills < KILLS; ) {
      if (await killAfter(killed, uniform() * millis)) {
        kills++;
      } else {
        rmSync(killed, { recursive: true });
        millis *= 0.8;
      }
    }
    const last = spawnSync(process.execPath, command(killed, existsSync(join(killed, "plan.json"))), {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect(last.stderr).toBe("");
    const digest = (text: string) => (JSON.parse(text) as { digest: string }).digest;
    expect(digest(last.stdout)).toBe(digest(stdout));
    for (const file of ["metrics.csv", "groups.csv", "bounds.json"]) {
      expect(readFileSync(join(killed, file)).equals(readFileSync(join(whole, file))), file).toBe(true);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}, 240_000);

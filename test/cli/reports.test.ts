// What is shown in reports/ is what the shipped studies give today.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

it("reports/first-study has the digest that the study has (else: npm run reports)", () => {
  const out = join(mkdtempSync(join(tmpdir(), "windtunnel-reports-")), "r");
  const args = ["bin/windtunnel.js", "run", "scenarios/first-study", "--quiet", "--json", "--out", out];
  const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  const { digest } = JSON.parse(run.stdout) as { digest: string };
  const shown = JSON.parse(readFileSync(join(ROOT, "reports/first-study/manifest.json"), "utf8")) as { digest: string };
  expect(shown.digest).toBe(digest);
});

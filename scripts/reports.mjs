// Renders the shipped studies into reports/: ranking, manifest, metrics and charts, for reading without running. The
// interactive HTML report is left out: it is a megabyte, and `npm start` makes it.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const STUDIES = ["first-study"];
const CHARTS = ["ranking-0", "differences-0", "allocation-0", "waiting-0", "distribution-0", "waits-1", "gantt-best"];

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const windtunnel = (...args) =>
  execFileSync(process.execPath, ["bin/windtunnel.js", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });

for (const study of STUDIES) {
  const work = mkdtempSync(join(tmpdir(), "windtunnel-reports-"));
  const results = join(work, study);
  const target = join("reports", study);
  windtunnel("run", `scenarios/${study}`, "--out", results, "--quiet");
  windtunnel("report", results, "--format", "svg", "--out", join(work, "svg"));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, "ranking.txt"), windtunnel("report", results, "--format", "table"));
  const manifest = JSON.parse(readFileSync(join(results, "manifest.json"), "utf8"));
  manifest.command = `windtunnel run scenarios/${study}`;
  writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(results, "metrics.csv"), join(target, "metrics.csv"));
  for (const chart of CHARTS) copyFileSync(join(work, "svg", `${chart}.svg`), join(target, `${chart}.svg`));
  rmSync(work, { recursive: true });
}

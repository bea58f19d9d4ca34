import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { testOnRecords } from "../replay/real-data.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STAND_IN = "scenarios/first-study/itp-cluster02.synth.json";

function trace(args: string[], data?: string) {
  const { WINDTUNNEL_DATA: _data, ...rest } = process.env;
  const env = data === undefined ? rest : { ...rest, WINDTUNNEL_DATA: data };
  return spawnSync(process.execPath, ["bin/windtunnel.js", "trace", ...args], { cwd: ROOT, encoding: "utf8", env });
}

describe("windtunnel trace", () => {
  it("lists every trace and says what is missing to have it", () => {
    const run = trace(["list"]);
    expect(run.stdout).toContain("itp/cluster02");
    expect(run.stdout).toContain("WINDTUNNEL_DATA is not set");
    const rows = JSON.parse(trace(["list", "--json"]).stdout) as { name: string; here: boolean }[];
    expect(rows.map((r) => r.name)).toContain("philly");
    expect(rows.every((r) => !r.here)).toBe(true);
  });

  it("describes the stand-in, the same jobs for the same seed", () => {
    const describeSeed = (seed: string) => JSON.parse(trace(["describe", STAND_IN, "--json", "--seed", seed]).stdout);
    expect(describeSeed("3")).toEqual(describeSeed("3"));
    expect(describeSeed("3").jobs).not.toBe(describeSeed("4").jobs);
  });

  it("names the nearest trace for a wrong name", () => {
    const run = trace(["describe", "itp/cluster22"]);
    expect(run.stderr).toMatch(/nearest name is "itp\/cluster02"/);
    expect(run.status).toBe(3);
  });

  testOnRecords("fits the generator that the first study ships with", async ({ dataFolder }) => {
    const file = join(mkdtempSync(join(tmpdir(), "windtunnel-synth-")), "a.synth.json");
    const fit = trace(["synth", "itp/cluster02", "--out", file], dataFolder);
    expect(fit.status, fit.stderr).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(readFileSync(join(ROOT, STAND_IN), "utf8"));
  });
});

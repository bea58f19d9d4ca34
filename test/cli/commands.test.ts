// The command line as a user meets it: a process, its streams and its exit code.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import type { CommandSpec } from "../../src/cli/command.js";
import { COMMANDS } from "../../src/cli/commands/index.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function windtunnel(args: string[], env: Record<string, string> = {}) {
  const { WINDTUNNEL_DATA: _data, WINDTUNNEL_EXPECTED: _expected, ...rest } = process.env;
  return spawnSync(process.execPath, [join(ROOT, "bin/windtunnel.js"), ...args], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...rest, ...env },
  });
}

const SMALL = ["--jobs", "200", "--replications", "2", "--queue", "fifo,sjf-oracle", "--place", "first-fit", "--quiet"];

describe("the command line", () => {
  it("runs a study, prints a table and writes results and a report", () => {
    const out = join(mkdtempSync(join(tmpdir(), "windtunnel-cli-")), "r");
    const first = windtunnel(["run", "scenarios/first-study", ...SMALL, "--out", out]);
    expect(first.stderr).toBe("");
    expect(first.status).toBe(0);
    expect(first.stdout).toContain("sjf-oracle + first-fit (oracle)");
    for (const file of [
      "manifest.json",
      "metrics.parquet",
      "metrics.csv",
      "report.html",
      "scenario.yaml",
      "generator.json",
    ]) {
      expect(existsSync(join(out, file)), file).toBe(true);
    }
    const again = windtunnel(["run", out, "--quiet", "--json", "--out", `${out}2`, "--workers", "1"]);
    expect(again.status).toBe(0);
    const digest = (JSON.parse(again.stdout) as { digest: string }).digest;
    expect(first.stdout).toContain(`Digest:  ${digest}`);
    const table = windtunnel(["report", out, "--format", "table"]);
    expect(table.stdout).toContain("fifo + first-fit");
  }, 60_000);

  it("keeps its hands off a folder that is not its own", () => {
    const out = mkdtempSync(join(tmpdir(), "windtunnel-cli-"));
    writeFileSync(join(out, "thesis.txt"), "do not lose");
    writeFileSync(join(out, "plan.json"), '{"chapters": 5}');
    const run = windtunnel(["run", "scenarios/first-study", ...SMALL, "--out", out]);
    expect(run.status).toBe(3);
    expect(run.stderr).toMatch(/holds something that is not a result of Windtunnel/);
    expect(readFileSync(join(out, "thesis.txt"), "utf8")).toBe("do not lose");
  });

  it("removes the results of another experiment only when told to, and makes its own anew", () => {
    const out = join(mkdtempSync(join(tmpdir(), "windtunnel-cli-")), "r");
    expect(windtunnel(["run", "scenarios/first-study", ...SMALL, "--out", out]).status).toBe(0);
    expect(windtunnel(["run", "scenarios/first-study", ...SMALL, "--out", out]).status).toBe(0);
    const other = windtunnel(["run", "scenarios/first-study", ...SMALL, "--seed", "2", "--out", out]);
    expect(other.stderr).toMatch(/holds the results of another experiment/);
    expect(other.status).toBe(3);
    writeFileSync(join(out, "notes.md"), "mine");
    expect(
      windtunnel(["run", "scenarios/first-study", ...SMALL, "--seed", "2", "--replace", "--out", out]).status,
    ).toBe(0);
    expect(readFileSync(join(out, "notes.md"), "utf8")).toBe("mine");
  }, 60_000);

  it("does not throw away the finished runs of an interrupted experiment", () => {
    const out = join(mkdtempSync(join(tmpdir(), "windtunnel-cli-")), "r");
    expect(windtunnel(["run", "scenarios/first-study", ...SMALL, "--out", out]).status).toBe(0);
    rmSync(join(out, "manifest.json"));
    const again = windtunnel(["run", "scenarios/first-study", ...SMALL, "--out", out]);
    expect(again.stderr).toMatch(/holds 4 finished runs of an experiment that was interrupted.\n {2}Add --resume/);
    expect(again.status).toBe(3);
    expect(windtunnel(["run", "scenarios/first-study", ...SMALL, "--resume", "--out", out]).status).toBe(0);
    expect(existsSync(join(out, "manifest.json"))).toBe(true);
  }, 60_000);

  it("refuses to resume another experiment", () => {
    const out = join(mkdtempSync(join(tmpdir(), "windtunnel-cli-")), "r");
    expect(windtunnel(["run", "scenarios/first-study", ...SMALL, "--out", out]).status).toBe(0);
    const other = windtunnel(["run", "scenarios/first-study", ...SMALL, "--seed", "2", "--resume", "--out", out]);
    expect(other.status).toBe(3);
    expect(other.stderr).toMatch(/cannot be continued/);
  }, 60_000);

  it.each([
    [["run", "nowhere"], 3, /error SCENARIO_NOT_FOUND: There is no scenario at nowhere/],
    [["run", "scenarios/first-study", "--workers", "many"], 2, /--workers: got "many", expected a whole number/],
    [["run", "scenarios/first-study", "--quue", "fifo"], 2, /unknown option '--quue'/],
    [["run"], 2, /missing required argument 'scenario'/],
    [["rnu"], 2, /unknown command 'rnu'/],
    [["run", "scenarios/first-study", "--queue", "fifu"], 2, /--queue: there is no "fifu"; the nearest name is "fifo"/],
    [["run", "scenarios/first-study", "--dataset", "itp/cluster02"], 3, /Set WINDTUNNEL_DATA/],
    [["report", "nowhere"], 3, /error RESULT_INVALID/],
    [
      ["run", "scenarios/first-study", ...SMALL, "--capacity-live-jobs", "3"],
      4,
      /jobs queued or running at once is full: it holds 3/,
    ],
  ])("answers %j with exit code %i and a message", (args, status, message) => {
    const run = windtunnel([
      ...args,
      ...(args[0] === "run" ? ["--out", join(mkdtempSync(join(tmpdir(), "windtunnel-never-")), "out")] : []),
    ]);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(status);
    expect(run.stdout).toBe("");
  });

  it("lists policies as data", () => {
    const { queue } = JSON.parse(windtunnel(["policies", "--json"]).stdout) as { queue: { name: string }[] };
    expect(queue.map((p) => p.name)).toContain("las");
  });

  it("refuses to draw growth of cases of one size before it measures them", () => {
    const { status, stdout, stderr } = windtunnel(["bench", "engine/mmc-100", "--chart", "growth.svg"]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("not of several sizes");
  });

  it("finds this machine fit", () => {
    const run = windtunnel(["doctor"]);
    expect(run.stdout).toMatch(/ok {4}engine: a schedule known by hand/);
    expect(run.status).toBe(0);
  });

  it("shows examples in the help of every command", () => {
    const examples = (specs: readonly CommandSpec[], path: string): [string, number][] =>
      specs.flatMap((spec) => [
        [`${path}${spec.name}`, spec.examples.length],
        ...examples(spec.subcommands ?? [], `${path}${spec.name} `),
      ]);
    const all = examples(COMMANDS, "");
    for (const [command, count] of all) expect(count, command).toBeGreaterThan(0);
    // one through the program itself: the table above is what help is made of
    const help = windtunnel(["trace", "describe", "--help"]);
    expect(help.stdout).toContain("Examples:");
    expect(help.status).toBe(0);
  });
});

describe("a study of services", () => {
  it("is run by its folder, refuses options that mean nothing to it, and leaves results and a page", () => {
    const out = join(mkdtempSync(join(tmpdir(), "windtunnel-cli-")), "shop");
    const study = "scenarios/shop-inference";
    const refused = windtunnel(["run", study, "--loads", "0.9", "--out", out]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("--loads does not apply to a study of services");
    const capacity = windtunnel(["capacity", study, "--service", "sentiment", "--requests", "500", "--json"]);
    expect(capacity.status).toBe(0);
    expect(JSON.parse(capacity.stdout)[0].perSecond.mean).toBeGreaterThan(1);
    const unknown = windtunnel(["capacity", study, "--service", "shop"]);
    expect(unknown.stderr).toContain("Services: customer-service, sentiment, recommendations.");
  });
});

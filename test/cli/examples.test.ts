// What README and guide show is run, and must come out as shown.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseScenario } from "../../src/sim/scenario-file.js";
import { ROOT, textOf } from "../tidy/sources.js";

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "windtunnel-examples-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Fenced blocks of a page in one language. */
function blocks(page: string, language: string): string[] {
  return [...textOf(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((m) => m[1]!);
}

async function runExample(page: string): Promise<string> {
  const [text] = blocks(page, "js");
  const entry = pathToFileURL(join(ROOT, "dist/index.js")).href;
  const file = join(folder, "example.mjs");
  await writeFile(file, text!.replace('"windtunnel"', `"${entry}"`).replaceAll("node_modules/windtunnel/", ""));
  return (await run(process.execPath, [file], { cwd: ROOT })).stdout;
}

describe("the examples", () => {
  it("of the library print what README says", async () => {
    const shown = blocks("README.md", "text").at(-1);
    expect(await runExample("README.md")).toBe(shown);
  });

  it("of the library run as the guide has them", async () => {
    expect(await runExample("docs/guide.md")).toMatch(/^fifo [\d.]+ h [0-9a-f]{16}\nlas [\d.]+ h [0-9a-f]{16}\n$/);
  });

  it("of the first study print the answer, the table and the digest that README and guide show", async () => {
    const args = [
      join(ROOT, "bin/windtunnel.js"),
      "run",
      "scenarios/first-study",
      "--quiet",
      "--out",
      join(folder, "first"),
    ];
    const { stdout } = await run(process.execPath, args, { cwd: ROOT });
    const words = (text: string) => text.replaceAll(/\s+/g, " ").trim();
    const printed = words(stdout);
    for (const page of ["README.md", "docs/guide.md"]) {
      const shown = blocks(page, "text").find((text) => text.startsWith("At load"))!;
      for (const part of shown.split("…\n")) expect(printed, page).toContain(words(part));
    }
  });

  it("of a scenario are valid", () => {
    const scenarios = blocks("docs/guide.md", "yaml").filter((text) => text.startsWith("windtunnel:"));
    expect(scenarios.length).toBeGreaterThan(0);
    for (const text of scenarios) expect(() => parseScenario(text, "docs/guide.md")).not.toThrow();
  });

  it("of a trace of one's own is brought in and run by what the guide shows alone", async () => {
    const [csv] = blocks("docs/guide.md", "csv");
    const yaml = blocks("docs/guide.md", "yaml").find((text) => text.includes("our cluster"))!;
    await writeFile(join(folder, "jobs.csv"), csv!);
    await writeFile(join(folder, "our-cluster.yaml"), yaml);
    const windtunnel = (...args: string[]) =>
      run(process.execPath, [join(ROOT, "bin/windtunnel.js"), ...args], { cwd: folder });
    const { stdout } = await windtunnel("trace", "describe", "our-cluster.yaml");
    const shown = blocks("docs/guide.md", "text").find((text) => text.startsWith("our-cluster.yaml"))!;
    for (const part of shown.split("…\n")) expect(stdout).toContain(part);
    const [, rejected] = /`(rejected jobs.csv:5, [^`]*)`/.exec(textOf("docs/guide.md"))!;
    expect(stdout.replaceAll(`${folder}/`, "")).toContain(rejected);
    await writeFile(
      join(folder, "study.yaml"),
      `windtunnel: 1
title: t
pools: [{ name: p, gpuModel: A100, size: { nodes: 2 } }, { name: q, gpuModel: T4, size: { nodes: 1 } }]
workload: { dataset: our-cluster.yaml }
policies: { queue: [fifo], place: [first-fit] }
replications: { method: none, count: 1 }
`,
    );
    const study = await windtunnel("run", "study.yaml", "--quiet", "--out", "results");
    expect(study.stdout).toContain("Times are read as UTC; the export does not name a zone.");
    const check = await windtunnel("check", "results");
    expect(check.stdout + check.stderr).not.toMatch(/error/);
  });

  it("of command lines name commands and options that there are", async () => {
    const known = textOf("docs/cli.md");
    const lines = ["README.md", "docs/guide.md"].flatMap((page) => blocks(page, "sh")).join("\n");
    const commands = [...lines.matchAll(/\bwindtunnel ([a-z]+)/g)].map((m) => m[1]!);
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) expect(known).toContain(`## windtunnel ${command}\n`);
    for (const [option] of lines.matchAll(/--[a-z-]+/g)) {
      if (option !== "--json") expect(known, option).toContain(`\`${option}`);
    }
  });
});

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { findStalePages, renderPages, writePages } from "../../src/cli/docs/index.js";
import { UNITS } from "../../src/cli/docs/metrics.js";
import { buildTable } from "../../src/cli/docs/page.js";
import { listSections, scenarioJsonSchema, typeText } from "../../src/cli/docs/scenario.js";
import { ERROR_CODES } from "../../src/model/errors.js";
import { PLACE_SUMMARIES, QUEUE_POLICIES } from "../../src/model/policies.js";
import { METRICS } from "../../src/sim/metrics.js";
import { filesBelow, ROOT, textOf } from "../tidy/sources.js";

const pageOf = (file: string) => renderPages().find((page) => page.file === file)!.text;

const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "windtunnel-docs-"));
  folders.push(folder);
  return folder;
}
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe("generated pages", () => {
  it("are fresh (npm run docs brings them up to date)", async () => {
    const stale = await findStalePages(join(ROOT, "docs"));
    expect(stale.map((page) => `docs/${page.file}: stale: run npm run docs`)).toEqual([]);
  });

  it("are written where asked, and only those that changed", async () => {
    const folder = await newFolder();
    expect(await writePages(folder)).toHaveLength(renderPages().length);
    expect((await readdir(folder)).sort()).toEqual(
      renderPages()
        .map((page) => page.file)
        .sort(),
    );
    expect(await writePages(folder)).toEqual([]);
    await writeFile(join(folder, "errors.md"), "old");
    expect((await findStalePages(folder)).map((page) => page.file)).toEqual(["errors.md"]);
    expect(await writePages(folder)).toEqual([join(folder, "errors.md")]);
  });

  it("make `docs --check` fail when one is stale, and say which", async () => {
    const folder = await newFolder();
    const bin = fileURLToPath(new URL("../../bin/windtunnel.js", import.meta.url));
    const check = () => promisify(execFile)(process.execPath, [bin, "docs", "--check", "--out", folder]);
    await promisify(execFile)(process.execPath, [bin, "docs", "--out", folder]);
    await expect(check()).resolves.toMatchObject({ stdout: "" });
    await rm(join(folder, "metrics.md"));
    await expect(check()).rejects.toMatchObject({ code: 4, stdout: expect.stringContaining("metrics.md") });
  });

  it("escape what would break a table", () => {
    expect(buildTable(["a|b"], [["x\n  y"]])).toBe("| a\\|b |\n| --- |\n| x y |");
  });
});

describe("the page of the command line", () => {
  it("names every command, argument and option with a sentence", () => {
    const page = pageOf("cli.md");
    const visit = (commands: typeof COMMANDS, path: string[]): void => {
      for (const command of commands) {
        expect(page).toContain(`# windtunnel ${[...path, command.name].join(" ")}\n`);
        for (const option of command.options ?? []) expect(page).toContain(`| \`${option.flags}\` | `);
        for (const argument of command.arguments ?? []) expect(page).toContain(`| \`${argument.name}\` | `);
        expect(command.examples.length, `${command.name} has no example`).toBeGreaterThan(0);
        visit(command.subcommands ?? [], [...path, command.name]);
      }
    };
    visit(COMMANDS, []);
  });

  it("names every variable of the environment that the program reads", () => {
    const read = filesBelow("src").flatMap((file) =>
      [...textOf(file).matchAll(/\benv\.(WINDTUNNEL_\w+)/g)].map((m) => m[1]!),
    );
    expect(read.length).toBeGreaterThan(0);
    for (const name of read) expect(pageOf("cli.md")).toContain(`| \`${name}\` |`);
  });
});

describe("the page of errors", () => {
  const sources = filesBelow("src")
    .filter((file) => file !== "src/model/errors.ts")
    .map(textOf)
    .join("\n");

  it("has every code, and every code is thrown somewhere", () => {
    const never = Object.keys(ERROR_CODES).filter((code) => !sources.includes(`"${code}"`));
    expect(never.map((code) => `src/model/errors.ts: ${code} is never thrown`)).toEqual([]);
    for (const code of Object.keys(ERROR_CODES)) expect(pageOf("errors.md")).toContain(`| \`${code}\` |`);
  });

  it("has no code in the sources that is not in the table", () => {
    const thrown = [...sources.matchAll(/new WindtunnelError\(\s*"(\w+)"/g)].map((m) => m[1]!);
    expect(thrown.filter((code) => !(code in ERROR_CODES))).toEqual([]);
  });
});

describe("the page of the scenario", () => {
  const sections = listSections(scenarioJsonSchema());

  it("gives every key a type and a meaning", () => {
    const mute = sections.flatMap((s) =>
      s.keys.filter((key) => key.meaning === "" || key.type === "anything").map((key) => `${s.path}.${key.name}`),
    );
    expect(mute, "keys without .describe() in src/model/scenario.ts").toEqual([]);
  });

  it("has every key of the shipped scenarios", async () => {
    const known = new Map(sections.map((s) => [s.path, new Set(s.keys.map((key) => key.name))]));
    const visit = (value: unknown, path: string, file: string): void => {
      if (Array.isArray(value)) {
        for (const item of value) visit(item, `${path}[]`, file);
      } else if (typeof value === "object" && value !== null) {
        for (const [key, below] of Object.entries(value)) {
          const section = sections.filter((s) => s.path === path && s.keys.some((k) => k.name === key));
          expect(
            section,
            `${file}: ${path}.${key} is not documented; known: ${[...(known.get(path) ?? [])]}`,
          ).not.toEqual([]);
          visit(below, path === "" ? key : `${path}.${key}`, file);
        }
      }
    };
    for (const file of filesBelow("scenarios", "scenario.yaml"))
      visit(parse(await readFile(join(ROOT, file), "utf8")), "", file);
  });

  it("puts types into words", () => {
    expect(typeText({ type: "integer", minimum: 1, maximum: 64 })).toBe("whole number ≥ 1 ≤ 64");
    expect(typeText({ type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER })).toBe("whole number ≥ 0");
    expect(typeText({ type: "number", exclusiveMinimum: 0 })).toBe("number > 0");
    expect(typeText({ enum: ["a", "b"] })).toBe("one of `a`, `b`");
    expect(typeText({ type: "array", items: { type: "string" }, minItems: 1 })).toBe("list of text, at least 1");
    expect(typeText({ type: "array", prefixItems: [{ type: "number" }, { type: "number" }] })).toBe("[number, number]");
  });
});

describe("the pages of metrics and policies", () => {
  it("have every metric with a unit that is explained", () => {
    for (const metric of METRICS) {
      expect(pageOf("metrics.md")).toContain(`| \`${metric.name}\` |`);
      expect(UNITS[metric.unit], `unit of ${metric.name}`).toBeDefined();
    }
  });

  it("have every policy with a page of models, and every placement", () => {
    for (const policy of QUEUE_POLICIES) expect(pageOf("policies.md")).toContain(`| [\`${policy.name}\`](models/`);
    for (const place of Object.keys(PLACE_SUMMARIES)) expect(pageOf("policies.md")).toContain(`| \`${place}\` |`);
  });
});

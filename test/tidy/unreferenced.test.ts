import { describe, expect, it } from "vitest";
import { filesBelow, importsOf, textOf } from "./sources.js";

/** Files that something outside the sources starts. */
const STARTS = {
  src: ["src/index.ts", "src/solve/index.ts", "src/cli/main.ts"],
  assembly: ["assembly/index.ts", "assembly/tools.ts", "assembly/bulk.ts"],
};

/** Files that are in no import graph by nature, and why. */
const AMBIENT: Record<string, string> = {
  "src/engine/webassembly.d.ts": "declares what the standard library lacks",
  "src/engine/comlink-node.d.ts": "declares a module of a package without types",
};

function reachableFrom(starts: readonly string[], all: ReadonlySet<string>): Set<string> {
  const seen = new Set<string>();
  const waiting = starts.filter((file) => all.has(file));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { target } of importsOf(file)) if (target !== undefined && all.has(target)) waiting.push(target);
  }
  return seen;
}

function unreferenced(files: readonly string[], starts: readonly string[]): string[] {
  const reachable = reachableFrom(starts, new Set(files));
  return files
    .filter((file) => !reachable.has(file) && !(file in AMBIENT))
    .map((file) => `${file}:1: dead file: nothing that runs imports it`);
}

describe("a file that nothing refers to", () => {
  it("is not in src", () => {
    expect(unreferenced(filesBelow("src"), STARTS.src)).toEqual([]);
  });

  it("is not in the engine", () => {
    expect(unreferenced(filesBelow("assembly"), STARTS.assembly)).toEqual([]);
  });

  it("is not among the tests' helpers", () => {
    const files = filesBelow("test");
    const tests = files.filter((file) => /\.(test|cluster|demo)\.ts$/.test(file));
    const started = files.filter((file) => tests.some((test) => textOf(test).includes(file.split("/").at(-1)!)));
    expect(unreferenced(files, [...tests, ...started])).toEqual([]);
  });

  it("is not among the scripts", () => {
    const users = [
      textOf("package.json"),
      textOf(".ci/run"),
      ...filesBelow("docs", ".md").map(textOf),
      textOf("CONTRIBUTING.md"),
    ];
    const dead = filesBelow("scripts", ".mjs").filter((file) => !users.some((text) => text.includes(file)));
    expect(dead.map((file) => `${file}:1: dead file: no package script and no page names it`)).toEqual([]);
  });
});

// `windtunnel solve` as a user meets it.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { solveFile } from "../../src/cli/solve/run.js";
import { filesBelow, ROOT } from "../tidy/sources.js";

async function solve(path: string, options: Record<string, unknown> = {}): Promise<string> {
  const lines: string[] = [];
  const context = { out: (text: string) => void lines.push(text), clock: () => performance.now() };
  await solveFile(context as unknown as Parameters<typeof solveFile>[0], path, options);
  return lines.join("\n");
}

function file(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "windtunnel-solve-")), name);
  writeFileSync(path, text);
  return path;
}

describe("the command that solves", () => {
  it("solves every shipped problem, as a table and as JSON, with a certificate that holds", async () => {
    const files = [".yaml", ".csv", ".min"]
      .flatMap((ends) => [...filesBelow("scenarios/solve-examples", ends), ...filesBelow("scenarios/two-clouds", ends)])
      .map((path) => join(ROOT, path));
    expect(files.length).toBeGreaterThan(5);
    for (const path of files) {
      const text = await solve(path);
      expect(text, path).not.toContain("FAILED");
      expect(JSON.parse(await solve(path, { format: "json" })), path).toHaveProperty("problem");
    }
  });

  it("gives the two clouds' answers: nothing moves as given, 20 CPU with B at 80", async () => {
    const answer = JSON.parse(await solve(join(ROOT, "scenarios/two-clouds/problem.yaml"), { format: "json" }));
    expect(answer.variants[0]).toMatchObject({ kind: "CPU", moves: [0, 0], twoSided: [-25, 25] });
    expect(answer.variants[1]).toMatchObject({ kind: "GPU", moves: [0, 0], twoSided: [-5, 5] });
    expect(answer.variants[3]).toMatchObject({ moves: [-20, 20], twoSided: [-60, 60] });
  });

  it("reads DIMACS: 17 for the worked example", async () => {
    const path = join(ROOT, "scenarios/solve-examples/regions.min");
    expect(JSON.parse(await solve(path, { format: "json" })).cost).toBe(17);
  });

  it("writes a model for other solvers, or says that there is none", async () => {
    expect(await solve(join(ROOT, "scenarios/solve-examples/pools.csv"), { format: "lp" })).toMatch(
      /Minimize[\s\S]*demand_pretraining: \+ 1 aws_pretraining \+ 1 azure_pretraining = 9/,
    );
    await expect(solve(join(ROOT, "scenarios/two-clouds/problem.yaml"), { format: "lp" })).rejects.toThrow(
      /no single linear/,
    );
  });

  it("says who is in conflict when there is no plan", async () => {
    const short = file("p.csv", ",a,b,supply\nx,1,-,5\ny,-,2,5\ndemand,4,6\n");
    await expect(solve(short)).rejects.toThrow(/b want 6 and can be served by y only, which have 5/);
    const rows = file(
      "p.yaml",
      "problem: linear\nvariables: [{ name: x }]\nrows:\n  - { name: low, terms: { x: 1 }, lower: 3 }\n  - { name: high, terms: { x: 1 }, upper: 2 }\n",
    );
    await expect(solve(rows)).rejects.toThrow(/These rows cannot all hold: low, high/);
  });

  it("names file, line and what is wrong", async () => {
    await expect(solve("nowhere.yaml")).rejects.toThrow(/there is no such file/);
    await expect(solve(file("p.csv", ",a,supply\nx,one,5\ndemand,1\n"))).rejects.toThrow(
      /p\.csv:2: "one" is no number/,
    );
    await expect(solve(file("p.csv", ",a,supply\nx,1,2,3\ndemand,1\n"))).rejects.toThrow(
      /p\.csv:2: 4 cells, expected 3/,
    );
    await expect(solve(file("p.csv", ",a,b\nx,1,2\ny,1,2\n"))).rejects.toThrow(/last column must be named supply/);
    await expect(solve(file("p.min", "p min 2 1\na 1 3 0 1 1\n"))).rejects.toThrow(
      /p\.min:2: node 3 is not within 1 \.\. 2/,
    );
    await expect(solve(file("p.min", "p min 2 2\na 1 2 0 1 1\n"))).rejects.toThrow(
      /1 arcs, but the problem line says 2/,
    );
    await expect(solve(file("p.min", "q\n"))).rejects.toThrow(/"q" is no line of the format/);
    await expect(solve(file("p.yaml", "problem: transport\nsources: []\n"))).rejects.toThrow(/sources/);
    await expect(solve(file("p.yaml", "problem: knitting\n"))).rejects.toThrow(/problem/);
    await expect(solve(file("p.yaml", "a: [\n"))).rejects.toThrow(/not valid YAML/);
    await expect(solve("x.yaml", { format: "xml" })).rejects.toThrow(/expected table, json, lp/);
  });
});

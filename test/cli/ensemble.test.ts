// `windtunnel run` of a folder with an ensemble study.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensembleFileOf, runEnsemble } from "../../src/cli/run-ensemble.js";
import { ROOT } from "../tidy/sources.js";

const shipped = readFileSync(join(ROOT, "scenarios/three-cloud-ensemble/ensemble.yaml"), "utf8");
const small = shipped
  .replace("samplesPerCloud: 1000, testSamples: 2000", "samplesPerCloud: 60, testSamples: 100")
  .replace("rounds: [1, 2, 5, 10, 20, 50]", "rounds: [1, 2]")
  .replace("replications: 5", "replications: 2");

async function run(text: string): Promise<{ text: string; out: string }> {
  const folder = mkdtempSync(join(tmpdir(), "windtunnel-ensemble-"));
  writeFileSync(join(folder, "ensemble.yaml"), text);
  const lines: string[] = [];
  const context = { out: (line: string) => void lines.push(line), say: () => undefined };
  const out = join(folder, "results");
  await runEnsemble(context as unknown as Parameters<typeof runEnsemble>[0], ensembleFileOf(folder)!, { out });
  return { text: lines.join("\n"), out };
}

describe("an ensemble study", () => {
  it("trains, fuses, cuts clouds off, and leaves a table, numbers and a report", async () => {
    const { text, out } = await run(small);
    for (const word of [
      "worked example",
      "pooled",
      "one-shot vote",
      "average without gcp",
      "fedprox 2",
      "asynchronous 2",
    ])
      expect(text).toContain(word);
    expect(text).toContain("as if a model had 100000000");
    const { rows } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
    expect(rows.length).toBe(2 * 17);
    expect(readFileSync(join(out, "results.csv"), "utf8").split("\n").length).toBe(rows.length + 2);
    expect(readFileSync(join(out, "report.html"), "utf8").match(/<svg/g)!.length).toBe(6);
  });

  it("names file, line and key of what is wrong, and finds no study elsewhere", async () => {
    await expect(run(small.replace("proximal:", "proximity:"))).rejects.toThrow(/ensemble\.yaml:\d+:\d+.*proximity/);
    await expect(run(small.replace("replications: 2", "replications: 1"))).rejects.toThrow("replications");
    expect(ensembleFileOf(join(ROOT, "scenarios/first-study"))).toBeUndefined();
    expect(existsSync(ensembleFileOf(join(ROOT, "scenarios/three-cloud-ensemble"))!)).toBe(true);
  });
});

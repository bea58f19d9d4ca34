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
  .replace("requestsPerSecond: 100", "requestsPerSecond: 5")
  .replace("replications: 5", "replications: 2");

async function run(text: string, more: object = {}): Promise<{ text: string; out: string }> {
  const folder = mkdtempSync(join(tmpdir(), "windtunnel-ensemble-"));
  writeFileSync(join(folder, "ensemble.yaml"), text);
  const lines: string[] = [];
  const context = { out: (line: string) => void lines.push(line), say: () => undefined, cores: 2 };
  const out = join(folder, "results");
  await runEnsemble(context as unknown as Parameters<typeof runEnsemble>[0], ensembleFileOf(folder)!, { out, ...more });
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
      "second preset",
      "server momentum 2",
      "masked 2",
      "asynchronous 2",
      "gcp cut off at 4 min",
    ])
      expect(text).toContain(word);
    expect(text).toContain("as if a model had 100000000");
    const { rows } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
    expect(rows.length).toBe(2 * (13 + 9 * 2));
    expect(readFileSync(join(out, "results.csv"), "utf8").split("\n").length).toBe(rows.length + 2);
    expect(readFileSync(join(out, "report.html"), "utf8").match(/<svg/g)!.length).toBe(11);
  });

  it("is the same for any number of threads", async () => {
    const numbers = async (workers: number) =>
      readFileSync(join((await run(small, { workers })).out, "results.json"), "utf8");
    expect(await numbers(1)).toBe(await numbers(3));
  });

  it("trains on a table of the user's", async () => {
    const folder = mkdtempSync(join(tmpdir(), "windtunnel-table-"));
    const lines = Array.from({ length: 90 }, (_, n) => `${(n % 3) + 0.01 * (n % 7)},${n % 5},${(n % 3) + 4}`);
    writeFileSync(join(folder, "mine.csv"), `x,y,kind\n${lines.join("\n")}\n`);
    const data = `data: { file: ${join(folder, "mine.csv")}, label: kind, skewConcentration: 0.3 }`;
    const own = small.replace(/data: \{.*\}/, data);
    const { text, out } = await run(own);
    expect(text).toContain("mine.csv, in another order in each replication, 20 % to test on");
    const { rows } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
    const pooled = rows.find((row: { method: string }) => row.method === "pooled");
    expect(pooled.accuracy.mean).toBeGreaterThan(0.6);
    await expect(run(own.replace("label: kind", "label: colour"))).rejects.toThrow('there is no column "colour"');
  });

  it("writes down what moved where records must stay", async () => {
    const health = readFileSync(join(ROOT, "scenarios/health-residency/ensemble.yaml"), "utf8")
      .replace("samplesPerCloud: 400, testSamples: 3000", "samplesPerCloud: 30, testSamples: 50")
      .replace("rounds: [1, 2, 5, 10, 20]", "rounds: [1, 2]")
      .replace("replications: 5", "replications: 2");
    const { text, out } = await run(health);
    expect(text).toContain("none carried records");
    expect(text).not.toContain("│ pooled");
    const transfers = readFileSync(join(out, "transfers.csv"), "utf8").trim().split("\n");
    expect(transfers[0]).toBe("method,from,to,what,seconds,bytes");
    expect(transfers.length).toBeGreaterThan(50);
    expect(transfers.some((line) => line.includes(",records,"))).toBe(false);
  });

  it("names file, line and key of what is wrong, and finds no study elsewhere", async () => {
    await expect(run(small.replace("proximal:", "proximity:"))).rejects.toThrow(/ensemble\.yaml:\d+:\d+.*proximity/);
    await expect(run(small.replace("replications: 2", "replications: 1"))).rejects.toThrow("replications");
    await expect(run(small.replace("cloud: gcp, fromSeconds", "cloud: moon, fromSeconds"))).rejects.toThrow(
      'cuts: "moon" is no cloud',
    );
    await expect(run(small.replace("masked: true }", "masked: true, eightBit: true }"))).rejects.toThrow(
      "one of top, eightBit and masked at most",
    );
    expect(ensembleFileOf(join(ROOT, "scenarios/first-study"))).toBeUndefined();
    expect(existsSync(ensembleFileOf(join(ROOT, "scenarios/three-cloud-ensemble"))!)).toBe(true);
  });
});

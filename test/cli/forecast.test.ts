// `windtunnel forecast` as a user meets it.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { backtestForecasts } from "../../src/cli/forecast/backtest.js";
import { decideByForecasts } from "../../src/cli/forecast/decide.js";
import { testOnRecords } from "../replay/real-data.js";

async function run(
  name: string,
  options: Record<string, unknown>,
  more: object = {},
  command = backtestForecasts,
): Promise<string> {
  const lines: string[] = [];
  const context = { out: (text: string) => void lines.push(text), clock: () => performance.now(), ...more };
  await command(context as unknown as Parameters<typeof backtestForecasts>[0], name, options);
  return lines.join("\n");
}

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "windtunnel-forecast-")), "rates.csv");
  writeFileSync(path, text);
  return path;
}

const WAVE = Array.from({ length: 96 }, (_, t) => (t === 50 ? "" : 10 + (t % 12)));
const BOTH = { season: 12, series: "each", methods: ["seasonal-naive", "last-value"] };

describe("a back-test on the command line", () => {
  it("reads a row a series, ranks by error and says what it is of", async () => {
    const text = await run(file(`${WAVE.join(",")}\n${WAVE.join(",")}\n`), BOTH);
    expect(text).toContain("2 series, 96 steps, season 12.");
    expect(text.indexOf("seasonal-naive")).toBeLessThan(text.indexOf("last-value"));
    const json = JSON.parse(await run(file(WAVE.join(",")), { ...BOTH, json: true }));
    expect(json.rows[0]).toMatchObject({ method: "seasonal-naive", wape: 0, coverage: 1 });
  });

  it("names file, line and value of what is no number, and rows of other lengths", async () => {
    await expect(run(file("1,2,3\n1,x,3\n"), BOTH)).rejects.toThrow(/rates\.csv:2: value 2 is "x": expected a number/);
    await expect(run(file("1,2,3\n1,3\n"), BOTH)).rejects.toThrow("rates.csv:2: 2 values: expected 3");
    await expect(run(file(""), BOTH)).rejects.toThrow("is empty");
    await expect(run("nowhere.csv", BOTH)).rejects.toThrow("nowhere.csv cannot be read");
  });

  it("says what a season must be, which forecasters and series there are, and when there is nothing to judge", async () => {
    const path = file(WAVE.join(","));
    await expect(run(path, { series: "each" })).rejects.toThrow("--season: the length of a step is not known");
    await expect(run(path, { ...BOTH, methods: ["holt"] })).rejects.toThrow('the nearest name is "holt-winters"');
    await expect(run(path, { ...BOTH, series: "west" })).rejects.toThrow('has no series "west"');
    await expect(run(path, { ...BOTH, train: 96 })).rejects.toThrow("has 96 steps, and the first origin lies after 96");
    await expect(run(path, { ...BOTH, coverage: 2 })).rejects.toThrow("--coverage: got 2");
  });

  it("prices the plans made from forecasters beside the oracle's", async () => {
    const options = { ...BOTH, series: "total", ratePerGpu: 2 };
    const text = await run(file(WAVE.join(",")), options, {}, decideByForecasts);
    expect(text.indexOf("oracle")).toBeLessThan(text.indexOf("last-value"));
    expect(text).toContain("one GPU serves 2.00 a second, 2 USD a GPU-hour");
    const { rows } = JSON.parse(await run(file(WAVE.join(",")), { ...options, json: true }, {}, decideByForecasts));
    expect(rows[0]).toMatchObject({ method: "oracle", missed: 0 });
  });

  testOnRecords("knows the day of a record, and beats the season before on it", async (folders) => {
    const options = { methods: ["seasonal-naive", "holt-winters"], json: true };
    const { seasonSteps, rows } = JSON.parse(await run("servegen/m-large", options, folders));
    expect(seasonSteps).toBe(144);
    expect(rows[1].wape).toBeLessThan(rows[0].wape);
  });
});

// The published set of 100 series: statsforecast's Holt-Winters has 0.0391, seasonal naive 0.0522.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { FORECAST_METHODS, findForecastMethod } from "../../src/plan/forecast/index.js";

const folder = process.env.WINDTUNNEL_EXPECTED;
const KNOWN = 1872;
const SEASON = 144;

function readAll(): Float64Array[] {
  const bytes = readFileSync(join(folder!, "forecast", "series-100.csv.gz"));
  const lines = gunzipSync(bytes).toString("utf8").trim().split("\n");
  return lines.map((line) => Float64Array.from(line.split(","), Number));
}

function wapeOf(name: string, series: readonly Float64Array[]): number {
  let [miss, size] = [0, 0];
  for (const values of series) {
    const task = { seasonSteps: SEASON, horizonSteps: SEASON };
    const forecast = findForecastMethod(name)!.fit(values.slice(0, KNOWN), task).predict(SEASON);
    for (let h = 0; h < SEASON; h++) {
      miss += Math.abs(values[KNOWN + h]! - forecast[h]!);
      size += Math.abs(values[KNOWN + h]!);
    }
  }
  return miss / size;
}

const published = test.skipIf(folder === undefined && !process.env.CI);

published("Holt-Winters is within 0.0392 on all 100 series, and the plain ones are what others found", () => {
  if (folder === undefined) throw new Error("Set WINDTUNNEL_EXPECTED: CI must not skip this.");
  const series = readAll();
  expect(wapeOf("holt-winters", series)).toBeLessThan(0.0392);
  expect(wapeOf("holt-winters-damped", series)).toBeLessThan(0.0392);
  expect(wapeOf("seasonal-naive", series)).toBeCloseTo(0.0522, 4);
});

published("a fusion beats every one of its members", { timeout: 240_000 }, () => {
  if (folder === undefined) throw new Error("Set WINDTUNNEL_EXPECTED: CI must not skip this.");
  const series = readAll();
  const single = FORECAST_METHODS.filter((method) => !method.name.startsWith("fused"));
  const best = Math.min(...single.map((method) => wapeOf(method.name, series)));
  expect(wapeOf("fused-hedge", series)).toBeLessThan(best);
});

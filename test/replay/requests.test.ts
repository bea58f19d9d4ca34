// Generated requests: the distributions that they are drawn from, and ServeGen's pools with their published rates.

import { describe, expect, it } from "vitest";
import { createDraws } from "#src/engine/draws.js";
import { AliasTable } from "#src/replay/requests/alias.js";
import { drawArrivals, drawGamma, drawTokens } from "#src/replay/requests/arrivals.js";
import {
  drawServegen,
  gammaOf,
  parseHistogram,
  readServegen,
  type ServegenPool,
} from "#src/replay/requests/servegen.js";
import { testOnRecords } from "./real-data.js";

const moments = (values: ArrayLike<number>) => {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! * values[i]!;
  }
  const mean = sum / values.length;
  return { mean, cv: Math.sqrt(squares / values.length - mean * mean) / mean };
};

describe("draws", () => {
  it.each([0.25, 0.7, 1, 4])("of gamma with shape %d have mean 1 and a squared cv of 1 / shape", (shape) => {
    const draws = createDraws(3, "gamma");
    const { mean, cv } = moments(Float64Array.from({ length: 200_000 }, () => drawGamma(draws, shape)));
    expect(Math.abs(mean - 1)).toBeLessThan(0.015);
    expect(Math.abs(cv * cv * shape - 1)).toBeLessThan(0.06);
  });

  it("of tokens have the median and the 90th percentile asked for", () => {
    const draws = createDraws(3, "tokens");
    const tokens = Float64Array.from({ length: 50_000 }, () => drawTokens(draws, 300, 900)).sort();
    expect(tokens[25_000]! / 300).toBeCloseTo(1, 1);
    expect(tokens[45_000]! / 900).toBeCloseTo(1, 1);
  });

  it("of an alias table come in proportion to its shares", () => {
    const table = new AliasTable(Int32Array.of(5, 7, 11, 13), Float64Array.of(1, 0, 6, 3));
    const draws = createDraws(3, "alias");
    const counts = new Map<number, number>();
    for (let i = 0; i < 100_000; i++) {
      const value = table.draw(draws);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect(counts.get(7)).toBeUndefined();
    for (const [value, share] of [
      [5, 0.1],
      [11, 0.6],
      [13, 0.3],
    ] as const)
      expect(Math.abs(counts.get(value)! / 100_000 - share)).toBeLessThan(0.006);
    expect(table.mean).toBeCloseTo(0.5 + 6.6 + 3.9, 9);
  });

  it("of arrivals skip hours without demand and keep the mean rate", () => {
    const at = drawArrivals(createDraws(1, "a"), { perSecondMean: 5, hourly: [0, 1], daily: [1], cv: 1 }, 48);
    expect(at.every((micros) => Math.floor(micros / 3600e6) % 2 === 1)).toBe(true);
    expect(at.length / (48 * 3600)).toBeCloseTo(5, 1);
  });

  it("know the gamma function", () => {
    for (const [x, y] of [
      [1, 1],
      [1.5, 0.886226925452758],
      [6, 120],
      [11.25, 6.5518e6],
    ] as const)
      expect(Math.abs(gammaOf(x) / y - 1)).toBeLessThan(2e-3 * (x > 11 ? 1 : 1e-6));
  });

  it("read Python's dicts, and nothing from an empty one", () => {
    expect(parseHistogram("{}")).toBeUndefined();
    expect(parseHistogram("{50: 0.25, 60: 0.75}")!.mean).toBeCloseTo(57.5, 9);
  });
});

/** One client of constant rate. */
function poolOf(shape: number, weibull: 0 | 1, windows = 400): ServegenPool {
  const column = (value: number) => new Float64Array(windows).fill(value);
  const spans = Math.ceil(windows / 36);
  const client = {
    rate: column(2),
    shape: column(shape),
    weibull: new Uint8Array(windows).fill(weibull),
    requests: windows * 1200,
    prompts: new Array<string>(spans).fill("{10: 0.5, 20: 0.5}"),
    outputs: new Array<string>(spans).fill("{3: 1.0}"),
  };
  return { clients: [client], windows, borrowedShare: 0 };
}

describe("a client of ServeGen", () => {
  it.each([
    [4, 0, 0.5],
    [1, 0, 1],
    [2, 1, 0.5227],
    [0.7, 1, 1.4624],
  ] as const)("with shape %d (Weibull %d) has its rate and a cv of %d, across windows", (shape, weibull, wanted) => {
    const at: number[] = [];
    let prompts = 0;
    for (const chunk of drawServegen(poolOf(shape, weibull), 5)) {
      at.push(...chunk.atMicros);
      for (const prompt of chunk.promptTokens) prompts += prompt;
    }
    const gaps = Float64Array.from({ length: at.length - 1 }, (_, i) => at[i + 1]! - at[i]!);
    const { mean, cv } = moments(gaps);
    expect(Math.abs(mean / 0.5e6 - 1)).toBeLessThan(0.01);
    expect(Math.abs(cv / wanted - 1)).toBeLessThan(0.02);
    expect(prompts / at.length).toBeCloseTo(15, 0);
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
  });
});

testOnRecords("ServeGen's pool comes with its rates, hour by hour and client by client", async (folders) => {
  const pool = await readServegen("deepseek-r1", folders);
  expect([pool.clients.length, pool.windows, pool.borrowedShare]).toEqual([73, 144, 0]);
  const wanted = pool.clients.map((client) => client.requests);
  expect(wanted.reduce((a, b) => a + b, 0)).toBeCloseTo(1_383_669, -1);
  const drawn = new Float64Array(73);
  let count = 0;
  for (const chunk of drawServegen(pool, 1)) {
    count += chunk.count;
    for (const client of chunk.session) drawn[client]!++;
  }
  expect(Math.abs(count / 1_383_669 - 1)).toBeLessThan(0.01);
  wanted.forEach((n, c) => {
    if (n > 20_000) expect(Math.abs(drawn[c]! / n - 1), `client ${c}`).toBeLessThan(0.1);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createDraws } from "../../../src/engine/draws.js";
import type { JobTable } from "../../../src/model/jobs.js";
import { DATASETS } from "../../../src/replay/datasets.js";
import { loadTrace } from "../../../src/replay/load.js";
import { BATCH_GAP_MICROS, findBatches } from "../../../src/replay/synth/batches.js";
import { fitSynth } from "../../../src/replay/synth/fit.js";
import { fitArrivals } from "../../../src/replay/synth/fit-arrivals.js";
import { formatSynthParams } from "../../../src/replay/synth/format.js";
import { generateTrace } from "../../../src/replay/synth/generate.js";
import { tableMean, tabulateKeepingMean, tabulateQuantiles } from "../../../src/replay/synth/quantiles.js";
import { parseSynthParams } from "../../../src/replay/synth/schema.js";
import { DAY, traceAt } from "../fixtures.js";
import { testOnRecords } from "../real-data.js";

const FILE = "scenarios/first-study/itp-cluster02.synth.json";
const committed = parseSynthParams(readFileSync(FILE, "utf8"), FILE);

describe("a fit", () => {
  // The stand-in's own generator is a source whose parameters are known.
  const source = generateTrace(committed, { seed: 11, jobs: 12_000 });
  const fitted = fitSynth(source, { address: "https://example.org" });

  test("is the same every time", () => {
    expect(formatSynthParams(fitSynth(source, { address: "https://example.org" }))).toBe(formatSynthParams(fitted));
  });

  test("finds again what the source was generated from", () => {
    expect(fitted.inBatch.size).toBeCloseTo(committed.inBatch.size, 1);
    expect(fitted.inBatch.run).toBeCloseTo(committed.inBatch.run, 1);
    expect(fitted.betweenBatches.run).toBeCloseTo(committed.betweenBatches.run, 1);
    expect(fitted.sizes[0]!.share).toBeCloseTo(committed.sizes[0]!.share, 1);
    expect(fitted.resolutionMicros).toBe(committed.resolutionMicros);
    expect(fitted.arrivals.busyFactor).toBeGreaterThan(1.5);
  });

  test("generates traces near its source", () => {
    const { gaps, runTimes, gpus, gpuHoursRatio, dispersionTrimmedRatio } = fitted.distance;
    expect(gaps).toBeLessThan(0.08);
    expect(runTimes).toBeLessThan(0.06);
    expect(gpus).toBeLessThan(0.04);
    expect(Math.abs(gpuHoursRatio - 1)).toBeLessThan(0.2);
    expect(Math.abs(dispersionTrimmedRatio - 1)).toBeLessThan(0.3);
  });

  test("generates as many jobs a day as its source has", () => {
    const perDay = (jobs: JobTable) => jobs.count / (jobs.submitMicros[jobs.count - 1]! / DAY);
    const long = generateTrace(fitted, { seed: 5, jobs: 60_000 }).jobs;
    expect(Math.abs(perDay(long) / perDay(source.jobs) - 1)).toBeLessThan(0.05);
  });

  test("finds no busy state in a Poisson process", () => {
    const draws = createDraws(1, "test/poisson");
    let micros = 0;
    const steady = traceAt(
      Array.from({ length: 8_000 }, () => {
        micros += Math.round(draws.exponential() * 600e6);
        return micros;
      }),
    );
    const { modulation } = fitArrivals(steady.jobs, findBatches(steady.jobs), BATCH_GAP_MICROS);
    expect(modulation.variance).toBeLessThan(0.05);
  });

  test("survives being written and read", () => {
    expect(parseSynthParams(formatSynthParams(fitted), "x")).toEqual(fitted);
  });

  test("needs two weeks", () => {
    for (const trace of [traceAt([]), traceAt([0, 13 * DAY])]) {
      expect(() => fitSynth(trace, { address: "" })).toThrow(expect.objectContaining({ code: "TRACE_TOO_SHORT" }));
    }
  });
});

test("a batch ends where a minute passes without a submission", () => {
  expect(findBatches(traceAt([0, 60e6, 120e6, 180e6 + 1, 180e6 + 1]).jobs)).toEqual([0, 3]);
});

test("a table of quantiles keeps the ends, and if asked the mean, of a sample with a long tail", () => {
  const sample = Array.from({ length: 50 }, (_, i) => 1_000 + i * i * i * 100);
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const plain = tabulateQuantiles(sample);
  expect([plain[0], plain.at(-1)]).toEqual([sample[0], sample.at(-1)]);
  expect(Math.abs(tableMean(plain) / mean - 1)).toBeGreaterThan(0.01);
  expect(tableMean(tabulateKeepingMean(sample))).toBeCloseTo(mean, -2);
  expect(tabulateKeepingMean([7, 7, 7]).every((value) => value === 7)).toBe(true);
});

testOnRecords("the shipped stand-in is what a fit to its record gives, to the byte", async (options) => {
  const trace = await loadTrace("itp/cluster02", options);
  const address = DATASETS.find((dataset) => dataset.name === "itp")!.address;
  expect(formatSynthParams(fitSynth(trace, { address }))).toBe(readFileSync(FILE, "utf8"));
});

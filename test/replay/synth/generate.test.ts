import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Trace } from "../../../src/model/jobs.js";
import { digestOfText } from "../../../src/replay/digest.js";
import { generateTrace } from "../../../src/replay/synth/generate.js";
import { parseSynthParams } from "../../../src/replay/synth/schema.js";
import { DAY } from "../fixtures.js";

const FILE = "scenarios/first-study/itp-cluster02.synth.json";
const params = parseSynthParams(readFileSync(FILE, "utf8"), FILE);

function digestOf({ jobs }: Trace): string {
  return digestOfText(
    [jobs.submitMicros, jobs.runMicros, jobs.tasks, jobs.tenant].map((column) => column.join()).join("\n"),
  );
}

describe("a generated trace", () => {
  test("is the same on every machine", () => {
    // Recorded once; a change of the generator, of the draws or of the parameters must be a decision.
    expect(digestOf(generateTrace(params, { seed: 1 }))).toMatchInlineSnapshot(
      `"fa46f4fdd001382a3fe24263cbde180de025970a267dbcc3be859e73c2a41fc8"`,
    );
  });

  test("is sorted, whole, of the record's sizes and within the span", () => {
    const sizes = new Set(params.sizes.map((size) => size.gpus));
    const shortest = Math.min(...params.sizes.map((size) => size.runMicros[0]!));
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { jobs } = generateTrace(params, { seed });
        // Counted rather than expected one by one, which would take seconds.
        const faults = Array.from(jobs.submitMicros.keys()).filter(
          (i) =>
            jobs.submitMicros[i]! % params.resolutionMicros !== 0 ||
            jobs.submitMicros[i]! < (i === 0 ? 0 : jobs.submitMicros[i - 1]!) ||
            jobs.runMicros[i]! % params.resolutionMicros !== 0 ||
            jobs.runMicros[i]! < shortest ||
            !sizes.has(jobs.tasks[i]!),
        );
        expect(faults).toEqual([]);
        // Only a batch that began within the span may reach over its end.
        expect(jobs.submitMicros[jobs.count - 1]).toBeLessThan((params.spanDays + 1) * DAY);
      }),
      { numRuns: 10 },
    );
  });

  test("has about as many jobs as the record has in as many days", () => {
    const counts = Array.from({ length: 20 }, (_, seed) => generateTrace(params, { seed }).jobs.count);
    const expected = (params.source.jobs * params.spanDays) / params.source.days;
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(Math.abs(mean / expected - 1)).toBeLessThan(0.1);
    expect(Math.min(...counts)).toBeGreaterThan(2_000);
    expect(Math.max(...counts)).toBeLessThan(6_500);
  });

  test("has exactly the jobs asked for, the first of them those of a shorter one", () => {
    const short = generateTrace(params, { seed: 3, jobs: 100 }).jobs;
    const long = generateTrace(params, { seed: 3, jobs: 9_000 }).jobs;
    expect([short.count, long.count]).toEqual([100, 9_000]);
    expect(long.submitMicros.subarray(0, 100)).toEqual(short.submitMicros);
    expect(long.runMicros.subarray(0, 100)).toEqual(short.runMicros);
  });

  test("differs from seed to seed in jobs and in the digest of its source", () => {
    const [one, two] = [1, 2].map((seed) => generateTrace(params, { seed }));
    expect(digestOf(one!)).not.toBe(digestOf(two!));
    expect(one!.provenance.digest).not.toBe(two!.provenance.digest);
  });

  test("says that it is generated, from what, and under which licence", () => {
    const { provenance } = generateTrace(params, { seed: 8, jobs: 1 });
    expect(provenance).toMatchObject({
      dataset: "itp (generated)",
      part: "cluster02",
      licence: expect.stringMatching(/^MIT/),
    });
    expect(provenance.assumptions[1]).toMatch(
      /^How far .* mean of 20 traces: gaps 0\.066, run times 0\.028, GPUs 0\.014 /,
    );
    expect(provenance.assumptions[0]).toMatch(/generated, not recorded.*seed 8.*itp\/cluster02.*[0-9a-f]{64}/);
  });
});

describe("the parameters", () => {
  const text = readFileSync(FILE, "utf8");
  test.each([
    ["that are not JSON", text.slice(0, -20), /not JSON/],
    ["of another version", text.replace('"windtunnelSynth": 1', '"windtunnelSynth": 2'), /windtunnelSynth/],
    ["with an unknown key", text.replace('"spanDays"', '"spanDay": 1, "spanDays"'), /spanDay/],
    ["with quantiles that fall", text.replace(/"gapMicros": \[0/, '"gapMicros": [9'), /gapMicros: must not decrease/],
    [
      "without any rate",
      JSON.stringify({ ...params, arrivals: { ...params.arrivals, batchesPerHour: Array(168).fill(0) } }),
      /one rate/,
    ],
  ])("%s are refused, naming the file", (_, bad, message) => {
    expect(() => parseSynthParams(bad, "x.synth.json")).toThrow(
      expect.objectContaining({ code: "SYNTH_INVALID", message: expect.stringMatching(message) }),
    );
    expect(() => parseSynthParams(bad, "x.synth.json")).toThrow(/x\.synth\.json/);
  });
});

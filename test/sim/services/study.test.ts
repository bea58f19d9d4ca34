// A study of services: accounts add up, replicas come after their cold start, and the answer of capacity is where it should be.

import { describe, expect, it } from "vitest";
import type { ServiceStudy } from "#src/model/service-study.js";
import { bisect, findCapacity } from "#src/sim/services/capacity.js";
import { drawRequests } from "#src/sim/services/requests.js";
import { profileOf } from "#src/sim/services/setup.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy, readServiceStudy } from "#src/sim/services/study-file.js";

const TEXT = `
windtunnelServices: 1
title: small
hours: 2
replications: 2
controllers: [fixed, hpa, memory, knative, schedule]
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    requestsPerSecond: 2
    cv: 2
    hourly: [1, 3]
    lengths: { promptTokensMedian: 500, promptTokensP90: 900, outputTokensMedian: 60, outputTokensP90: 120 }
    bounds: { ttftSeconds: 2, tpotSeconds: 0.1 }
    replicas: { min: 1, max: 4 }
    targetRequests: 6
    coldStartSeconds: 100
`;
const parse = (text: string): ServiceStudy => parseServiceStudy(text, "services.yaml");

describe("a study of services", () => {
  const study = parse(TEXT);
  const result = runServiceStudy(study, [undefined]);
  const of = (controller: string) => result.rows.find((row) => row.controller === controller)!.metrics;

  it("serves the same requests under every controller and loses none", () => {
    const counts = new Set(result.rows.map((row) => row.metrics.requests.mean));
    expect(counts.size).toBe(1);
    for (const { metrics } of result.rows) {
      expect(metrics.lost.mean).toBe(0);
      expect(metrics.attainment.mean).toBeGreaterThan(0.5);
    }
  });

  it("pays for replicas from order to end: hours by state add up to the cost", () => {
    for (const { metrics: m } of result.rows) {
      const hours = m.busyGpuHours.mean + m.idleGpuHours.mean + m.startingGpuHours.mean;
      expect(m.costUsd.mean).toBeCloseTo(hours * 2, 6);
      expect(m.idleGpuHours.mean).toBeGreaterThanOrEqual(0);
    }
    expect(of("fixed").replicasMean.mean).toBeCloseTo(4, 6);
    expect(of("fixed").startingGpuHours.mean).toBe(0);
  });

  it("has what a controller added take requests after the cold start, and pays for that", () => {
    const { ticks } = result.trails.find((trail) => trail.controller === "schedule")!;
    // by the schedule in proportion, all four are wanted from the first tick on
    expect(ticks[0]).toMatchObject({ ready: 1, starting: 0 });
    expect(ticks[1]).toMatchObject({ ready: 1, starting: 3 });
    const first = ticks.find((tick) => tick.ready === 4)!;
    expect(first.atMicros).toBe(105e6);
    expect(of("schedule").startingGpuHours.mean).toBeCloseTo((3 * 100) / 3600, 6);
    expect(of("schedule").scalings.mean).toBe(1);
  });

  it("is the same study again with the same digest, and another one with another seed", () => {
    expect(runServiceStudy(study, [undefined]).digest).toBe(result.digest);
    expect(runServiceStudy({ ...study, seed: 2 }, [undefined]).digest).not.toBe(result.digest);
  });

  it("compares variants on the same requests, and a variant that changes nothing is the study itself", () => {
    const varied = runServiceStudy(
      parse(`${TEXT}variants:
  - { name: as it is }
  - { name: small batch, services: { chat: { batchMax: 2, replicas: { max: 3 } } } }
  - { name: no bounds, all: { cv: 2, bounds: { ttftSeconds: null, tpotSeconds: null } } }
`),
      [undefined],
    );
    const rows = (variant: string) => varied.rows.filter((row) => row.variant === variant);
    expect(rows("as it is").map((row) => row.metrics)).toEqual(result.rows.map((row) => row.metrics));
    expect(rows("no bounds")[1]!.metrics.attainment.mean).toBe(1);
    expect(rows("small batch")[0]!.metrics.requests).toEqual(result.rows[0]!.metrics.requests);
    expect(rows("small batch")[0]!.metrics.replicasMean.mean).toBeCloseTo(3, 6);
    expect(rows("small batch")[0]!.metrics.attainment.mean).toBeLessThan(result.rows[0]!.metrics.attainment.mean);
  });

  it("draws as many requests as asked for, in the shape of the day, with the burstiness asked for", () => {
    const { atMicros, count } = drawRequests({ ...study, hours: 48 }, [undefined], 7);
    expect(count / (48 * 3600)).toBeCloseTo(2, 1);
    const busy = atMicros.subarray(0, count).filter((at) => Math.floor(at / 3600e6) % 2 === 1).length;
    expect(busy / count).toBeCloseTo(0.75, 1);
    // gaps within the quiet hours: rate 1 a second, cv 2
    const gaps: number[] = [];
    for (let i = 1; i < count; i++)
      if (Math.floor(atMicros[i]! / 3600e6) % 2 === 0) gaps.push((atMicros[i]! - atMicros[i - 1]!) / 1e6);
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const variance = gaps.reduce((a, b) => a + (b - mean) * (b - mean), 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(1.85);
    expect(Math.sqrt(variance) / mean).toBeLessThan(2.15);
  });
});

describe("a study's file", () => {
  it.each(["shop-inference", "shop-cold-starts", "retry-storm", "smart-city", "three-regions", "paid-and-free"])(
    "of %s says where its numbers come from",
    async (name) => {
      const shipped = await readServiceStudy(`scenarios/${name}`);
      expect(shipped.source).not.toBe("");
      for (const spec of shipped.services) expect(profileOf(spec).setup.blocks).toBeGreaterThan(spec.server ? 0 : 100);
    },
  );

  it.each([
    ["max: 4 }", "max: 4, most: 5 }", /services\.yaml:17:33.*most/],
    ["min: 1, max: 4", "min: 5, max: 4", /chat: replicas\.min is 5, above max, 4/],
    ["promptTokensP90: 900", "promptTokensP90: 9", /90th percentile of lengths is below the median/],
    ["hourly: [1, 3]", "hourly: [0, 0]", /0 throughout/],
    [
      "services:",
      "variants: [{ name: a, all: { gpus: 3 } }]\nservices:",
      /variants: "a" makes service chat impossible.*gpus/,
    ],
    [
      "services:",
      "variants: [{ name: a, services: { caht: {} } }]\nservices:",
      /service "caht", which is not in the study/,
    ],
    ["services:", "variants: [{ name: a }, { name: a }]\nservices:", /two variants are named "a"/],
    ["cv: 2", "cv: 2\n    batchMax: 4000", /batchMax is 4000, above tokenBudget, 2048/],
  ])("with %s made %s is refused", (from, to, message) => {
    expect(() => parse(TEXT.replace(from, to))).toThrow(message);
  });
});

describe("capacity", () => {
  it("is found by bisection to 1 % from either side", () => {
    for (const start of [0.01, 1, 500]) {
      const found = bisect((rate) => rate <= 7.3, start);
      expect(found).toBeLessThanOrEqual(7.3);
      expect(found).toBeGreaterThan(7.3 * 0.98);
    }
    expect(bisect(() => false, 1)).toBe(0);
  });

  it("of a fleet grows with its replicas, and falls with tighter bounds", () => {
    const at = (text: string) =>
      findCapacity({ ...parse(text), replications: 1 }, [undefined], 1500, 0.9).perSecond.mean;
    const four = at(TEXT);
    expect(at(TEXT.replace("max: 4", "max: 8")) / four).toBeGreaterThan(1.7);
    expect(at(TEXT.replace("ttftSeconds: 2", "ttftSeconds: 0.3"))).toBeLessThan(four);
  });
});

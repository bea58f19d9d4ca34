// Cold starts in parts, replicas that crash, and a service that sleeps, in a study.

import { describe, expect, it } from "vitest";
import { startSchema } from "#src/model/serving/gateway.js";
import { startUpFrom } from "#src/sim/services/start-up.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";

const TEXT = `
windtunnelServices: 1
title: small
hours: 2
replications: 1
controllers: [keda]
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    requestsPerSecond: 0.02
    bounds: { ttftSeconds: 60 }
    replicas: { min: 0, max: 2 }
    coldStartSeconds: 40
    gateway: { hold: { seconds: 300 } }
`;
const run = (text: string) => runServiceStudy(parseServiceStudy(text, "services.yaml"), [undefined]).rows[0]!.metrics;

describe("a cold start", () => {
  it("is the sum of its parts, without the network where image and weights are on disk", () => {
    const spec = startSchema.parse({
      nodeSeconds: 30,
      imageGib: 10,
      pullGibPerSecond: 0.5,
      loadGibPerSecond: 2,
      warmUpSeconds: 5,
    });
    const startUp = startUpFrom(spec, 16, 1, "s");
    expect(startUp(false)).toBeCloseTo(30 + 26 / 0.5 + 8 + 5, 9);
    expect(startUp(true)).toBeCloseTo(30 + 8 + 5, 9);
  });

  it("has the mean that its parts say, however it spreads, and measured quantiles", () => {
    const spread = startUpFrom(startSchema.parse({ nodeSeconds: 100, spread: 0.5 }), 0, 1, "s");
    const times = Array.from({ length: 20_000 }, () => spread(true));
    expect(times.reduce((a, b) => a + b, 0) / times.length / 100).toBeCloseTo(1, 1);
    const measured = startUpFrom(startSchema.parse({ measuredLoad: "genai-base-model" }), 16, 1, "s");
    const loads = Array.from({ length: 20_000 }, () => measured(true)).sort((a, b) => a - b);
    expect(loads[10_000]! / 22.72).toBeCloseTo(1, 1);
    expect(loads.at(-1)!).toBeLessThanOrEqual(79.44);
  });
});

describe("a service that sleeps", () => {
  const metrics = run(TEXT);

  it("wakes for requests, which wait at its gateway, and loses none", () => {
    expect(metrics.lost.mean).toBe(0);
    expect(metrics.coldStarts.mean).toBeGreaterThan(1);
    expect(metrics.heldShare!.mean).toBeGreaterThan(0.05);
    expect(metrics.replicasMean.mean).toBeLessThan(1);
    // who woke it waited for the next poll and the cold start
    expect(metrics.ttftSecondsP99.mean).toBeGreaterThan(40);
    expect(metrics.ttftSecondsP99.mean).toBeLessThan(40 + 30 + 5);
  });

  it("is refused without somebody who holds requests", () => {
    expect(() => run(TEXT.replace("    gateway: { hold: { seconds: 300 } }\n", ""))).toThrow(
      /chat: replicas\.min is 0/,
    );
  });
});

describe("replicas that crash", () => {
  const text = TEXT.replace("[keda]", "[fixed]")
    .replace("min: 0", "min: 2")
    .replace("requestsPerSecond: 0.02", "requestsPerSecond: 2");
  const crashing = text.replace(
    "coldStartSeconds: 40",
    "crashes: { meanHours: 0.2, detectSeconds: 20 }\n    coldStartSeconds: 40",
  );

  it("cost requests, are ordered anew, and are paid for until they are missed", () => {
    const [calm, hard] = [run(text), run(crashing)];
    expect(calm.lost.mean).toBe(0);
    expect(hard.crashes!.mean).toBeGreaterThan(5);
    expect(hard.lost.mean).toBeGreaterThan(20);
    expect(hard.coldStarts.mean).toBeGreaterThanOrEqual(hard.crashes!.mean - 1);
    const hours = hard.busyGpuHours.mean + hard.idleGpuHours.mean + hard.startingGpuHours.mean;
    expect(hard.costUsd.mean).toBeCloseTo(hours * 2, 6);
  });

  it("cost fewer where the gateway tries again", () => {
    const again = run(
      crashing.replace("seconds: 300 }", "seconds: 300 }, retries: 5, backoffSeconds: 2, eject: { failures: 1 }"),
    );
    expect(again.lost.mean).toBeLessThan(run(crashing).lost.mean / 4);
  });
});

describe("what cannot be meant", () => {
  it.each([
    [
      "gateway: { hold: { seconds: 300 } }",
      "gateway: { hold: {}, fallback: chat }",
      /fall back in a circle: chat, chat/,
    ],
    [
      "gateway: { hold: { seconds: 300 } }",
      "gateway: { hold: {}, fallback: other }",
      /fallback is "other", which is not in the study/,
    ],
    [
      "gateway: { hold: { seconds: 300 } }",
      "gateway: { hold: {}, cache: { entries: 5 } }",
      /no request is asked twice/,
    ],
    ["gateway: { hold: { seconds: 300 } }", "gateway: { hold: {}, retryBudget: {} }", /neither retries nor hedges/],
    ["coldStartSeconds: 40", "alerts: [{ name: a, metric: replicas }]", /alerts: a: give either above or below/],
  ])("%s -> %s is refused", (from, to, message) => {
    expect(() => run(TEXT.replace(from, to))).toThrow(message);
  });
});

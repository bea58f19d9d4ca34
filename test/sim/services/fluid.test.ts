// The fluid: what must hold by arithmetic, and how near it is to requests where it says so.

import { describe, expect, it } from "vitest";
import type { ProfileSetup } from "#src/engine/services.js";
import { mixOf, ReplicaCurve } from "#src/sim/services/fluid/curve.js";
import { type FluidService, runFluid } from "#src/sim/services/fluid/run.js";
import { borderOf, runFluidStudy } from "#src/sim/services/fluid/study.js";
import { startUpAlways } from "#src/sim/services/start-up.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";

/** An iteration takes 10 ms whatever is in it. */
const PROFILE: ProfileSetup = {
  microsByTokens: new Float64Array(1025).fill(10_000),
  microsPerContextToken: 0,
  microsPerPair: 0,
  batchMax: 20,
  blocks: 10_000,
  watermarkBlocks: 0,
  blockTokens: 16,
};
const CURVE = new ReplicaCurve(
  PROFILE,
  mixOf(100, () => [1, 101]),
);

function service(perSecond: number[], further: Partial<FluidService> = {}): FluidService {
  return {
    demand: { stepSeconds: 600, perSecond: Float64Array.from(perSecond) },
    curves: [CURVE],
    autoscaler: () => 2,
    startUp: startUpAlways(0),
    replicasMin: 1,
    replicasMax: 10,
    replicasAtStart: 2,
    bounds: { ttftSeconds: 1, tpotSeconds: 1, e2eSeconds: 10 },
    ...further,
  };
}

describe("a fluid", () => {
  it("of replicas with one iteration time ends as many as its batch and its answers say", () => {
    // 20 at once, each for 100 iterations of 10 ms after the first token
    expect(CURVE.perSecondMax).toBeCloseTo(20, 6);
  });

  it("settles where Little's law puts it", () => {
    const { ticks, requests, met } = runFluid(service([10, 10]), 15);
    expect(requests).toBeCloseTo(12_000, 6);
    expect(met).toBeCloseTo(12_000, 6);
    // 10 a second, each a second of answer and one and a half iterations before
    expect(ticks[60]!.outstanding).toBeCloseTo(10 * (1 + 0.015), 1);
  });

  it("piles up what replicas cannot end, and no more", () => {
    const { ticks } = runFluid(service([50, 0]), 15);
    // two replicas end 40 a second: 10 a second are left over, beyond those that are served
    expect(ticks[40]!.outstanding - ticks[20]!.outstanding).toBeCloseTo(10 * 300, 0);
    expect(ticks.at(-1)!.outstanding).toBeLessThan(40);
  });

  it("orders, waits for and pays replicas as in request mode", () => {
    const result = runFluid(service([1, 1], { autoscaler: () => 5, startUp: startUpAlways(100) }), 15);
    expect(result.ticks[1]).toMatchObject({ ready: 2, starting: 3 });
    expect(result.ticks[7]).toMatchObject({ ready: 5, starting: 0 });
    expect(result.startingSeconds).toBeCloseTo(300, 0);
    expect(result.coldStarts).toBe(3);
    // the last tick, after the demand has ended, finds nobody
    expect(result.readySeconds).toBeCloseTo(2 * 100 + 5 * (1100 + 15), -1);
  });
});

const STUDY = parseServiceStudy(
  `
windtunnelServices: 1
title: small
hours: 4
replications: 1
controllers: [fixed, hpa]
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    requestsPerSecond: 3
    hourly: [1, 2]
    lengths: { promptTokensMedian: 500, promptTokensP90: 900, outputTokensMedian: 60, outputTokensP90: 120 }
    bounds: { ttftSeconds: 2, tpotSeconds: 0.1 }
    replicas: { min: 1, max: 4 }
    targetRequests: 6
    coldStartSeconds: 100
`,
  "services.yaml",
);

describe("a study with rates", () => {
  const fluid = runFluidStudy(STUDY, [undefined]);
  const [own] = fluid.fidelity;

  it("says what it is off by, and where it stops being right", () => {
    expect(own!.errors.map(({ load }) => load)).toEqual([0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.05]);
    expect(own!.border).toBeGreaterThanOrEqual(0.5);
    expect(borderOf(own!.errors.slice(-1))).toBe(0);
  });

  it("is near request mode below that border: cost, replicas, latency", () => {
    const requests = runServiceStudy(STUDY, [undefined]);
    for (const [i, row] of fluid.rows.entries()) {
      const [a, b] = [row.metrics, requests.rows[i]!.metrics];
      // an autoscaler that goes by the highest value of minutes sees no peaks of chance here, and holds fewer replicas
      const cost = a.costUsd.mean / b.costUsd.mean;
      expect(cost).toBeGreaterThan(row.controller === "fixed" ? 0.99 : 0.75);
      expect(cost).toBeLessThan(row.controller === "fixed" ? 1.01 : 1.05);
      expect(a.requests.mean / b.requests.mean).toBeCloseTo(1, 1);
      expect(Math.abs(a.attainment.mean - b.attainment.mean)).toBeLessThan(0.03);
      expect(a.ttftSecondsP50.mean / b.ttftSecondsP50.mean).toBeGreaterThan(0.8);
      expect(a.ttftSecondsP50.mean / b.ttftSecondsP50.mean).toBeLessThan(1.25);
    }
  });

  it("refuses what rates cannot say", () => {
    const gated = { ...STUDY, services: [{ ...STUDY.services[0]!, crashes: { meanHours: 1, detectSeconds: 1 } }] };
    expect(() => runFluidStudy(gated, [undefined])).toThrow("--fluid does not know crashes, which chat has");
  });
});

// Requests of published clients and what prompts hold besides text: windows, scale, tenants, pictures, and stages that take them one by one.

import { describe, expect, it } from "vitest";
import type { ServiceStudy } from "#src/model/service-study.js";
import { readServegen, type ServegenPool, WINDOW_SECONDS } from "#src/replay/index.js";
import { fromPool, pairsOf, windowOf } from "#src/sim/services/generated.js";
import { drawRequests } from "#src/sim/services/requests.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { testOnRecords } from "../../replay/real-data.js";

const HOURS = 12;
const WINDOWS = (HOURS * 3600) / WINDOW_SECONDS;

/** One client of text all the time, and one of pictures from hour 6 on, with twice the rate. */
function poolOf(): ServegenPool {
  const column = (of: (w: number) => number) => Float64Array.from({ length: WINDOWS }, (_, w) => of(w));
  const texts = (text: string) => [text, text];
  const client = (name: string, rate: Float64Array) => ({
    name,
    rate,
    shape: column(() => 1),
    weibull: new Uint8Array(WINDOWS),
    requests: rate.reduce((sum, r) => sum + r * WINDOW_SECONDS, 0),
    outputs: texts("{5: 1.0}"),
  });
  return {
    name: "mm-image",
    clients: [
      {
        ...client(
          "words",
          column(() => 1),
        ),
        prompts: texts("{10: 0.5, 20: 0.5}"),
      },
      {
        ...client(
          "pictures",
          column((w) => (w < WINDOWS / 2 ? 0 : 2)),
        ),
        prompts: texts("{7: 1.0}"),
        media: [{ counts: texts("{0: 0.5, 3: 0.5}"), tokens: texts("{100: 1.0}") }],
      },
    ],
    windows: WINDOWS,
    borrowedShare: 0,
  };
}

const TEXT = `
windtunnelServices: 1
title: small
hours: 6
replications: 1
controllers: [fixed]
services:
  - name: sight
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    generator: { servegen: mm-image, fromHours: 3, scale: 0.1 }
    tenants: { recorded: true }
    bounds: { ttftSeconds: 2 }
    replicas: { min: 2, max: 2 }
`;
const parse = (text: string): ServiceStudy => parseServiceStudy(text, "services.yaml");

describe("requests of published clients", () => {
  const pool = poolOf();
  const study = parse(TEXT);
  const chunk = drawRequests(study, [{ pool }], 1);
  const of = (tenant: number) => Array.from(chunk.tenant!.keys()).filter((i) => chunk.tenant![i] === tenant);

  it("are those of a window, as many as the rates times the scale say, by client", () => {
    expect(chunk.tenants.map(({ name }) => name)).toEqual(["words", "pictures"]);
    const hour = 3600 * 0.1;
    expect(Math.abs(of(1).length / (6 * hour) - 1)).toBeLessThan(0.1);
    // pictures begin with hour 6, which is hour 3 of the window
    expect(Math.min(...of(2).map((i) => chunk.atMicros[i]!))).toBeGreaterThanOrEqual(3 * 3600e6);
    expect(Math.abs(of(2).length / (3 * 2 * hour) - 1)).toBeLessThan(0.1);
  });

  it("have their clients' lengths, and tokens of every picture besides", () => {
    for (const i of of(1)) expect([10, 20]).toContain(chunk.promptTokens[i]);
    for (const i of of(2)) expect(chunk.promptTokens[i]).toBe(7 + 100 * chunk.items![i]!);
    const with3 = of(2).filter((i) => chunk.items![i] === 3).length;
    expect(with3 / of(2).length).toBeCloseTo(0.5, 1);
    expect(of(2).every((i) => [0, 3].includes(chunk.items![i]!))).toBe(true);
  });

  it("have pairs of lengths for rates in their place that are alike", () => {
    const spec = study.services[0]!;
    const pairs = pairsOf(windowOf(spec, pool, 6), 4000, 1);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    // half of the window has words alone, the other half two pictures for a word
    const wanted = (15 + (15 + 2 * (7 + 150)) / 3) / 2;
    expect(Math.abs(mean(pairs.map(([prompt]) => prompt)) / wanted - 1)).toBeLessThan(0.05);
  });

  it("are refused where the pool is shorter, another one, or too large", () => {
    const spec = study.services[0]!;
    expect(() => fromPool(spec, pool, 10, 1)).toThrow(/ends at hour 13 of mm-image, which has 12 hours/);
    expect(() => fromPool(spec, { ...pool, name: "m-large" }, 6, 1)).toThrow(
      /a variant has generator mm-image, and the service itself has m-large/,
    );
    const large = { ...spec, generator: { ...spec.generator!, scale: 1e4 } };
    expect(() => fromPool(large, pool, 6, 1)).toThrow(/are expected, and a run holds 20 million/);
  });

  it.each([
    ["generator: {", "requestsPerSecond: 2\n    generator: {", /give one of requestsPerSecond, replay and generator/],
    ["fromHours: 3", "fromHours: 3.1", /fromHours is 3\.1, no multiple of ten minutes/],
    ["bounds:", "bursts: { factor: 2 }\n    bounds:", /bursts are drawn around requestsPerSecond/],
    [
      "bounds:",
      "modalities: [{ name: x, share: 1, tokensMedian: 9, tokensP90: 9 }]\n    bounds:",
      /there is generator mm-image/,
    ],
    ["servegen: mm-image", "servegen: mm", /servegen/],
  ])("with %s made %s are refused", (from, to, message) => {
    expect(() => parse(TEXT.replace(from, to))).toThrow(message);
  });
});

describe("prompts that hold more than text", () => {
  const text = TEXT.replace(/ {4}generator:.*\n {4}tenants:.*\n/, "    requestsPerSecond: 1\n");
  const modalities = "modalities: [{ name: image, share: 0.25, itemsMean: 2, tokensMedian: 400, tokensP90: 400 }]";
  const plain = drawRequests(parse(text), [undefined], 1);
  const more = drawRequests(parse(text.replace("bounds:", `${modalities}\n    bounds:`)), [undefined], 1);

  it("come when the others do, with so many tokens more for each picture", () => {
    expect(more.atMicros).toEqual(plain.atMicros);
    const items = more.items!;
    expect(items.every((n, i) => more.promptTokens[i] === plain.promptTokens[i]! + 400 * n)).toBe(true);
    const any = items.filter((n) => n > 0);
    expect(any.length / items.length).toBeCloseTo(0.25, 1);
    expect(any.reduce((a, b) => a + b, 0) / any.length).toBeCloseTo(2, 0);
  });

  it("pass a stage by item as long as they have pictures, and not at all without", () => {
    const encode = "stages: { before: [{ name: encode, each: item, servers: 500, seconds: 0.5 }] }";
    const result = (lines: string) =>
      runServiceStudy(parse(text.replace("bounds:", `${lines}\n    bounds:`)), [undefined]);
    const run = result(`${modalities}\n    ${encode}`).runs[0]!;
    const items = more.items!.reduce((a, b) => a + b, 0);
    const with0 = more.items!.filter((n) => n > 0).length;
    // servers enough that nobody waits: half a second an item, over those that have any
    expect(run.stages![0]!.waitSecondsMean).toBe(0);
    expect(run.stages![0]!.secondsMean).toBeGreaterThan(0.8 * ((0.5 * items) / with0));
    expect(run.stages![0]!.secondsMean).toBeLessThan(1.25 * ((0.5 * items) / with0));
    // three quarters have no pictures and are as fast as ever
    const [before] = result(modalities).runs[0]!.services;
    const [after] = run.services;
    expect(Math.abs(after!.ttftSecondsP50 / before!.ttftSecondsP50 - 1)).toBeLessThan(0.25);
    expect(after!.ttftSecondsP99 - before!.ttftSecondsP99).toBeGreaterThan(1);
    expect(() => result(encode)).toThrow(/encode is by item, and no request has pictures or sounds/);
  });
});

testOnRecords("ServeGen's pictures are as many and as large as published", async (folders) => {
  const pool = await readServegen("mm-image", folders);
  expect([pool.clients.length, pool.windows, pool.borrowedShare]).toEqual([35, 144, 0]);
  const requests = pool.clients.reduce((sum, client) => sum + client.requests, 0);
  expect(requests).toBeCloseTo(818_610, -1);
  const spec = parse(TEXT.replace("fromHours: 3", "fromHours: 0")).services[0]!;
  const drawn = fromPool(spec, pool, 24, 1);
  expect(Math.abs(drawn.at.length / (requests * 0.1) - 1)).toBeLessThan(0.05);
  const pictures = drawn.items!.reduce((a, b) => a + b, 0);
  expect(pictures / drawn.at.length).toBeGreaterThan(1);
});

// Stages on CPUs: closed forms of stations (Erlang, Jackson, Pollaczek and Khinchine), a slow twin around the twin of replicas,
// and accounts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as abi from "#src/engine/abi.js";
import { createDraws } from "#src/engine/draws.js";
import { OPEN_GATEWAY } from "#src/engine/gateways.js";
import { createRequestChunk, type ProfileSetup, type RequestChunk } from "#src/engine/services.js";
import { readStages, type StageSetup, type StagesSetup } from "#src/engine/stages.js";
import { readOutcomes } from "#src/sim/services/outcomes.js";
import { ServingSimulation } from "#src/sim/services/serving.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { serveSlowly } from "../../twins/serving.js";
import { drawCase, PRIORITIES } from "../../twins/serving-cases.js";
import { passSlowly } from "../../twins/stages.js";

const NEVER = Number.POSITIVE_INFINITY;
/** Answers in a microsecond: what is measured are the stages. */
const AT_ONCE: ProfileSetup = {
  microsByTokens: Float64Array.of(0, 1),
  microsPerContextToken: 0,
  microsPerPair: 0,
  batchMax: 1,
  blocks: 2 ** 26,
  watermarkBlocks: 0,
  blockTokens: 16,
  batch: { delayMicros: 0 },
};

function poisson(seed: number, count: number, gapMicros: number): RequestChunk {
  const draws = createDraws(seed, "stages");
  const chunk = createRequestChunk(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    at += draws.exponential() * gapMicros;
    chunk.atMicros[i] = Math.floor(at);
  }
  chunk.promptTokens.fill(1);
  chunk.outputTokens.fill(1);
  return chunk;
}

/** Waits of each stage in its mean times. */
function waits(stages: StagesSetup, chunk: RequestChunk): number[] {
  const serving = {
    profiles: [AT_ONCE],
    services: [{ places: 1, profile: 0, route: "round-robin" as const, stages }],
    classes: [{ ttftMicros: NEVER, tpotMicros: NEVER, e2eMicros: NEVER, priority: 0 }],
    requests: 20_000,
    input: 10_000,
    rows: 0,
    binMicros: 1e6,
  };
  const simulation = new ServingSimulation({ serving, ready: [1], seed: 7 });
  simulation.run([chunk]);
  const [counts] = readStages(simulation.engine, serving);
  const means = [...stages.before, ...stages.after].map(({ micros }) => micros);
  expect(counts!.map(({ served }) => served)).toEqual(means.map(() => chunk.count));
  const [o] = readOutcomes(simulation.engine, serving);
  const inStages = counts!.reduce((sum, c) => sum + c.waitMicros + c.workMicros, 0) / chunk.count;
  expect(o!.e2eSecondsMean * 1e6 - inStages).toBeLessThan(2);
  return counts!.map(({ waitMicros }, i) => waitMicros / chunk.count / means[i]!);
}

/** Mean wait of M/M/c in service times (Erlang's second formula). */
function erlang(servers: number, load: number): number {
  const offered = servers * load;
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (offered * blocked) / (n + offered * blocked);
  const waiting = blocked / (1 - load * (1 - blocked));
  return waiting / (servers * (1 - load));
}

describe("stages", () => {
  const exponential = (servers: number, micros: number): StageSetup => ({ servers, micros, kind: "exponential" });

  it("in a row are M/M/c each, before the replicas and after (Erlang; Burke and Jackson)", () => {
    // 1,000 a second; loads 0.75, 0.7 and 0.7
    const stages = {
      before: [exponential(2, 1_500), exponential(1, 700)],
      after: [exponential(4, 2_800)],
      hidesFirst: true,
    };
    const [first, second, third] = waits(stages, poisson(1, 150_000, 1_000));
    expect(first! / erlang(2, 0.75)).toBeCloseTo(1, 1);
    expect(second! / erlang(1, 0.7)).toBeCloseTo(1, 1);
    expect(third! / erlang(4, 0.7)).toBeCloseTo(1, 1);
  });

  it("of one server are M/D/1 and, with lognormal times, M/G/1 (Pollaczek and Khinchine)", () => {
    const pollaczek = (load: number, cv: number) => (load * (1 + cv * cv)) / (2 * (1 - load));
    const [fixed] = waits(
      { before: [{ servers: 1, micros: 800, kind: "fixed" }], after: [], hidesFirst: false },
      poisson(2, 100_000, 1_000),
    );
    expect(fixed! / pollaczek(0.8, 0)).toBeCloseTo(1, 1);
    const [general] = waits(
      { before: [], after: [{ servers: 1, micros: 600, kind: "lognormal", cv: 1.2 }], hidesFirst: true },
      poisson(3, 150_000, 1_000),
    );
    expect(general! / pollaczek(0.6, 1.2)).toBeCloseTo(1, 1);
  });

  it("agree with their slow twin around replicas, in every timestamp", () => {
    let waited = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const { profile, replicas, rule, requests } = drawCase(seed);
        const draws = createDraws(seed, "stages");
        const draw = (): StageSetup[] =>
          Array.from({ length: draws.integer(3) }, () => ({
            servers: 1 + draws.integer(3),
            micros: 1 + draws.integer(400),
            kind: draws.integer(2) ? ("fixed" as const) : ("exponential" as const),
          }));
        const stages = { before: draw(), after: draw(), hidesFirst: draws.integer(2) > 0 };
        const rows: { id: number; first: number; finish: number }[] = [];
        const serving = {
          profiles: [profile],
          services: [{ places: replicas, profile: 0, route: rule, stages }],
          classes: PRIORITIES.map((priority) => ({ ttftMicros: 1e6, tpotMicros: 1e6, e2eMicros: 1e6, priority })),
          requests: 100,
          input: 7,
          rows: 101,
          binMicros: 1e6,
        };
        const simulation = new ServingSimulation({ serving, ready: [replicas], seed: 1 }, (r) => {
          for (let i = 0; i < r.count; i++)
            if (r.status[i] === 0) rows.push({ id: r.id[i]!, first: r.firstMicros[i]!, finish: r.finishMicros[i]! });
        });
        simulation.run([requests]);
        expect(simulation.engine.getI(abi.PASSAGE_LIVE)).toBe(0);
        const came = Array.from({ length: requests.count }, (_, id) => ({ id, at: requests.atMicros[id]! }));
        const there = passSlowly(came, stages.before, 0, 1);
        const i32 = (values: Int32Array) => Int32Array.from(there, ({ id }) => values[id]!);
        const slow = serveSlowly(
          profile,
          replicas,
          rule,
          {
            ...requests,
            atMicros: Float64Array.from(there, ({ at }) => at),
            promptTokens: i32(requests.promptTokens),
            outputTokens: i32(requests.outputTokens),
            serviceClass: i32(requests.serviceClass),
          },
          PRIORITIES,
        );
        const answered = slow.answers.map((a) => ({ id: there[a.id]!.id, at: a.finishMicros, first: a.firstMicros }));
        const firsts = new Map(answered.map(({ id, first }) => [id, first]));
        const ended = passSlowly(answered, stages.after, stages.before.length, 1);
        const hidden = stages.hidesFirst && stages.after.length > 0;
        const expected = ended.map(({ id, at }) => ({ id, first: hidden ? at : firsts.get(id)!, finish: at }));
        const byId = (a: { id: number }, b: { id: number }) => a.id - b.id;
        expect(rows.sort(byId)).toEqual(expected.sort(byId));
        waited += there.filter(({ id, at }) => at > requests.atMicros[id]!).length;
      }),
      { numRuns: 120, examples: [[960402566]] },
    );
    expect(waited).toBeGreaterThan(1_000);
  });

  it("stand before a gateway: its deadline counts from the arrival, and every request ends once", () => {
    const chunk = poisson(5, 5_000, 1_000);
    const statuses: number[] = [];
    const serving = {
      profiles: [{ ...AT_ONCE, microsByTokens: Float64Array.of(0, 900) }],
      services: [
        {
          places: 1,
          profile: 0,
          route: "least-requests" as const,
          gateway: { ...OPEN_GATEWAY, timeoutMicros: 4_000, retriesMax: 1, backoffMicros: 500 },
          stages: { before: [exponential(1, 900)], after: [exponential(2, 1_000)], hidesFirst: true },
        },
      ],
      classes: [{ ttftMicros: NEVER, tpotMicros: NEVER, e2eMicros: NEVER, priority: 0, deadlineMicros: 12_000 }],
      requests: 20_000,
      input: 5_000,
      rows: 40_002,
      binMicros: 1e6,
    };
    const late: number[] = [];
    const simulation = new ServingSimulation({ serving, ready: [1], seed: 2 }, (r) => {
      for (let i = 0; i < r.count; i++) {
        statuses[r.id[i]!] = (statuses[r.id[i]!] ?? 0) + 1;
        if (r.status[i] === abi.REQUEST_EXPIRED) late.push(r.finishMicros[i]! - r.atMicros[i]!);
      }
    });
    simulation.run([chunk]);
    expect(statuses).toEqual(new Array(chunk.count).fill(1));
    expect(late.length).toBeGreaterThan(100);
    // at the deadline, or once it leaves its stages after it
    expect(Math.min(...late)).toBeGreaterThanOrEqual(4_000);
    expect(late.filter((micros) => micros > 12_000).length).toBeGreaterThan(10);
    for (const slot of [abi.PASSAGE_LIVE, abi.REQUEST_LIVE, abi.CALL_LIVE])
      expect(simulation.engine.getI(slot)).toBe(0);
  });
});

const study = (stages: string, server = "") =>
  parseServiceStudy(
    `
windtunnelServices: 1
title: t
hours: 1
replications: 1
controllers: [fixed]
services:
  - name: pictures
    model: resnet
    gpu: t4
    usdPerGpuHour: 1
    requestsPerSecond: 5
    bounds: { e2eSeconds: 1 }
    replicas: { max: 1 }
    server: { batchMillis: [[8, 20]] }
    ${server}
    ${stages}
`,
    "services.yaml",
  );

describe("stages of a study", () => {
  it("cost what their servers cost, and say what they did", () => {
    const { runs, stages } = runServiceStudy(
      study(
        "stages: { before: [{ name: decode, servers: 2, seconds: 0.04, usdPerServerHour: 0.05 }], after: [{ name: label, seconds: 0.01, distribution: lognormal, cv: 1, usdPerServerHour: 0.1 }] }",
      ),
      [undefined],
    );
    const [result] = runs[0]!.services;
    const hours = result!.costUsd - result!.stagesUsd!;
    expect(result!.stagesUsd).toBeCloseTo(hours * 0.2, 9);
    const [decode, label] = stages!;
    expect(decode!.metrics.busyShare.mean).toBeCloseTo(0.1, 1);
    expect(label!.metrics.secondsMean.mean).toBeCloseTo(0.01, 2);
    // its answers come whole: what is seen first has passed all stages
    expect(result!.ttftSecondsP99).toBe(result!.e2eSecondsP99);
    expect(result!.ttftSecondsP50).toBeGreaterThan(0.06);
  });

  it("refuse what cannot be meant", () => {
    expect(() => study("stages: {}")).toThrow(/neither before nor after/);
    expect(() => study("stages: { before: [{ name: a, seconds: 1, cv: 2 }] }")).toThrow(/a is fixed and has cv 2/);
    expect(() => study("stages: { before: [{ name: a, seconds: 1 }], after: [{ name: a, seconds: 1 }] }")).toThrow(
      /two are called "a"/,
    );
  });
});

// Gateways: cases worked out by hand, Erlang's loss formula, a cache beside a plain one, and storms of retries.

import { describe, expect, it } from "vitest";
import * as abi from "#src/engine/abi.js";
import { createDraws } from "#src/engine/draws.js";
import { type GatewaySetup, readGatewayCounts } from "#src/engine/gateways.js";
import { readOutcomes } from "#src/sim/services/outcomes.js";
import { begin, MS, NEVER, outcome, requests, type Setup } from "./gateway-setting.js";

describe("a gateway, worked out by hand:", () => {
  const one = (gateway: Partial<GatewaySetup>, places = 1): Setup => ({ services: [{ places, gateway }] });

  it("holds what is beyond the limit, for a while, and turns the rest away", () => {
    const limit = { requestsPerReplica: 1, holdMax: 1 };
    const list = [
      [0, 10],
      [0, 10],
      [0, 10],
    ] as const;
    expect(outcome(one({ ...limit, holdMicros: 5 * MS }), list).ends).toEqual([
      [abi.REQUEST_DONE, 10],
      [abi.REQUEST_SHED, 5],
      [abi.REQUEST_SHED, 0],
    ]);
    expect(outcome(one({ ...limit, holdMicros: 20 * MS }), list).ends[1]).toEqual([abi.REQUEST_DONE, 20]);
  });

  it("gives up at the deadline, whoever has the request", () => {
    const setup = { ...one({}), deadlineMicros: 7 * MS };
    const { ends, counts } = outcome(setup, [
      [0, 6],
      [0, 10],
      [1, 2],
    ]);
    // the second is served from 6 on, and leaves with the iteration under way at 7, at 8; then the third is at 9
    expect(ends).toEqual([
      [abi.REQUEST_DONE, 6],
      [abi.REQUEST_EXPIRED, 7],
      [abi.REQUEST_EXPIRED, 8],
    ]);
    expect(counts.expired).toBe(2);
    // prompts of one token, and answers of two and of one
    expect(counts.wastedTokens).toBe(1 + 2 + 1 + 1);
  });

  it("retries after the time limit, elsewhere if that is less busy, and drops what nobody waits for", () => {
    // the first and the third go to place 0, the others to place 1
    const setup: Setup = {
      services: [{ places: 2, gateway: { timeoutMicros: 20 * MS, retriesMax: 1, backoffMicros: 0 } }],
    };
    const { ends, counts } = outcome(setup, [
      [0, 15],
      [0, 2],
      [1, 15],
      [2, 1],
    ]);
    // the third would begin at 15 and end at 30: at 21 it is sent to place 1, begins a microsecond later, and ends at 36.001
    expect(ends).toEqual([
      [abi.REQUEST_DONE, 15],
      [abi.REQUEST_DONE, 2],
      [abi.REQUEST_DONE, 36.001],
      [abi.REQUEST_DONE, 3],
    ]);
    expect(counts).toMatchObject({ attempts: 5, retries: 1, denied: 0 });
  });

  it("spends no more on retries than its budget", () => {
    const gateway = {
      timeoutMicros: 2 * MS,
      retriesMax: 5,
      backoffMicros: 0,
      budget: { share: 0, perMicro: 0, max: 1 },
    };
    const { ends, counts } = outcome(one(gateway), [
      [0, 5],
      [0, 5],
    ]);
    expect(ends.map(([status]) => status)).toEqual([abi.REQUEST_EXPIRED, abi.REQUEST_EXPIRED]);
    expect(counts).toMatchObject({ retries: 1, denied: 2, attempts: 3 });
  });

  it("hedges a slow attempt at another replica, and the first answer counts", () => {
    const setup: Setup = { services: [{ places: 2, route: "round-robin", gateway: { hedgeMicros: 3 * MS } }] };
    const { ends, counts } = outcome(setup, [
      [0, 30],
      [0, 1],
      [1, 4],
    ]);
    // both the first and the third are at place 0; each gets a second attempt at place 1: the first at 3, the third behind it
    expect(ends).toEqual([
      [abi.REQUEST_DONE, 30],
      [abi.REQUEST_DONE, 1],
      [abi.REQUEST_DONE, 34],
    ]);
    expect(counts).toMatchObject({ hedges: 2, hedgesWon: 0, attempts: 5 });
  });

  it("asks the next service when one turns a request away", () => {
    const setup: Setup = {
      services: [
        { places: 1, gateway: { requestsPerReplica: 1, fallback: 1 } },
        { places: 1, gateway: { requestsPerReplica: 1 } },
      ],
    };
    const { ends, counts } = outcome(setup, [
      [0, 10],
      [1, 10],
      [2, 10],
    ]);
    expect(ends).toEqual([
      [abi.REQUEST_DONE, 10],
      [abi.REQUEST_DONE, 11],
      [abi.REQUEST_SHED, 2],
    ]);
    expect(counts).toMatchObject({ fellBack: 2, shed: 1 });
  });

  it("counts the way to the replicas and back, also of a fall-back, and gives up on the way", () => {
    const far = { wayMicros: 4 * MS, requestsPerReplica: 1 };
    expect(
      outcome(one(far), [
        [0, 10],
        [20, 10],
      ]).ends,
    ).toEqual([
      [abi.REQUEST_DONE, 18],
      [abi.REQUEST_DONE, 38],
    ]);
    const near: Setup = {
      services: [
        { places: 1, gateway: { requestsPerReplica: 1, fallback: 1 } },
        { places: 1, gateway: far },
      ],
    };
    expect(
      outcome(near, [
        [0, 10],
        [1, 10],
      ]).ends,
    ).toEqual([
      [abi.REQUEST_DONE, 10],
      [abi.REQUEST_DONE, 1 + 4 + 10 + 4],
    ]);
    // on its way until 4, given up at 3
    expect(outcome({ ...one(far), deadlineMicros: 3 * MS }, [[0, 10]]).ends).toEqual([[abi.REQUEST_EXPIRED, 3]]);
  });

  it("answers from the cache until the entry is too old or was pushed out", () => {
    const cache = { entries: 2, ttlMicros: 100 * MS, hitMicros: MS };
    const { ends, counts } = outcome(one({ cache }), [
      [0, 5, 7],
      [1, 5, 7], // the first is still being answered
      [20, 5, 7], // hit
      [30, 5, 8],
      [40, 5, 9], // pushes 7 out? no: 7 was used last at 20, before 8 came: it is the oldest
      [50, 5, 7],
      [60, 5, 9], // hit
      [200, 5, 9], // too old
    ]);
    expect(ends.map(([, finish]) => finish)).toEqual([5, 10, 21, 35, 45, 55, 61, 205]);
    expect(counts).toMatchObject({ cacheAsked: 8, cacheHits: 2, cacheTokens: 12 });
  });

  it("sends elsewhere what a crash has interrupted, and leaves out a replica that fails", () => {
    const gateway = { retriesMax: 3, backoffMicros: 0, eject: { after: 2, micros: 50 * MS, shareMax: 0.5 } };
    const { simulation, rows } = begin({ services: [{ places: 2, route: "round-robin", gateway }] });
    simulation.load(
      requests([
        [0, 10],
        [1, 10],
        [30, 1],
        [40, 1],
        [45, 1],
        [100, 1],
      ]),
    );
    simulation.runTo(5 * MS);
    simulation.engine.call((e) => e.crash(0, 5 * MS));
    while (!simulation.runTo(NEVER));
    const counts = readGatewayCounts(simulation.engine, 0);
    // the first fails at 5 and once more (round robin), then goes to place 1; place 0 is left out until 55, and fails once more
    expect(counts).toMatchObject({ failed: 0, ejections: 1, attempts: 3 + 1 + 1 + 1 + 1 + 2 });
    expect(simulation.engine.column(abi.COL_REPLICA_OUTSTANDING, "i32").slice(0, 2)).toEqual(Int32Array.of(0, 0));
    expect(rows).toEqual([]); // they are drained at the end of run() only
    const [o] = readOutcomes(simulation.engine, simulation.setup.serving);
    expect(o).toMatchObject({ arrived: 6, answered: 6 });
  });

  it("keeps requests for a service without replicas until one is ready", () => {
    const { simulation } = begin({
      services: [{ places: 1, ready: 0, gateway: { holdMax: 2, holdMicros: 1000 * MS } }],
    });
    simulation.load(
      requests([
        [0, 2],
        [1, 2],
        [2, 2],
      ]),
    );
    simulation.runTo(50 * MS);
    simulation.engine.call((e) => e.setReplica(0, 0, abi.REPLICA_READY));
    simulation.engine.call((e) => e.admit(50 * MS));
    while (!simulation.runTo(NEVER));
    const [o] = readOutcomes(simulation.engine, simulation.setup.serving);
    expect(o).toMatchObject({ arrived: 3, answered: 2, refused: 1 });
    expect(o!.e2eSecondsMean).toBeCloseTo((0.052 + 0.053) / 2, 9);
  });
});

describe("a gateway", () => {
  it.each([
    [4, 0.7],
    [4, 1.2],
    [10, 0.9],
  ])("with %i replicas that hold one request each at load %f loses what Erlang's formula says", (c, load) => {
    const draws = createDraws(5, "erlang");
    const [count, length] = [100_000, 20];
    let at = 0;
    const list = Array.from({ length: count }, () => {
      at += (draws.exponential() * length) / (load * c);
      return [Math.floor(at * MS) / MS, length] as const;
    });
    const { counts } = outcome({ services: [{ places: c, gateway: { requestsPerReplica: 1 } }] }, list);
    let blocked = 1;
    for (let k = 1; k <= c; k++) blocked = (load * c * blocked) / (k + load * c * blocked);
    expect(counts.shed / count).toBeGreaterThan(blocked - 0.006);
    expect(counts.shed / count).toBeLessThan(blocked + 0.006);
  });

  it("has as many hits as a plain cache of the same size", () => {
    const draws = createDraws(9, "contents");
    // requests far apart: each has its answer before the next comes
    const list = Array.from({ length: 20_000 }, (_, i) => {
      const content = 1 + Math.floor(400 * draws.uniform() * draws.uniform() * draws.uniform());
      return [i * 10, 2, content] as const;
    });
    const cache = { entries: 50, ttlMicros: NEVER, hitMicros: MS };
    const plain = new Map<number, true>();
    let hits = 0;
    for (const [, , content] of list) {
      if (plain.delete(content)) hits++;
      plain.set(content, true);
      if (plain.size > 50) plain.delete(plain.keys().next().value!);
    }
    expect(outcome({ services: [{ places: 1, gateway: { cache } }] }, list).counts.cacheHits).toBe(hits);
    expect(hits).toBeGreaterThan(5_000);
  });

  it("that retries without a budget makes an overload worse, and one with a budget does not", () => {
    const draws = createDraws(3, "storm");
    let at = 0;
    // a server that may answer 50 a second is asked 30 a second, and 100 a second for ten seconds
    const list = Array.from({ length: 6_000 }, () => {
      at += (draws.exponential() * 1000) / (at > 20_000 && at < 30_000 ? 100 : 30);
      return [Math.floor(at * MS) / MS, 20] as const;
    });
    const answered = (gateway: Partial<GatewaySetup>) => {
      const setup = { timeoutMicros: 500 * MS, backoffMicros: 50 * MS, cancels: false, ...gateway };
      const { ends, counts } = outcome({ services: [{ places: 1, gateway: setup }], room: 50_000 }, list);
      return { share: ends.filter(([status]) => status === abi.REQUEST_DONE).length / list.length, counts };
    };
    const never = answered({ retriesMax: 0 });
    const naive = answered({ retriesMax: 5 });
    const budget = answered({ retriesMax: 5, budget: { share: 0.1, perMicro: 0, max: 10 } });
    const shed = answered({ retriesMax: 5, requestsPerReplica: 20, budget: { share: 0.1, perMicro: 0, max: 10 } });
    expect(naive.share).toBeLessThan(never.share - 0.1);
    expect(budget.share).toBeGreaterThan(naive.share + 0.1);
    expect(shed.share).toBeGreaterThan(budget.share);
    expect(naive.counts.attempts / list.length).toBeGreaterThan(2);
  });
});

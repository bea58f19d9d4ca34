// Classes of requests and tenants: who waits, who goes in and who is turned away, beside a slow twin; and what is counted of them.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as abi from "#src/engine/abi.js";
import { createDraws } from "#src/engine/draws.js";
import { readGatewayCounts } from "#src/engine/gateways.js";
import type { RequestTable } from "#src/model/demand.js";
import { drawRequests } from "#src/sim/services/requests.js";
import { runServiceStudy } from "#src/sim/services/study.js";
import { parseServiceStudy } from "#src/sim/services/study-file.js";
import { begin, MS, NEVER, requests, type Setup } from "./gateway-setting.js";

interface Kind {
  priority: number;
  weight: number;
  admitShare: number;
}

interface Case {
  kinds: Kind[];
  replicas: number;
  perReplica: number;
  holdMax: number;
  holdMicros: number;
  tokens: { perReplica: number; perAnswer: number };
  list: { at: number; prompt: number; length: number; kind: number }[];
}

function drawCase(seed: number): Case {
  const draws = createDraws(seed, "classes");
  const kinds = Array.from({ length: 1 + draws.integer(4) }, () => ({
    priority: draws.integer(3),
    weight: draws.integer(3),
    admitShare: [1, 1, 0.7, 0.4][draws.integer(4)]!,
  }));
  const replicas = 1 + draws.integer(3);
  let at = 0;
  const list = Array.from({ length: 60 }, () => {
    at += 1 + Math.floor((draws.exponential() * 9 * MS) / replicas);
    const prompt = 1 + draws.integer(12);
    // two tokens of a prompt take as long as one of an answer
    return { at, prompt, length: Math.ceil(prompt / 2) + draws.integer(20), kind: draws.integer(kinds.length) };
  });
  return {
    kinds,
    replicas,
    perReplica: 1 + draws.integer(3),
    holdMax: draws.integer(5),
    holdMicros: [15, 200][draws.integer(2)]! * MS,
    tokens: { perReplica: [10, 25, NEVER][draws.integer(3)]!, perAnswer: [0, 5][draws.integer(2)]! },
    list,
  };
}

/** One event at a time, and every list searched from its begin. */
function slowly(c: Case): [status: number, finish: number][] {
  const ends: [number, number][] = c.list.map(() => [-1, -1]);
  const replicas = Array.from({ length: c.replicas }, () => ({ serves: -1, until: Infinity, waits: [] as number[] }));
  let held: { id: number; until: number; order: number }[] = [];
  let orders = 0;
  const kindOf = (id: number) => c.kinds[c.list[id]!.kind]!;
  const has = (r: (typeof replicas)[number]) => r.waits.length + (r.serves < 0 ? 0 : 1);
  const admits = (id: number) => {
    const there = replicas.flatMap((r) => [...r.waits, ...(r.serves < 0 ? [] : [r.serves])]);
    const share = c.replicas * kindOf(id).admitShare;
    const counted = [...there, id].reduce((sum, one) => sum + c.list[one]!.prompt + c.tokens.perAnswer, 0);
    return there.length < c.perReplica * share && (there.length === 0 || counted <= c.tokens.perReplica * share);
  };
  const begins = (r: (typeof replicas)[number], now: number) => {
    r.waits.sort((a, b) => kindOf(a).priority - kindOf(b).priority);
    r.serves = r.waits.shift() ?? -1;
    r.until = r.serves < 0 ? Infinity : now + c.list[r.serves]!.length * MS;
  };
  const send = (id: number, now: number) => {
    const r = replicas.reduce((best, other) => (has(other) < has(best) ? other : best));
    r.waits.push(id);
    if (r.serves < 0) begins(r, now);
  };
  let next = 0;
  for (;;) {
    const finish = Math.min(...replicas.map((r) => r.until));
    const expiry = Math.min(Infinity, ...held.map((h) => h.until));
    const arrival = c.list[next]?.at ?? Infinity;
    const now = Math.min(finish, expiry, arrival);
    if (now === Infinity) return ends;
    if (finish === now) {
      const r = replicas.find((one) => one.until === now)!;
      ends[r.serves] = [abi.REQUEST_DONE, now / MS];
      begins(r, now);
    } else if (expiry === now) {
      const late = held.find((h) => h.until === now)!;
      ends[late.id] = [abi.REQUEST_SHED, now / MS];
      held = held.filter((h) => h !== late);
    } else {
      const id = next++;
      if (admits(id)) {
        send(id, now);
      } else {
        if (held.length >= c.holdMax) {
          const lighter = held.filter((h) => kindOf(h.id).weight < kindOf(id).weight);
          lighter.sort((a, b) => kindOf(a.id).weight - kindOf(b.id).weight || b.order - a.order);
          const out = lighter[0] ?? { id };
          ends[out.id] = [abi.REQUEST_SHED, now / MS];
          held = held.filter((h) => h.id !== out.id);
        }
        if (ends[id]![0] < 0) held.push({ id, until: now + c.holdMicros, order: orders++ });
      }
    }
    if (replicas.some((r) => r.until === now)) continue; // who waits goes in once all have ended that end now
    for (;;) {
      held.sort((a, b) => kindOf(a.id).priority - kindOf(b.id).priority || a.order - b.order);
      if (held.length === 0 || !admits(held[0]!.id)) break;
      send(held.shift()!.id, now);
    }
  }
}

function setupOf(c: Case): Setup {
  const { tokens, holdMax, holdMicros } = c;
  const gateway = { requestsPerReplica: c.perReplica, tokens, holdMax, holdMicros };
  return { services: [{ places: c.replicas, gateway }], classes: c.kinds };
}

describe("classes at a gateway", () => {
  it("wait, go in and are turned away as in a slow twin", () => {
    const seen = { displaced: 0, held: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const c = drawCase(seed);
        const { simulation, rows } = begin(setupOf(c));
        const chunk = requests(c.list.map(({ length, prompt }) => [0, length - Math.ceil(prompt / 2) + 1] as const));
        chunk.promptTokens = Int32Array.from(c.list, ({ prompt }) => prompt);
        chunk.atMicros = Float64Array.from(c.list, ({ at }) => at);
        chunk.serviceClass = Int32Array.from(c.list, ({ kind }) => kind);
        simulation.run([chunk]);
        rows.sort((a, b) => a.id - b.id);
        expect(rows.map(({ status, finish }) => [status, finish / MS])).toEqual(slowly(c));
        for (const k of c.kinds.keys()) {
          const counts = readGatewayCounts(simulation.engine, k);
          seen.displaced += counts.displaced;
          seen.held += counts.held;
        }
      }),
      { numRuns: 100 },
    );
    expect(seen.displaced).toBeGreaterThan(40);
    expect(seen.held).toBeGreaterThan(400);
  });

  it("of more weight take the place of those of less, the last that came first, worked out by hand", () => {
    const { simulation, rows } = begin({
      services: [{ places: 1, gateway: { requestsPerReplica: 1, holdMax: 2, holdMicros: 1000 * MS } }],
      classes: [{ weight: 1 }, { weight: 0, priority: 1 }],
    });
    const chunk = requests([0, 1, 2, 3, 4, 5].map((at) => [at, 10] as const));
    chunk.serviceClass = Int32Array.of(1, 1, 1, 1, 0, 0);
    simulation.run([chunk]);
    rows.sort((a, b) => a.id - b.id);
    // the fourth finds no room; the fifth takes the place of the third, and the sixth that of the second
    expect(rows.map(({ status, finish }) => [status, finish / MS])).toEqual([
      [abi.REQUEST_DONE, 10],
      [abi.REQUEST_SHED, 5],
      [abi.REQUEST_SHED, 4],
      [abi.REQUEST_SHED, 3],
      [abi.REQUEST_DONE, 20],
      [abi.REQUEST_DONE, 30],
    ]);
    expect(readGatewayCounts(simulation.engine, 1)).toMatchObject({ shed: 3, displaced: 2 });
  });
});

const TEXT = `
windtunnelServices: 1
title: small
hours: 1
replications: 2
controllers: [fixed]
services:
  - name: chat
    model: llama3-8b
    gpu: a10
    usdPerGpuHour: 2
    requestsPerSecond: 2
    lengths: { promptTokensMedian: 500, promptTokensP90: 900, outputTokensMedian: 60, outputTokensP90: 120 }
    bounds: { ttftSeconds: 2 }
    replicas: { min: 1, max: 1 }
    batchMax: 8
    gateway: { requestsPerReplica: 10, hold: { requests: 6, seconds: 20 } }
    tenants: { shares: { a: 3, b: 1 } }
    classes:
      - { name: long, when: { promptTokensMin: 1000 }, priority: 3, weight: 0 }
      - { name: paid, share: 0.5, bounds: { ttftSeconds: 0.5 } }
      - { name: free, share: 0.5, priority: 2, weight: 0, admitShare: 0.5, lengths: { outputTokensMedian: 20, outputTokensP90: 40 } }
`;
const parse = (text: string) => parseServiceStudy(text, "services.yaml");
const without = TEXT.replace(/ {4}tenants:[\s\S]*$/, "");

describe("classes and tenants of a study", () => {
  const study = parse(TEXT);
  const chunk = drawRequests(study, [undefined], 5);
  const plain = drawRequests(parse(without), [undefined], 5);

  it("leave arrivals as they are, and lengths of who has none of its own", () => {
    expect(chunk.atMicros).toEqual(plain.atMicros);
    const same = (k: number) =>
      chunk.serviceClass.every((own, i) => own !== k || chunk.outputTokens[i] === plain.outputTokens[i]);
    expect([0, 1, 2].map(same)).toEqual([true, true, false]);
  });

  it("are as many as their shares and rules say", () => {
    const long = plain.promptTokens.filter((tokens) => tokens >= 1000).length;
    const of = (k: number) => chunk.serviceClass.filter((own) => own === k).length;
    expect(of(0)).toBe(long);
    expect(of(1) / (of(1) + of(2))).toBeCloseTo(0.5, 1);
    expect(chunk.tenant!.filter((who) => who === 1).length / chunk.count).toBeCloseTo(0.75, 1);
  });

  it("add up to the service, and the heavier class is served better", () => {
    const [run] = runServiceStudy(study, [undefined]).runs;
    const [service] = run!.services;
    const values = (kind: string) => run!.parts.filter((part) => part.kind === kind).map((part) => part.values);
    for (const kind of ["class", "tenant"]) {
      const sum = (of: (v: Record<string, number>) => number) => values(kind).reduce((total, v) => total + of(v), 0);
      expect(sum((v) => v.requests!)).toBe(service!.requests);
      expect(sum((v) => v.requests! * v.attainment!)).toBeCloseTo(service!.requests * service!.attainment, 6);
    }
    const cost = values("class").reduce((total, v) => total + v.costUsd!, 0);
    expect(cost).toBeCloseTo(service!.costUsd, 9);
    const [, paid, free] = values("class");
    expect(paid!.refusedShare).toBeLessThan(free!.refusedShare! / 2);
    expect(free!.displacedShare).toBeGreaterThan(0);
    const shares = values("tenant").map((v) => v.attainment!);
    const [x, y] = shares as [number, number];
    expect(service!.jainIndexTenants).toBeCloseTo((x + y) ** 2 / (2 * (x * x + y * y)), 12);
    expect(service!.attainmentTenantWorst).toBe(Math.min(x, y));
  });

  it("without them the run is the same as with one class for all", () => {
    const one = TEXT.replace(/ {4}tenants:[\s\S]*$/, "    classes: [{ name: all, share: 1 }]\n");
    expect(runServiceStudy(parse(one), [undefined]).digest).toBe(runServiceStudy(parse(without), [undefined]).digest);
  });

  it("are those of a record where one is replayed", () => {
    const ones = Int32Array.of(0, 0, 0, 0);
    const table: RequestTable = {
      count: 4,
      atMicros: Float64Array.of(0, 1e6, 2e6, 3e6),
      promptTokens: Int32Array.of(9, 9, 9, 9),
      outputTokens: Int32Array.of(5, 5, 5, 5),
      runMicros: new Float64Array(4),
      tenant: Int32Array.of(0, 1, 1, 0),
      model: ones,
      serviceClass: Int32Array.of(1, 0, 0, 1),
      session: ones,
      origin: ones,
      blockFirst: new Int32Array(5),
      blocks: new Int32Array(0),
    };
    const names = { tenants: ["x", "y"], models: [""], classes: ["batch", "chat"], sessions: [""], origins: [""] };
    const replayed = parse(
      TEXT.replace("requestsPerSecond: 2", "replay: { dataset: own }").replace(
        / {4}tenants:[\s\S]*$/,
        `    tenants: { recorded: true }
    classes:
      - { name: ys, when: { tenants: [y] } }
      - { name: talk, when: { recorded: [chat] } }
      - { name: rest, share: 1 }
`,
      ),
    );
    const drawn = drawRequests(replayed, [{ replay: { requests: table, names } }], 1);
    expect(Array.from(drawn.tenant!)).toEqual([1, 2, 2, 1]);
    expect(drawn.tenants.map(({ name }) => name)).toEqual(["x", "y"]);
    expect(Array.from(drawn.serviceClass)).toEqual([1, 0, 0, 1]);
  });

  it.each([
    ["share: 0.5, priority: 2", "share: 0.4, priority: 2", /shares of classes add up to 0\.9, not to 1/],
    ["name: free", "name: paid", /two classes are named "paid"/],
    [
      "when: { promptTokensMin: 1000 }",
      "when: { tenants: [c] }",
      /class long: when\.tenants has "c", which is no tenant/,
    ],
    ["when: { promptTokensMin: 1000 }", "when: {}", /when says nothing/],
    ["when: { promptTokensMin: 1000 }", "when: { recorded: [c] }", /when\.recorded takes classes from a record/],
    ["hold: { requests: 6, seconds: 20 }", "retries: 1", /different weights, which count only where requests wait/],
    ["requestsPerReplica: 10, ", "", /admitShare is a share of gateway\.requestsPerReplica and gateway\.tokens/],
    ["shares: { a: 3, b: 1 }", "recorded: true", /tenants\.recorded takes them from a record/],
    ["shares: { a: 3, b: 1 }", "shares: { a: 3 }, count: 4", /tenants has 2 of recorded, shares and count/],
  ])("with %s made %s is refused", (from, to, message) => {
    expect(() => parse(TEXT.replace(from, to))).toThrow(message);
  });
});

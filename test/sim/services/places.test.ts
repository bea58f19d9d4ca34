// Services in several places: who goes where, by hand and beside a slow twin; what is counted; and where nobody may go.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as abi from "#src/engine/abi.js";
import { createDraws } from "#src/engine/draws.js";
import { readGatewayCounts } from "#src/engine/gateways.js";
import { type FrontSetup, type PlaceRule, PREDICT_POINTS, readMoves, readPlace } from "#src/engine/places.js";
import { begin, MS, NEVER, requests, type Setup } from "./gateway-setting.js";

interface Case {
  rule: PlaceRule;
  replicas: number[];
  perReplica: number;
  holdMax: number;
  holdMicros: number;
  usd: number[];
  slots: number[];
  step: number;
  predicted: number[][];
  lambda: number;
  target: number;
  hysteresis: number;
  move: number;
  origins: { way: number[]; allowed: boolean[] }[];
  list: { at: number; length: number; origin: number }[];
}

const RULES = ["nearest", "cost-and-time", "response-time", "utilisation", "cost-in-time"] as const;

/** Numbers of the rule by load are powers of two, so that both ways to compute it are exact. */
function drawCase(seed: number): Case {
  const draws = createDraws(seed, "places");
  const places = [2, 4][draws.integer(2)]!;
  const each = <T>(of: () => T) => Array.from({ length: places }, of);
  let at = 0;
  const origins = Array.from({ length: 1 + draws.integer(3) }, () => {
    const allowed = each(() => draws.integer(4) > 0);
    return { way: each(() => draws.integer(8) * 700), allowed };
  });
  const replicas = each(() => 2 ** draws.integer(2));
  const load = replicas.reduce((a, b) => a + b);
  return {
    rule: RULES[draws.integer(RULES.length)]!,
    replicas,
    perReplica: 1 + draws.integer(3),
    holdMax: draws.integer(3),
    holdMicros: (5 + draws.integer(40)) * MS,
    usd: each(() => draws.integer(5) / 16),
    slots: each(() => 2 ** draws.integer(3)),
    step: [0.125, 0.5][draws.integer(2)]!,
    predicted: each(() => {
      let micros = 1000;
      return Array.from({ length: PREDICT_POINTS }, () => (micros += draws.integer(1500)));
    }),
    lambda: [0, 2 ** -14, 1][draws.integer(3)]!,
    target: 4000 + draws.integer(20_000),
    hysteresis: [0, 0.25][draws.integer(2)]!,
    move: [0, 1 / 32][draws.integer(2)]!,
    origins,
    list: Array.from({ length: 80 }, () => {
      at += 1 + Math.floor((draws.exponential() * 11 * MS) / load);
      return { at, length: 1 + draws.integer(20), origin: draws.integer(origins.length) };
    }),
  };
}

function setupOf(c: Case): Setup {
  const gateway = { requestsPerReplica: c.perReplica, holdMax: c.holdMax, holdMicros: c.holdMicros };
  const front: FrontSetup = {
    service: 0,
    first: 1,
    places: c.replicas.map((_, p) => ({
      weight: 1,
      usdPerRequest: c.usd[p]!,
      slots: c.slots[p]!,
      predictedMicros: Float64Array.from(c.predicted[p]!),
      requestsPerStep: c.step,
    })),
    rule: c.rule,
    usdPerMicro: c.lambda,
    targetMicros: c.target,
    hysteresis: c.hysteresis,
    moveUsd: c.move,
    origins: c.origins.map(({ way, allowed }, origin) => ({ origin, wayMicros: way, allowed })),
  };
  const services = [{ places: 0, gateway: {} }, ...c.replicas.map((places) => ({ places, gateway }))];
  return { services, fronts: [front], classes: [{}] };
}

/** One event at a time, every place judged anew from what the docs say. */
function slowly(c: Case) {
  const ends: [status: number, finish: number, place: number][] = c.list.map(() => [-1, -1, -1]);
  const places = c.replicas.map((n) => ({
    coming: 0,
    held: [] as { id: number; until: number }[],
    replicas: Array.from({ length: n }, () => ({ serves: -1, until: Infinity, waits: [] as number[] })),
  }));
  const way = (id: number, p: number) => c.origins[c.list[id]!.origin]!.way[p]!;
  const has = (r: (typeof places)[number]["replicas"][number]) => r.waits.length + (r.serves < 0 ? 0 : 1);
  const present = (p: number) => places[p]!.coming + places[p]!.replicas.reduce((sum, r) => sum + has(r), 0);
  const admits = (p: number) => present(p) < c.perReplica * c.replicas[p]!;
  const last = c.origins.map(() => -1);
  let moves = 0;
  let steps = 0;

  const predicted = (p: number, id: number) => {
    const x = (present(p) + 1) / c.replicas[p]! / c.step;
    const k = Math.min(PREDICT_POINTS - 2, Math.floor(x));
    const [low, high] = [c.predicted[p]![k]!, c.predicted[p]![k + 1]!];
    return 2 * way(id, p) + low + (high - low) * (x - k);
  };
  const spread = (p: number, may: boolean[]) => {
    const loads = places.flatMap((_, q) =>
      may[q] ? [(present(q) + (q === p ? 1 : 0)) / (c.slots[q]! * c.replicas[q]!)] : [],
    );
    const mean = loads.reduce((a, b) => a + b, 0) / loads.length;
    return loads.reduce((a, b) => a + b * b, 0) / loads.length - mean * mean;
  };
  const judge = (p: number, id: number): [tier: number, score: number, isUsd: boolean] => {
    const { allowed } = c.origins[c.list[id]!.origin]!;
    if (c.rule === "nearest") return [0, way(id, p), false];
    if (c.rule === "utilisation") return [0, spread(p, allowed), false];
    const micros = predicted(p, id);
    if (c.rule === "response-time") return [0, micros, false];
    if (c.rule === "cost-and-time") return [0, c.usd[p]! + c.lambda * micros, true];
    return micros <= c.target ? [0, c.usd[p]!, true] : [1, micros, false];
  };
  const choose = (id: number, been: readonly number[]) => {
    const { allowed } = c.origins[c.list[id]!.origin]!;
    const left = places.flatMap((_, p) => (allowed[p] && !been.includes(p) ? [p] : []));
    if (left.length === 0) return -1;
    const better = (a: number, b: number) => {
      const [x, y] = [judge(a, id), judge(b, id)];
      return x[0] - y[0] || x[1] - y[1] || a - b;
    };
    const best = [...left].sort(better)[0]!;
    const origin = c.list[id]!.origin;
    const before = last[origin]!;
    if (been.length > 0 || c.rule === "nearest" || before === best) return best;
    if (before >= 0) {
      const [was, is] = [judge(before, id), judge(best, id)];
      if (was[0] === is[0] && is[1] + (is[2] ? c.move : 0) >= was[1] * (1 - c.hysteresis)) return before;
      moves++;
    }
    last[origin] = best;
    return best;
  };

  const onTheWay: { id: number; p: number; at: number }[] = [];
  const arrive = (id: number, p: number, now: number) => {
    const r = places[p]!.replicas.reduce((best, other) => (has(other) < has(best) ? other : best));
    r.waits.push(id);
    if (r.serves < 0) begins(r, now);
  };
  const begins = (r: (typeof places)[number]["replicas"][number], now: number) => {
    r.serves = r.waits.shift() ?? -1;
    r.until = r.serves < 0 ? Infinity : now + c.list[r.serves]!.length * MS;
  };
  const setOut = (id: number, p: number, now: number) => {
    if (way(id, p) === 0) {
      arrive(id, p, now);
      return;
    }
    places[p]!.coming++;
    onTheWay.push({ id, p, at: now + way(id, p) });
  };
  const ask = (id: number, now: number) => {
    const been: number[] = [];
    for (;;) {
      const p = choose(id, been);
      if (p < 0) break;
      if (been.length > 0) steps++;
      been.push(p);
      if (admits(p)) {
        setOut(id, p, now);
        return;
      }
    }
    const [firstChoice] = been;
    if (firstChoice !== undefined && places[firstChoice]!.held.length < c.holdMax)
      places[firstChoice]!.held.push({ id, until: now + c.holdMicros });
    else ends[id] = [firstChoice === undefined ? abi.REQUEST_REFUSED : abi.REQUEST_SHED, now, -1];
  };
  let next = 0;
  for (;;) {
    const all = places.flatMap(({ replicas }, p) => replicas.map((r) => ({ p, r })));
    const finish = Math.min(...all.map(({ r }) => r.until));
    const arrival = Math.min(Infinity, ...onTheWay.map(({ at }) => at));
    const expiry = Math.min(Infinity, ...places.flatMap(({ held }) => held.map(({ until }) => until)));
    const coming = c.list[next]?.at ?? Infinity;
    const now = Math.min(finish, arrival, expiry, coming);
    if (now === Infinity) return { ends, moves, steps };
    if (finish === now) {
      const { p, r } = all.find((one) => one.r.until === now)!;
      ends[r.serves] = [abi.REQUEST_DONE, now + way(r.serves, p), p];
      begins(r, now);
    } else if (arrival === now || expiry === now) {
      // timers of calls: at one instant the older call first
      const timers = [
        ...onTheWay.filter(({ at }) => at === now).map(({ id }) => id),
        ...places.flatMap(({ held }) => held.filter(({ until }) => until === now).map(({ id }) => id)),
      ];
      const id = Math.min(...timers);
      const there = onTheWay.findIndex((one) => one.id === id);
      if (there >= 0) {
        const { p } = onTheWay.splice(there, 1)[0]!;
        places[p]!.coming--;
        arrive(id, p, now);
      } else {
        for (const place of places) place.held = place.held.filter((one) => one.id !== id);
        ends[id] = [abi.REQUEST_SHED, now, -1];
      }
    } else {
      ask(next++, now);
    }
    places.forEach((place, p) => {
      while (place.held.length > 0 && admits(p)) setOut(place.held.shift()!.id, p, now);
    });
  }
}

function chunkOf(list: Case["list"]) {
  const chunk = requests(list.map(({ length }) => [0, length] as const));
  chunk.atMicros = Float64Array.from(list, ({ at }) => at);
  chunk.origin = Int32Array.from(list, ({ origin }) => origin);
  return chunk;
}

/** Runs a case in the engine: how each request ended, when, and at which place. */
function served(c: Case, stepped = false) {
  const { simulation, rows } = begin({ ...setupOf(c), stepped });
  simulation.run([chunkOf(c.list)]);
  rows.sort((a, b) => a.id - b.id);
  const placeOfReplica = c.replicas.flatMap((n, p) => new Array<number>(n).fill(p));
  return {
    ends: rows.map(({ status, finish, replica }) => [status, finish, placeOfReplica[replica] ?? -1]),
    counts: readGatewayCounts(simulation.engine, 0),
    moves: readMoves(simulation.engine, 0),
    engine: simulation.engine,
    services: 1 + c.replicas.length,
  };
}

describe("a service in several places", () => {
  it("goes where a slow twin says, by every rule, with failing over, waiting and staying where it was", () => {
    const seen = { steps: 0, moves: 0, held: 0, shed: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const c = drawCase(seed);
        const twin = slowly(c);
        const { ends, counts, moves, engine, services } = served(c);
        expect(ends).toEqual(twin.ends);
        expect([counts.fellBack, moves]).toEqual([twin.steps, twin.moves]);
        expect(served(c, true).engine.digest()).toBe(engine.digest());
        // everything is counted where it was, and nothing where it may not be
        c.origins.forEach(({ allowed }, origin) => {
          for (const p of c.replicas.keys()) {
            const { answered } = readPlace(engine, services, origin, 1 + p);
            const own = twin.ends.filter(([, , place], i) => place === p && c.list[i]!.origin === origin);
            expect(answered).toBe(own.length);
            if (!allowed[p]) expect(answered).toBe(0);
          }
        });
        seen.steps += counts.fellBack;
        seen.moves += moves;
        seen.held += counts.held;
        seen.shed += counts.shed;
      }),
      { numRuns: 60 },
    );
    expect(seen.steps).toBeGreaterThan(250);
    expect(seen.moves).toBeGreaterThan(50);
    expect(seen.held).toBeGreaterThan(50);
    expect(seen.shed).toBeGreaterThan(50);
  });

  it("is as fast as response-time says where a second is worth everything, and as cheap as can be where it is worth nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (seed) => {
        const c = { ...drawCase(seed), move: 0 };
        const dear = served({ ...c, rule: "cost-and-time", usd: c.usd.map(() => 0), lambda: 1 });
        expect(dear.ends).toEqual(served({ ...c, rule: "response-time" }).ends);
        const free = served({ ...c, rule: "cost-and-time", lambda: 0 });
        const never = served({ ...c, rule: "cost-in-time", target: NEVER });
        expect(free.ends).toEqual(never.ends);
      }),
      { numRuns: 12 },
    );
  });

  it("worked out by hand: the way counts twice, a full place sends on, and whoever finds no room waits where it wanted to go", () => {
    const flat = Array.from({ length: PREDICT_POINTS }, () => 1);
    const c: Case = {
      rule: "nearest",
      replicas: [1, 1],
      perReplica: 1,
      holdMax: 1,
      holdMicros: 100 * MS,
      usd: [0, 0],
      slots: [1, 1],
      step: 1,
      predicted: [flat, flat],
      lambda: 0,
      target: NEVER,
      hysteresis: 0,
      move: 0,
      origins: [{ way: [2 * MS, 30 * MS], allowed: [true, true] }],
      list: [0, 1, 3, 4].map((at) => ({ at: at * MS, length: 10, origin: 0 })),
    };
    const { ends, counts } = served(c);
    expect(ends).toEqual([
      [abi.REQUEST_DONE, (0 + 2 + 10 + 2) * MS, 0],
      [abi.REQUEST_DONE, (1 + 30 + 10 + 30) * MS, 1],
      // it waits until the first has ended at 12, and then sets out
      [abi.REQUEST_DONE, (12 + 2 + 10 + 2) * MS, 0],
      [abi.REQUEST_SHED, 4 * MS, -1],
    ]);
    expect(counts).toMatchObject({ fellBack: 3, held: 1, shed: 1 });
    const kept = { ...c, origins: [{ way: [2 * MS, 30 * MS], allowed: [true, false] }] };
    expect(served(kept).ends.map(([status, , place]) => [status, place])).toEqual([
      [abi.REQUEST_DONE, 0],
      [abi.REQUEST_DONE, 0],
      [abi.REQUEST_SHED, -1],
      [abi.REQUEST_SHED, -1],
    ]);
  });

  it("by weights goes in proportion", () => {
    const base = drawCase(1);
    const list = Array.from({ length: 6000 }, (_, i) => ({ at: i * 40 * MS, length: 1, origin: 0 }));
    const c: Case = {
      ...base,
      rule: "weighted",
      replicas: [1, 1],
      origins: [{ way: [0, 0], allowed: [true, true] }],
      list,
    };
    const setup = setupOf(c);
    const [front] = setup.fronts!;
    const places = front!.places.map((place, p) => ({ ...place, weight: p === 0 ? 3 : 1 }));
    const { simulation } = begin({ ...setup, fronts: [{ ...front!, places }] });
    simulation.run([chunkOf(list)]);
    expect(readPlace(simulation.engine, 3, 0, 1).answered / 6000).toBeCloseTo(0.75, 1);
  });
});

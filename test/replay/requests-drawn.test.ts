// Requests drawn as conversations, and records replayed at their own moments.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDraws } from "#src/engine/draws.js";
import type { RequestTable } from "#src/model/demand.js";
import type { ReplaySpec } from "#src/model/serving/demand.js";
import { drawArrivals } from "#src/replay/requests/arrivals.js";
import { replayRequests } from "#src/replay/requests/replay.js";
import { drawSessions } from "#src/replay/requests/sessions.js";

const HOUR = 3_600e6;

describe("conversations", () => {
  const draws = createDraws(3, "sessions");
  const starts = Float64Array.from({ length: 1_500 }, (_, i) => i * 1e6);
  const shape = { turnsMean: 5, gapSecondsMean: 30, systemTokens: 100, starts, endMicros: 1e12, blockTokens: 16 };
  const drawn = drawSessions(draws, { ...shape, contextTokens: 1e6 }, () => [
    20 + draws.integer(50),
    10 + draws.integer(90),
  ]);
  const rows = new Map<number, number[]>();
  drawn.session!.forEach((session, i) => {
    rows.set(session, [...(rows.get(session) ?? []), i]);
  });
  const blocksOf = (i: number) => [...drawn.blocks!.subarray(drawn.blockFirst![i]!, drawn.blockFirst![i + 1]!)];

  it("have as many turns and as long gaps in the mean as asked for", () => {
    expect(Math.abs(drawn.at.length / starts.length - 5)).toBeLessThan(0.35);
    let gaps = 0;
    for (const own of rows.values()) gaps += (drawn.at[own.at(-1)!]! - drawn.at[own[0]!]!) / 1e6;
    expect(Math.abs(gaps / (drawn.at.length - rows.size) - 30)).toBeLessThan(2);
  });

  it("repeat in every prompt all that was said before, in the same blocks, and the common begin", () => {
    for (const own of rows.values()) {
      let said = 100;
      let before: number[] = [0, 1, 2, 3, 4, 5];
      for (const i of own) {
        expect(drawn.prompt[i]!).toBeGreaterThan(said);
        said = drawn.prompt[i]! + drawn.output[i]!;
        expect(blocksOf(i).slice(0, before.length)).toEqual(before);
        expect(blocksOf(i).length).toBe(Math.floor(said / 16));
        before = blocksOf(i);
      }
    }
    // beyond the common begin no two conversations have a block in common
    const owners = new Map<number, number>();
    for (const [session, own] of rows)
      for (const block of blocksOf(own.at(-1)!).slice(6)) {
        expect(owners.has(block)).toBe(false);
        owners.set(block, session);
      }
  });

  it("end where the context of the model does", () => {
    const short = drawSessions(createDraws(4, "s"), { ...shape, contextTokens: 400 }, () => [50, 50]);
    expect(short.prompt.every((prompt, i) => prompt + short.output[i]! <= 400)).toBe(true);
  });
});

describe("bursts", () => {
  it("keep the mean rate, and counts vary as of a Markov-modulated process", () => {
    const bursts = { factor: 5, share: 0.2, meanSeconds: 20 };
    const shape = { perSecondMean: 4, hourly: [1], daily: [1], cv: 1, bursts };
    const hours = 600;
    const at = drawArrivals(createDraws(11, "bursts"), shape, hours);
    expect(Math.abs(at.length / (hours * 3600 * 4) - 1)).toBeLessThan(0.02);
    expect(at.every((t, i) => i === 0 || t >= at[i - 1]!)).toBe(true);
    // variance over mean of counts in long windows (Heffes and Lucantoni, 1986): rates 4 c and 20 c, left at 1/80 and 1/20
    const calm = 4 / (0.8 + 0.2 * 5);
    const [l1, l2, r1, r2] = [calm, 5 * calm, 1 / 80, 1 / 20];
    const limit = 1 + (2 * (l1 - l2) ** 2 * r1 * r2) / ((r1 + r2) ** 2 * (l1 * r2 + l2 * r1));
    const windowMicros = 1_800e6;
    const counts = new Array<number>(hours * 2).fill(0);
    for (const t of at) counts[Math.floor(t / windowMicros)]!++;
    const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
    const variance = counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (counts.length - 1);
    expect(Math.abs(variance / mean / limit - 1)).toBeLessThan(0.12);
  });
});

function record(count: number, sessions: number): RequestTable {
  const draws = createDraws(8, "record");
  let at = 0;
  return {
    count,
    atMicros: Float64Array.from({ length: count }, () => (at += Math.floor(draws.exponential() * 20e6))),
    promptTokens: Int32Array.from({ length: count }, (_, i) => 1 + i),
    outputTokens: new Int32Array(count).fill(3),
    runMicros: new Float64Array(count).fill(Number.NaN),
    tenant: new Int32Array(count),
    model: new Int32Array(count),
    serviceClass: new Int32Array(count),
    session: Int32Array.from({ length: count }, () => (sessions > 0 ? draws.integer(sessions) : 0)),
    origin: new Int32Array(count),
    blockFirst: new Int32Array(count + 1),
    blocks: new Int32Array(0),
  };
}

const SPEC: ReplaySpec = { dataset: "made up", fromHours: 0, scale: 1, speed: 1 };

describe("a record that is replayed", () => {
  const table = record(2_000, 100);
  const replay = (spec: Partial<ReplaySpec>, isFirst = true, seed = 1, of = table) =>
    replayRequests(createDraws(seed, "replay"), of, { ...SPEC, ...spec }, isFirst);

  it("is the record itself, or a window of it, in the first replication", () => {
    expect(replay({}).at).toEqual(table.atMicros);
    const { at, prompt } = replay({ fromHours: 1, hours: 2 });
    const inside = [...table.atMicros.keys()].filter(
      (i) => table.atMicros[i]! >= HOUR && table.atMicros[i]! < 3 * HOUR,
    );
    expect([...at]).toEqual(inside.map((i) => table.atMicros[i]! - HOUR));
    expect([...prompt]).toEqual(inside.map((i) => i + 1));
  });

  it("begins elsewhere and goes round in others: the same requests and gaps, but one", () => {
    const { at, prompt } = replay({}, false);
    expect([...prompt].sort((a, b) => a - b)).toEqual([...table.promptTokens]);
    expect([...prompt]).not.toEqual([...table.promptTokens]);
    const gaps = (times: Float64Array) => [...times.subarray(1)].map((t, i) => t - times[i]!).sort((a, b) => a - b);
    const [mine, own] = [gaps(at), gaps(table.atMicros)];
    expect(mine.filter((gap) => !own.includes(gap)).length).toBeLessThanOrEqual(1);
  });

  it("keeps whole sessions when thinned, and no gap of a user shrinks when users are added", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0.1, max: 3.5, noNaN: true }), (seed, scale) => {
        const { at, session, prompt } = replay({ scale }, true, seed);
        expect(Math.abs(at.length / 2_000 - scale)).toBeLessThan(0.3);
        const own = new Map<number, number[]>();
        session!.forEach((s, i) => {
          own.set(s, [...(own.get(s) ?? []), i]);
        });
        for (const [s, rows] of own) {
          const all = [...table.session.keys()].filter((i) => table.session[i] === s % 100);
          expect(rows.map((i) => prompt[i]!).sort((a, b) => a - b)).toEqual(all.map((i) => i + 1));
        }
      }),
      { numRuns: 20 },
    );
    const faster = replay({ speed: 4 });
    expect([...faster.at]).toEqual([...table.atMicros].map((t) => Math.floor(t / 4)));
  });

  it("refuses a record without lengths, and a window without requests", () => {
    const bare = { ...record(10, 0), promptTokens: new Int32Array(10) };
    expect(() => replay({}, true, 1, bare)).toThrow(/does not say how long/);
    expect(() => replay({ fromHours: 1e6 })).toThrow(/no request in the window/);
  });
});

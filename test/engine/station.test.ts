// The engine against closed forms: twenty seeds a case, and the exact value must lie inside the 99 % t-interval of their
// means. A case that leaves its interval by chance one time in a hundred is pinned by its seeds.

import { describe, expect, it } from "vitest";
import { createStation, type StationSetup } from "../../src/engine/station.js";

const SEEDS = 20;
const T995_19 = 2.8609; // Student t, 0.995 quantile, 19 degrees of freedom

function intervalOf(setup: Omit<StationSetup, "seed">, pick: "waitMean" | "sojournMean" | "blockedShare") {
  const values = Array.from({ length: SEEDS }, (_, i) => createStation({ ...setup, seed: 100 + i }).run()[pick]);
  const mean = values.reduce((a, b) => a + b, 0) / SEEDS;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (SEEDS - 1);
  return { mean, half: T995_19 * Math.sqrt(variance / SEEDS) };
}

/** Erlang B: share of customers turned away by c servers without a queue; then Erlang C from it. */
function erlangB(c: number, offered: number): number {
  let b = 1;
  for (let k = 1; k <= c; k++) b = (offered * b) / (k + offered * b);
  return b;
}

function erlangC(c: number, offered: number): number {
  const b = erlangB(c, offered);
  return b / (1 - (offered / c) * (1 - b));
}

const base = { serviceMean: 1, customers: 200_000, warmup: 20_000 };

describe("the station agrees with closed forms", () => {
  const cases: [string, Omit<StationSetup, "seed">, "waitMean" | "sojournMean" | "blockedShare", number][] = [
    ["M/M/1 at 0.8: wait rho / (1 - rho)", { ...base, servers: 1, arrivalMean: 1 / 0.8 }, "waitMean", 0.8 / 0.2],
    ["M/M/1 at 0.5: sojourn 1 / (mu - lambda)", { ...base, servers: 1, arrivalMean: 2 }, "sojournMean", 2],
    ["M/M/4 at 0.9: Erlang C", { ...base, servers: 4, arrivalMean: 1 / 3.6 }, "waitMean", erlangC(4, 3.6) / (4 - 3.6)],
    ["M/M/100 at 0.9: Erlang C", { ...base, servers: 100, arrivalMean: 1 / 90 }, "waitMean", erlangC(100, 90) / 10],
    [
      "M/D/1 at 0.8: Pollaczek-Khinchine, no variance",
      { ...base, servers: 1, arrivalMean: 1 / 0.8, services: "constant" },
      "waitMean",
      0.8 / (2 * 0.2),
    ],
    [
      "M/E2/1 at 0.8: Pollaczek-Khinchine, variance 1/2",
      { ...base, servers: 1, arrivalMean: 1 / 0.8, services: "erlang2" },
      "waitMean",
      (0.8 * 1.5) / (2 * 0.2),
    ],
    [
      "M/H2/1 at 0.7: Pollaczek-Khinchine, variance 4",
      { ...base, servers: 1, arrivalMean: 1 / 0.7, services: "hyperexponential2", serviceScv: 4 },
      "waitMean",
      (0.7 * 5) / (2 * 0.3),
    ],
    [
      "M/M/10/10 at 8 erlangs: Erlang B",
      { ...base, servers: 10, arrivalMean: 1 / 8, limit: 10 },
      "blockedShare",
      erlangB(10, 8),
    ],
    [
      "M/M/1/5 at 0.9: truncated geometric",
      { ...base, servers: 1, arrivalMean: 1 / 0.9, limit: 5 },
      "blockedShare",
      ((1 - 0.9) * 0.9 ** 5) / (1 - 0.9 ** 6),
    ],
    [
      "M/M/1 processor sharing at 0.8: sojourn 1 / (1 - rho)",
      { ...base, servers: 1, arrivalMean: 1 / 0.8, sharing: true },
      "sojournMean",
      5,
    ],
    [
      "M/H2/1 processor sharing at 0.7: insensitive to the variance",
      { ...base, servers: 1, arrivalMean: 1 / 0.7, sharing: true, services: "hyperexponential2", serviceScv: 4 },
      "sojournMean",
      1 / 0.3,
    ],
  ];
  for (const [name, setup, pick, exact] of cases) {
    it(name, () => {
      const { mean, half } = intervalOf(setup, pick);
      expect(Math.abs(mean - exact), `mean ${mean} +- ${half}, exact ${exact}`).toBeLessThan(half);
      // an interval so wide that it would hold anything proves nothing
      expect(half).toBeLessThan(0.06 * exact + 0.002);
    });
  }

  it("gives the same answer for the same seed and another for the next", () => {
    const setup = { ...base, servers: 4, arrivalMean: 1 / 3.6 };
    const first = createStation({ ...setup, seed: 1 }).run();
    expect(createStation({ ...setup, seed: 1 }).run()).toEqual(first);
    expect(createStation({ ...setup, seed: 2 }).run().waitMean).not.toBe(first.waitMean);
  });

  it("names the table when the queue overflows", () => {
    const overloaded = { ...base, servers: 1, arrivalMean: 0.5, places: 100, seed: 1 };
    expect(() => createStation(overloaded).run()).toThrow(/customers waiting at the station is full: it holds 100/);
  });
});

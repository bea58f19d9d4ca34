// Placement, assignment, packing, GPU mixes, sizing.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type PlacementCandidate,
  packItems,
  packingBound,
  placeService,
  responseSeconds,
  solveAssignment,
  solveGeneralAssignment,
  solveGpuMix,
  solveSizing,
  solveTransport,
} from "../../src/solve/index.js";

describe("assignment one to one", () => {
  it("costs what the transportation problem with supplies of one costs, and its prices prove it", () => {
    const matrices = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 3 })).chain(([rows, more]) =>
      fc.tuple(
        fc.constant(rows),
        fc.array(
          fc.oneof(
            { weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }) },
            { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
          ),
          {
            minLength: rows * (rows + more),
            maxLength: rows * (rows + more),
          },
        ),
      ),
    );
    fc.assert(
      fc.property(matrices, ([rows, costs]) => {
        const columns = costs.length / rows;
        const own = solveAssignment(rows, columns, costs);
        // rows as sources that must send their unit, columns as targets that may do without
        const same = solveTransport({
          supplies: new Array(rows).fill(1),
          demands: new Array(columns).fill(1),
          costs,
          surplusCosts: Number.POSITIVE_INFINITY,
          shortagePrices: 0,
        });
        expect(own.verdict).toBe(same.verdict);
        if (own.verdict !== "optimal") return;
        expect(own.cost).toBe(same.cost);
        expect(new Set(own.columnOf).size).toBe(rows);
        let dual = 0;
        for (const p of [...own.rowPrices, ...own.columnPrices]) dual += p;
        expect(dual).toBeCloseTo(own.cost, 9);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            expect(own.rowPrices[i]! + own.columnPrices[j]!).toBeLessThanOrEqual(costs[i * columns + j]! + 1e-9);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe("services of several sizes to clouds with limited room", () => {
  it("are bounded below, and a plan fits", () => {
    const problems = fc.integer({ min: 2, max: 3 }).chain((clouds) =>
      fc.record({
        capacities: fc.array(fc.integer({ min: 4, max: 9 }), { minLength: clouds, maxLength: clouds }),
        loads: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: clouds * 5, maxLength: clouds * 5 }),
        costs: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: clouds * 5, maxLength: clouds * 5 }),
      }),
    );
    let solved = 0;
    let missed = 0;
    fc.assert(
      fc.property(problems, (p) => {
        const clouds = p.capacities.length;
        let exact = Number.POSITIVE_INFINITY;
        for (let code = 0; code < clouds ** 5; code++) {
          const left = [...p.capacities];
          let cost = 0;
          for (let s = 0, rest = code; s < 5; s++, rest = Math.floor(rest / clouds)) {
            left[rest % clouds]! -= p.loads[(rest % clouds) * 5 + s]!;
            cost += p.costs[(rest % clouds) * 5 + s]!;
          }
          if (left.every((room) => room >= 0)) exact = Math.min(exact, cost);
        }
        const own = solveGeneralAssignment(p);
        if (exact === Number.POSITIVE_INFINITY) {
          expect(own.verdict).toBe("none");
          return;
        }
        solved++;
        expect(own.bound).toBeLessThanOrEqual(exact + 1e-6);
        if (own.verdict === "none") missed++;
        else expect(own.cost).toBeGreaterThanOrEqual(exact);
      }),
      { numRuns: 120 },
    );
    // the repair is a heuristic; it misses few
    expect(missed / solved).toBeLessThan(0.1);
  });
});

describe("vector bin packing", () => {
  it("fits, and is never below the bound nor the optimum of tiny cases", async () => {
    const problems = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 12, maxLength: 12 }),
      capacity: fc.constant([10, 10]),
    });
    await fc.assert(
      fc.asyncProperty(problems, async (p) => {
        const bound = await packingBound(p);
        expect(bound.complete).toBe(true);
        for (const rule of ["first-fit-decreasing", "dot-product"] as const) {
          const { bins, binOf } = packItems(p, rule);
          expect(bins).toBeGreaterThanOrEqual(bound.bins);
          for (let b = 0; b < bins; b++) {
            for (let k = 0; k < 2; k++) {
              let used = 0;
              binOf.forEach((bin, i) => {
                if (bin === b) used += p.sizes[i * 2 + k]!;
              });
              expect(used).toBeLessThanOrEqual(10);
            }
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("knows the bound of a case by hand, and refuses what fits in no bin", async () => {
    // ten items of 0.6 share no bin; ten of 0.3 fill the rest
    const sizes = [...new Array(10).fill(0.6), ...new Array(10).fill(0.3)];
    expect(await packingBound({ sizes, capacity: [1] })).toMatchObject({ bins: 10, complete: true });
    expect(packItems({ sizes, capacity: [1] }).bins).toBe(10);
    expect(() => packItems({ sizes: [2], capacity: [1] })).toThrow(/Size of item 0 is 2: expected at most a bin's 1/);
  });
});

describe("a mix of GPU types", () => {
  // two classes: small requests are cheapest on the small GPU, large ones run on the large GPU only
  const problem = {
    types: [
      { name: "A10G", usdPerHour: 1 },
      { name: "H100", usdPerHour: 8 },
    ],
    rates: [4, 2],
    throughputs: [2, 0, 10, 4],
  };

  it("is cheaper than one type for everything", async () => {
    const { exact, relaxed, single } = await solveGpuMix(problem);
    // one H100 serves the large ones at half load and 5/8 of ... the small ones fit beside them: 0.5 + 0.4
    expect(exact).toMatchObject({ verdict: "optimal", counts: [0, 1], usdPerHour: 8 });
    expect(single).toMatchObject({ counts: [0, 1], usdPerHour: 8 });
    expect(relaxed.bound).toBeCloseTo(2 + 4, 9);
    expect(relaxed.usdPerHour).toBe(10);
    const more = await solveGpuMix({ ...problem, rates: [8, 4] });
    expect(more.exact.usdPerHour).toBeLessThanOrEqual(more.single!.usdPerHour);
    expect(more.exact.usdPerHour).toBeGreaterThanOrEqual(more.relaxed.bound);
  });

  it("says so when the limits on a type leave no way", async () => {
    const types = [problem.types[0]!, { ...problem.types[1]!, max: 0 }];
    expect((await solveGpuMix({ ...problem, types })).exact.verdict).toBe("infeasible");
  });
});

describe("sizing in whole units", () => {
  it("fills the cheapest pools first, with the continuous bound beside", async () => {
    const pools = [
      { name: "a", prices: [3, 1, 1], capacities: [2.5, 9, 9] },
      { name: "b", prices: [4, 2, 1], capacities: [9, 9, 9] },
    ] as const;
    const sizing = await solveSizing(pools, [5, 4, 2]);
    expect(sizing).toMatchObject({ verdict: "optimal", cost: 2 * 3 + 3 * 4 + 4 + 2, gap: 0 });
    expect(sizing.units[0]![0]).toBe(2);
    expect(sizing.continuousBound).toBeCloseTo(2.5 * 3 + 2.5 * 4 + 4 + 2, 9);
  });
});

describe("placing one service", () => {
  const clouds: PlacementCandidate[] = [
    { name: "near", usdPerHour: 10, servers: 10, requestsPerSecondEach: 10, busyRequestsPerSecond: 70 },
    { name: "idle", usdPerHour: 12, servers: 10, requestsPerSecondEach: 10, busyRequestsPerSecond: 0 },
    { name: "small", usdPerHour: 4, servers: 1, requestsPerSecondEach: 10, busyRequestsPerSecond: 0 },
  ];
  const choose = (extra: object) => placeService(clouds, { requestsPerSecond: 20, ...extra }).chosen;

  it("has the response time of M/M/c", () => {
    expect(responseSeconds(1, 10, 5)).toBeCloseTo(1 / (10 - 5), 12);
    // Erlang C for two servers at half load is 1/3
    expect(responseSeconds(2, 1, 1)).toBeCloseTo(1 + 1 / 3, 12);
    expect(responseSeconds(2, 1, 2)).toBe(Number.POSITIVE_INFINITY);
  });

  it("follows the weight, the preset, and never picks a cloud that cannot keep up", () => {
    expect(choose({ preset: "cost" })).toBe("near");
    expect(choose({ lambda: 0 })).toBe("near");
    expect(choose({ lambda: 1e6 })).toBe("idle");
    expect(choose({ preset: "response-time" })).toBe("idle");
    expect(choose({ preset: "utilisation" })).toBe("idle");
    expect(choose({ preset: "cost-per-request", targetSeconds: 0.11 })).toBe("idle");
    expect(choose({ preset: "cost-per-request", targetSeconds: 9 })).toBe("near");
  });

  it("stays where it is unless moving pays", () => {
    expect(choose({ preset: "cost", current: "idle", hysteresis: 0.3 })).toBe("idle");
    expect(choose({ preset: "cost", current: "idle", hysteresis: 0.1 })).toBe("near");
    expect(choose({ preset: "cost", current: "idle", hysteresis: 0, moveUsd: 5, horizonHours: 2 })).toBe("idle");
    expect(choose({ preset: "cost", current: "idle", hysteresis: 0, moveUsd: 5, horizonHours: 24 })).toBe("near");
    expect(choose({ preset: "cost", current: "small", hysteresis: 9 })).toBe("near");
  });
});

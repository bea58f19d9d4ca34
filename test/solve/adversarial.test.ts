// Inputs that break solvers: the answer is a verdict, an error that names the place, or the optimum; never a hang.

import { describe, expect, it } from "vitest";
import { WindtunnelError } from "../../src/model/errors.js";
import {
  checkFlow,
  checkTransport,
  requirePlan,
  solveFlow,
  solveTransport,
  type TransportProblem,
} from "../../src/solve/index.js";

const INFINITY = Number.POSITIVE_INFINITY;

function expectOptimal(problem: TransportProblem): ReturnType<typeof solveTransport> {
  const solution = solveTransport(problem);
  expect(solution.verdict).toBe("optimal");
  expect(checkTransport(problem, solution).failures).toEqual([]);
  return solution;
}

const fill = (count: number, value: (k: number) => number) => Array.from({ length: count }, (_, k) => value(k));

describe("transport at its edges", () => {
  it("takes all costs equal, all supplies zero, one source, one target", () => {
    expectOptimal({ supplies: fill(40, () => 3), demands: fill(60, () => 2), costs: fill(2400, () => 7) });
    expectOptimal({ supplies: fill(9, () => 0), demands: fill(9, () => 0), costs: fill(81, (k) => k) });
    expectOptimal({ supplies: [100], demands: fill(100, () => 1), costs: fill(100, (k) => k % 7) });
    expectOptimal({ supplies: fill(100, () => 1), demands: [100], costs: fill(100, (k) => k % 7) });
    expectOptimal({ supplies: [0, 0, 5], demands: [0, 5, 0], costs: fill(9, () => 0) });
  });

  it("takes assignment problems, where every basis is degenerate", () => {
    const n = 60;
    const costs = fill(n * n, (k) => ((k * 7919) % 101) % 5);
    expectOptimal({ supplies: fill(n, () => 1), demands: fill(n, () => 1), costs });
  });

  it("takes magnitudes from 1e-9 to 1e12, and says what was rounded", () => {
    const small = expectOptimal({ supplies: [1e-9, 2e-9], demands: [3e-9], costs: [1e-9, 5e-9] });
    expect(small.cost).toBeCloseTo(11e-18, 30);
    const large = expectOptimal({ supplies: [1e12, 2e12], demands: [3e12 - 1], costs: [1e12, 5e11] });
    expect(large.exact).toBe(true);
    const mixed = expectOptimal({ supplies: [1e12, 1e-9], demands: [1e12], costs: [1e12, 1e-9] });
    expect(mixed.exact).toBe(false);
    expect(mixed.amountStep).toBeLessThan(1e-3);
  });

  it("rounds whole costs that are too large to be added exactly, and says so", () => {
    const problem = { supplies: [2, 2], demands: [2, 2], costs: [2 ** 52, 2 ** 52 + 1, 2 ** 52 + 1, 2 ** 52 + 3] };
    const solution = solveTransport(problem);
    expect(solution.exact).toBe(false);
    expect(solution.costStep).toBeGreaterThan(1);
    expect(checkTransport(problem, solution).ok).toBe(true);
  });

  it("refuses what is no number, negative or of the wrong length, and names the place", () => {
    const good = { supplies: [1, 2], demands: [3], costs: [1, 2] };
    const message = (change: Partial<TransportProblem>) => {
      try {
        solveTransport({ ...good, ...change });
      } catch (error) {
        expect(error).toBeInstanceOf(WindtunnelError);
        expect((error as WindtunnelError).code).toBe("SOLVE_INVALID");
        return (error as WindtunnelError).message;
      }
      return "accepted";
    };
    expect(message({ supplies: [1, Number.NaN] })).toMatch(/Supply 1 is NaN/);
    expect(message({ supplies: [1, -2] })).toMatch(/Supply 1 is -2/);
    expect(message({ demands: [INFINITY] })).toMatch(/Demand 0 is Infinity/);
    expect(message({ costs: [1, Number.NaN] })).toMatch(/Cost 1 is NaN/);
    expect(message({ costs: [1, -INFINITY] })).toMatch(/Cost 1 is -Infinity/);
    expect(message({ costs: [1] })).toMatch(/1 values: expected 2 x 1/);
    expect(message({ supplies: [], costs: [] })).toMatch(/empty/);
    expect(message({ shortagePrices: [1, 2] })).toMatch(/2 long: expected 1 values/);
  });

  it("names the sources and targets in conflict", () => {
    const costs = [1, INFINITY, INFINITY, INFINITY, 1, 1];
    expect(solveTransport({ supplies: [9, 4], demands: [2, 3, 2], costs }).conflict).toEqual({
      kind: "shortage",
      targets: [1, 2],
      sources: [1],
      demand: 5,
      supply: 4,
    });
    const surplus = solveTransport({ supplies: [9, 4], demands: [2, 3, 8], costs, surplusCosts: INFINITY });
    expect(surplus.verdict).toBe("infeasible");
  });

  it("without a plan is an error for callers who need one, in words", () => {
    const short = solveTransport({ supplies: [3, 4], demands: [5], costs: [INFINITY, 1] });
    expect(() => requirePlan(short)).toThrow(/target 0 want 5 and can be served by source 1 only, which have 4/);
    const flow = { nodeCount: 2, from: [0], to: [1], costs: [1], capacities: [2], supplies: [3, -3] };
    expect(() => requirePlan(solveFlow(flow))).toThrow(/node 1 want more than can come in: 1 too much.*arc 0/);
    const good = solveTransport({ supplies: [3], demands: [3], costs: [1] });
    expect(requirePlan(good)).toBe(good);
  });

  it("stops at the pivots or the time that it is given", () => {
    const n = 60;
    const problem = {
      supplies: fill(n, () => n),
      demands: fill(n, () => n),
      costs: fill(n * n, (k) => (k * 7919) % 10007),
    };
    expect(solveTransport(problem, { pivotsMax: 3 }).verdict).toBe("limit");
    let now = 0;
    expect(solveTransport(problem, { millisMax: 5, clock: () => (now += 10) }).verdict).toMatch(/limit|optimal/);
    expect(solveTransport(problem).verdict).toBe("optimal");
  });

  it("refuses a matrix that no memory holds", () => {
    const huge = { length: 1e5 } as ArrayLike<number>;
    expect(() => solveTransport({ supplies: fill(1e5, () => 1), demands: fill(1e5, () => 1), costs: huge })).toThrow(
      /1e5|10000000000|100000 x 100000/,
    );
  });
});

describe("a flow at its edges", () => {
  it("takes a graph without arcs, parallel arcs, and a chain as long as any", () => {
    expect(solveFlow({ nodeCount: 2, from: [], to: [], costs: [], supplies: [0, 0] }).verdict).toBe("optimal");
    expect(solveFlow({ nodeCount: 2, from: [], to: [], costs: [], supplies: [1, -1] }).verdict).toBe("infeasible");
    const twice = { nodeCount: 2, from: [0, 0], to: [1, 1], costs: [1, 2], capacities: [3, 9], supplies: [5, -5] };
    expect([...solveFlow(twice).flows]).toEqual([3, 2]);
    const n = 3000;
    const chain = {
      nodeCount: n,
      from: fill(n - 1, (k) => k),
      to: fill(n - 1, (k) => k + 1),
      costs: fill(n - 1, () => 1),
      supplies: fill(n, (k) => (k === 0 ? 5 : k === n - 1 ? -5 : 0)),
    };
    const solution = solveFlow(chain);
    expect(solution.cost).toBe(5 * (n - 1));
    expect(checkFlow(chain, solution).ok).toBe(true);
  });

  it("takes a full negative cycle with room, and costs of -1e12", () => {
    const problem = {
      nodeCount: 3,
      from: [0, 1, 2],
      to: [1, 2, 0],
      costs: [-1e12, 1, 1],
      capacities: [4, 7, 9],
      supplies: [0, 0, 0],
    };
    const solution = solveFlow(problem);
    expect([...solution.flows]).toEqual([4, 4, 4]);
    expect(checkFlow(problem, solution).ok).toBe(true);
  });

  it("refuses what cannot be a graph, and names the arc", () => {
    const good = { nodeCount: 2, from: [0], to: [1], costs: [1], supplies: [1, -1] };
    expect(() => solveFlow({ ...good, to: [2] })).toThrow(/An end of arc 0 is 2/);
    expect(() => solveFlow({ ...good, to: [0] })).toThrow(/Arc 0 is from 0 to itself/);
    expect(() => solveFlow({ ...good, costs: [INFINITY] })).toThrow(/Cost of arc 0 is Infinity/);
    expect(() => solveFlow({ ...good, capacities: [-1] })).toThrow(/Capacity of arc 0 is -1/);
    expect(() => solveFlow({ ...good, lowers: [2], capacities: [1] })).toThrow(/lower bound of arc 0/);
    expect(() => solveFlow({ ...good, supplies: [1] })).toThrow(/supplies/);
  });
});

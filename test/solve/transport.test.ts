import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkTransport,
  solveLinear,
  solveTransport,
  type TransportProblem,
  TransportSolver,
  transportModel,
} from "../../src/solve/index.js";
import { transportProblems } from "./problems.js";

/** Least cost over every whole-number plan; amounts stay tiny. */
function bruteForce(problem: TransportProblem): number {
  const [rows, cols] = [problem.supplies.length, problem.demands.length];
  let best = Number.POSITIVE_INFINITY;
  const left = Array.from(problem.supplies);
  const visit = (cell: number, want: number, cost: number): void => {
    if (cell === rows * cols) {
      if (want === 0) best = Math.min(best, cost);
      return;
    }
    const [j, i] = [Math.floor(cell / rows), cell % rows];
    const need = i === 0 ? problem.demands[j]! : want;
    const most = problem.costs[i * cols + j] === Number.POSITIVE_INFINITY ? 0 : Math.min(left[i]!, need);
    for (let x = i === rows - 1 ? need : 0; x <= most; x++) {
      left[i]! -= x;
      visit(cell + 1, need - x, cost + (x > 0 ? x * problem.costs[i * cols + j]! : 0));
      left[i]! += x;
    }
  };
  visit(0, 0, 0);
  return best;
}

describe("a transportation problem", () => {
  it("of two sources and two targets is solved by hand", () => {
    const problem = { supplies: [5, 3], demands: [4, 4], costs: [1, 2, 3, 1] };
    const solution = solveTransport(problem);
    expect(solution).toMatchObject({ verdict: "optimal", cost: 9, exact: true });
    expect([...solution.amounts]).toEqual([4, 1, 3]);
    // one more unit at the second source saves the detour over the first: 2 - 1
    expect([...solution.sourcePrices]).toEqual([0, 1]);
    expect([...solution.targetPrices]).toEqual([1, 2]);
    expect(checkTransport(problem, solution)).toMatchObject({ ok: true, gap: 0, primalValue: 9, dualValue: 9 });
  });

  it("says what one more unit is worth", () => {
    const problem = { supplies: [2, 9], demands: [3, 1], costs: [1, 4, 6, 5], shortagePrices: 50 };
    const { sourcePrices, cost } = solveTransport(problem);
    expect(solveTransport({ ...problem, supplies: [3, 9] }).cost).toBe(cost - sourcePrices[0]!);
  });

  it("agrees with every plan there is on tiny problems", () => {
    const tiny = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })).chain(([rows, cols]) =>
      fc.record({
        supplies: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: rows, maxLength: rows }),
        demands: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: cols, maxLength: cols }),
        costs: fc.array(fc.constantFrom(0, 1, 2, 5, -3, Number.POSITIVE_INFINITY), {
          minLength: rows * cols,
          maxLength: rows * cols,
        }),
      }),
    );
    fc.assert(
      fc.property(tiny, (problem) => {
        const solution = solveTransport(problem);
        const best = bruteForce(problem);
        if (best === Number.POSITIVE_INFINITY) expect(solution.verdict).toBe("infeasible");
        else expect([solution.verdict, solution.cost]).toEqual(["optimal", best]);
      }),
      { numRuns: 600 },
    );
  });

  it("agrees with HiGHS on cost and verdict, and proves it or names the conflict", async () => {
    await fc.assert(
      fc.asyncProperty(transportProblems, async (problem) => {
        const solution = solveTransport(problem);
        const model = transportModel(problem);
        const feasible = model.rows.every((row) => row.terms.length > 0 || row.lower === 0);
        const other =
          model.variables.length === 0
            ? { verdict: feasible ? "optimal" : "infeasible", value: 0 }
            : await solveLinear(model, { solver: "highs" });
        expect(solution.verdict).toBe(other.verdict);
        if (solution.verdict === "optimal") {
          // prices are of the size of costs, not of the artificial ones
          const money = [problem.costs, problem.surplusCosts ?? 0, problem.shortagePrices ?? 0].flatMap((list) =>
            typeof list === "number" ? [list] : Array.from(list),
          );
          const size = Math.max(...money.map((c) => (Number.isFinite(c) ? Math.abs(c) : 0)));
          for (const price of solution.sourcePrices) expect(Math.abs(price)).toBeLessThanOrEqual(8 * size);
          expect(Math.abs(solution.cost - other.value)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(other.value)));
          expect(checkTransport(problem, solution).failures).toEqual([]);
        } else {
          const { kind, demand, supply } = solution.conflict!;
          if (kind === "shortage") expect(demand).toBeGreaterThan(supply);
          else expect(supply).toBeGreaterThan(demand);
        }
      }),
      { numRuns: 700 },
    );
  });

  it("is the same from the last basis as from scratch, whatever has changed", () => {
    const solvers = new Map<string, TransportSolver>();
    fc.assert(
      fc.property(transportProblems, (problem) => {
        const key = `${problem.supplies.length} ${problem.demands.length}`;
        const solver = solvers.get(key) ?? new TransportSolver();
        solvers.set(key, solver);
        const warm = solver.solve(problem);
        const cold = solveTransport(problem);
        expect([warm.verdict, warm.cost]).toEqual([cold.verdict, cold.cost]);
        if (warm.verdict === "optimal") expect(checkTransport(problem, warm).failures).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it("of real numbers is right within a grid that is stated", async () => {
    const real = fc.double({ min: 0, max: 1000, noNaN: true }).map((x) => (x < 1e-3 ? 0 : x));
    const problems = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([rows, cols]) =>
      fc.record({
        supplies: fc.array(real, { minLength: rows, maxLength: rows }),
        demands: fc.array(real, { minLength: cols, maxLength: cols }),
        costs: fc.array(real, { minLength: rows * cols, maxLength: rows * cols }),
        shortagePrices: real,
      }),
    );
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const solution = solveTransport(problem);
        expect(solution.verdict).toBe("optimal");
        expect(checkTransport(problem, solution).failures).toEqual([]);
        const { value } = await solveLinear(transportModel(problem), { solver: "highs" });
        expect(Math.abs(solution.cost - value)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(value)));
      }),
      { numRuns: 200 },
    );
  });

  it("that balances in real numbers stays feasible although sums of decimals do not", () => {
    const supplies = [0.1, 0.2, 0.3];
    const problem = { supplies, demands: [0.6], costs: [1, 2, 3], surplusCosts: Number.POSITIVE_INFINITY };
    expect(solveTransport(problem)).toMatchObject({ verdict: "optimal", exact: false });
  });
});

describe("the checker of transport", () => {
  const problem = { supplies: [5, 3], demands: [4, 4], costs: [1, 2, 3, 1] };
  type Solution = ReturnType<typeof solveTransport>;
  const broken = (list: (s: Solution) => Float64Array | Int32Array, at: number, change: number) => {
    const solution = solveTransport(problem);
    list(solution)[at]! += change;
    return checkTransport(problem, solution).failures.join("; ");
  };

  it("refuses another plan, other prices, and amounts that do not add up", () => {
    expect(broken((s) => s.amounts, 0, 1)).toMatch(/breaks a bound/);
    expect(broken((s) => s.targetPrices, 0, 1)).toMatch(/to be saved/);
    expect(broken((s) => s.targetPrices, 0, -1)).toMatch(/something used loses.*differ/);
    expect(broken((s) => s.targets, 1, -1)).toMatch(/breaks a bound/);
  });

  it("refuses a pair that may not be used", () => {
    const solution = solveTransport(problem);
    const forbidden = { ...problem, costs: [Number.POSITIVE_INFINITY, 2, 3, 1] };
    expect(checkTransport(forbidden, solution).failures.join()).toMatch(/forbidden pair 0, 0/);
  });
});

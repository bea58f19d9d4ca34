import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkFlow, type FlowProblem, FlowSolver, flowModel, solveFlow, solveLinear } from "../../src/solve/index.js";
import { exactFlowCost } from "./exact-flow.js";
import { flowProblems } from "./problems.js";

async function compare(problem: FlowProblem): Promise<void> {
  const solution = solveFlow(problem);
  if (solution.verdict === "optimal") expect(checkFlow(problem, solution).failures).toEqual([]);
  if (solution.verdict === "unbounded") {
    const { cycle } = solution;
    expect(cycle!.reduce((sum, e) => sum + problem.costs[e]!, 0)).toBeLessThan(0);
    for (const e of cycle!) expect(problem.capacities?.[e] ?? Number.POSITIVE_INFINITY).toBe(Number.POSITIVE_INFINITY);
    cycle!.forEach((e, k) => {
      expect(problem.to[e]).toBe(problem.from[cycle![(k + 1) % cycle!.length]!]);
    });
  }
  if (solution.verdict === "infeasible") expect(solution.conflict!.missing).toBeGreaterThan(0);
  const model = flowModel(problem);
  const dead = model.rows.some((row) => row.terms.length === 0 && row.lower !== 0);
  if (model.variables.length === 0 || dead) {
    expect(solution.verdict === "optimal").toBe(!dead);
    return;
  }
  const other = await solveLinear(model, { solver: "highs" });
  // a problem may be both infeasible and unbounded in direction: then either may be said
  if (other.verdict === "infeasible") expect(solution.verdict).not.toBe("optimal");
  else expect(solution.verdict).toBe(other.verdict);
  if (other.verdict !== "optimal") return;
  expect(Math.abs(solution.cost - other.value)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(other.value)));
}

describe("a minimum-cost flow", () => {
  it("goes round a full arc, and its prices say what the arc's room is worth", () => {
    const problem = {
      nodeCount: 3,
      from: [0, 0, 1],
      to: [2, 1, 2],
      costs: [1, 2, 2],
      capacities: [5, 10, 10],
      supplies: [8, 0, -8],
    };
    const solution = solveFlow(problem);
    expect([...solution.flows]).toEqual([5, 3, 3]);
    expect(solution.cost).toBe(17);
    expect(solution.prices[2]! - solution.prices[0]!).toBe(4);
    expect(checkFlow(problem, solution)).toMatchObject({ ok: true, gap: 0 });
  });

  it("names the nodes that want more than can come in, and the full arcs at their border", () => {
    const problem = { nodeCount: 3, from: [0, 1], to: [1, 2], costs: [1, 1], capacities: [9, 4], supplies: [6, 0, -6] };
    expect(solveFlow(problem)).toMatchObject({
      verdict: "infeasible",
      conflict: { kind: "shortage", nodes: [2], missing: 2, arcs: [1] },
    });
  });

  it("names the cycle along which cost falls without end", () => {
    const problem = { nodeCount: 3, from: [0, 1, 2], to: [1, 2, 0], costs: [1, 1, -3], supplies: [0, 0, 0] };
    expect(solveFlow(problem)).toMatchObject({ verdict: "unbounded" });
    expect(solveFlow(problem).cycle!.toSorted()).toEqual([0, 1, 2]);
  });

  it("agrees with HiGHS under prices of surplus and shortage", async () => {
    await fc.assert(fc.asyncProperty(flowProblems({ lowers: false, negative: true }), compare), { numRuns: 700 });
  });

  it("agrees with HiGHS under lower bounds", async () => {
    await fc.assert(fc.asyncProperty(flowProblems({ lowers: true, negative: true }), compare), { numRuns: 500 });
  });

  it("agrees with exact integers to the last unit, at any magnitude that it takes as exact", () => {
    const scaled = fc
      .tuple(flowProblems({ lowers: false, negative: false }), fc.constantFrom(1, 997, 1e6 + 3, 1e9 + 7))
      .map(([p, factor]): FlowProblem => {
        return {
          nodeCount: p.nodeCount,
          from: p.from,
          to: p.to,
          capacities: p.capacities!,
          supplies: p.supplies,
          costs: Array.from(p.costs, (c) => c * factor),
        };
      });
    fc.assert(
      fc.property(scaled, (problem) => {
        const solution = solveFlow(problem);
        const exact = exactFlowCost(problem);
        if (exact === undefined) expect(solution.verdict).toBe("infeasible");
        else expect([solution.exact, BigInt(solution.cost)]).toEqual([true, exact]);
      }),
      { numRuns: 600 },
    );
  });

  it("is the same from the last basis as from scratch, whatever has changed", () => {
    const change = fc.record({ costs: fc.infiniteStream(fc.integer({ min: -2, max: 4 })), seed: fc.nat() });
    fc.assert(
      fc.property(
        flowProblems({ lowers: false, negative: false }),
        fc.array(change, { maxLength: 4 }),
        (first, changes) => {
          const solver = new FlowSolver();
          let problem = first;
          solver.solve(problem);
          for (const { costs, seed } of changes) {
            const supplies = Array.from(problem.supplies);
            supplies[seed % problem.nodeCount]! += 2;
            supplies[(seed >> 4) % problem.nodeCount]! -= 2;
            problem = {
              ...problem,
              supplies,
              costs: Array.from(problem.costs, (c) => Math.max(0, c + costs.next().value!)),
              capacities: Array.from(problem.capacities!, (c, e) =>
                (seed >> (e % 8)) & 1 ? c + 1 : Math.max(0, c - 1),
              ),
            };
            const warm = solver.solve(problem);
            const cold = solveFlow(problem);
            expect([warm.verdict, warm.cost]).toEqual([cold.verdict, cold.cost]);
            if (warm.verdict === "optimal") expect(checkFlow(problem, warm).failures).toEqual([]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

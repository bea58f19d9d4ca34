import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chooseSolver,
  LinearBuilder,
  type LinearModel,
  linearText,
  solveLinear,
  solveTransport,
  transportModel,
} from "../../src/solve/index.js";
import { loadHighs } from "../../src/solve/linear-highs.js";
import { transportProblems } from "./problems.js";

/** A bounded model of a few variables and rows; feasible or not. */
const models: fc.Arbitrary<LinearModel> = fc
  .tuple(
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
    fc.constantFrom("min" as const, "max" as const),
  )
  .chain(([variables, rows, sense]) => {
    const small = fc.integer({ min: -6, max: 6 });
    return fc
      .record({
        costs: fc.array(small, { minLength: variables, maxLength: variables }),
        lowers: fc.array(fc.integer({ min: -4, max: 2 }), { minLength: variables, maxLength: variables }),
        matrix: fc.array(fc.array(small, { minLength: variables, maxLength: variables }), {
          minLength: rows,
          maxLength: rows,
        }),
        bounds: fc.array(fc.tuple(small, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 })), {
          minLength: rows,
          maxLength: rows,
        }),
      })
      .map((raw) => {
        const builder = new LinearBuilder(sense);
        raw.costs.forEach((cost, k) => {
          const lower = raw.lowers[k]!;
          builder.variable(`x${k}`, cost, { lower, upper: lower + 7 });
        });
        raw.matrix.forEach((coefficients, r) => {
          const [from, width, kind] = raw.bounds[r]!;
          const terms = coefficients.map((c, k) => [k, c] as const).filter(([, c]) => c !== 0);
          const bounds = [{ lower: from }, { upper: from + width }, { lower: from, upper: from + width }][kind]!;
          builder.row(`r${r}`, terms, bounds);
        });
        return builder.model;
      });
  });

describe("a linear programme", () => {
  it("has one optimum, whoever solves it", async () => {
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const small = await solveLinear(model, { solver: "javascript-lp-solver" });
        const large = await solveLinear(model, { solver: "highs" });
        expect(small.verdict).toBe(large.verdict);
        if (large.verdict !== "optimal") expect(large.conflict!.length).toBeGreaterThan(0);
        else expect(small.value).toBeCloseTo(large.value, 5);
      }),
      { numRuns: 200 },
    );
  });

  it("of a transportation problem has the optimum that network simplex finds", async () => {
    await fc.assert(
      fc.asyncProperty(transportProblems, async (problem) => {
        const own = solveTransport(problem);
        fc.pre(own.verdict === "optimal");
        const model = transportModel(problem);
        fc.pre(model.variables.length > 0);
        for (const solver of ["javascript-lp-solver", "highs"] as const) {
          expect((await solveLinear(model, { solver })).value).toBeCloseTo(own.cost, 5);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("goes to the solver that suits its size, and says so", async () => {
    const tiny = new LinearBuilder();
    tiny.variable("x", 1);
    expect(chooseSolver(tiny.model)).toMatchObject({ solver: "javascript-lp-solver" });
    const whole = new LinearBuilder();
    whole.variable("x", 1, { integer: true });
    expect(chooseSolver(whole.model).chosen).toMatch(/HiGHS: 1 variables x 0 rows, some of them integer/);
    const wide = new LinearBuilder();
    for (let k = 0; k < 100; k++) wide.row(`r${k}`, [[wide.variable(`x${k}`, 1), 1]], { lower: 1 });
    expect(await solveLinear(wide.model)).toMatchObject({ solver: "highs", value: 100, chosen: /more than/ });
  });

  it("gives prices, and of integers a bound and a gap", async () => {
    const builder = new LinearBuilder("max");
    const [x, y] = [builder.variable("x", 5), builder.variable("y", 4)];
    builder.row(
      "wood",
      [
        [x, 6],
        [y, 4],
      ],
      { upper: 24 },
    );
    builder.row(
      "work",
      [
        [x, 1],
        [y, 2],
      ],
      { upper: 6 },
    );
    const lp = await solveLinear(builder.model, { solver: "highs" });
    expect(lp.value).toBeCloseTo(21, 9);
    expect(Array.from(lp.prices!, (p) => Number(p.toFixed(6)))).toEqual([0.75, 0.5]);
    for (const v of builder.model.variables) v.integer = true;
    const mip = await solveLinear(builder.model);
    expect(mip).toMatchObject({ verdict: "optimal", value: 20, bound: 20, gap: 0, solver: "highs" });
  });

  it("names the rows in conflict", async () => {
    const builder = new LinearBuilder();
    const x = builder.variable("x", 1);
    const y = builder.variable("y", 1);
    builder.row("at least five", [[x, 1]], { lower: 5 });
    builder.row("harmless", [[y, 1]], { lower: 1 });
    builder.row(
      "together at most four",
      [
        [x, 1],
        [y, 1],
      ],
      { upper: 4 },
    );
    for (const solver of ["javascript-lp-solver", "highs"] as const) {
      const { verdict, conflict } = await solveLinear(builder.model, { solver });
      expect(verdict).toBe("infeasible");
      expect(conflict).toContain("at least five");
      expect(conflict).toContain("together at most four");
    }
  });

  it("without an end says so", async () => {
    const builder = new LinearBuilder("max");
    builder.row("r", [[builder.variable("x", 1), 1]], { lower: 1 });
    for (const solver of ["javascript-lp-solver", "highs"] as const) {
      expect((await solveLinear(builder.model, { solver })).verdict).toBe("unbounded");
    }
  });

  it("refuses what makes no sense, and names it", async () => {
    const builder = new LinearBuilder();
    await expect(solveLinear(builder.model)).rejects.toThrow(/empty/);
    builder.variable("x", Number.NaN);
    await expect(solveLinear(builder.model)).rejects.toThrow(/cost of variable x is NaN/);
    const crossed = new LinearBuilder();
    crossed.row("r", [[crossed.variable("x", 1), 1]], { lower: 2, upper: 1 });
    await expect(solveLinear(crossed.model)).rejects.toThrow(/bounds of row r/);
  });

  it("reads back from its text with the same optimum", async () => {
    const highs = await loadHighs();
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const own = await solveLinear(model, { solver: "highs" });
        const read = highs.solve(linearText(model));
        if (own.verdict === "optimal") expect(read.ObjectiveValue).toBeCloseTo(own.value, 5);
        else expect(read.Status).not.toBe("Optimal");
      }),
      { numRuns: 100 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CoupledPool,
  coupledCost,
  lazyCapacity,
  pathCost,
  recedingHorizon,
  type StepCosts,
  type SwitchingProblem,
  solveCoupled,
  solveMinimumUpTime,
  solveSwitching,
} from "../../src/solve/index.js";

type Hinge = SwitchingProblem & { costs: StepCosts };

/** The programme as it is defined: every state from every state. */
function slowly(problem: SwitchingProblem, steps: number, allowed?: (path: number[]) => boolean): number {
  let best = Number.POSITIVE_INFINITY;
  const path: number[] = [];
  const visit = (): void => {
    if (path.length === steps) {
      if (!allowed || allowed(path)) best = Math.min(best, pathCost(problem, path));
      return;
    }
    const before = path.at(-1) ?? problem.start;
    for (let x = 0; x <= problem.replicasMax; x++) {
      if (path.length < (problem.delaySteps ?? 0) && x > before!) continue;
      path.push(x);
      visit();
      path.pop();
    }
  };
  visit();
  return best;
}

const hinges = (steps: number, replicasMax: number): fc.Arbitrary<Hinge> =>
  fc.record(
    {
      replicasMax: fc.constant(replicasMax),
      costs: fc.record({
        demand: fc.array(fc.integer({ min: 0, max: replicasMax + 1 }), { minLength: steps, maxLength: steps }),
        run: fc.integer({ min: 0, max: 3 }),
        shortage: fc.integer({ min: 0, max: 9 }),
        idle: fc.integer({ min: 0, max: 3 }),
      }),
      switching: fc.oneof(
        fc.record({ kind: fc.constant("quadratic" as const), alpha: fc.constantFrom(0, 0.5, 1, 4) }),
        fc.record({
          kind: fc.constant("linear" as const),
          up: fc.constantFrom(0, 1, 5),
          down: fc.constantFrom(0, 0.5, 3),
        }),
      ),
      start: fc.integer({ min: 0, max: replicasMax }),
    },
    { requiredKeys: ["replicasMax", "costs", "switching"] },
  ) as fc.Arbitrary<Hinge>;

describe("switching between replica counts", () => {
  it("is the cheapest of all paths, quadratic, linear, free, from a start or not", () => {
    fc.assert(
      fc.property(hinges(5, 3), (problem) => {
        const { cost, path } = solveSwitching(problem);
        expect(cost).toBeCloseTo(slowly(problem, 5), 9);
        expect(pathCost(problem, path)).toBeCloseTo(cost, 9);
      }),
      { numRuns: 400 },
    );
  });

  it("of any table of costs is what a programme quadratic in the states finds", () => {
    const tables = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 240, maxLength: 240 });
    fc.assert(
      fc.property(tables, fc.constantFrom(0.01, 0.5, 3), (numbers, alpha) => {
        const table = Float64Array.from(numbers);
        const [states, steps] = [20, 12];
        let value = Array.from({ length: states }, (_, x) => table[x]!);
        for (let t = 1; t < steps; t++) {
          value = value.map(
            (_, x) => Math.min(...value.map((v, y) => v + alpha * (x - y) * (x - y))) + table[t * states + x]!,
          );
        }
        const problem: SwitchingProblem = {
          replicasMax: 19,
          costs: { table },
          switching: { kind: "quadratic", alpha },
        };
        const { cost, path } = solveSwitching(problem);
        expect(cost).toBeCloseTo(Math.min(...value), 8);
        expect(pathCost(problem, path)).toBeCloseTo(cost, 8);
      }),
      { numRuns: 150 },
    );
  });

  it("has the published optimum at 2,016 steps and 1,000 states", () => {
    const demand = Float64Array.from(
      { length: 2016 },
      (_, t) => 500 + 300 * Math.sin((2 * Math.PI * t) / 144) + ((7919 * t) % 101) - 50,
    );
    const { cost, path } = solveSwitching({
      replicasMax: 999,
      costs: { demand, shortage: 4, idle: 1 },
      switching: { kind: "quadratic", alpha: 0.5 },
    });
    expect(cost).toBeCloseTo(160_573.775049, 5);
    expect(path.reduce((sum, x) => sum + x, 0)).toBe(1_066_299);
  });

  it("with a delay adds nothing before it has passed", () => {
    fc.assert(
      fc.property(hinges(5, 3), fc.integer({ min: 1, max: 3 }), (problem, delaySteps) => {
        const delayed = { ...problem, start: problem.start ?? 1, delaySteps };
        expect(solveSwitching(delayed).cost).toBeCloseTo(slowly(delayed, 5), 9);
      }),
      { numRuns: 200 },
    );
  });

  it("with a minimum up-time stops nothing young", async () => {
    const keeps = (up: number, start: number) => (path: number[]) =>
      path.every((x, t) => {
        let young = 0;
        for (let s = Math.max(0, t - up + 1); s <= t; s++)
          young += Math.max(0, path[s]! - (s > 0 ? path[s - 1]! : start));
        return x >= young;
      });
    await fc.assert(
      fc.asyncProperty(hinges(5, 2), fc.integer({ min: 1, max: 3 }), async (problem, up) => {
        fc.pre(problem.switching.kind === "linear");
        const whole = { ...problem, start: 0 };
        const { cost, path } = await solveMinimumUpTime(whole, up);
        expect(cost).toBeCloseTo(slowly(whole, 5, keeps(up, 0)), 6);
        expect(pathCost(whole, path)).toBeCloseTo(cost, 6);
      }),
      { numRuns: 80 },
    );
  });

  it("refuses numbers that make no sense", () => {
    const good: SwitchingProblem = {
      replicasMax: 3,
      costs: { demand: [1, 2], shortage: 1 },
      switching: { kind: "quadratic", alpha: 1 },
    };
    expect(() => solveSwitching({ ...good, replicasMax: 70_000 })).toThrow(/65535/);
    expect(() => solveSwitching({ ...good, start: 4 })).toThrow(/0 \.\. 3/);
    expect(() => solveSwitching({ ...good, delaySteps: 1 })).toThrow(/provisioning has a delay/);
    expect(() => solveSwitching({ ...good, costs: { demand: [1, Number.NaN], shortage: 1 } })).toThrow(/step 1 is NaN/);
    expect(() => solveSwitching({ ...good, switching: { kind: "quadratic", alpha: -1 } })).toThrow(/-1/);
  });
});

describe("deciding as demand comes", () => {
  it("lazily costs at most three times the best in hindsight", () => {
    let worst = 0;
    fc.assert(
      fc.property(hinges(40, 6), fc.integer({ min: 1, max: 20 }), (problem, up) => {
        const charged: Hinge = { ...problem, start: 0, switching: { kind: "linear", up, down: 0 } };
        const best = solveSwitching(charged).cost;
        const lazy = lazyCapacity(charged).cost;
        expect(lazy).toBeLessThanOrEqual(3 * best + 1e-9);
        expect(lazy).toBeGreaterThanOrEqual(best - 1e-9);
        if (best > 0) worst = Math.max(worst, lazy / best);
      }),
      { numRuns: 500 },
    );
    expect(worst).toBeGreaterThan(1.2);
  });

  it("lazily uses the past alone", () => {
    const make = (last: number): Hinge => ({
      replicasMax: 9,
      costs: { demand: [3, 1, 4, 1, 5, last], run: 1, shortage: 7 },
      switching: { kind: "linear", up: 4, down: 0 },
      start: 0,
    });
    expect([...lazyCapacity(make(9)).path.slice(0, 5)]).toEqual([...lazyCapacity(make(0)).path.slice(0, 5)]);
  });

  it("with a perfect forecast of the whole horizon is optimal, and with a window no better", () => {
    fc.assert(
      fc.property(hinges(12, 5), (problem) => {
        const own = { ...problem, start: 0 };
        const truth = (t: number, window: number) => Array.from(own.costs.demand).slice(t, t + window);
        const best = solveSwitching(own).cost;
        expect(recedingHorizon(own, truth, 12).cost).toBeCloseTo(best, 8);
        expect(recedingHorizon(own, truth, 3).cost).toBeGreaterThanOrEqual(best - 1e-9);
      }),
      { numRuns: 60 },
    );
  });
});

describe("several pools for one demand", () => {
  const pools = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
    .map(([run, alpha]): CoupledPool[] => [
      { name: "a", replicasMax: 3, serves: 1, run, switching: { kind: "quadratic", alpha }, start: 1 },
      { name: "b", replicasMax: 2, serves: 2, run: 3, switching: { kind: "linear", up: 2, down: 1 }, start: 0 },
    ]);

  it("have a bound below and a plan above the exact optimum", () => {
    let gaps = 0;
    let count = 0;
    fc.assert(
      fc.property(pools, fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 3, maxLength: 3 }), (list, demand) => {
        let exact = Number.POSITIVE_INFINITY;
        const all: [number, number][] = [];
        for (let a = 0; a <= 3; a++) for (let b = 0; b <= 2; b++) all.push([a, b]);
        for (const x of all)
          for (const y of all)
            for (const z of all) {
              const paths = [0, 1].map((p) => Int32Array.of(x[p]!, y[p]!, z[p]!));
              exact = Math.min(exact, coupledCost(list, paths, demand, 10));
            }
        const solution = solveCoupled(list, demand, 10);
        expect(solution.bound).toBeLessThanOrEqual(exact + 1e-6);
        expect(solution.cost).toBeGreaterThanOrEqual(exact - 1e-9);
        expect(coupledCost(list, solution.paths, demand, 10)).toBeCloseTo(solution.cost, 9);
        gaps += exact > 0 ? (solution.cost - exact) / exact : 0;
        count++;
      }),
      { numRuns: 60 },
    );
    // the plan itself is close: within 3 % on average on these tiny, coarse cases
    expect(gaps / count).toBeLessThan(0.03);
  });
});

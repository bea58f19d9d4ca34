import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pressure, type RebalanceProblem, rebalance, rebalanceJointly } from "../../src/solve/index.js";

const objective = (p: RebalanceProblem, after: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < after.length; i++) {
    const gap = p.demand[i]! - after[i]!;
    const weight = typeof p.weights === "number" ? p.weights : (p.weights?.[i] ?? 1);
    if (p.twoSided || gap > 0) sum += weight * gap * gap;
  }
  return sum;
};

describe("the two clouds of the worked example", () => {
  const kinds = {
    cpu: { supply: [200, 150], demand: [100, 100], stepMax: 100 },
    gpu: { supply: [40, 30], demand: [20, 20], stepMax: 20 },
    storage: { supply: [2, 1.5], demand: [1, 1] },
  };

  it("are short of nothing, and nothing moves", () => {
    for (const kind of Object.values(kinds)) {
      const { moves, moved, objective: left } = rebalance(kind);
      expect([...moves]).toEqual([0, 0]);
      expect([moved, left]).toEqual([0, 0]);
    }
    expect(pressure(100, 200)).toBe(0.5);
    expect(pressure(100, 150)).toBeCloseTo(0.67, 2);
  });

  it("two-sided, as printed, move 25 CPU, 5 GPU and 0.25 TB although nothing is short", () => {
    for (const [kind, amount] of [
      ["cpu", 25],
      ["gpu", 5],
      ["storage", 0.25],
    ] as const) {
      const { moves } = rebalance({ ...kinds[kind], twoSided: true });
      expect([...moves]).toEqual([-amount, amount]);
    }
  });

  it("do not end where the article ends: 199.33 / 39.33 and 150.67 / 30.67", () => {
    for (const twoSided of [false, true]) {
      expect(rebalance({ ...kinds.cpu, twoSided }).after[0]).not.toBeCloseTo(199.33, 1);
      expect(rebalance({ ...kinds.gpu, twoSided }).after[0]).not.toBeCloseTo(39.33, 1);
    }
    // and 0.67 is a ratio: its sum over kinds is no amount of CPUs
    expect(200 - 199.33).toBeCloseTo(pressure(100, 150), 1);
  });

  it("with B at 80 CPU move exactly the missing 20; two-sided 60", () => {
    const short = { supply: [200, 80], demand: [100, 100], stepMax: 100 };
    expect([...rebalance(short).moves]).toEqual([-20, 20]);
    expect([...rebalance({ ...short, twoSided: true }).moves]).toEqual([-60, 60]);
    expect([...rebalance({ ...short, stepMax: 15 }).moves]).toEqual([-15, 15]);
  });
});

describe("rebalancing", () => {
  const problems: fc.Arbitrary<RebalanceProblem> = fc.integer({ min: 2, max: 4 }).chain((n) =>
    fc.record({
      supply: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: n, maxLength: n }),
      demand: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: n, maxLength: n }),
      weights: fc.array(fc.constantFrom(1, 1, 2, 5), { minLength: n, maxLength: n }) as fc.Arbitrary<ArrayLike<number>>,
      stepMax: fc.oneof(fc.constantFrom(0, 1, 2, 5), fc.constant(Number.POSITIVE_INFINITY)),
      twoSided: fc.boolean(),
    }),
  );

  it("keeps what there is, stays within bounds, and no small exchange is better", () => {
    fc.assert(
      fc.property(problems, (p) => {
        const s = rebalance(p);
        expect(s.moves.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 9);
        const step = p.stepMax as number;
        s.after.forEach((amount, i) => {
          expect(amount).toBeGreaterThanOrEqual(-1e-9);
          expect(Math.abs(s.moves[i]!)).toBeLessThanOrEqual(step + 1e-9);
        });
        expect(s.objective).toBeCloseTo(objective(p, s.after), 9);
        for (let i = 0; i < s.after.length; i++) {
          for (let j = 0; j < s.after.length; j++) {
            const move = 1e-3;
            const [gives, takes] = [s.moves[i]! - move, s.moves[j]! + move];
            if (i === j || s.after[i]! < move || gives < -step || takes > step) continue;
            const other = s.after.map((a, k) => (k === i ? a - move : k === j ? a + move : a));
            expect(objective(p, other)).toBeGreaterThanOrEqual(s.objective - 1e-9);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("is as good as every whole-number exchange, and one-sided moves no more than such a one", () => {
    fc.assert(
      fc.property(problems, (p) => {
        const n = p.supply.length;
        const s = rebalance(p);
        let least = Number.POSITIVE_INFINITY;
        let fewest = Number.POSITIVE_INFINITY;
        const after = Array.from(p.supply);
        const visit = (i: number, left: number, moved: number): void => {
          if (i === n) {
            if (left !== 0) return;
            const value = objective(p, after);
            if (value < least - 1e-9) [least, fewest] = [value, moved];
            else if (value < least + 1e-9) fewest = Math.min(fewest, moved);
            return;
          }
          const most = Math.min(6, p.stepMax as number);
          for (let y = -Math.min(most, p.supply[i]!); y <= most; y++) {
            after[i] = p.supply[i]! + y;
            visit(i + 1, left - y, moved + Math.max(0, y));
          }
        };
        visit(0, 0, 0);
        expect(s.objective).toBeLessThanOrEqual(least + 1e-9);
        if (Math.abs(s.objective - least) < 1e-9 && !p.twoSided) expect(s.moved).toBeLessThanOrEqual(fewest + 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it("lets those with plenty give the same each, as far as they can", () => {
    const { moves } = rebalance({ supply: [10, 4, 1, 0], demand: [2, 2, 1, 7] });
    expect(Array.from(moves, (y) => y + 0)).toEqual([-5, -2, 0, 7]);
  });

  it("moves less the more a move costs, and within a joint budget", () => {
    const cpu = { supply: [100, 0], demand: [20, 60] };
    const gpu = { supply: [10, 0], demand: [2, 8] };
    const free = rebalanceJointly([cpu, gpu], [1, 10], 1e9);
    expect(free.kinds.map((k) => k.moved)).toEqual([60, 8]);
    const tight = rebalanceJointly([cpu, gpu], [1, 10], 70);
    expect(tight.spent).toBeCloseTo(70, 6);
    expect(tight.multiplier).toBeGreaterThan(0);
    // no other split of the same money is better
    const value = (c: number) => (60 - c) * (60 - c) + (8 - (70 - c) / 10) * (8 - (70 - c) / 10);
    const best = Math.min(...Array.from({ length: 6001 }, (_, k) => value(k / 100)));
    expect(tight.kinds[0]!.objective + tight.kinds[1]!.objective).toBeLessThanOrEqual(best + 1e-3);
  });

  it("refuses what makes no sense", () => {
    expect(() => rebalance({ supply: [1, -1], demand: [1, 1] })).toThrow(/Supply 1 is -1/);
    expect(() => rebalance({ supply: [1], demand: [1, 1] })).toThrow(/2 long/);
    expect(() => rebalance({ supply: [1, 1], demand: [1, Number.NaN] })).toThrow(/Demand 1 is NaN/);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bulk } from "../../src/engine/bulk.js";
import { createDraws } from "../../src/engine/draws.js";
import { FUSION_METHODS, FusionArea, type FusionMethod, fuseRanks, stackWeights } from "../../src/ensemble/index.js";
import { averageRow, confidenceRow, logPoolRow, type Row, trimmedRow, voteRow } from "../twins/fusion.js";

interface Problem {
  samples: number;
  classes: number;
  members: number;
  wide: boolean;
  masked: boolean;
  seed: number;
  weights: number[] | undefined;
}

const problems: fc.Arbitrary<Problem> = fc
  .record({
    samples: fc.integer({ min: 1, max: 90 }),
    classes: fc.integer({ min: 1, max: 13 }),
    members: fc.integer({ min: 1, max: 9 }),
    wide: fc.boolean(),
    masked: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1e6 }),
    even: fc.boolean(),
  })
  .map(({ even, ...p }) => ({
    ...p,
    weights: even ? undefined : Array.from({ length: p.members }, (_, i) => 1 + ((p.seed * (i + 3)) % 7)),
  }));

/** Coarse probabilities, so that votes tie, sums tie, and zeros occur. */
function fill(area: FusionArea, { samples, classes, members, masked, seed }: Problem): void {
  const draws = createDraws(seed, "members");
  for (let i = 0; i < members; i++) {
    const matrix = area.member(i);
    for (let n = 0; n < samples; n++) {
      const row = Array.from({ length: classes }, () => draws.integer(4));
      const sum = row.reduce((a, b) => a + b) || 1;
      row.forEach((x, c) => {
        matrix[n * classes + c] = x / sum;
      });
    }
  }
  if (!masked) return;
  const masks = area.masks();
  for (let n = 0; n < samples; n++) masks[n] = draws.integer(2 ** members);
}

function rowsOf(area: FusionArea, n: number, masked: boolean): { rows: Row[]; who: number[] } {
  const { classes, members } = area.shape;
  const who = Array.from({ length: members }, (_, i) => i).filter((i) => !masked || (area.masks()[n]! >>> i) & 1);
  return { rows: who.map((i) => Array.from(area.member(i).subarray(n * classes, (n + 1) * classes))), who };
}

/** What the definition gives; undefined where nobody answered. */
function slowly(method: FusionMethod, area: FusionArea, p: Problem, n: number): number[] | undefined {
  const { rows, who } = rowsOf(area, n, p.masked);
  if (rows.length === 0) return undefined;
  const weights = who.map((i) => (p.weights ?? new Array(p.members).fill(1))[i]!);
  if (method.startsWith("confidence")) return confidenceRow(rows, weights, method);
  if (method.startsWith("log-pool")) return logPoolRow(rows, weights);
  if (method === "average") {
    const total = weights.reduce((a, b) => a + b);
    return averageRow(
      rows,
      weights.map((w) => w / total),
      (x) => x,
    );
  }
  const middle = trimmedRow(rows, method === "median" ? (p.members - 1) >> 1 : Math.floor(p.members / 4));
  const sum = middle.reduce((a, b) => a + b);
  return middle.map((x) => (sum > 0 ? x / sum : 1 / p.classes));
}

/** Size of the weighted mean of the members' logarithms for a class. */
function logOf(area: FusionArea, p: Problem, n: number, c: number): number {
  const { rows, who } = rowsOf(area, n, p.masked);
  const weights = who.map((i) => (p.weights ?? new Array(p.members).fill(1))[i]!);
  const total = weights.reduce((a, b) => a + b);
  return rows.reduce((sum, row, i) => sum - (weights[i]! / total) * Math.log2(Math.max(2 ** -126, row[c]!)), 0);
}

const METHODS = Object.keys(FUSION_METHODS) as FusionMethod[];

describe("fusion", () => {
  for (const method of METHODS.filter((name) => name !== "vote")) {
    it(`${method}: what its definition gives, members missing or not`, () => {
      fc.assert(
        fc.property(problems, (p) => {
          const area = new FusionArea(p);
          fill(area, p);
          const fused = area.fuse(method as "average", p.weights ? { weights: p.weights } : {});
          for (let n = 0; n < p.samples; n++) {
            const expected = slowly(method, area, p, n);
            if (expected === undefined) continue;
            expected.forEach((x, c) => {
              const miss = Math.abs(fused[n * p.classes + c]! - x);
              // of a pool the error of the summed logarithm counts, which grows with its size before rows add up to 1
              const size = method === "log-pool" ? Math.abs(x) * (1 + logOf(area, p, n, c) / 4) : Math.abs(x);
              const bound = p.wide ? 1e-12 * size + 1e-15 : 3e-6 * size + (method.startsWith("log") ? 1e-37 : 1e-7);
              expect(miss, `sample ${n}, class ${c}`).toBeLessThanOrEqual(bound);
            });
          }
        }),
      );
    });
  }

  it("average: to the last bit, floats and doubles", () => {
    fc.assert(
      fc.property(problems, (p) => {
        const area = new FusionArea(p);
        fill(area, { ...p, masked: false });
        const fused = area.fuse("average", p.weights ? { weights: p.weights } : {});
        const given = p.weights ?? new Array<number>(p.members).fill(1);
        const sum = given.reduce((a, b) => a + b);
        const round = p.wide ? (x: number) => x : Math.fround;
        const weights = given.map((w) => round(w / sum));
        for (let n = 0; n < p.samples; n++) {
          const expected = averageRow(rowsOf(area, n, false).rows, weights, round);
          expect(Array.from(fused.subarray(n * p.classes, (n + 1) * p.classes))).toEqual(expected);
        }
      }),
    );
  });

  it("vote: the class of the definition, ties and all, members missing or not", () => {
    fc.assert(
      fc.property(problems, (p) => {
        const area = new FusionArea(p);
        fill(area, p);
        const labels = area.fuse("vote");
        const round = p.wide ? (x: number) => x : Math.fround;
        for (let n = 0; n < p.samples; n++) {
          expect(labels[n], `sample ${n}`).toBe(voteRow(rowsOf(area, n, p.masked).rows, round));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is the same bytes over any ranges, by several instances in one memory", () => {
    const p: Problem = {
      samples: 9001,
      classes: 10,
      members: 8,
      wide: false,
      masked: false,
      seed: 5,
      weights: undefined,
    };
    for (const method of METHODS) {
      const bulk = new Bulk();
      const whole = new FusionArea(p, bulk);
      fill(whole, p);
      const expected = Array.from(whole.fuse(method));
      for (const parts of [2, 3, 7]) {
        for (let k = parts - 1; k >= 0; k--) {
          const from = Math.floor((p.samples * k) / parts);
          const to = Math.floor((p.samples * (k + 1)) / parts);
          whole.fuse(method, { from, to });
        }
        expect(Array.from(whole.fuse(method, { from: 0, to: 0 }))).toEqual(expected);
      }
    }
    const bulk = new Bulk();
    const matrix = bulk.allocate(4 * 64);
    bulk.f32(matrix, 64).fill(0.5);
    const other = new Bulk(bulk.memory);
    other.exports.normalise(0, matrix, 0, 16, 4);
    expect(Array.from(bulk.f32(matrix, 64))).toEqual(new Array(64).fill(0.25));
  });

  it("logarithmic pool: fast and exact agree over the whole range of floats", () => {
    const area = new FusionArea({ samples: 5000, classes: 5, members: 3 });
    const draws = createDraws(3, "pool");
    for (let i = 0; i < 3; i++) {
      const matrix = area.member(i);
      for (let e = 0; e < matrix.length; e++) matrix[e] = draws.uniform() * 2 ** -draws.integer(120);
    }
    for (const weights of [
      [1, 1, 1],
      [0.3, 0.3, 0.4],
    ]) {
      const fast = area.fuse("log-pool", { weights }).slice();
      const exact = area.fuse("log-pool-exact", { weights });
      let worst = 0;
      for (let e = 0; e < fast.length; e++) {
        if (exact[e]! > 1e-30) worst = Math.max(worst, Math.abs(fast[e]! / exact[e]! - 1));
      }
      // the logarithm of a number near 2^-120 is known to 1e-5 in floats
      expect(worst).toBeLessThan(2e-5);
    }
  });
});

describe("what cannot be fused", () => {
  const area = () => new FusionArea({ samples: 3, classes: 2, members: 2 });
  for (const value of [Number.NaN, -0.1, 1.5, Number.POSITIVE_INFINITY]) {
    it(`a probability of ${value} is named by member, sample and class`, () => {
      const a = area();
      a.member(1)[3] = value;
      expect(() => a.check()).toThrow("Member 1, sample 1, class 1 is");
      a.masks()[1] = 1;
      expect(() => a.check()).not.toThrow();
    });
  }

  it("weights are a number a member, none below 0, not all 0; they are divided by their sum", () => {
    const a = area();
    a.member(0).fill(0.5);
    a.member(1).fill(1);
    expect(() => a.fuse("average", { weights: [1] })).toThrow("There are 1 weights: expected 2");
    expect(() => a.fuse("average", { weights: [1, -1] })).toThrow("Weight 1 is -1");
    expect(() => a.fuse("average", { weights: [0, 0] })).toThrow("add up to 0");
    expect(a.fuse("average", { weights: [3, 1] })[0]).toBe(0.625);
  });

  it("no members, no classes, more members than a mask has bits, values that are no probabilities", () => {
    expect(() => new FusionArea({ samples: 1, classes: 1, members: 0 })).toThrow("The number of members is 0");
    expect(() => new FusionArea({ samples: 1, classes: 0, members: 1 })).toThrow("The number of classes is 0");
    expect(() => new FusionArea({ samples: 1, classes: 1, members: 33 })).toThrow("from 1 to 32");
    const values = new FusionArea({ samples: 1, classes: 1, members: 2, rows: "values" });
    expect(() => values.fuse("vote")).toThrow("vote fuses probabilities");
    values.member(0)[0] = -7;
    values.member(1)[0] = 3;
    values.check();
    expect(values.fuse("median")[0]).toBe(-2);
  });
});

describe("stacking and ranks", () => {
  it("stacking finds the member that knows, and gives nothing to one that is against", () => {
    const draws = createDraws(9, "stack");
    const labels = Array.from({ length: 400 }, () => draws.integer(3));
    const answer = (right: number) =>
      labels.flatMap((label) => {
        const said = draws.uniform() < right ? label : (label + 1 + draws.integer(2)) % 3;
        return [0, 1, 2].map((c) => (c === said ? 0.8 : 0.1));
      });
    const [good, fair, bad] = stackWeights([answer(0.9), answer(0.6), answer(0.1)], labels, 3);
    expect(good).toBeGreaterThan(2 * fair!);
    expect(bad).toBe(0);
  });

  it("ranks are fused by the reciprocal, as the paper has it", () => {
    expect(
      fuseRanks([
        [1, 2, 3],
        [2, 3, 1],
        [2, 1],
      ]),
    ).toEqual([2, 1, 3]);
    expect(fuseRanks([[5], [4]])).toEqual([4, 5]);
    expect(fuseRanks([[5], [4]], [2, 1])).toEqual([5, 4]);
  });
});

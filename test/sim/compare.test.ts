import { describe, expect, it } from "vitest";
import { commonPairs, compareSides, type Side } from "../../src/sim/compare.js";
import { isMet, parseCondition } from "../../src/sim/gate.js";
import { interval } from "../../src/sim/statistics.js";
import { runOf } from "./rows.js";

const side = (jct: number[], data = "d", queue = "fifo", seed = 1): Side => ({
  data,
  runs: jct.map((jctSecondsMean, replication) =>
    runOf({ queue, replication, seed: seed + replication }, { jctSecondsMean }),
  ),
});
const compare = (a: Side, b: Side) => compareSides(a, b, commonPairs(a, b), ["jctSecondsMean"]);

describe("comparing two experiments", () => {
  it("pairs by replication where data and seeds are the same: shared luck drops out", () => {
    const [row] = compare(side([10, 20, 30]), side([11, 21, 31]));
    expect(row).toMatchObject({
      paired: true,
      meanA: 20,
      meanB: 21,
      difference: { mean: 1, halfWidth: 0 },
      pAdjusted: 0,
    });
  });

  it("is Welch's test where they are not (worked example: SciPy's ttest_ind, equal_var=False)", () => {
    const a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4];
    const b = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.0, 23.9];
    const [row] = compare(side(a), side(b, "other"));
    expect(row!.paired).toBe(false);
    expect(row!.difference.mean).toBeCloseTo(2.7667, 3);
    // t = 2.8470, 27.8 degrees of freedom, p = 0.0082; degrees rounded down make it a little larger
    expect(row!.pAdjusted).toBeCloseTo(0.0083, 3);
    const independent = compare(side(a), side(b, "d", "fifo", 99))[0]!;
    expect(independent.paired).toBe(false);
  });

  it("has no interval from one run a side, and says nothing of chance", () => {
    const [row] = compare(side([10]), side([12]));
    expect(row!.difference).toMatchObject({ mean: 2, halfWidth: Number.NaN });
    expect(row!.pAdjusted).toBeNaN();
  });

  it("leaves shaken runs and what only one side has out", () => {
    const a = side([10, 20]);
    const shaken = { ...a, runs: [...a.runs, runOf({ shake: 0 }, { jctSecondsMean: 999 })] };
    expect(compare(shaken, side([10, 20]))[0]!.meanA).toBe(15);
    expect(compare(side([1]), side([1], "d", "las"))).toEqual([]);
  });
});

describe("a condition", () => {
  const metrics = ["jctSecondsMean", "gpuAllocationRate"];
  const row = {
    a: { queue: "fifo", place: "first-fit" },
    b: { queue: "fifo", place: "first-fit" },
    load: 0.9,
    metric: "jctSecondsMean",
    meanA: 100,
    meanB: 103,
    difference: { ...interval([1, 3, 5]), low: -1, high: 7 },
    paired: true,
    pAdjusted: 0.1,
  };

  it.each([
    ["jctSecondsMean > +2 %", true],
    ["jctSecondsMean > +3 %", false],
    ["jctSecondsMean >= +3%", true],
    ["jctSecondsMean > 2 %", true],
    ["jctSecondsMean>+2.9", true],
    ["jctSecondsMean < -1", false],
    ["jctSecondsMean > 102", true],
    ["jctSecondsMean <= 103", true],
    ["jctSecondsMean > 1e3", false],
  ])("%s is judged on the change, the share or the value", (text, met) => {
    expect(isMet(parseCondition(text, metrics), row, false)).toBe(met);
  });

  it("is met for sure only where the whole interval meets it", () => {
    expect(isMet(parseCondition("jctSecondsMean > +2 %", metrics), row, true)).toBe(false);
    expect(isMet(parseCondition("jctSecondsMean > -2 %", metrics), row, true)).toBe(true);
  });

  it.each([
    ["jctSecondMean > +2 %", /nearest name is "jctSecondsMean"/],
    ["jctSecondsMean", /is no condition; expected METRIC > /],
    ["jctSecondsMean => 3", /is no condition/],
    ["jctSecondsMean > two", /is no condition/],
  ])("%s is refused with what was expected", (text, message) => {
    expect(() => parseCondition(text, metrics)).toThrow(message);
  });
});

import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/results.js";
import { rank } from "../../src/sim/ranking.js";
import { runOf } from "./rows.js";

const isOracle = (queue: string) => queue.endsWith("-oracle");

/** One run a value: replications 0, 1, ... */
function runs(queue: string, load: number | null, jct: number[]): RunResult[] {
  return jct.map((jctSecondsMean, replication) => runOf({ queue, load, replication }, { jctSecondsMean }));
}

describe("the ranking", () => {
  it("goes by load, then by mean JCT", () => {
    const rows = rank(
      [
        ...runs("fifo", 0.9, [9, 9]),
        ...runs("fifo", 0.5, [3, 3]),
        ...runs("las", 0.9, [4, 4]),
        ...runs("fifo", null, [7]),
      ],
      isOracle,
    );
    expect(rows.map((row) => [row.load, row.queue])).toEqual([
      [null, "fifo"],
      [0.5, "fifo"],
      [0.9, "las"],
      [0.9, "fifo"],
    ]);
  });

  it("never takes an oracle for the best, and still compares it", () => {
    const rows = rank(
      [...runs("srtf-oracle", 0.9, [1, 2, 3]), ...runs("las", 0.9, [2, 4, 6]), ...runs("fifo", 0.9, [9, 9, 9])],
      isOracle,
    );
    const [oracle, best, worst] = rows;
    expect(oracle).toMatchObject({ queue: "srtf-oracle", oracle: true, probabilityBetter: 1 });
    expect(oracle!.jctSecondsMeanVsBest.mean).toBe(-2);
    expect(best).toMatchObject({ queue: "las", oracle: false, probabilityBetter: 0 });
    expect(best!.jctSecondsMeanVsBest).toMatchObject({ mean: 0, halfWidth: 0, count: 3 });
    expect(worst!.jctSecondsMeanVsBest.mean).toBe(5);
  });

  it("pairs replications by number, in whatever order runs arrive, and leaves out the unmatched", () => {
    const las = runs("las", 0.9, [10, 20, 30]);
    const fifo = runs("fifo", 0.9, [12, 22, 32, 1000]);
    const row = rank([...fifo.toReversed(), ...las], isOracle).find((r) => r.queue === "fifo");
    expect(row!.jctSecondsMeanVsBest).toEqual({ mean: 2, halfWidth: 0, low: 2, high: 2, count: 3 });
    expect(row!.metrics.jctSecondsMean!.count).toBe(4);
  });

  it("has no difference to show where there are only oracles", () => {
    const [row] = rank(runs("srtf-oracle", 0.9, [1, 2]), isOracle);
    expect(row!.jctSecondsMeanVsBest.count).toBe(0);
    expect(row!.jctSecondsMeanVsBest.mean).toBeNaN();
  });

  it("puts a pair that finished nothing last", () => {
    const rows = rank([...runs("fifo", 0.9, [Number.NaN]), ...runs("las", 0.9, [5])], isOracle);
    expect(rows.map((row) => row.queue)).toEqual(["las", "fifo"]);
  });

  it("drops a metric that some replication does not have", () => {
    const some = [
      runOf({ replication: 0 }, { jctSecondsMean: 1, costUsd: 3 }),
      runOf({ replication: 1 }, { jctSecondsMean: 1 }),
    ];
    expect(Object.keys(rank(some, isOracle)[0]!.metrics)).toEqual(["jctSecondsMean"]);
  });

  it("refuses the same run twice", () => {
    expect(() => rank([...runs("fifo", 0.9, [1]), ...runs("fifo", 0.9, [1])], isOracle)).toThrow("replication 0");
  });
});

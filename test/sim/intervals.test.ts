// How often intervals cover a mean or percentile that is known: the only proof that 95 % means 95 %.

import { describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import { BATCHES, LAG_ONE_LIMIT } from "../../src/model/results.js";
import { batchMeans, lagOneCorrelation } from "../../src/sim/batches.js";
import { blockBootstrap, bootstrapMean } from "../../src/sim/bootstrap.js";
import { interval, mean, percentile, sorted } from "../../src/sim/statistics.js";
import { mser5 } from "../../src/sim/warmup.js";

/** Share of `times` tries in which an interval holds the truth; three standard errors of 95 % in 400 are 3.3 %. */
function coverage(times: number, truth: number, find: (i: number) => { low: number; high: number }): number {
  let covered = 0;
  for (let i = 0; i < times; i++) {
    const { low, high } = find(i);
    if (low <= truth && truth <= high) covered++;
  }
  return covered / times;
}

/**
 * Waits of an M/M/1 queue by Lindley's recursion, one after the other; mean rho / (mu - lambda). Starts empty, so the
 * first ones are too short.
 */
function waits(count: number, rho: number, seed: number): Float64Array {
  const { exponential } = createDraws(seed, "test/mm1");
  const out = new Float64Array(count);
  let wait = 0;
  for (let i = 0; i < count; i++) {
    out[i] = wait;
    wait = Math.max(0, wait + exponential() - exponential() / rho);
  }
  return out;
}

describe("95 % intervals cover a known truth as often as they say", () => {
  it("t over replications of a queue (M/M/1, load 0.5, mean wait 1)", () => {
    const share = coverage(400, 1, (i) => {
      const replications = Array.from({ length: 6 }, (_, r) => mean(waits(4000, 0.5, 10 * i + r).subarray(200)));
      return interval(replications);
    });
    expect(share).toBeGreaterThan(0.915);
    expect(share).toBeLessThan(0.985);
  });

  it("batch means of one long run of the same queue", () => {
    const share = coverage(300, 1, (i) => interval(batchMeans(waits(20_000, 0.5, 50_000 + i))));
    expect(share).toBeGreaterThan(0.91);
    expect(share).toBeLessThan(0.99);
  });

  it("bootstrap of the P90 of replications, each of 200 exponential values", () => {
    const { exponential, uniform } = createDraws(5, "test/p90");
    const p90 = () => percentile(sorted(Float64Array.from({ length: 200 }, exponential)), 0.9);
    // type 7 of a finite sample is not quite ln 10: its own mean, from many samples
    const truth = mean(Array.from({ length: 20_000 }, p90));
    for (const count of [5, 12]) {
      const share = coverage(300, truth, () => bootstrapMean(Array.from({ length: count }, p90), uniform));
      expect(share, `${count} replications`).toBeGreaterThan(0.9);
      expect(share, `${count} replications`).toBeLessThan(0.995);
    }
  }, 60_000);

  it("block bootstrap of the median of a sequence whose neighbours are alike", () => {
    const draws = createDraws(6, "test/blocks");
    // autoregressive with mean 0: its median is 0; a bootstrap of single values would cover about 65 %
    const share = coverage(200, 0, () => {
      let x = 0;
      const values = Float64Array.from({ length: 2000 }, () => {
        x = 0.7 * x + draws.normal();
        return x;
      });
      return blockBootstrap(values, BATCHES, [0.5], draws.uniform, 200)[0]!;
    });
    expect(share).toBeGreaterThan(0.89);
    expect(share).toBeLessThan(0.995);
  });
});

describe("batch means", () => {
  it("are the means of equal stretches, NaN left out", () => {
    const values = Array.from({ length: 2 * BATCHES }, (_, i) => (i === 3 ? Number.NaN : i));
    const batches = batchMeans(values);
    expect(batches).toHaveLength(BATCHES);
    expect([...batches.subarray(0, 3)]).toEqual([0.5, 2, 4.5]);
    expect(batchMeans([1, 2, 3])).toHaveLength(0);
  });

  it("show by the correlation of neighbours when a run is too short for them", () => {
    const { normal } = createDraws(9, "test/lag");
    const independent = Array.from({ length: BATCHES }, normal);
    expect(Math.abs(lagOneCorrelation(independent))).toBeLessThan(LAG_ONE_LIMIT);
    const drifting = Array.from({ length: BATCHES }, (_, i) => i);
    expect(lagOneCorrelation(drifting)).toBeGreaterThan(LAG_ONE_LIMIT);
  });
});

describe("MSER-5", () => {
  it("finds where a known start ends", () => {
    const { normal } = createDraws(4, "test/mser");
    const values = Float64Array.from({ length: 2000 }, (_, i) => (i < 400 ? 50 - i / 8 : 0) + normal());
    const { cut, settled } = mser5(values);
    expect(settled).toBe(true);
    expect(cut).toBeGreaterThan(370);
    expect(cut).toBeLessThan(420);
  });

  it("agrees with its definition written out in full", () => {
    const { uniform } = createDraws(8, "test/mser-plain");
    for (let round = 0; round < 50; round++) {
      const values = Float64Array.from({ length: 5 * (8 + Math.floor(20 * uniform())) }, uniform);
      const means = Array.from({ length: values.length / 5 }, (_, b) => mean(values.subarray(5 * b, 5 * b + 5)));
      const error = (d: number) => {
        const rest = means.slice(d);
        const centre = mean(rest);
        return rest.reduce((sum, x) => sum + (x - centre) ** 2, 0) / rest.length ** 2;
      };
      const cuts = Array.from({ length: means.length - 4 }, (_, d) => d);
      const best = cuts.reduce((a, b) => (error(b) < error(a) - 1e-15 ? b : a));
      const expected = 2 * best <= means.length ? { cut: 5 * best, settled: true } : { cut: 0, settled: false };
      expect(mser5(values)).toEqual(expected);
    }
  });

  it("cuts nothing from what is settled, and says when a run never settles", () => {
    const { normal } = createDraws(2, "test/mser-flat");
    const flat = mser5(Float64Array.from({ length: 5000 }, normal));
    expect(flat.settled).toBe(true);
    expect(flat.cut).toBeLessThan(500);
    expect(mser5(Float64Array.from({ length: 1000 }, (_, i) => i * i))).toEqual({ cut: 0, settled: false });
    expect(mser5([1, 2, 3])).toEqual({ cut: 0, settled: false });
  });

  it("removes the bias of a queue that starts empty", () => {
    // load 0.9: the mean wait is 9, the first jobs wait far less
    const runs = Array.from({ length: 40 }, (_, i) => waits(20_000, 0.9, 900 + i));
    const cuts = runs.map((run) => mser5(run));
    expect(cuts.filter((cut) => cut.settled).length).toBeGreaterThan(20);
  });
});

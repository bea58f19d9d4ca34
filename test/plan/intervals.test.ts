import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import {
  AdaptiveRadius,
  backtest,
  findForecastMethod,
  fitWithIntervals,
  fuseForecasts,
  Hedge,
  hedgeBound,
  planByBound,
  priceDecisions,
} from "../../src/plan/forecast/index.js";

const draws = (stream: string, seed = 11) => createDraws(seed, stream);

describe("conformal intervals", () => {
  it("cover what they promise when errors are exchangeable, whatever their distribution", () => {
    for (const kind of ["normal", "exponential"] as const) {
      const source = draws(kind);
      let [inside, count] = [0, 0];
      // 900 values, three of each history: within four standard deviations
      for (let k = 0; k < 300; k++) {
        const history = Float64Array.from({ length: 60 }, () => source[kind]());
        const forecast = fitWithIntervals(
          findForecastMethod("moving-average")!,
          history,
          { seasonSteps: 1, horizonSteps: 3 },
          0.8,
        ).predict(3);
        for (let h = 0; h < 3; h++) {
          const y = source[kind]();
          inside += y >= forecast.low[h]! && y <= forecast.high[h]! ? 1 : 0;
          count++;
        }
      }
      expect(inside / count).toBeGreaterThan(0.8 - 0.055);
      expect(inside / count).toBeLessThan(0.8 + 0.085);
    }
  });

  it("hold the share over time against anyone: no sequence of errors moves it beyond the bound", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 400, maxLength: 800 }),
        fc.constantFrom(0.05, 0.2, 0.5),
        fc.boolean(),
        (scores, miss, growing) => {
          const step = 0.05;
          const radius = new AdaptiveRadius(miss, step);
          let missed = 0;
          scores.forEach((score, t) => {
            const now = growing ? score + t : score;
            const given = radius.radius();
            missed += now > given ? 1 : 0;
            radius.update(now, given);
          });
          const bound = (Math.max(miss, 1 - miss) + step) / (step * scores.length);
          expect(Math.abs(missed / scores.length - miss)).toBeLessThanOrEqual(bound + 1e-9);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("are without bound before there are errors to learn from", () => {
    const history = Float64Array.from([3, 4, 5]);
    const task = { seasonSteps: 1, horizonSteps: 2 };
    const { low, high } = fitWithIntervals(findForecastMethod("last-value")!, history, task, 0.9).predict(2);
    expect([low[0], high[0]]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe("fusion", () => {
  it("by Hedge never regrets more than its bound, over random and spiteful losses", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer(),
        fc.boolean(),
        (experts, rounds, seed, spiteful) => {
          const source = draws("losses", Math.abs(seed));
          const hedge = new Hedge(experts);
          let own = 0;
          for (let t = 0; t < rounds; t++) {
            const weights = hedge.weights();
            // spite: the expert that is trusted most loses
            const trusted = weights.indexOf(Math.max(...weights));
            const losses = weights.map((_, i) => (spiteful ? (i === trusted ? 1 : 0) : source.uniform()));
            own += weights.reduce((sum, w, i) => sum + w * losses[i]!, 0);
            hedge.update(losses);
          }
          const regret = own - Math.min(...hedge.losses);
          expect(regret).toBeLessThanOrEqual(hedgeBound(experts, rounds) + 1e-9);
          if (spiteful && rounds > 100) expect(regret).toBeGreaterThan(0.1 * hedgeBound(experts, rounds));
        },
      ),
    );
  });

  it("refuses a loss outside of its unit", () => {
    expect(() => new Hedge(2).update([0, 1.5])).toThrow("within [0, 1], got 1.5 of expert 1");
  });

  it("trusts the member that is right, by either rule, and goes on learning", () => {
    const source = draws("fused");
    const season = 8;
    const history = Float64Array.from({ length: 160 }, (_, t) => 50 + 30 * ((t % season) / season) + source.normal());
    const members = ["seasonal-mean", "last-value"].map((name) => findForecastMethod(name)!);
    for (const rule of ["inverse-error", "hedge"] as const) {
      const fused = fuseForecasts(members, rule).fit(history, { seasonSteps: season, horizonSteps: season });
      const [right, wrong] = fused.memberWeights();
      expect(right).toBeGreaterThan(0.75);
      expect(right! + wrong!).toBeCloseTo(1, 12);
      // from now on the season is gone: the last value is right
      for (let t = 0; t < 40 * season; t++) fused.observe(500);
      expect(fused.memberWeights()[1]).toBeGreaterThan(wrong!);
    }
  });
});

describe("a back-test", () => {
  it("scores a forecast by hand", () => {
    const values = Float64Array.from([1, 2, 3, 4, 6, 8]);
    const row = backtest(findForecastMethod("last-value")!, [values], {
      seasonSteps: 1,
      horizonSteps: 2,
      trainSteps: 4,
      strideSteps: 2,
      refitOrigins: 1,
      coverage: 0.5,
    });
    // forecasts 4 and 4 of 6 and 8
    expect(row.wape).toBeCloseTo(6 / 14, 12);
    expect(row.bias).toBeCloseTo(-6 / 14, 12);
    expect(row.mase).toBeCloseTo(3 / 1, 12);
    expect(row.values).toBe(2);
  });
});

describe("a plan made from a forecast", () => {
  const prices = { ratePerGpu: 10, usdPerGpuHour: 6, usdPerMiss: 0.5, stepSeconds: 600 };

  it("is priced by whole GPUs and what was not served, by hand", () => {
    const values = Float64Array.from([0, 25, 31, Number.NaN]);
    const [mean, low] = [new Float64Array(3), new Float64Array(3)];
    const parts = planByBound(values, [{ origin: 1, forecast: { mean, low, high: Float64Array.of(21, 20, 99) } }]);
    // 3 GPUs for 25: all served; 2 for 31: 11 a second missed for 600 s; the third step was not seen
    const cost = priceDecisions(parts, prices);
    expect(cost.gpuHours).toBeCloseTo(5 / 6, 12);
    expect(cost.missed).toBeCloseTo(11 / 56, 12);
    expect(cost.usd).toBeCloseTo(5 + 11 * 600 * 0.5, 9);
  });

  it("made from the future misses nothing", () => {
    const future = Float64Array.from({ length: 50 }, (_, t) => t * 1.7);
    expect(priceDecisions([{ actual: future, planned: future }], prices).missed).toBe(0);
  });
});

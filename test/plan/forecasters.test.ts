import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDraws } from "../../src/engine/draws.js";
import type { WindtunnelError } from "../../src/model/errors.js";
import { carryBackShifts, FORECAST_METHODS, findForecastMethod } from "../../src/plan/forecast/index.js";
import { fitQuantile } from "../../src/plan/forecast/regression.js";
import { pinball } from "../../src/plan/forecast/scores.js";
import { smooth, smoothingCost } from "../../src/plan/forecast/smoothing.js";
import { minimise } from "../../src/solve/minimise.js";
import { solveRidge } from "../../src/solve/ridge.js";
import { smoothSlowly } from "../twins/smoothing.js";

const rate = fc.double({ min: 0, max: 1, noNaN: true });
const SEASON = 12;

/** A season, a trend and noise. */
function made(count: number, seed = 1, noise = 3, trend = 0.05): Float64Array {
  const draws = createDraws(seed, "series");
  return Float64Array.from(
    { length: count },
    (_, t) => 100 + trend * t + 20 * Math.sin((2 * Math.PI * t) / SEASON) + noise * draws.normal(),
  );
}

const errorOf = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (x, i) => Math.abs(x - b[i]!)).reduce((x, y) => x + y) / a.length;

function fitted(name: string, history: Float64Array, more: object = {}) {
  return findForecastMethod(name)!.fit(history, { seasonSteps: SEASON, horizonSteps: SEASON, ...more });
}

describe("smoothing", () => {
  it("is what the textbook's equations give, and its cost is the error of those forecasts", () => {
    fc.assert(
      fc.property(
        fc.record({
          values: fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 6, maxLength: 30 }),
          level: fc.double({ min: -20, max: 20, noNaN: true }),
          trend: fc.double({ min: -2, max: 2, noNaN: true }),
          season: fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 5 }),
          alpha: rate,
          beta: rate,
          gamma: rate,
          phi: rate,
          rho: rate,
        }),
        (s) => {
          const state = { ...s, season: Float64Array.from(s.season), error: 0, phase: 0 };
          const rates = { level: s.alpha, trend: s.beta, season: s.gamma, damping: s.phi, fade: s.rho };
          const { forecast } = smooth(s.values, state, false, rates, 4);
          const slow = smoothSlowly(s, 4);
          const size = Math.max(1, ...slow.map(Math.abs), ...s.values.map(Math.abs));
          for (let h = 0; h < 4; h++) expect(Math.abs(forecast[h]! - slow[h]!) / size).toBeLessThan(1e-6);
          const origin = 3;
          const steps = Math.min(2, s.values.length - origin);
          const guess = smoothSlowly({ ...s, values: s.values.slice(0, origin) }, steps);
          const expected = guess.reduce((sum, g, h) => sum + (g - s.values[origin + h]!) ** 2, 0) / steps;
          const cost = smoothingCost(s.values, state, false, 2, [origin])(rates);
          expect(cost).toBeCloseTo(expected, 6 - Math.ceil(Math.log10(1 + expected)));
        },
      ),
    );
  });

  it("goes on from a state as if it had never stopped", () => {
    const values = Array.from(made(100));
    const rates = { level: 0.2, trend: 0.02, season: 0.1, damping: 0.98, fade: 0.5 };
    for (const multiplicative of [false, true]) {
      const season = new Float64Array(SEASON).fill(multiplicative ? 1 : 0);
      const begin = { level: 100, trend: 0, season, error: 0, phase: 0 };
      const whole = smooth(values, begin, multiplicative, rates, 5);
      const half = smooth(values.slice(0, 41), begin, multiplicative, rates, 5);
      expect(smooth(values.slice(41), half.state, multiplicative, rates, 5)).toEqual(whole);
    }
  });

  it("goes on without a value that was not seen", () => {
    const begin = { level: 10, trend: 2, season: new Float64Array(1), error: 0, phase: 0 };
    const rates = { level: 0.5, trend: 0.1, season: 0, damping: 1, fade: 0 };
    const { state } = smooth([Number.NaN, Number.NaN], begin, false, rates, 1);
    expect(state).toMatchObject({ level: 14, trend: 2 });
  });
});

describe("every forecaster", () => {
  for (const method of FORECAST_METHODS) {
    it(`${method.name}: finite numbers with gaps, zeros, constants and after observing; the same again`, () => {
      const gaps = made(200).map((value, t) => (t % 17 === 3 || (t > 90 && t < 100) ? Number.NaN : value));
      for (const history of [gaps, made(200).map((v, t) => (t % 5 === 0 ? 0 : v)), new Float64Array(200).fill(7)]) {
        const run = () => {
          const forecaster = method.fit(history, { seasonSteps: SEASON, horizonSteps: 6 });
          for (const value of [5, Number.NaN, 100]) forecaster.observe(value);
          return forecaster.predict(30);
        };
        const forecast = run();
        expect(forecast.every(Number.isFinite)).toBe(true);
        expect(run()).toEqual(forecast);
      }
    });

    it(`${method.name}: does not look at what comes`, () => {
      const history = made(240);
      const before = method.fit(history.slice(0, 200), { seasonSteps: SEASON, horizonSteps: 6 }).predict(6);
      history.fill(1e6, 200);
      expect(method.fit(history.subarray(0, 200), { seasonSteps: SEASON, horizonSteps: 6 }).predict(6)).toEqual(before);
    });

    it(`${method.name}: refuses nothing but NaN, infinity, and seasons of no steps`, () => {
      const task = { seasonSteps: SEASON, horizonSteps: 6 };
      const bad = (history: Float64Array, own = task) => {
        try {
          method.fit(history, own);
        } catch (error) {
          return (error as WindtunnelError).code;
        }
        return "fitted";
      };
      expect(bad(new Float64Array(100).fill(Number.NaN))).toBe("FORECAST_INVALID");
      expect(bad(made(100).fill(Number.POSITIVE_INFINITY, 5, 6))).toBe("FORECAST_INVALID");
      expect(bad(made(100), { ...task, seasonSteps: 0 })).toBe("FORECAST_INVALID");
      expect(bad(made(100), { ...task, horizonSteps: 1.5 })).toBe("FORECAST_INVALID");
      expect(bad(new Float64Array(0))).toBe("FORECAST_INVALID");
    });
  }
});

describe("forecasters that know a season", () => {
  for (const name of ["holt-winters", "holt-winters-damped", "holt-winters-multiplicative", "ar-ridge"]) {
    it(`${name}: nearly exact without noise, and better than the season before with it`, () => {
      const truth = made(272, 1, 0);
      expect(errorOf(fitted(name, truth.slice(0, 240)).predict(12), truth.slice(240, 252))).toBeLessThan(2);
      let [own, naive] = [0, 0];
      for (let seed = 1; seed <= 5; seed++) {
        const noisy = made(252, seed, 6);
        own += errorOf(fitted(name, noisy.slice(0, 240)).predict(12), noisy.slice(240));
        naive += errorOf(fitted("seasonal-naive", noisy.slice(0, 240)).predict(12), noisy.slice(240));
      }
      expect(own).toBeLessThan(naive);
    });
  }

  it("theta is a line where the series is one, with half its slope to come", () => {
    const line = Float64Array.from({ length: 60 }, (_, t) => 5 + 2 * t);
    const forecast = findForecastMethod("theta")!.fit(line, { seasonSteps: 1, horizonSteps: 3 }).predict(3);
    expect(forecast[1]! - forecast[0]!).toBeCloseTo(1, 9);
    expect(forecast[0]!).toBeGreaterThan(line[58]!);
    expect(forecast[0]!).toBeLessThanOrEqual(line[59]! + 2);
  });

  it("a level that shifts for good is carried back; a trend, a season and noise are no shift", () => {
    const shifted = made(360, 3, 2).map((value, t) => (t < 341 ? value : value + 150));
    const { shifts } = carryBackShifts(shifted, SEASON);
    expect(shifts).toHaveLength(1);
    expect(Math.abs(shifts[0]!.step - 341)).toBeLessThanOrEqual(2);
    expect(Math.abs(shifts[0]!.size - 150)).toBeLessThan(10);
    const truth = made(372, 3, 0)
      .map((value) => value + 150)
      .slice(360);
    expect(errorOf(fitted("seasonal-mean", shifted).predict(12), truth)).toBeLessThan(8);
    for (let seed = 1; seed < 20; seed++) {
      expect(carryBackShifts(made(360, seed, 10, 0.3), SEASON).shifts).toEqual([]);
      expect(carryBackShifts(made(360, seed, 10, 0.3), 1).shifts).toEqual([]);
    }
  });

  it("holidays come back as a factor", () => {
    const isHoliday = (t: number) => Math.floor(t / SEASON) % 7 === 6;
    const holidays = made(7 * SEASON * 5, 4, 1, 0).map((value, t) => (isHoliday(t) ? value / 2 : value));
    const coming = made(7 * SEASON * 5 + 7 * SEASON, 4, 0, 0).map((value, t) => (isHoliday(t) ? value / 2 : value));
    const history = holidays.slice(0, 7 * SEASON * 5);
    const forecast = fitted("holt-winters", history, { isHoliday }).predict(7 * SEASON);
    expect(errorOf(forecast, coming.slice(7 * SEASON * 5))).toBeLessThan(2);
    expect(errorOf(fitted("holt-winters", history).predict(7 * SEASON), coming.slice(-7 * SEASON))).toBeGreaterThan(4);
  });
});

describe("what fits them", () => {
  it("the simplex search finds the bottom of Rosenbrock's valley", () => {
    const f = ([x, y]: readonly number[]) => (1 - x!) ** 2 + 100 * (y! - x! * x!) ** 2;
    const { point, value } = minimise(f, [-1.2, 1], [0.5, 0.5], 2000, 1e-14);
    expect(value).toBeLessThan(1e-10);
    expect(point[0]).toBeCloseTo(1, 4);
  });

  it("the simplex search treats what is no number as infinitely bad", () => {
    const { point } = minimise(([x]) => (x! < 1 ? Number.NaN : x! * x!), [3], [1], 200);
    expect(point[0]).toBeCloseTo(1, 3);
  });

  it("ridge coefficients leave no gradient", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 4, maxLength: 4 }), {
          minLength: 2,
          maxLength: 12,
        }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (rows, penalty) => {
          const x = rows.map((row) => row.slice(0, 3));
          const y = rows.map((row) => row[3]!);
          const w = solveRidge({ rows: x, targets: y, penalty });
          for (let j = 0; j < 3; j++) {
            let gradient = penalty * w[j]!;
            x.forEach((row, r) => {
              gradient += row[j]! * (row[0]! * w[0]! + row[1]! * w[1]! + row[2]! * w[2]! - y[r]!);
            });
            expect(Math.abs(gradient)).toBeLessThan(1e-8);
          }
        },
      ),
    );
  });

  it("a quantile regressed on nothing has nearly the least pinball loss that any number has", () => {
    const draws = createDraws(5, "quantile");
    const y = Array.from({ length: 201 }, () => draws.exponential());
    for (const level of [0.1, 0.5, 0.9]) {
      const [q] = fitQuantile(
        y.map(() => Float64Array.of(1)),
        y,
        level,
      );
      const loss = (at: number) => y.reduce((sum, v) => sum + pinball(v, at, level), 0);
      const least = Math.min(...y.map(loss));
      expect(loss(q!)).toBeLessThan(least * 1.01);
    }
  });
});

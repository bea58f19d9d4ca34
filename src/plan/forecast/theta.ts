// The Theta method: the series without its season, smoothed, plus half its trend.
// Sources: Assimakopoulos and Nikolopoulos 2000; Hyndman and Billah 2003 (it is simple smoothing with drift).

import { minimise } from "../../solve/minimise.js";
import { decompose, fitLine } from "./decompose.js";
import { checkHistory, type ForecastMethod } from "./forecaster.js";
import { Smoother, type SmoothingRates, smoothingCost } from "./smoothing.js";

const rates = (level: number): SmoothingRates => ({ level, trend: 0, season: 0, damping: 1, fade: 0 });

export const theta: ForecastMethod = {
  name: "theta",
  summary: "smoothed level of the series without its season, with half its trend",
  stepsMin: () => 4,
  fit(history, task) {
    checkHistory(theta, history, task);
    const seasons = Math.floor(history.length / task.seasonSteps);
    const seasonSteps = seasons >= 2 ? task.seasonSteps : 1;
    const whole = Math.floor(history.length / seasonSteps);
    const positive = history.every((value) => Number.isNaN(value) || value > 0);
    const { season } = decompose(history, seasonSteps, whole, positive);
    const plain = history.map((value, t) => {
      const part = season[t % seasonSteps]!;
      return positive ? value / part : value - part;
    });
    const { slope, at } = fitLine(plain);
    const level = plain.find((value) => !Number.isNaN(value)) ?? at(0);
    // the season is known by now: smoothing begins with it and leaves it, and the drift, alone
    const state = { season, level, trend: slope / 2, error: 0, phase: 0 };
    const origins = Array.from({ length: history.length - 1 }, (_, t) => t + 1);
    const cost = smoothingCost(history, state, positive, 1, origins);
    const rateOf = (x: number) => (x * x) / (1 + x * x);
    const { point } = minimise(([x]) => cost(rates(rateOf(x!))), [1], [0.5], 60, 1e-8);
    const smoother = new Smoother(state, positive, rates(rateOf(point[0]!)));
    for (const value of history) smoother.observe(value);
    return smoother;
  },
};

// Forecasts that need no fitting: what was last, what was a season ago, and means of either.

import { checkHistory, type Forecaster, type ForecastMethod, type ForecastTask, Recent } from "./forecaster.js";

const WINDOW_STEPS = 12;
const WINDOW_SEASONS = 5;

/** Mean of what was seen among the values so many steps back; NaN if none was. */
function meanBack(recent: Recent, backs: Iterable<number>): number {
  let sum = 0;
  let seen = 0;
  for (const back of backs) {
    const value = recent.at(back);
    if (Number.isNaN(value)) continue;
    sum += value;
    seen++;
  }
  return sum / seen;
}

function range(count: number, of: (k: number) => number): number[] {
  return Array.from({ length: count }, (_, k) => of(k));
}

/** `memory`: steps kept. `guess`: of the step `ahead` (0 is the next), from what is kept; NaN falls back to the last seen. */
function method(
  name: string,
  summary: string,
  memory: (task: ForecastTask) => number,
  guess: (recent: Recent, ahead: number, task: ForecastTask) => number,
): ForecastMethod {
  const own: ForecastMethod = {
    name,
    summary,
    stepsMin: ({ seasonSteps }) => (name.startsWith("seasonal") ? seasonSteps : 1),
    fit(history, task): Forecaster {
      checkHistory(own, history, task);
      const recent = new Recent(memory(task), history);
      let last = history.findLast((value) => !Number.isNaN(value))!;
      return {
        observe(value) {
          recent.push(value);
          if (!Number.isNaN(value)) last = value;
        },
        predict(steps) {
          return Float64Array.from({ length: steps }, (_, ahead) => {
            const value = guess(recent, ahead, task);
            return Number.isNaN(value) ? last : value;
          });
        },
      };
    },
  };
  return own;
}

export const lastValue = method(
  "last-value",
  "the last value seen",
  () => 1,
  () => Number.NaN,
);

export const movingAverage = method(
  "moving-average",
  `the mean of the last ${WINDOW_STEPS} steps`,
  () => WINDOW_STEPS,
  (recent) =>
    meanBack(
      recent,
      range(WINDOW_STEPS, (k) => k),
    ),
);

/** Steps from the latest value back to the one at the same place of the season before. */
const seasonBack = (ahead: number, { seasonSteps }: ForecastTask) => seasonSteps - 1 - (ahead % seasonSteps);

export const seasonalNaive = method(
  "seasonal-naive",
  "the value a season ago, or the latest seen at that place of the season",
  ({ seasonSteps }) => WINDOW_SEASONS * seasonSteps,
  (recent, ahead, task) => {
    for (let k = 0; k < WINDOW_SEASONS; k++) {
      const value = recent.at(seasonBack(ahead, task) + k * task.seasonSteps);
      if (!Number.isNaN(value)) return value;
    }
    return Number.NaN;
  },
);

export const seasonalMean = method(
  "seasonal-mean",
  `the mean of the last ${WINDOW_SEASONS} seasons at the same place`,
  ({ seasonSteps }) => WINDOW_SEASONS * seasonSteps,
  (recent, ahead, task) =>
    meanBack(
      recent,
      range(WINDOW_SEASONS, (k) => seasonBack(ahead, task) + k * task.seasonSteps),
    ),
);

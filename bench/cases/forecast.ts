// Fitting Holt-Winters and forecasting a season: parameters by search, 100 series of two weeks by ten minutes.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { findForecastMethod } from "#src/plan/forecast/index.js";
import { minimise } from "#src/solve/minimise.js";
import type { Case, Sample } from "../harness.js";
import { smoothInJavaScript } from "../twins/smoothing.js";
import type { DataFolders } from "./jobs.js";
import { draws } from "./solve.js";

/** The published series where they are at hand, else made ones of the same length. */
function seriesOf(folders: DataFolders, tiny: boolean): { season: number; list: Float64Array[]; published: boolean } {
  const path = folders.expected && join(folders.expected, "forecast", "series-100.csv.gz");
  if (!tiny && path && existsSync(path)) {
    const lines = gunzipSync(readFileSync(path)).toString("utf8").trim().split("\n");
    return { season: 144, list: lines.map((line) => Float64Array.from(line.split(","), Number)), published: true };
  }
  const season = tiny ? 12 : 144;
  const draw = draws(3);
  const list = Array.from({ length: tiny ? 2 : 100 }, () => {
    const size = 50 + draw(400);
    return Float64Array.from(
      { length: 14 * season },
      (_, t) => size * (2 + Math.sin((2 * Math.PI * t) / season)) + draw(1 + size / 4),
    );
  });
  return { season, list, published: false };
}

export function holtWintersCase(folders: DataFolders): Case {
  let all: ReturnType<typeof seriesOf> | undefined;
  const measure = (fitAndForecast: (history: Float64Array, season: number) => ArrayLike<number>): Sample => {
    const { season, list, published } = all!;
    const begun = performance.now();
    const forecasts = list.map((values) => fitAndForecast(values.slice(0, values.length - season), season));
    const millis = performance.now() - begun;
    let [miss, size] = [0, 0];
    list.forEach((values, s) => {
      for (let h = 0; h < season; h++) {
        const y = values[values.length - season + h]!;
        miss += Math.abs(y - forecasts[s]![h]!);
        size += Math.abs(y);
      }
    });
    if (published && !(miss / size <= 0.0392)) throw new Error(`WAPE ${miss / size}: expected at most 0.0392`);
    return { work: list.length, millis, hash: `WAPE ${(miss / size).toFixed(6)}` };
  };
  return {
    name: "forecast/holt-winters",
    unit: "series/s",
    better: "higher",
    runs: 5,
    baseline: {
      name: "the same search, JavaScript",
      run: () => measure((history, season) => smoothInJavaScript(history, season, minimise)),
    },
    async setup(tiny) {
      all = seriesOf(folders, tiny);
      const method = findForecastMethod("holt-winters")!;
      return {
        run: () =>
          measure((history, season) =>
            method.fit(history, { seasonSteps: season, horizonSteps: season }).predict(season),
          ),
      };
    },
  };
}

// Daily demand of warehouses: generated, with weekdays, a season of the year, holidays, shifts, days that were not recorded,
// and slow ones on which most days sell nothing.

import { createDraws, type Draws } from "../../engine/draws.js";
import { exp, log } from "../../engine/math.js";
import type { InventoryStudy } from "../../model/inventory-study.js";

export interface Warehouse {
  name: string;
  /** What was asked for. */
  actual: Float64Array;
  /** What a forecaster sees: NaN where it was not recorded. */
  recorded: Float64Array;
}

const YEAR_DAYS = 365;

/** Whole number with this mean: by product of uniforms (Knuth) below 30, rounded normal above. */
function poisson(mean: number, draws: Draws): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * draws.normal()));
  const limit = exp(-mean);
  let k = 0;
  for (let product = draws.uniform(); product > limit; product *= draws.uniform()) k++;
  return k;
}

export function isHoliday(study: InventoryStudy, day: number): boolean {
  return study.holidays.includes((day % YEAR_DAYS) + 1);
}

export function generateWarehouses(study: InventoryStudy): Warehouse[] {
  const { count, unitsPerDay, missingShare, shiftShare } = study.warehouses;
  const days = study.trainDays + study.testDays + study.leadDays + 1;
  return Array.from({ length: count }, (_, w) => {
    const draws = createDraws(study.seed, `warehouse ${w}`);
    const place = count === 1 ? 0 : w / (count - 1);
    const mean = unitsPerDay[0] * exp(place * log(unitsPerDay[1] / unitsPerDay[0]));
    const week = Array.from({ length: 7 }, (_, d) => 1 + 0.25 * draws.normal() * (d < 5 ? 0.5 : 1)).map((x) =>
      Math.max(0.1, x),
    );
    const [swing, peak] = [0.3 * draws.uniform(), draws.integer(YEAR_DAYS)];
    const shiftAt = draws.uniform() < shiftShare ? Math.floor(days * (0.5 + 0.45 * draws.uniform())) : days;
    const shift = draws.uniform() < 0.5 ? 1.6 : 0.6;
    let noise = 0;
    const actual = new Float64Array(days);
    for (let t = 0; t < days; t++) {
      noise = 0.6 * noise + 0.1 * draws.normal();
      // a triangle over the year: no host cosine
      const season = 1 + swing * (1 - (4 * Math.abs(((t + YEAR_DAYS - peak) % YEAR_DAYS) - YEAR_DAYS / 2)) / YEAR_DAYS);
      const special = isHoliday(study, t) ? study.holidayFactor : 1;
      const level = mean * week[t % 7]! * season * special * (t >= shiftAt ? shift : 1) * exp(noise);
      actual[t] = poisson(level, draws);
    }
    const recorded = actual.map((x) => (draws.uniform() < missingShare ? Number.NaN : x));
    return { name: `warehouse ${w + 1}`, actual, recorded };
  });
}

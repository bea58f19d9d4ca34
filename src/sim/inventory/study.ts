// Orders made from every forecaster, and from the future, judged by stock, shortage and dollars.

import { WindtunnelError } from "../../model/errors.js";
import type { InventoryStudy } from "../../model/inventory-study.js";
import type { Interval } from "../../model/results.js";
import {
  FORECAST_METHODS,
  type Forecaster,
  type ForecastMethod,
  type ForecastTask,
  findForecastMethod,
  fuseForecasts,
} from "../../plan/forecast/index.js";
import { interval } from "../statistics.js";
import { isHoliday, type Warehouse } from "./demand.js";

export interface InventoryRow {
  method: string;
  /** Of demand over the lead time and a day: sum of misses by sum of demand; and of differences. */
  wape: number;
  bias: number;
  /** Share of units that were there when asked for. */
  fillRate: number;
  stockDays: number;
  /** A warehouse and day; over warehouses. */
  usd: Interval;
  usdTotal: number;
}

export interface InventoryResult {
  rows: InventoryRow[];
  /** A day: what crosses clouds when forecasts travel, and when histories do. */
  forecastBytes: number;
  historyBytes: number;
}

const SEASON_DAYS = 7;
const NUMBER_BYTES = 8;

/** Forecasts of demand over the next `span` days, made at the begin of every day. */
function forecastSpans(
  method: ForecastMethod,
  study: InventoryStudy,
  w: Warehouse,
  from: number,
  to: number,
): number[] {
  const span = study.leadDays + 1;
  const task: ForecastTask = {
    seasonSteps: SEASON_DAYS,
    horizonSteps: span,
    isHoliday: (day) => isHoliday(study, day),
  };
  let fitted: Forecaster | undefined;
  const sums: number[] = [];
  for (let day = from; day < to; day++) {
    if (!fitted || (day - from) % study.refitDays === 0) fitted = method.fit(w.recorded.subarray(0, day), task);
    else fitted.observe(w.recorded[day - 1]!);
    const forecast = fitted.predict(span);
    sums.push(forecast.reduce((sum, x) => sum + Math.max(0, x), 0));
  }
  return sums;
}

function demandOver(values: ArrayLike<number>, day: number, span: number): number {
  let sum = 0;
  for (let t = day; t < day + span; t++) sum += values[t]!;
  return sum;
}

/** The value of which a share of the others lies at or below. */
function quantile(sorted: readonly number[], level: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(level * (sorted.length + 1)) - 1))]!;
}

/** By day: what is aimed at, in stock and on order together. */
type Targets = (day: number) => number;

interface Judged {
  usd: number;
  filled: number;
  asked: number;
  stock: number;
}

/** Each day: what was ordered `leadDays` ago arrives, an order fills the position up to the target, demand comes; what is owed is kept. */
export function runStock(study: InventoryStudy, actual: ArrayLike<number>, targets: Targets): Judged {
  const { trainDays, testDays, leadDays, holdingUsdPerUnitDay, shortageUsdPerUnitDay } = study;
  const orders = new Float64Array(trainDays + testDays + leadDays + 1);
  let stock = targets(trainDays);
  let ordered = 0;
  const judged = { usd: 0, filled: 0, asked: 0, stock: 0 };
  for (let day = trainDays; day < trainDays + testDays; day++) {
    stock += orders[day]!;
    ordered -= orders[day]!;
    const order = Math.max(0, Math.ceil(targets(day)) - stock - ordered);
    orders[day + leadDays] = order;
    ordered += order;
    const asked = actual[day]!;
    judged.filled += Math.min(Math.max(0, stock), asked);
    judged.asked += asked;
    stock -= asked;
    judged.stock += Math.max(0, stock);
    judged.usd += stock > 0 ? stock * holdingUsdPerUnitDay : -stock * shortageUsdPerUnitDay;
  }
  return judged;
}

/**
 * Up to the forecast and the quantile of its errors so far at shortage / (shortage + holding), which costs least where errors
 * are as before (newsvendor: Arrow, Harris and Marschak 1951). Errors are known once their days are over.
 */
function targetsOf(
  study: InventoryStudy,
  actual: ArrayLike<number>,
  forecasts: readonly number[],
  from: number,
): Targets {
  const span = study.leadDays + 1;
  const level = study.shortageUsdPerUnitDay / (study.shortageUsdPerUnitDay + study.holdingUsdPerUnitDay);
  return (day) => {
    const errors: number[] = [];
    for (let t = from; t + span <= day; t++) errors.push(demandOver(actual, t, span) - forecasts[t - from]!);
    errors.sort((a, b) => a - b);
    return Math.max(0, forecasts[day - from]! + quantile(errors, level));
  };
}

interface Candidate {
  name: string;
  method?: ForecastMethod;
}

function candidatesOf(study: InventoryStudy): Candidate[] {
  const methodOf = (cloud: string, method: string): ForecastMethod => {
    const found = findForecastMethod(method);
    if (found && !method.startsWith("fused")) return found;
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `clouds: "${method}" of ${cloud} is no forecaster.`,
      `Forecasters: ${FORECAST_METHODS.map((m) => m.name)
        .filter((m) => !m.startsWith("fused"))
        .join(", ")}.`,
    );
  };
  const clouds = study.clouds.map(({ name, methods }) => ({ name, methods: methods.map((m) => methodOf(name, m)) }));
  const all = clouds.flatMap((cloud) => cloud.methods);
  const fused = (name: string, members: ForecastMethod[]) => ({
    name,
    method: fuseForecasts(members, "inverse-error"),
  });
  return [
    { name: "oracle" },
    ...all.map((method) => ({ name: method.name, method })),
    fused("fused", all),
    ...(clouds.length > 1
      ? clouds.map((out) =>
          fused(
            `fused without ${out.name}`,
            clouds.filter((c) => c !== out).flatMap((c) => c.methods),
          ),
        )
      : []),
  ];
}

/** Runs a study; `onRun` is told after each forecaster. Throws FORECAST_INVALID for demand that no method can be fitted to. */
export function runInventoryStudy(
  study: InventoryStudy,
  warehouses: readonly Warehouse[],
  onRun: (done: number, of: number) => void = () => undefined,
): InventoryResult {
  const from = study.trainDays - study.calibrateDays;
  const end = study.trainDays + study.testDays;
  const span = study.leadDays + 1;
  const candidates = candidatesOf(study);
  const rows = candidates.map(({ name, method }, done): InventoryRow => {
    const judged = warehouses.map((w) => {
      const ahead = (day: number) => demandOver(w.actual, day, span);
      const forecasts = method ? forecastSpans(method, study, w, from, end) : undefined;
      let [miss, signed, came] = [0, 0, 0];
      for (let day = study.trainDays; forecasts && day < end; day++) {
        miss += Math.abs(forecasts[day - from]! - ahead(day));
        signed += forecasts[day - from]! - ahead(day);
        came += ahead(day);
      }
      const targets = forecasts ? targetsOf(study, w.actual, forecasts, from) : ahead;
      return { ...runStock(study, w.actual, targets), miss, signed, came };
    });
    onRun(done + 1, candidates.length);
    const sum = (of: (one: (typeof judged)[number]) => number) => judged.reduce((total, one) => total + of(one), 0);
    const came = sum((one) => one.came);
    return {
      method: name,
      wape: method ? sum((one) => one.miss) / came : 0,
      bias: method ? sum((one) => one.signed) / came : 0,
      fillRate: sum((one) => one.filled) / sum((one) => one.asked),
      stockDays: sum((one) => one.stock) / sum((one) => one.asked),
      usd: interval(judged.map((one) => one.usd / study.testDays)),
      usdTotal: sum((one) => one.usd),
    };
  });
  const methods = study.clouds.flatMap((cloud) => cloud.methods).length;
  return {
    rows,
    forecastBytes: warehouses.length * methods * span * NUMBER_BYTES,
    historyBytes: warehouses.length * study.clouds.length * NUMBER_BYTES,
  };
}

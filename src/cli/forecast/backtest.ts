// What `forecast backtest` does: reads series, rolls every method over them, prints a table.

import { WindtunnelError } from "../../model/errors.js";
import {
  type BacktestOptions,
  type BacktestRow,
  backtest,
  FORECAST_METHODS,
  type ForecastMethod,
  findForecastMethod,
  type RegularSeries,
} from "../../plan/forecast/index.js";
import { nearestName } from "../../replay/index.js";
import type { CommandContext } from "../context.js";
import { readSeries } from "./read.js";

const DAY_SECONDS = 86_400;
const WEEK_DAYS = 7;

type Options = Readonly<Record<string, unknown>>;

export async function backtestForecasts(context: CommandContext, name: string, options: Options): Promise<void> {
  const series = await readSeries(context, name, (options.series as string | undefined) ?? "total");
  const task = taskOf(series[0]!, options);
  const methods = methodsOf(options.methods as string[] | undefined);
  const rows = methods.map((method) => {
    const begun = context.clock();
    const values = series.map((one) => one.values);
    const row = backtest(method, values, task);
    return { ...row, seconds: (context.clock() - begun) / 1000 };
  });
  if (options.json) context.out(JSON.stringify({ trace: name, series: series.length, ...task, rows }, null, 2));
  else context.out(await tableText(name, series, task, rows));
}

export function methodsOf(names: readonly string[] | undefined): readonly ForecastMethod[] {
  const known = FORECAST_METHODS.map((method) => method.name);
  return names === undefined
    ? FORECAST_METHODS
    : names.map((name) => {
        const method = findForecastMethod(name);
        if (method) return method;
        throw new WindtunnelError(
          "USAGE",
          `--methods: there is no forecaster "${name}"; the nearest name is "${nearestName(name, known) ?? ""}".`,
          `Forecasters: ${known.join(", ")}.`,
        );
      });
}

/** Season and week from the length of a step, where it is known. */
export function taskOf({ stepSeconds, values }: RegularSeries, options: Options): BacktestOptions {
  const day = DAY_SECONDS / stepSeconds;
  const seasonSteps = (options.season as number | undefined) ?? (Number.isInteger(day) ? day : undefined);
  if (seasonSteps === undefined)
    throw new WindtunnelError("USAGE", "--season: the length of a step is not known.", "Give the season in steps.");
  const horizonSteps = (options.horizon as number | undefined) ?? seasonSteps;
  const train = (options.train as number | undefined) ?? Math.floor((values.length * 3) / 4);
  const coverage = (options.coverage as number | undefined) ?? 0.8;
  if (!(coverage > 0 && coverage < 1))
    throw new WindtunnelError("USAGE", `--coverage: got ${coverage}, expected a share between 0 and 1.`, "See --help.");
  return {
    seasonSteps,
    horizonSteps,
    ...(Number.isInteger(day) ? { weekSteps: WEEK_DAYS * day } : {}),
    trainSteps: train,
    strideSteps: (options.stride as number | undefined) ?? horizonSteps,
    refitOrigins: (options.refit as number | undefined) ?? 1,
    coverage,
  };
}

async function tableText(
  name: string,
  series: readonly RegularSeries[],
  task: BacktestOptions,
  rows: readonly (BacktestRow & { seconds: number })[],
): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const head = ["forecaster", "WAPE", "MASE", "pinball", "within", "width", "bias", "series/s"];
  const table = new Table({
    head,
    colAligns: head.map((_, k) => (k === 0 ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of [...rows].sort((a, b) => a.wape - b.wape)) {
    table.push([
      row.method,
      row.wape.toFixed(4),
      row.mase.toFixed(3),
      row.pinball.toFixed(4),
      `${(100 * row.coverage).toFixed(1)} %`,
      row.width.toFixed(3),
      `${row.bias < 0 ? "" : "+"}${row.bias.toFixed(4)}`,
      (series.length / row.seconds).toPrecision(3),
    ]);
  }
  const naive = rows.find((row) => row.method === "seasonal-naive");
  const best = rows.reduce((a, b) => (b.wape < a.wape ? b : a));
  const origins = Math.ceil((series[0]!.values.length - task.trainSteps) / task.strideSteps);
  return [
    `${name}: ${series.length === 1 ? series[0]!.name : `${series.length} series`}, ${series[0]!.values.length} steps, season ${task.seasonSteps}.`,
    `${origins} origins from step ${task.trainSteps} on, ${task.strideSteps} apart; ${task.horizonSteps} steps ahead; fitted again every ${task.refitOrigins}.`,
    "",
    table.toString(),
    "",
    `Least error: ${best.method}${naive ? `, ${(100 * (1 - best.wape / naive.wape)).toFixed(1)} % below seasonal-naive` : ""}.`,
    `WAPE, pinball, width and bias by the mean size of the values; "within" aims at ${(100 * task.coverage).toFixed(0)} %.`,
  ].join("\n");
}

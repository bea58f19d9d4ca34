// What `forecast decide` does: the same plan made from every forecaster, and from the future itself, in GPU-hours and dollars.

import { WindtunnelError } from "../../model/errors.js";
import {
  type DecisionCost,
  type DecisionPrices,
  planByBound,
  priceDecisions,
  rollSeries,
} from "../../plan/forecast/index.js";
import type { CommandContext } from "../context.js";
import { methodsOf, taskOf } from "./backtest.js";
import { readSeries } from "./read.js";

type Options = Readonly<Record<string, unknown>>;

/** GPUs that the mean needs, where it is not said what one serves. */
const GPUS_DEFAULT = 50;

export async function decideByForecasts(context: CommandContext, name: string, options: Options): Promise<void> {
  const [series] = await readSeries(context, name, (options.series as string | undefined) ?? "total");
  const { values, stepSeconds } = series!;
  const task = taskOf(series!, options);
  const known = values.subarray(0, task.trainSteps).filter((value) => !Number.isNaN(value));
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  if (!(mean > 0))
    throw new WindtunnelError(
      "FORECAST_INVALID",
      `${name} has no demand before step ${task.trainSteps}.`,
      "Use --train.",
    );
  const prices: DecisionPrices = {
    ratePerGpu: (options.ratePerGpu as number | undefined) ?? mean / GPUS_DEFAULT,
    usdPerGpuHour: (options.usdPerGpuHour as number | undefined) ?? 2,
    usdPerMiss: (options.usdPerMiss as number | undefined) ?? 0.001,
    stepSeconds: Number.isNaN(stepSeconds) ? 600 : stepSeconds,
  };
  const rows = methodsOf(options.methods as string[] | undefined).map((method) => {
    return { method: method.name, ...priceDecisions(planByBound(values, rollSeries(method, values, task)), prices) };
  });
  const future = values.subarray(task.trainSteps);
  const oracle = { method: "oracle", ...priceDecisions([{ actual: future, planned: future }], prices) };
  if (options.json) context.out(JSON.stringify({ trace: name, ...task, ...prices, rows: [oracle, ...rows] }, null, 2));
  else context.out(await tableText([oracle, ...rows], prices, task.coverage));
}

async function tableText(
  rows: readonly (DecisionCost & { method: string })[],
  prices: DecisionPrices,
  coverage: number,
): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const head = ["planned from", "USD", "above the oracle", "GPU-hours", "missed"];
  const table = new Table({
    head,
    colAligns: head.map((_, k) => (k === 0 ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  const least = rows[0]!.usd;
  for (const row of [...rows].sort((a, b) => a.usd - b.usd)) {
    table.push([
      row.method,
      row.usd.toFixed(0),
      `${(100 * (row.usd / least - 1)).toFixed(1)} %`,
      row.gpuHours.toFixed(0),
      `${(100 * row.missed).toFixed(2)} %`,
    ]);
  }
  return [
    table.toString(),
    "",
    `GPUs are bought for each step, whole, for the upper end of the interval that holds ${(100 * coverage).toFixed(0)} %.`,
    `Assumed: one GPU serves ${prices.ratePerGpu.toPrecision(3)} a second, ${prices.usdPerGpuHour} USD a GPU-hour, ${prices.usdPerMiss} USD a request not served, steps of ${prices.stepSeconds} s.`,
  ].join("\n");
}

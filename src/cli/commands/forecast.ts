// `windtunnel forecast`: forecasters, judged by what came.

import type { CommandSpec, OptionSpec } from "../command.js";
import { parseCount, parseList, parsePositive } from "../parse.js";

const ROLLING_OPTIONS: readonly OptionSpec[] = [
  { flags: "--series <name>", description: "total, each, or the name of one series", default: "total" },
  { flags: "--season <n>", description: "steps of a season", parse: parseCount, default: "a day" },
  { flags: "--horizon <n>", description: "steps ahead", parse: parseCount, default: "a season" },
  {
    flags: "--train <n>",
    description: "steps before the first origin",
    parse: parseCount,
    default: "three quarters of the series",
  },
  { flags: "--stride <n>", description: "steps between origins", parse: parseCount, default: "the horizon" },
  { flags: "--refit <n>", description: "fit anew every n origins", parse: parseCount, default: "1" },
  { flags: "--methods <list>", description: "forecasters, between commas", parse: parseList, default: "all" },
  { flags: "--coverage <p>", description: "share that intervals hold", parse: parsePositive, default: "0.8" },
];

const backtest: CommandSpec = {
  name: "backtest",
  summary: "Judge forecasters by what came, from a rolling origin",
  description:
    "Fits every forecaster to what was known at each origin, forecasts, and compares with what came: WAPE, MASE, pinball " +
    "loss, share within the interval, its width, and bias. Of the rates of a data set or trace file, or of a CSV file (also " +
    ".csv.gz) with a series a row and no head; an empty value was not seen. series/s is measured here, fits included.",
  arguments: [{ name: "<trace>", description: "data set or trace file of rates, or a .csv file" }],
  options: [...ROLLING_OPTIONS, { flags: "--json", description: "print as JSON" }],
  examples: [
    { command: "windtunnel forecast backtest servegen/m-large", does: "requests a second of all clients, a day ahead" },
    {
      command: "windtunnel forecast backtest helios-venus/submitted --horizon 6 --refit 48",
      does: "GPU jobs submitted, an hour ahead",
    },
  ],
  async run(context, [name], options) {
    const { backtestForecasts } = await import("../forecast/backtest.js");
    await backtestForecasts(context, name!, options);
  },
};

const decide: CommandSpec = {
  name: "decide",
  summary: "Judge forecasters by what plans made from them cost",
  description:
    "Buys GPUs for every step from each forecaster's interval, and from the future itself (the oracle), and says GPU-hours, " +
    "what was not served, and dollars. The rates of one series; --series each takes the first.",
  arguments: [{ name: "<trace>", description: "data set or trace file of rates, or a .csv file" }],
  options: [
    ...ROLLING_OPTIONS,
    {
      flags: "--rate-per-gpu <x>",
      description: "a second, that one GPU serves",
      parse: parsePositive,
      default: "a fiftieth of the mean",
    },
    { flags: "--usd-per-gpu-hour <x>", description: "price", parse: parsePositive, default: "2" },
    { flags: "--usd-per-miss <x>", description: "of a request not served", parse: parsePositive, default: "0.001" },
    { flags: "--json", description: "print as JSON" },
  ],
  examples: [{ command: "windtunnel forecast decide servegen/m-large", does: "a day ahead, in dollars" }],
  async run(context, [name], options) {
    const { decideByForecasts } = await import("../forecast/decide.js");
    await decideByForecasts(context, name!, options);
  },
};

export const forecastCommand: CommandSpec = {
  name: "forecast",
  summary: "Forecasters, judged by what came",
  description: "Forecasts of demand: how far they are off, and how sure one can be of them.",
  examples: [{ command: "windtunnel forecast backtest servegen/m-large", does: "all forecasters on one record" }],
  subcommands: [backtest, decide],
};

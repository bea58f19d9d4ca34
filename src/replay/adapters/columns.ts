// The canonical columns of each kind of table, and what a value must be. One table of rules, in the order in which a
// row's first fault is reported.

import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "../../model/units.js";
import type { Adapter, DemandKind } from "./adapter.js";
import type { Quantity } from "./units.js";

export const RUN_SECONDS_MAX = (10 * 366 * 24 * MICROS_PER_HOUR) / MICROS_PER_SECOND;
const RUN_MICROS_MAX = RUN_SECONDS_MAX * MICROS_PER_SECOND;
export const GPUS_MAX = 1_000_000;
const INT32_MAX = 2 ** 31 - 1;
/** Times are held in doubles and must stay whole microseconds. */
const TIME_MICROS_MAX = Number.MAX_SAFE_INTEGER;

export interface ColumnRule {
  name: string;
  quantity: Quantity;
  required: boolean;
  /** In words, for docs and messages; the unit is the converted one's raw form. */
  meaning: string;
  /** What was expected instead, or undefined if the value (converted, rounded where times) will do. */
  fault(value: number, adapter: Adapter): string | undefined;
}

const sane = (): undefined => undefined;
const whole = (low: number, high: number, what: string) => (value: number) =>
  Number.isInteger(value) && value >= low && value <= high
    ? undefined
    : value > high
      ? `at most ${high} ${what}`
      : `a whole number of ${what}, at least ${low}`;
const between = (low: number, high: number, what: string) => (value: number) =>
  value >= low && value <= high ? undefined : `${what}, from ${low} to ${high}`;

function submitFault(micros: number, { submitRange }: Adapter): string | undefined {
  if (submitRange) return micros >= submitRange.low && micros <= submitRange.high ? undefined : submitRange.expected;
  return Math.abs(micros) <= TIME_MICROS_MAX ? undefined : "a time in the declared unit";
}

function runFault(micros: number): string | undefined {
  // What rounds to no time at all is as good as zero.
  if (!(Math.round(micros) >= 1)) return "a duration above 0";
  return micros > RUN_MICROS_MAX ? `at most ${RUN_SECONDS_MAX} seconds (ten years)` : undefined;
}

function gpusFault(gpus: number, { cpuOnly }: Adapter): string | undefined {
  const least = cpuOnly ? 0 : 1;
  if (!(gpus >= least) || !Number.isInteger(gpus)) return `a whole number of GPUs, at least ${least}`;
  return gpus > GPUS_MAX ? `at most ${GPUS_MAX} GPUs` : undefined;
}

function timeFault(micros: number): string | undefined {
  return Math.abs(micros) <= TIME_MICROS_MAX ? undefined : "a time in the declared unit";
}

function waitFault(micros: number): string | undefined {
  return micros >= 0 && micros <= RUN_MICROS_MAX ? undefined : "a duration of 0 or more, and at most ten years";
}

function rule(
  name: string,
  quantity: Quantity,
  meaning: string,
  fault: ColumnRule["fault"] = sane,
  required = false,
): ColumnRule {
  return { name, quantity, meaning, fault, required };
}

const JOBS: readonly ColumnRule[] = [
  rule("submit", "time", "when the job was submitted", submitFault, true),
  rule("run", "duration", "how long it ran, above 0", runFault, true),
  rule("gpus", "number", "whole GPUs of all its tasks together", gpusFault, true),
  rule(
    "gpu_milli",
    "number",
    "share of a GPU, thousandths, of a job of one GPU",
    whole(1, 1000, "thousandths of a GPU"),
  ),
  rule(
    "tasks",
    "number",
    "members of the gang, of equally many GPUs each (default: one GPU each)",
    whole(1, GPUS_MAX, "tasks"),
  ),
  rule("cpu", "cpu", "CPU of all its tasks together", between(0, INT32_MAX, "CPU, thousandths of a core")),
  rule("memory", "memory", "memory of all its tasks together", between(0, INT32_MAX, "memory, MiB")),
  rule("models", "text", "GPU models it may run on, between `|`; empty = any"),
  rule("name", "text", "its name in the record; not kept by a run"),
  rule("tenant", "text", "who it belongs to"),
  rule("class", "text", "class of job"),
  rule("estimate", "duration", "the user's own estimate of the run time", runFault),
  rule("deadline", "time", "when it should be finished, on the clock of submit", timeFault),
  rule("priority", "number", "larger is more important", whole(-INT32_MAX, INT32_MAX, "steps of priority")),
  rule("status", "status", "completed, failed or killed (default: completed)"),
  rule("wait", "duration", "how long it waited, where recorded", waitFault),
];

const NODES: readonly ColumnRule[] = [
  rule("gpus", "number", "whole GPUs of the node", whole(0, 64, "GPUs"), true),
  rule("node", "text", "name of the node"),
  rule("model", "text", "GPU model"),
  rule("cpu", "cpu", "CPU of the node", between(0, INT32_MAX, "CPU, thousandths of a core")),
  rule("memory", "memory", "memory of the node", between(0, INT32_MAX, "memory, MiB")),
];

const RATES: readonly ColumnRule[] = [
  rule("start", "time", "begin of the window", submitFault, true),
  rule("window", "duration", "length of the window, above 0", runFault, true),
  rule("rate", "number", "arrivals a second", between(0, 1e12, "arrivals a second"), true),
  rule("series", "text", "whose rate it is"),
  rule(
    "cv",
    "number",
    "coefficient of variation of the times between arrivals",
    between(0, 1e6, "a coefficient of variation"),
  ),
];

const TOKENS_MAX = 2 ** 24;

const REQUESTS: readonly ColumnRule[] = [
  rule("arrival", "time", "when the request arrived", submitFault, true),
  rule("prompt", "number", "tokens of the prompt", whole(0, TOKENS_MAX, "tokens")),
  rule("output", "number", "tokens of the answer", whole(0, TOKENS_MAX, "tokens")),
  rule("run", "duration", "how long it was worked on, where recorded", waitFault),
  rule("tenant", "text", "who it belongs to"),
  rule("model", "text", "model that it asks for"),
  rule("class", "text", "class of service"),
  rule("session", "text", "conversation that it is part of"),
  rule("origin", "text", "region that it comes from"),
  rule("blocks", "text", "numbers of the prompt's blocks of tokens, between `|`; equal numbers are equal tokens"),
];

export const CANONICAL: Readonly<Record<DemandKind, readonly ColumnRule[]>> = {
  jobs: JOBS,
  nodes: NODES,
  rates: RATES,
  requests: REQUESTS,
};

/** Stands for a value that is there and cannot be read. */
export const UNREADABLE = Number.NEGATIVE_INFINITY;

/** What is wrong between the columns of a row, each of which is sound. */
export function crossFault(value: (name: string) => number): { column: string; expected: string } | undefined {
  const gpus = value("gpus");
  const tasks = value("tasks");
  if (tasks >= 1 && gpus % tasks !== 0) {
    return { column: "tasks", expected: `a divisor of its ${gpus} GPUs: tasks have equally many` };
  }
  if (value("gpu_milli") < 1000 && gpus !== 1) {
    return { column: "gpu_milli", expected: `1000 for a job of ${gpus} GPUs: only a single GPU is shared` };
  }
  return undefined;
}

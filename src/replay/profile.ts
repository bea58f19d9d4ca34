// The shape of demand, as few numbers as a picture needs: how large, how long, how often, and how much at once.

import type { RateTable, RequestTable } from "../model/demand.js";
import type { JobTable } from "../model/jobs.js";
import { MICROS_PER_SECOND, MILLI_PER_GPU } from "../model/units.js";

export interface Bar {
  label: string;
  count: number;
}

/** Values over time, one a bin of equal length. */
export interface OverTime {
  binMicros: number;
  values: number[];
}

export interface JobProfile {
  gpus: Bar[];
  runTimes: Bar[];
  gaps: Bar[];
  /** Waits that the record itself has; empty where it has none. */
  waits: Bar[];
  /** Jobs submitted an hour. */
  arrivals: OverTime;
  /** Mean GPUs in use if every job started at once. */
  load: OverTime;
}

const BINS = 72;
/** Bounds of bars of times, seconds. */
const SECONDS: readonly (readonly [number, string])[] = [
  [0, "0"],
  [1, "1 s"],
  [10, "10 s"],
  [60, "1 min"],
  [600, "10 min"],
  [3_600, "1 h"],
  [10 * 3_600, "10 h"],
  [100 * 3_600, "100 h"],
  [1_000 * 3_600, "1000 h"],
];
const GPUS = [0, 0.001, 1, 2, 3, 5, 9, 17, 33, 65, 129, 257, 513, 1025];
const GPU_LABELS = [
  "none",
  "shared",
  "1",
  "2",
  "3-4",
  "5-8",
  "9-16",
  "17-32",
  "33-64",
  "65-128",
  "129-256",
  "257-512",
  "513-1024",
  "over 1024",
];

export function profileJobs(jobs: JobTable): JobProfile {
  const gaps = jobs.submitMicros.subarray(1).map((micros, i) => micros - jobs.submitMicros[i]!);
  const gpus = Float64Array.from(jobs.tasks, (tasks, i) => (tasks * jobs.gpuMilli[i]!) / MILLI_PER_GPU);
  const end = jobs.submitMicros[jobs.count - 1] ?? 0;
  const hourly = overTime(end, (add) => {
    for (let i = 0; i < jobs.count; i++) add(jobs.submitMicros[i]!, jobs.submitMicros[i]!, 1);
  });
  const load = overTime(end, (add) => {
    for (let i = 0; i < jobs.count; i++)
      add(jobs.submitMicros[i]!, jobs.submitMicros[i]! + jobs.runMicros[i]!, gpus[i]!);
  });
  return {
    gpus: histogram(gpus, GPUS, GPU_LABELS),
    runTimes: timeBars(jobs.runMicros),
    gaps: timeBars(gaps),
    waits: timeBars(jobs.waitMicros.filter((wait) => !Number.isNaN(wait))),
    arrivals: {
      ...hourly,
      values: hourly.values.map((count) => (count * 3_600 * MICROS_PER_SECOND) / hourly.binMicros),
    },
    load: { ...load, values: load.values.map((gpuMicros) => gpuMicros / load.binMicros) },
  };
}

/** Mean arrivals a second of all series together. */
export function profileRates(rates: RateTable): OverTime {
  const last = rates.count - 1;
  const end = rates.count === 0 ? 0 : rates.startMicros[last]! + rates.windowMicros[last]!;
  const sums = overTime(end, (add) => {
    for (let i = 0; i < rates.count; i++)
      add(rates.startMicros[i]!, rates.startMicros[i]! + rates.windowMicros[i]!, rates.perSecond[i]!);
  });
  return { ...sums, values: sums.values.map((sum) => sum / sums.binMicros) };
}

export interface RequestProfile {
  prompts: Bar[];
  outputs: Bar[];
  gaps: Bar[];
  /** Recorded times of service; empty where there are none. */
  runTimes: Bar[];
  /** Arrivals a second. */
  arrivals: OverTime;
}

const TOKENS = [0, 1, 32, 128, 512, 2_048, 8_192, 32_768];
const TOKEN_LABELS = ["none", "1-31", "32-127", "128-511", "512-2047", "2048-8191", "8192-32767", "over 32767"];

export function profileRequests(requests: RequestTable): RequestProfile {
  const { count, atMicros, promptTokens, outputTokens, runMicros } = requests;
  const arrivals = overTime(atMicros[count - 1] ?? 0, (add) => {
    for (let i = 0; i < count; i++) add(atMicros[i]!, atMicros[i]!, 1);
  });
  return {
    prompts: histogram(promptTokens, TOKENS, TOKEN_LABELS),
    outputs: histogram(outputTokens, TOKENS, TOKEN_LABELS),
    gaps: timeBars(atMicros.subarray(1).map((micros, i) => micros - atMicros[i]!)),
    runTimes: timeBars(runMicros.filter((micros) => !Number.isNaN(micros))),
    arrivals: { ...arrivals, values: arrivals.values.map((n) => (n * MICROS_PER_SECOND) / arrivals.binMicros) },
  };
}

/** Bars of times; the first and the last empty ones are left out. */
export function timeBars(micros: ArrayLike<number>): Bar[] {
  const labels = SECONDS.map(([, label], i) =>
    i === SECONDS.length - 1 ? `over ${label}` : `to ${SECONDS[i + 1]![1]}`,
  );
  return histogram(
    Float64Array.from({ length: micros.length }, (_, i) => micros[i]! / MICROS_PER_SECOND),
    SECONDS.map(([seconds]) => seconds),
    labels,
  );
}

/** Counts of values in [bound i, bound i + 1), without the empty bars at both ends. */
export function histogram(values: ArrayLike<number>, bounds: readonly number[], labels: readonly string[]): Bar[] {
  const counts = new Array<number>(bounds.length).fill(0);
  for (let i = 0; i < values.length; i++) {
    let bar = bounds.length - 1;
    while (bar > 0 && values[i]! < bounds[bar]!) bar--;
    counts[bar]!++;
  }
  const bars = counts.map((count, i) => ({ label: labels[i]!, count }));
  const first = counts.findIndex((count) => count > 0);
  return first < 0 ? [] : bars.slice(first, counts.findLastIndex((count) => count > 0) + 1);
}

type Add = (from: number, until: number, weight: number) => void;

/** Sums weight x µs over bins up to `end`; of a moment (from = until) the weight itself. What is later is left out. */
function overTime(end: number, fill: (add: Add) => void): OverTime {
  const binMicros = Math.max(1, end / BINS);
  const values = new Array<number>(BINS).fill(0);
  fill((from, until, weight) => {
    let bin = Math.min(BINS - 1, Math.floor(from / binMicros));
    if (from === until) {
      values[bin]! += weight;
      return;
    }
    for (let at = from; at < until && bin < BINS; bin++) {
      const next = Math.min(until, (bin + 1) * binMicros);
      values[bin]! += Math.max(0, next - at) * weight;
      at = Math.max(at, next);
    }
  });
  return { binMicros, values };
}

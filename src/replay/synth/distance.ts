// How far a trace is from another: what a reader needs to judge a stand-in.

import type { JobTable } from "../../model/jobs.js";
import { MICROS_PER_HOUR } from "../../model/units.js";
import { gpuHoursTotal } from "../totals.js";
import { HOURS_PER_WEEK, type TraceDistance } from "./schema.js";

/** Share of the hours that the trimmed dispersion leaves out, the busiest. */
export const BUSIEST_SHARE = 0.01;

/** Distance of `other` from `original`; both need two jobs at least. */
export function traceDistance(original: JobTable, other: JobTable): TraceDistance {
  return {
    gaps: kolmogorovSmirnov(gapsOf(original), gapsOf(other)),
    runTimes: kolmogorovSmirnov(original.runMicros, other.runMicros),
    gpus: kolmogorovSmirnov(gpusOf(original), gpusOf(other)),
    loadCurve: curveDifference(loadByHour(original), loadByHour(other)),
    gpuHoursRatio: gpuHoursTotal(other) / spanHours(other) / (gpuHoursTotal(original) / spanHours(original)),
    dispersionRatio: hourlyDispersion(other) / hourlyDispersion(original),
    dispersionTrimmedRatio: hourlyDispersion(other, BUSIEST_SHARE) / hourlyDispersion(original, BUSIEST_SHARE),
  };
}

/** Two-sample Kolmogorov-Smirnov statistic: the largest difference between the empirical distribution functions. */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const x = Float64Array.from(a).sort();
  const y = Float64Array.from(b).sort();
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < x.length && j < y.length) {
    // Both step over all values equal to the smaller head, so that ties are one step.
    const value = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i]! <= value) i++;
    while (j < y.length && y[j]! <= value) j++;
    largest = Math.max(largest, Math.abs(i / x.length - j / y.length));
  }
  return largest;
}

/**
 * Variance over mean of the submissions in each whole hour; 1 for a Poisson process of constant rate.
 * `busiestLeftOut` is the share of the hours, the busiest, that do not count.
 */
export function hourlyDispersion(jobs: JobTable, busiestLeftOut = 0): number {
  const counts = new Float64Array(Math.max(1, Math.floor(spanHours(jobs))));
  for (const micros of jobs.submitMicros) {
    const hour = Math.floor(micros / MICROS_PER_HOUR);
    if (hour < counts.length) counts[hour]!++;
  }
  const kept = counts.sort().subarray(0, counts.length - Math.floor(counts.length * busiestLeftOut));
  const mean = kept.reduce((sum, count) => sum + count, 0) / kept.length;
  return kept.reduce((sum, count) => sum + (count - mean) * (count - mean), 0) / kept.length / mean;
}

/** Mean GPUs in use by hour of the week if every job started at once, until the last submission. */
export function loadByHour(jobs: JobTable): Float64Array {
  const endMicros = jobs.submitMicros[jobs.count - 1]!;
  const gpuMicros = new Float64Array(HOURS_PER_WEEK);
  const micros = new Float64Array(HOURS_PER_WEEK);
  addHours(micros, 0, endMicros, 1);
  for (let i = 0; i < jobs.count; i++) {
    const from = jobs.submitMicros[i]!;
    const until = Math.min(endMicros, from + jobs.runMicros[i]!);
    addHours(gpuMicros, from, until, (jobs.tasks[i]! * jobs.gpuMilli[i]!) / 1000);
  }
  return gpuMicros.map((sum, hour) => (micros[hour]! > 0 ? sum / micros[hour]! : 0));
}

function addHours(sums: Float64Array, from: number, until: number, weight: number): void {
  for (let at = from; at < until; ) {
    const hour = Math.floor(at / MICROS_PER_HOUR);
    const next = Math.min(until, (hour + 1) * MICROS_PER_HOUR);
    sums[hour % HOURS_PER_WEEK]! += (next - at) * weight;
    at = next;
  }
}

function curveDifference(original: Float64Array, other: Float64Array): number {
  const sum = original.reduce((total, value) => total + value, 0);
  return original.reduce((total, value, hour) => total + Math.abs(value - other[hour]!), 0) / sum;
}

function gapsOf(jobs: JobTable): Float64Array {
  return jobs.submitMicros.subarray(1).map((micros, i) => micros - jobs.submitMicros[i]!);
}

function gpusOf(jobs: JobTable): Float64Array {
  return Float64Array.from(jobs.tasks, (tasks, i) => (tasks * jobs.gpuMilli[i]!) / 1000);
}

function spanHours(jobs: JobTable): number {
  return jobs.submitMicros[jobs.count - 1]! / MICROS_PER_HOUR;
}

// Arrivals: batches come as a Poisson process whose rate depends on the hour of the week and on a hidden state, calm
// or busy (a Markov-modulated Poisson process; Fischer and Meier-Hellstern, Performance Evaluation 18, 1993).
// The state's variance and memory are fitted by moments to the hourly counts, so their dispersion is reproduced.

import { exp } from "../../engine/math.js";
import type { JobTable } from "../../model/jobs.js";
import { MICROS_PER_HOUR } from "../../model/units.js";
import { tabulateQuantiles } from "./quantiles.js";
import { HOURS_PER_WEEK, type SynthParams } from "./schema.js";

const LAGS_MAX = 24;
/** Candidates for the memory of the state, hours. What lasts longer is a trend, which a few weeks cannot tell from chance. */
const MEMORY_HOURS = [0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24];

export interface Modulation {
  /** Variance of the factor on the rate, mean 1. */
  variance: number;
  /** Time after which its autocorrelation has fallen to 1/e. */
  memoryHours: number;
}

export interface ArrivalFit {
  batchesPerHour: number[];
  gapMicros: number[];
  modulation: Modulation;
}

/** `batchGapMicros` is what `heads` were found with. */
export function fitArrivals(jobs: JobTable, heads: readonly number[], batchGapMicros: number): ArrivalFit {
  const { counts, exposureHours } = countHours(jobs, heads, batchGapMicros);
  const batchesPerHour = Array.from({ length: HOURS_PER_WEEK }, (_, hour) => {
    let batches = 0;
    let hours = 0;
    for (let w = hour; w < counts.length; w += HOURS_PER_WEEK) {
      batches += counts[w]!;
      hours += exposureHours[w]!;
    }
    return hours > 0 ? batches / hours : 0;
  });
  const expected = counts.map((_, w) => batchesPerHour[w % HOURS_PER_WEEK]! * exposureHours[w]!);
  return { batchesPerHour, gapMicros: fitGaps(jobs, batchGapMicros), modulation: fitModulation(counts, expected) };
}

/** Batches begun in each hour of the record, and the part of the hour in which one could begin. */
function countHours(
  jobs: JobTable,
  heads: readonly number[],
  batchGapMicros: number,
): { counts: number[]; exposureHours: number[] } {
  const endMicros = jobs.submitMicros[jobs.count - 1]!;
  const hours = Math.floor(endMicros / MICROS_PER_HOUR) + 1;
  const counts = new Array<number>(hours).fill(0);
  const exposureHours = new Array<number>(hours).fill(0);
  let freeFrom = 0;
  for (let b = 0; b <= heads.length; b++) {
    const headMicros = b < heads.length ? jobs.submitMicros[heads[b]!]! : endMicros;
    addExposure(exposureHours, freeFrom, headMicros);
    if (b === heads.length) break;
    counts[Math.floor(headMicros / MICROS_PER_HOUR)]!++;
    // By definition of a batch no other can begin until the gap has passed after its last job.
    const last = (heads[b + 1] ?? jobs.count) - 1;
    freeFrom = jobs.submitMicros[last]! + batchGapMicros;
  }
  return { counts, exposureHours };
}

function addExposure(exposureHours: number[], fromMicros: number, toMicros: number): void {
  for (let at = fromMicros; at < toMicros; ) {
    const hour = Math.floor(at / MICROS_PER_HOUR);
    const until = Math.min(toMicros, (hour + 1) * MICROS_PER_HOUR);
    exposureHours[hour]! += (until - at) / MICROS_PER_HOUR;
    at = until;
  }
}

function fitGaps(jobs: JobTable, batchGapMicros: number): number[] {
  const gaps: number[] = [];
  for (let i = 1; i < jobs.count; i++) {
    const gap = jobs.submitMicros[i]! - jobs.submitMicros[i - 1]!;
    if (gap <= batchGapMicros) gaps.push(gap);
  }
  return tabulateQuantiles(gaps.length > 0 ? gaps.sort((a, b) => a - b) : [0]);
}

/**
 * For a Poisson process of rate λM(t), M of mean 1 and covariance v·e^(-t/τ), the factorial moments of the counts give
 * v·e^(-k/τ) at lag k. The rates come from the same weeks, which hides a share 1/weeks of v: it is given back.
 */
function fitModulation(counts: readonly number[], expected: readonly number[]): Modulation {
  const weeks = counts.length / HOURS_PER_WEEK;
  const covariance = Array.from({ length: LAGS_MAX + 1 }, (_, lag) => {
    let observed = 0;
    let scale = 0;
    for (let w = lag; w < counts.length; w++) {
      observed += (counts[w]! - expected[w]!) * (counts[w - lag]! - expected[w - lag]!);
      if (lag === 0) observed -= counts[w]!;
      scale += expected[w]! * expected[w - lag]!;
    }
    return (observed / scale) * (weeks / (weeks - 1));
  });
  const variance = Math.max(0, covariance[0]!);
  let memoryHours = MEMORY_HOURS[0]!;
  let errorMin = Number.POSITIVE_INFINITY;
  for (const candidate of MEMORY_HOURS) {
    const error = covariance.reduce((sum, c, lag) => {
      const miss = c - variance * exp(-lag / candidate);
      return sum + miss * miss;
    }, 0);
    if (error < errorMin) {
      errorMin = error;
      memoryHours = candidate;
    }
  }
  return { variance, memoryHours };
}

/**
 * The two states that have this variance and memory, busy for a share of the time. The share may be at most
 * 1/(1 + variance), where the calm state is silent; `busyShareOfMax` in (0, 1] says how near to that.
 */
export function buildStates(
  { variance, memoryHours }: Modulation,
  busyShareOfMax: number,
): Pick<SynthParams["arrivals"], "calmFactor" | "busyFactor" | "calmHours" | "busyHours"> {
  const busyShare = Math.min(0.9, busyShareOfMax / (1 + variance));
  const spread = Math.sqrt(variance / (busyShare * (1 - busyShare)));
  return {
    calmFactor: Math.max(0, 1 - busyShare * spread),
    busyFactor: 1 + (1 - busyShare) * spread,
    calmHours: memoryHours / busyShare,
    busyHours: memoryHours / (1 - busyShare),
  };
}

// Parameters of a generator from a record. The result says how far its traces are from the record.

import { WindtunnelError } from "../../model/errors.js";
import { type JobTable, type Trace, takeJobs } from "../../model/jobs.js";
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from "../../model/units.js";
import { gpuHoursTotal } from "../totals.js";
import { BATCH_GAP_MICROS, BATCH_MEMORY_MICROS, findBatches } from "./batches.js";
import { calibrate } from "./calibrate.js";
import { BUSIEST_SHARE, hourlyDispersion, traceDistance } from "./distance.js";
import { buildStates, fitArrivals } from "./fit-arrivals.js";
import { fitSizes } from "./fit-sizes.js";
import { generateTrace } from "./generate.js";
import { QUANTILE_LEVELS, type SynthParams, synthSchema, type TraceDistance } from "./schema.js";

const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;
const DAYS_MIN = 14;
/** A generated trace has about so many jobs, in whole weeks. */
const JOBS_WANTED = 4_000;
/** The busy state's share of the time is not seen by the moments: it is the candidate with the smallest gap distance. */
const BUSY_SHARES_OF_MAX = [1, 0.75, 0.5, 0.25];
const DISTANCE_SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const NOT_TESTED: TraceDistance = {
  gaps: 0,
  runTimes: 0,
  gpus: 0,
  loadCurve: 0,
  gpuHoursRatio: 0,
  dispersionRatio: 0,
  dispersionTrimmedRatio: 0,
};

export interface FitOptions {
  /** Public page of the record, for attribution. */
  address: string;
  /** Days of a generated trace; absent: whole weeks that hold about 4,000 jobs. */
  spanDays?: number;
}

/** Fits a generator to `trace`. Throws TRACE_TOO_SHORT below 14 days: an hour of the week must be seen twice. */
export function fitSynth(trace: Trace, { address, spanDays }: FitOptions): SynthParams {
  const { jobs, provenance } = trace;
  const days = jobs.count === 0 ? 0 : jobs.submitMicros[jobs.count - 1]! / MICROS_PER_DAY;
  if (days < DAYS_MIN) {
    throw new WindtunnelError(
      "TRACE_TOO_SHORT",
      `The record spans ${days.toFixed(1)} days; a fit by hour of the week needs ${DAYS_MIN} at least.`,
      "Fit a longer record, or use the record itself.",
    );
  }
  const heads = findBatches(jobs);
  const { batchesPerHour, gapMicros, modulation } = fitArrivals(jobs, heads, BATCH_GAP_MICROS);
  const name = provenance.part === "" ? provenance.dataset : `${provenance.dataset}/${provenance.part}`;
  const draft = {
    windtunnelSynth: 1 as const,
    description: describe(name, jobs),
    source: {
      dataset: provenance.dataset,
      part: provenance.part,
      address,
      digest: provenance.digest,
      licence: provenance.licence,
      citation: provenance.citation,
      jobs: jobs.count,
      days: rounded(days),
      gpuHours: rounded(gpuHoursTotal(jobs)),
    },
    spanDays:
      spanDays ??
      Math.min(7 * Math.max(1, Math.round((JOBS_WANTED * days) / jobs.count / 7)), 7 * Math.floor(days / 7)),
    resolutionMicros: resolutionOf(jobs),
    quantileLevels: [...QUANTILE_LEVELS],
    ...fitSizes(jobs, heads),
    tenants: tenantShares(trace),
    distance: NOT_TESTED,
    distanceSeeds: DISTANCE_SEEDS,
    halvesDistance: halvesDistance(jobs),
  };
  const candidates = BUSY_SHARES_OF_MAX.map((share) => {
    const arrivals = {
      batchGapMicros: BATCH_GAP_MICROS,
      batchMemoryMicros: BATCH_MEMORY_MICROS,
      batchesPerHour,
      gapMicros,
      ...buildStates(modulation, share),
    };
    const params = roundAll(calibrate({ ...draft, arrivals }, jobs));
    return { ...params, distance: roundAll(meanDistance(jobs, params)) };
  });
  // The fitted file must satisfy its own schema; if it does not, that is our bug and it throws as one.
  return synthSchema.parse(candidates.reduce((best, next) => (next.distance.gaps < best.distance.gaps ? next : best)));
}

function describe(name: string, jobs: JobTable): string {
  const all = hourlyDispersion(jobs).toFixed(1);
  const trimmed = hourlyDispersion(jobs, BUSIEST_SHARE).toFixed(1);
  return (
    `Parameters fitted to ${name}: a stand-in for the record, of which it holds no row. ` +
    "Reproduced: submissions by hour of the week, in batches and busy spells; GPUs; run times for each number of GPUs; " +
    "the likeness of neighbouring jobs; tenants' shares. " +
    "Not reproduced: trends over weeks; users; any likeness beyond the job before; the record's largest single events " +
    `(its index of dispersion of hourly submissions is ${all}, and ${trimmed} without its busiest 1 % of hours; ` +
    "distance compares both). The rates of an hour of the week are means over few weeks and carry their chance; for a size with few jobs the table of " +
    "run times is close to those few." +
    (jobs.gpuMilli.some((milli) => milli < 1000)
      ? " Shares of a GPU, and jobs without one, count as one whole GPU; CPU, memory and GPU models are not kept."
      : "")
  );
}

function meanDistance(jobs: JobTable, params: SynthParams): TraceDistance {
  const distances = DISTANCE_SEEDS.map((seed) => traceDistance(jobs, generateTrace(params, { seed }).jobs));
  const mean = { ...NOT_TESTED };
  for (const key of Object.keys(mean) as (keyof TraceDistance)[]) {
    mean[key] = distances.reduce((sum, distance) => sum + distance[key], 0) / distances.length;
  }
  return mean;
}

/** The second half in whole weeks against the first, each from its own begin, so that the hours of the week agree. */
function halvesDistance(jobs: JobTable): TraceDistance {
  const weeks = jobs.submitMicros[jobs.count - 1]! / (7 * MICROS_PER_DAY);
  const half = Math.floor(weeks / 2) * 7 * MICROS_PER_DAY;
  const rows = (from: number, until: number): JobTable => {
    const chosen = Array.from(jobs.submitMicros.keys()).filter(
      (i) => jobs.submitMicros[i]! >= from && jobs.submitMicros[i]! < until,
    );
    const part = takeJobs(jobs, chosen);
    part.submitMicros = part.submitMicros.map((micros) => micros - from);
    return part;
  };
  return roundAll(traceDistance(rows(0, half), rows(half, 2 * half)));
}

function resolutionOf(jobs: JobTable): number {
  const whole = (micros: number): boolean => micros % MICROS_PER_SECOND === 0;
  return jobs.submitMicros.every(whole) && jobs.runMicros.every(whole) ? MICROS_PER_SECOND : 1;
}

function tenantShares({ jobs, names }: Trace): SynthParams["tenants"] {
  const counts = new Float64Array(names.tenants.length);
  for (const tenant of jobs.tenant) counts[tenant]!++;
  return names.tenants.map((name, i) => ({ name, share: counts[i]! / jobs.count }));
}

/** Six significant digits, microseconds excepted: what the sample supports, and a small file. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}

function roundAll<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, item) => (typeof item === "number" ? rounded(item) : item)));
}

// Parameters of a generator of synthetic traces: a small JSON file fitted from a real record. The schema is the only
// description of the file.

import { z } from "zod";
import { WindtunnelError } from "../../model/errors.js";

/** Levels at which run times are tabulated: denser at both ends, because the longest jobs carry most of the work. */
export const QUANTILE_LEVELS: readonly number[] = [
  0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85,
  0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.9975, 0.999, 1,
];

export const HOURS_PER_WEEK = 168;

const share = z.number().min(0).max(1);
const quantiles = z
  .array(z.number().nonnegative())
  .length(QUANTILE_LEVELS.length)
  .refine((values) => values.every((value, i) => i === 0 || value >= values[i - 1]!), "must not decrease");

const distanceSchema = z.strictObject({
  gaps: share.describe("Kolmogorov-Smirnov distance of the times between submissions."),
  runTimes: share.describe("Kolmogorov-Smirnov distance of the run times."),
  gpus: share.describe("Kolmogorov-Smirnov distance of the GPUs a job."),
  loadCurve: z
    .number()
    .nonnegative()
    .describe("Mean absolute difference of the GPUs in demand by hour of the week, over the original's mean."),
  gpuHoursRatio: z.number().nonnegative().describe("GPU-hours a day, over the original's."),
  dispersionRatio: z.number().nonnegative().describe("Index of dispersion of hourly submissions, over the original's."),
  dispersionTrimmedRatio: z
    .number()
    .nonnegative()
    .describe("The same without the busiest 1 % of the hours of either: a few hours can make most of the dispersion."),
});
export type TraceDistance = z.output<typeof distanceSchema>;

const arrivalsSchema = z.strictObject({
  batchGapMicros: z.number().int().positive().describe("Submissions at most this far apart are one batch."),
  batchesPerHour: z
    .array(z.number().nonnegative())
    .length(HOURS_PER_WEEK)
    .refine((rates) => rates.some((rate) => rate > 0), "one rate at least must be above 0")
    .describe("Rate of new batches outside of batches, by hour of the record's week (hour 0 begins at its first job)."),
  batchMemoryMicros: z
    .number()
    .int()
    .positive()
    .describe("Batches closer than this may be alike in their number of jobs."),
  gapMicros: quantiles.describe("Times between the jobs of a batch, at quantileLevels, µs."),
  calmFactor: z.number().nonnegative().describe("Factor on the rates in the calm state."),
  busyFactor: z.number().nonnegative().describe("Factor on the rates in the busy state."),
  calmHours: z.number().positive().describe("Mean stay in the calm state, exponential."),
  busyHours: z.number().positive().describe("Mean stay in the busy state, exponential."),
});

const sizeClassSchema = z.strictObject({
  gpus: z.number().int().positive().max(1_000_000),
  share: share.describe("Share of all jobs."),
  batchShare: share.describe("Share of the batches that begin with this size."),
  batchSizes: z
    .array(z.tuple([z.number().int().positive().max(1_000_000), share]))
    .describe("Jobs in a batch that begins with this size, and the share of such batches; empty if there are none."),
  runMicros: quantiles.describe("Run times at quantileLevels, µs."),
});

const likenessSchema = z.strictObject({
  size: share.describe("Probability that a job copies the GPUs of the job before it."),
  run: share.describe(
    "Probability that a job of the same size also copies the rank of its run time, give or take 0.05.",
  ),
});

export const synthSchema = z.strictObject({
  windtunnelSynth: z.literal(1).describe("Version of the format."),
  description: z.string().min(1).describe("What this is, in words."),
  source: z.strictObject({
    dataset: z.string().min(1),
    part: z.string(),
    address: z.string(),
    digest: z.string().describe("SHA-256 of the file that it was fitted from."),
    licence: z.string(),
    citation: z.string(),
    jobs: z.number().int().positive(),
    days: z.number().positive(),
    gpuHours: z.number().nonnegative(),
  }),
  spanDays: z.number().int().positive().describe("Days of a generated trace unless a number of jobs is asked for."),
  resolutionMicros: z.number().int().positive().describe("Times are rounded to multiples of this, as in the record."),
  quantileLevels: z
    .array(share)
    .refine((levels) => `${levels}` === `${QUANTILE_LEVELS}`, "must be the format's levels"),
  arrivals: arrivalsSchema,
  sizes: z.array(sizeClassSchema).min(1),
  inBatch: likenessSchema,
  betweenBatches: z.strictObject({
    ...likenessSchema.shape,
    batch: share.describe(
      "Probability that a batch that begins with the same size within batchMemoryMicros also has as many jobs.",
    ),
  }),
  tenants: z.array(z.strictObject({ name: z.string(), share })).min(1),
  distance: distanceSchema.describe("Generated traces against the record, mean over distanceSeeds."),
  distanceSeeds: z.array(z.number().int().nonnegative()).min(1),
  halvesDistance: distanceSchema.describe("For scale: the record's second half against its first."),
});

export type SynthParams = z.output<typeof synthSchema>;
export type SizeClass = z.output<typeof sizeClassSchema>;

/** Parses the text of a parameter file. Throws SYNTH_INVALID naming `file` and the first fault. */
export function parseSynthParams(text: string, file: string): SynthParams {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(`${file}: not JSON: ${String(cause)}`, cause);
  }
  const parsed = synthSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw invalid(`${file}: ${issue.path.join(".") || "file"}: ${issue.message}`, parsed.error);
}

function invalid(message: string, cause: unknown): WindtunnelError {
  return new WindtunnelError("SYNTH_INVALID", `${message}.`, "Fit the parameters again from a record.", { cause });
}

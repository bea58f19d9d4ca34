// An ensemble study as a file, its replications, and their intervals.

import { z } from "zod";
import { type EnsembleOutcome, runStudy, type Split } from "../ensemble/index.js";
import type { Interval } from "../model/results.js";
import { interval } from "./statistics.js";

const positive = z.number().positive();
const count = z.number().int().positive();

export const ensembleSchema = z.strictObject({
  ensemble: z.literal(1).describe("Version of this format."),
  title: z.string(),
  description: z.string().default(""),
  source: z.string().default(""),
  clouds: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        weight: positive.default(1).describe("In the worked example's average."),
        samplesPerSecond: positive.describe("That its GPU trains on."),
        usdPerGpuHour: z.number().nonnegative(),
        preemptions: z.number().min(0).max(1).default(0).describe("Chance a round to be preempted and done again."),
      }),
    )
    .min(2)
    .max(32),
  link: z.strictObject({
    mbitPerSecond: positive,
    latencySeconds: z.number().nonnegative().default(0),
    usdPerGb: z.number().nonnegative(),
  }),
  straggling: z.number().nonnegative().default(0).describe("Mean share by which a round takes longer, exponential."),
  data: z.strictObject({
    samplesPerCloud: count,
    testSamples: count,
    noise: z.number().nonnegative().describe("Standard deviation of every point; a stroke is about 1."),
    skewConcentration: positive.describe("Dirichlet concentration of the skewed split: smaller is more skewed."),
  }),
  sampleBytes: positive.optional().describe("Of a sample as it would travel. Default: what it has here."),
  modelBytes: positive.optional().describe("Of a model as it would travel. Default: what it has here."),
  training: z.strictObject({
    localEpochs: count,
    batch: count,
    rate: positive,
    l2: z.number().nonnegative().default(0),
    proximal: z.number().nonnegative().describe("mu of FedProx."),
    rounds: z.array(count).min(1),
  }),
  splits: z.array(z.enum(["even", "skewed"])).min(1),
  replications: z.number().int().min(2),
  seed: z.number().int().nonnegative().max(1e9),
});
export type EnsembleSpec = z.output<typeof ensembleSchema>;

export interface EnsembleRow {
  split: Split;
  method: string;
  family: string;
  accuracy: Interval;
  bytes: Interval;
  usd: Interval;
  hours: Interval;
  preemptions: Interval;
}

/** Seeds of replications are apart, so that neighbouring seeds of studies share none. */
const SEED_STEP = 1_000_003;

/** Every method under every split, over all replications; `progress` is told after each. */
export function runEnsembleStudy(spec: EnsembleSpec, progress: (done: number, of: number) => void): EnsembleRow[] {
  const { training, data, link } = spec;
  const study = {
    clouds: spec.clouds,
    link: { ...link, bytesPerSecond: (link.mbitPerSecond * 1e6) / 8 },
    straggling: spec.straggling,
    ...data,
    sampleBytes: spec.sampleBytes,
    modelBytes: spec.modelBytes,
    local: { epochs: training.localEpochs, batch: training.batch, rate: training.rate, l2: training.l2 },
    rounds: training.rounds,
    proximal: training.proximal,
  };
  const rows: EnsembleRow[] = [];
  const total = spec.splits.length * spec.replications;
  spec.splits.forEach((split, s) => {
    const runs: EnsembleOutcome[][] = [];
    for (let r = 0; r < spec.replications; r++) {
      runs.push(runStudy(study, split, spec.seed * SEED_STEP + r));
      progress(s * spec.replications + r + 1, total);
    }
    runs[0]!.forEach(({ method, family }, i) => {
      const over = (key: "accuracy" | "bytes" | "usd" | "hours" | "preemptions") =>
        interval(runs.map((outcomes) => outcomes[i]![key]));
      rows.push({
        split,
        method,
        family,
        accuracy: over("accuracy"),
        bytes: over("bytes"),
        usd: over("usd"),
        hours: over("hours"),
        preemptions: over("preemptions"),
      });
    });
  });
  return rows;
}

// An ensemble study as a file, its replications (in worker threads), and their intervals.

import { z } from "zod";
import { WorkerPool } from "../engine/pool.js";
import { serveSchema } from "../model/answer-study.js";
import type { Interval } from "../model/results.js";
import type { NumberTable } from "../replay/index.js";
import { interval } from "./statistics.js";
import { digitsOf, patientsOf, SPLITS, type Split, type TrainingData, tableData } from "./training/data.js";
import { type Replicated, runTraining, type TrainingStudy } from "./training/study.js";
import { replicationSeed } from "./workload.js";

const positive = z.number().positive();
const count = z.number().int().positive();
const name = z.string().min(1);
const share = z.number().positive().max(1);

const federationSchema = z
  .strictObject({
    name: name.describe("Name of the method."),
    proximal: z.number().nonnegative().default(0).describe("mu of FedProx."),
    serverMomentum: z.number().min(0).max(0.999).default(0).describe("Of the averaged change."),
    sampled: share.default(1).describe("Share of clouds that are asked in a round, at least one."),
    dropouts: z.number().min(0).max(0.99).default(0).describe("Chance that what a cloud has trained never arrives."),
    top: share.optional().describe("Of an update only this share of numbers travels, the greatest."),
    eightBit: z.boolean().default(false).describe("Updates travel in eight bits a number."),
    masked: z.boolean().default(false).describe("Updates are masked so that only their sum can be read."),
    roundSecondsMax: positive.optional().describe("A round closes after so long with those that have arrived."),
  })
  .refine((f) => [f.top !== undefined, f.eightBit, f.masked].filter((x) => x).length <= 1, {
    message: "one of top, eightBit and masked at most",
  });

export const ensembleSchema = z.strictObject({
  ensemble: z.literal(1).describe("Version of this format."),
  title: z.string(),
  description: z.string().default(""),
  source: z.string().default(""),
  clouds: z
    .array(
      z.strictObject({
        name,
        weight: positive.default(1).describe("In the worked example's average."),
        samplesPerSecond: positive.describe("That its GPU trains on."),
        usdPerGpuHour: z.number().nonnegative(),
        region: name.default("here").describe("For records that must stay in theirs."),
        preemptionsPerHour: z.number().nonnegative().default(0).describe("Of training; exponential."),
      }),
    )
    .min(2)
    .max(30)
    .describe("The first collects: models are sent there."),
  link: z.strictObject({
    mbitPerSecond: positive,
    latencySeconds: z.number().nonnegative().default(0),
    usdPerGb: z.number().nonnegative(),
  }),
  straggling: z.number().nonnegative().default(0).describe("Mean share by which a training takes longer, exponential."),
  restartSeconds: z.number().nonnegative().default(0).describe("Of a training that was preempted."),
  checkpointSeconds: positive.optional().describe("A preemption loses what came after the last; default: all."),
  cuts: z
    .array(z.strictObject({ cloud: name, fromSeconds: z.number().nonnegative(), seconds: positive }))
    .default([])
    .describe("When a cloud can neither fetch nor send; it goes on training."),
  data: z
    .strictObject({
      kind: z.enum(["digits", "patients"]).default("digits").describe("What the product makes up."),
      samplesPerCloud: count.optional(),
      testSamples: count.optional(),
      noise: z.number().nonnegative().optional().describe("Standard deviation of every point; a stroke is about 1."),
      file: name.optional().describe("A table of your own in place of digits: .csv with a head, or .parquet."),
      label: name.optional().describe("Its column with the class."),
      testShare: share.max(0.9).default(0.2).describe("Of its rows."),
      skewConcentration: positive.describe("Dirichlet concentration of the skewed split: smaller is more skewed."),
    })
    .refine((d) => (d.file === undefined ? d.samplesPerCloud && d.testSamples && d.noise !== undefined : d.label), {
      message: "either file and label, or samplesPerCloud, testSamples and noise",
    }),
  residency: z
    .strictObject({
      records: z.enum(["stay", "region"]).describe("Records stay where they are, or in their region."),
      name: z.string().default("records stay").describe("What the rule is called in reports."),
    })
    .optional()
    .describe("Methods that would move records further are left out, and every transfer is checked."),
  sampleBytes: positive.optional().describe("Of a sample as it would travel. Default: what it has here."),
  modelBytes: positive.optional().describe("Of a model as it would travel. Default: what it has here."),
  training: z.strictObject({
    hidden: z.array(count).default([]).describe("Units of hidden layers."),
    dropout: z.number().min(0).max(0.95).default(0).describe("Of hidden units."),
    localEpochs: count,
    batch: count,
    rate: positive,
    momentum: z.number().min(0).max(0.999).default(0),
    adam: z.boolean().default(false).describe("In place of plain descent."),
    l2: z.number().nonnegative().default(0),
    rounds: z.array(count).min(1),
    federations: z.array(federationSchema).default([]).describe("Ways to average by rounds."),
  }),
  splits: z.array(z.enum(Object.keys(SPLITS) as [Split, ...Split[]])).min(1),
  serve: serveSchema
    .optional()
    .describe("Serve the clouds' own models of the first split: members are named as clouds."),
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

function studyOf(spec: EnsembleSpec): TrainingStudy {
  const { training, clouds, link, straggling, restartSeconds, cuts } = spec;
  const { localEpochs, batch, rate, l2, momentum, adam } = training;
  const infinite = Number.POSITIVE_INFINITY;
  return {
    clouds,
    place: { link, straggling, restartSeconds, cuts, checkpointSeconds: spec.checkpointSeconds ?? infinite },
    shape: { hidden: training.hidden, dropout: training.dropout },
    sampleBytes: spec.sampleBytes,
    modelBytes: spec.modelBytes,
    local: { epochs: localEpochs, batch, rate, l2, ...(adam ? { adam: {} } : { momentum }) },
    rounds: training.rounds,
    federations: training.federations.map(({ top, eightBit, roundSecondsMax, ...f }) => ({
      ...f,
      roundSecondsMax: roundSecondsMax ?? infinite,
      compression: top === undefined ? { kind: eightBit ? "eight-bit" : "none" } : { kind: "top", share: top },
    })),
    skewConcentration: spec.data.skewConcentration,
    records: spec.residency?.records ?? "free",
  };
}

function dataOf({ data, clouds }: EnsembleSpec, table: NumberTable | undefined, seed: number): TrainingData {
  if (table) return tableData(table, data.file!, data.label!, data.testShare, seed);
  const make = data.kind === "patients" ? patientsOf : digitsOf;
  return make(clouds.length * data.samplesPerCloud!, data.testSamples!, data.noise!, seed);
}

/** One replication under one split. */
export function replicate(
  spec: EnsembleSpec,
  table: NumberTable | undefined,
  split: Split,
  replication: number,
): Replicated {
  const seed = replicationSeed(spec.seed, replication);
  return runTraining(studyOf(spec), dataOf(spec, table, seed), split, seed);
}

export interface EnsembleApi {
  replicate(split: Split, replication: number): Promise<Replicated>;
}

const WORKER_URL = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/sim/training/worker.js", import.meta.url)
  : new URL("./training/worker.js", import.meta.url);
const TASK_MILLIS_MAX = 3_600_000;

/** All replications under every split, on so many threads: the same for any number. `progress` is told after each. */
export async function runReplications(
  spec: EnsembleSpec,
  table: NumberTable | undefined,
  threads: number,
  progress: (done: number, of: number) => void,
): Promise<Map<Split, Replicated[]>> {
  const pool = new WorkerPool<EnsembleApi>({
    url: WORKER_URL,
    size: threads,
    taskMillisMax: TASK_MILLIS_MAX,
    attempts: 2,
    data: { spec, table },
  });
  let done = 0;
  const total = spec.splits.length * spec.replications;
  try {
    const lists = await Promise.all(
      spec.splits.map((split) =>
        Promise.all(
          Array.from({ length: spec.replications }, async (_, r) => {
            const one = await pool.run(`replication ${r} of ${split}`, (api) => api.replicate(split, r));
            progress(++done, total);
            return one;
          }),
        ),
      ),
    );
    return new Map(spec.splits.map((split, s) => [split, lists[s]!]));
  } finally {
    await pool.close();
  }
}

/** Every method under every split, over all replications. */
export function summariseEnsemble(runs: ReadonlyMap<Split, readonly Replicated[]>): EnsembleRow[] {
  return [...runs].flatMap(([split, list]) =>
    list[0]!.outcomes.map(({ method, family }, i) => {
      const over = (key: "accuracy" | "bytes" | "usd" | "hours" | "preemptions") =>
        interval(list.map(({ outcomes }) => outcomes[i]![key]));
      return {
        split,
        method,
        family,
        accuracy: over("accuracy"),
        bytes: over("bytes"),
        usd: over("usd"),
        hours: over("hours"),
        preemptions: over("preemptions"),
      };
    }),
  );
}

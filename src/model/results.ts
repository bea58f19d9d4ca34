// What a run and an experiment leave behind. Everything in `report` and `replay` is computed from these alone.

import type { Provenance } from "./jobs.js";

/** Version of the result folder's layout. */
export const RESULT_FORMAT = 2;

/** One run of an experiment; `id` is stable and names its files. */
export interface RunSpec {
  /** e.g. `fifo+first-fit+load0.9+r0`. */
  id: string;
  queue: string;
  place: string;
  /** Offered load asked for; null when the pools have a fixed size. */
  load: number | null;
  replication: number;
  /** Number of a shaken copy of replication 0; null = not shaken. Shaken runs test the ranking and never enter a mean. */
  shake: number | null;
  /** Seed of this replication: the same for every policy (common random numbers). */
  seed: number;
}

/** Per-job rows of a run, structure of arrays, in order of finish (NaN: did not happen). Times in µs. */
export interface JobRows {
  count: number;
  /** Row of the trace. */
  job: Int32Array;
  submitMicros: Float64Array;
  firstStartMicros: Float64Array;
  finishMicros: Float64Array;
  /** Time holding resources, all starts together. */
  heldMicros: Float64Array;
  /** GPU-µs of work done and lost to stops. */
  lostGpuMicros: Float64Array;
  gpuMilli: Int32Array;
  /** Starts after the first. */
  restarts: Int32Array;
  /** END_STATUS. */
  endStatus: Uint8Array;
  tenant: Int32Array;
  /** Pool of the last start. */
  pool: Int32Array;
}

/** Piecewise means over equal bins of simulated time. */
export interface Series {
  binMicros: number;
  /** End of what the last bin covers. */
  endMicros: number;
  /** Mean GPUs allocated in each bin. */
  gpusAllocated: Float64Array;
  /** Mean GPUs free on nodes that are partly in use. */
  gpusStranded: Float64Array;
  /** Mean jobs waiting in each bin. */
  jobsWaiting: Float64Array;
}

/** One stay of (part of) a job on one node, for the Gantt chart. */
export interface Stay {
  job: number;
  node: number;
  gpus: number;
  startMicros: number;
  endMicros: number;
}

/** Waiting jobs at instants of a run, by what keeps each from starting. */
export interface WaitReasons {
  timeMicros: Float64Array;
  /** No pool that it may use has as many GPUs free as it wants. */
  capacity: Float64Array;
  /** Enough are free, but not where the placement could use them. */
  scattered: Float64Array;
  /** It would fit; the policy lets it wait for others. */
  order: Float64Array;
}

/** Equal stretches that one long run is cut into, where there are no replications. */
export const BATCHES = 20;
/** Above this, neighbouring stretches are alike (one-sided 5 % test of BATCHES independent values), and intervals from them are too narrow. */
export const LAG_ONE_LIMIT = 1.645 / Math.sqrt(BATCHES);

/** One metric of one policy pair at one load, in an experiment A and in another, B. */
export interface ComparedMetric {
  a: { queue: string; place: string };
  b: { queue: string; place: string };
  load: number | null;
  metric: string;
  meanA: number;
  meanB: number;
  /** B - A, with its 95 % interval. */
  difference: Interval;
  /** True: the same jobs were met, replication by replication, so luck that both share has dropped out. */
  paired: boolean;
  /** p of no difference, adjusted (Holm) for all comparisons of this metric. */
  pAdjusted: number;
}

/** Metrics of a part of a run's jobs. */
export interface GroupRow {
  dimension: "size" | "gpuModel" | "tenant";
  group: string;
  jobs: number;
  metrics: Metrics;
}

/** Shapes of a run's completion times, small enough to keep: charts need no rows of jobs. Seconds. */
export interface Curves {
  /** Of the jobs that count: values at evenly spread ranks from least to greatest; as many as there are below 201 jobs. */
  jctSecondsQuantiles: Float64Array;
  /** Means of equal stretches of all jobs in order of submission; empty where there are too few. NaN: none finished. */
  jctSecondsByStretch: Float64Array;
  /** Jobs of the trace. */
  jobs: number;
}

/** What one run says of its own uncertainty, from means of equal stretches of its jobs. */
export interface Within {
  /** Mean JCT of each stretch, by submission; the same jobs in every run of a replication. */
  jctSecondsBatches: Float64Array;
  /** 95 % intervals of means (batch means) and percentiles (block bootstrap), by metric. */
  bands: Record<string, { low: number; high: number }>;
  /** Correlation of neighbouring stretches; far from 0, the bands are too narrow. */
  lagOne: number;
}

/** Metric name (docs: metrics page) to value. */
export type Metrics = Record<string, number>;

export interface RunResult {
  spec: RunSpec;
  metrics: Metrics;
  /** Hash of every fact and decision, hex. Same scenario, seed and engine: same digest, everywhere. */
  digest: string;
  gpusTotal: number;
  nodesTotal: number;
  events: number;
  /** Engine time, for information only: never part of a digest. */
  engineMillis: number;
  rows: JobRows;
  series: Series;
  /** Stays within the first days of the run, bounded; only where asked for. */
  stays: Stay[];
  /** MSER-5's estimate of the jobs before the run is settled; null where the run is too short to tell. */
  warmupJobs: number | null;
  /** Jobs at the start that count in no job metric. */
  cutJobs: number;
  /** Absent where replications give the intervals. */
  within: Within | null;
  groups: GroupRow[];
  curves: Curves;
  /** Of replication 0 only. */
  waits: WaitReasons | null;
}

/** manifest.json of an experiment: everything needed to repeat it, and to see that it was repeated. */
export interface Manifest {
  format: typeof RESULT_FORMAT;
  title: string;
  description: string;
  windtunnelVersion: string;
  node: string;
  engineSha256: string;
  scenarioSha256: string;
  scenarioText: string;
  /** The command that repeats it. */
  command: string;
  provenance: Provenance;
  /** Everything assumed that changes an answer, one sentence each. */
  assumptions: string[];
  runs: { id: string; digest: string }[];
  /** Hash over the runs' digests in order of id. */
  digest: string;
  machine: string;
  startedAt: string;
  wallSeconds: number;
  workers: number;
}

/**
 * A mean with its two-sided 95 % interval: Student's t, where the ends are mean -+ halfWidth, or a bootstrap, where
 * halfWidth is half the distance of the ends. NaN where there is none.
 */
export interface Interval {
  mean: number;
  halfWidth: number;
  low: number;
  high: number;
  /** Independent values behind it: replications, or stretches of one run. */
  count: number;
}

/** One line of the ranking: a policy pair at a load. */
export interface RankingRow {
  queue: string;
  place: string;
  load: number | null;
  oracle: boolean;
  metrics: Record<string, Interval>;
  /** Paired difference of mean JCT to the best non-oracle row at the same load, common random numbers. */
  jctSecondsMeanVsBest: Interval;
  /** The same as a ratio: geometric mean of own over best, pair by pair; 1 = equal. */
  jctRatioToBest: Interval;
  /** Share of replications (or stretches of one run) in which this row's mean JCT is below the best row's. */
  probabilityBetter: number;
  /**
   * p of the hypothesis that the ratio is 1, adjusted for all comparisons with the best (Holm) and for the best having
   * been picked from the same runs (Gupta).
   */
  pAdjusted: number;
  /** What the intervals are made of. */
  from: "replications" | "batches";
}

/** What shaken arrivals and run times do to the ranking of the policies that could be built, at one load. */
export interface Robustness {
  load: number | null;
  shakes: number;
  /** Share of shaken copies in which the best pair of the ranking is still the best. */
  sameBest: number;
  /** How often each pair was the best, most often first. */
  best: { queue: string; place: string; count: number }[];
  /** Kendall's tau-b of the order of all pairs with that of unshaken replication 0: mean and least over the copies. */
  tauMean: number;
  tauLeast: number;
  /** Largest relative change of a pair's mean JCT. */
  changeMost: number;
}

export interface Experiment {
  manifest: Manifest;
  ranking: RankingRow[];
  /** One a load; empty without shaken runs. */
  robustness: Robustness[];
  /** Lower bounds beside the results, one value a replication each, by load. */
  bounds: { load: number | null; jctSecondsMean: Interval; makespanSeconds: Interval }[];
  runs: RunResult[];
}

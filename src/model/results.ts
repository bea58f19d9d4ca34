// What a run and an experiment leave behind. Everything in `report` and `replay` is computed from these alone.

import type { Provenance } from "./jobs.js";

/** Version of the result folder's layout. */
export const RESULT_FORMAT = 1;

/** One run of an experiment; `id` is stable and names its files. */
export interface RunSpec {
  /** e.g. `fifo+first-fit+load0.9+r0`. */
  id: string;
  queue: string;
  place: string;
  /** Offered load asked for; null when the pools have a fixed size. */
  load: number | null;
  replication: number;
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
}

/** Piecewise means over equal bins of simulated time. */
export interface Series {
  binMicros: number;
  /** Mean GPUs allocated in each bin. */
  gpusAllocated: Float64Array;
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

/** A mean over replications with its two-sided 95 % t-interval (half width NaN below two replications). */
export interface Interval {
  mean: number;
  halfWidth: number;
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
  /** Share of replications in which this row's mean JCT is below the best row's. */
  probabilityBetter: number;
}

export interface Experiment {
  manifest: Manifest;
  ranking: RankingRow[];
  /** Lower bounds beside the results, one value a replication each, by load. */
  bounds: { load: number | null; jctSecondsMean: Interval; makespanSeconds: Interval }[];
  runs: RunResult[];
}

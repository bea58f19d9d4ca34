// Tables beside the jobs that a data set may hold: a fleet of nodes, and rates per window. As for jobs, one row each,
// structure of arrays, with provenance and assumptions.

import type { JobNames, Provenance, RejectedRow } from "./jobs.js";

/** Nodes of a fleet, in the order of the record. */
export interface NodeTable {
  count: number;
  /** Whole GPUs, >= 0. */
  gpus: Int32Array;
  /** Index into gpuModels; -1 where a node has no GPU or the record no model. */
  model: Int32Array;
  /** CPU, thousandths of a core; 0 = not recorded. */
  cpuMilli: Float64Array;
  /** Memory, MiB; 0 = not recorded. */
  memoryMib: Float64Array;
}

export interface Fleet {
  names: Pick<JobNames, "gpuModels"> & { nodes: string[] };
  nodes: NodeTable;
  provenance: Provenance;
  rejected: RejectedRow[];
}

/**
 * Requests to inference services, one row each, in order of arrival. Prompt and answer in tokens where the record has them
 * (0 = not recorded), or how long the request ran.
 */
export interface RequestTable {
  count: number;
  /** µs from the first one, integer. */
  atMicros: Float64Array;
  promptTokens: Int32Array;
  outputTokens: Int32Array;
  /** Recorded time of service, µs; NaN where the record has none. */
  runMicros: Float64Array;
  /** Index into tenants, models, classes, sessions and origins; 0 where the record has none. */
  tenant: Int32Array;
  model: Int32Array;
  serviceClass: Int32Array;
  session: Int32Array;
  origin: Int32Array;
  /** Blocks of the prompt's prefix: of row i, `blocks[blockFirst[i]]` up to `blocks[blockFirst[i + 1]]`; equal numbers are equal tokens. */
  blockFirst: Int32Array;
  blocks: Int32Array;
}

export interface Requests {
  names: { tenants: string[]; models: string[]; classes: string[]; sessions: string[]; origins: string[] };
  requests: RequestTable;
  provenance: Provenance;
  rejected: RejectedRow[];
}

/** Rates of arrivals, one row a window and series, in order of time (ties: of the files). */
export interface RateTable {
  count: number;
  /** Begin of the window, µs from the first one's begin, integer. */
  startMicros: Float64Array;
  /** Length of the window, µs, > 0. */
  windowMicros: Float64Array;
  /** Index into series. */
  series: Int32Array;
  /** Mean arrivals a second within the window, >= 0. */
  perSecond: Float64Array;
  /** Coefficient of variation of the times between arrivals; NaN where the record has none. */
  cv: Float64Array;
}

export interface Rates {
  names: { series: string[] };
  rates: RateTable;
  provenance: Provenance;
  rejected: RejectedRow[];
}

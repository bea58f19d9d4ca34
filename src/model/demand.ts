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

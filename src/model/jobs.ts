// The canonical table of recorded jobs: structure of arrays, one row a job, in order of submission.
// Adapters and generators produce it, the engine consumes it; nothing else describes a job.

/** How a job ended in the record. The number is what the columns hold. */
export const END_STATUS = { completed: 0, failed: 1, killed: 2 } as const;
export type EndStatus = keyof typeof END_STATUS;

/**
 * Columns of `count` jobs, sorted by submitMicros (ties keep the record's order).
 * A job is a gang of `tasks` equal members; all run at the same time or not at all.
 */
export interface JobTable {
  count: number;
  /** µs from the trace's origin, integer, non-decreasing. */
  submitMicros: Float64Array;
  /** True run time while holding its resources at recorded size, µs, integer, > 0. */
  runMicros: Float64Array;
  /** The user's own estimate of the run time, µs; NaN where the record has none. */
  estimateMicros: Float64Array;
  /** Deadline, µs from the trace's origin; NaN where there is none. */
  deadlineMicros: Float64Array;
  /** Members of the gang, >= 1. */
  tasks: Int32Array;
  /** GPU of one task: 1000 x whole GPUs, or 1..999 for a share of one device, or 0 (CPU only). */
  gpuMilli: Int32Array;
  /** CPU of one task, thousandths of a core; 0 = not recorded and not constrained. */
  cpuMilli: Int32Array;
  /** Memory of one task, MiB; 0 = not recorded and not constrained. */
  memoryMib: Int32Array;
  /** Bit i set = may run on gpuModels[i]; 0 = any model. */
  modelMask: Int32Array;
  /** Index into tenants. */
  tenant: Int32Array;
  /** Larger is more important; 0 where the record has none. */
  priority: Int32Array;
  /** Index into jobClasses. */
  jobClass: Int32Array;
  /** END_STATUS. */
  endStatus: Uint8Array;
  /** Wait from submission to start that the record itself reports, µs; NaN where it has none. No policy sees it. */
  waitMicros: Float64Array;
}

/** Names behind the indexes of a JobTable. */
export interface JobNames {
  tenants: string[];
  gpuModels: string[];
  jobClasses: string[];
  /** Name of each job in the record, row by row; only where it was asked for (LoadOptions.jobNames). */
  jobs?: string[];
}

/** A row that was not taken, for the report of an import. */
export interface RejectedRow {
  file: string;
  /** 1-based line of the raw file, header included; 0 where the reader cannot say. */
  line: number;
  column: string;
  value: string;
  reason: string;
}

/** Where a table came from; printed with every answer and written to the manifest. */
export interface Provenance {
  dataset: string;
  part: string;
  /** SHA-256 of the inner file (or of the generator's parameters and seed). */
  digest: string;
  licence: string;
  citation: string;
  /** One sentence for each thing that the source lacks and what was assumed instead. */
  assumptions: string[];
}

/** A trace whole in memory. */
export interface Trace {
  names: JobNames;
  jobs: JobTable;
  provenance: Provenance;
  rejected: RejectedRow[];
  /** Where jobs share devices by time-slicing: speed of a class beside another, share of its own; row by own class. */
  pairRates?: Float64Array;
}

/** A trace that arrives in chunks, so that memory does not grow with its length. */
export interface TraceStream {
  names: JobNames;
  provenance: Provenance;
  chunks(): AsyncIterable<JobTable>;
}

/** An empty table with room for `count` rows: one task of one whole GPU each, nothing else known. */
export function createJobTable(count: number): JobTable {
  return {
    count,
    submitMicros: new Float64Array(count),
    runMicros: new Float64Array(count),
    estimateMicros: new Float64Array(count).fill(Number.NaN),
    deadlineMicros: new Float64Array(count).fill(Number.NaN),
    tasks: new Int32Array(count).fill(1),
    gpuMilli: new Int32Array(count).fill(1000),
    cpuMilli: new Int32Array(count),
    memoryMib: new Int32Array(count),
    modelMask: new Int32Array(count),
    tenant: new Int32Array(count),
    priority: new Int32Array(count),
    jobClass: new Int32Array(count),
    endStatus: new Uint8Array(count),
    waitMicros: new Float64Array(count).fill(Number.NaN),
  };
}

export const JOB_COLUMNS = [
  "submitMicros",
  "runMicros",
  "estimateMicros",
  "deadlineMicros",
  "tasks",
  "gpuMilli",
  "cpuMilli",
  "memoryMib",
  "modelMask",
  "tenant",
  "priority",
  "jobClass",
  "endStatus",
  "waitMicros",
] as const satisfies readonly Exclude<keyof JobTable, "count">[];

/** Rows in the given order, as a new table. */
export function takeJobs(table: JobTable, rows: ArrayLike<number>): JobTable {
  const out = createJobTable(rows.length);
  for (const column of JOB_COLUMNS) {
    const from = table[column];
    const to = out[column];
    for (let i = 0; i < rows.length; i++) to[i] = from[rows[i]!]!;
  }
  return out;
}

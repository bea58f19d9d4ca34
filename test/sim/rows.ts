// Builds the per-job rows of a run from a few fields a job.

import type { JobRows, RunResult, RunSpec, Series } from "../../src/model/results.js";
import { runId } from "../../src/sim/experiment.js";

/** Times in seconds; what is left out is a finished job on one GPU that ran from its submission for `held`. */
export interface RowFields {
  submit: number;
  held?: number;
  start?: number;
  finish?: number;
  gpuMilli?: number;
  lost?: number;
  restarts?: number;
  endStatus?: number;
  tenant?: number;
  pool?: number;
}

export function rowsOf(fields: readonly RowFields[]): JobRows {
  const column = (value: (row: RowFields) => number) => Float64Array.from(fields, value);
  const held = (row: RowFields) => row.held ?? 1;
  return {
    count: fields.length,
    job: Int32Array.from(fields, (_, i) => i),
    submitMicros: column((row) => row.submit * 1e6),
    firstStartMicros: column((row) => (row.start ?? row.submit) * 1e6),
    finishMicros: column((row) => (row.finish ?? (row.start ?? row.submit) + held(row)) * 1e6),
    heldMicros: column((row) => held(row) * 1e6),
    lostGpuMicros: column((row) => (row.lost ?? 0) * 1e6),
    gpuMilli: Int32Array.from(fields, (row) => row.gpuMilli ?? 1000),
    restarts: Int32Array.from(fields, (row) => row.restarts ?? 0),
    endStatus: Uint8Array.from(fields, (row) => row.endStatus ?? 0),
    tenant: Int32Array.from(fields, (row) => row.tenant ?? 0),
    pool: Int32Array.from(fields, (row) => row.pool ?? 0),
  };
}

export const NO_SERIES: Series = {
  binMicros: 3600e6,
  endMicros: 0,
  gpusAllocated: new Float64Array(0),
  gpusStranded: new Float64Array(0),
  jobsWaiting: new Float64Array(0),
};

/** A run with the given metrics and no job. */
export function runOf(spec: Partial<RunSpec>, metrics: Record<string, number>): RunResult {
  const full = { id: "", queue: "fifo", place: "first-fit", load: 0.9, replication: 0, shake: null, seed: 1, ...spec };
  full.id ||= runId(full);
  return {
    spec: full,
    metrics,
    digest: "00",
    gpusTotal: 8,
    nodesTotal: 1,
    events: 0,
    engineMillis: 0,
    rows: rowsOf([]),
    series: NO_SERIES,
    stays: [],
    warmupJobs: 0,
    cutJobs: 0,
    within: null,
    groups: [],
    curves: { jctSecondsQuantiles: new Float64Array(0), jctSecondsByStretch: new Float64Array(0), jobs: 0 },
    waits: null,
  };
}

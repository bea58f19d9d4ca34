// What is kept of every job that ended: one row for the host to drain, and running sums.

import {
  CAP_ROWS, COL_ROW_FINISH, COL_ROW_FIRST_START, COL_ROW_GPU_MILLI, COL_ROW_HELD, COL_ROW_JOB, COL_ROW_LOST,
  COL_ROW_POOL, COL_ROW_RESTARTS, COL_ROW_STATUS, COL_ROW_SUBMIT, COL_ROW_TENANT, FINISHED, FIRST_SUBMIT, HELD_GPU, LAST_FINISH, LOST_GPU,
  NOW, ROW_COUNT, SUM_JCT, SUM_RUN, SUM_WAIT,
} from "../abi";
import { addF, column, getF, getI, setF, setF64, setI, setI32, setU8 } from "../memory";

let rowJob: usize = 0;
let rowSubmit: usize = 0;
let rowFirstStart: usize = 0;
let rowFinish: usize = 0;
let rowHeld: usize = 0;
let rowLost: usize = 0;
let rowGpuMilli: usize = 0;
let rowRestarts: usize = 0;
let rowStatus: usize = 0;
let rowTenant: usize = 0;
let rowPool: usize = 0;

export function layoutRows(): void {
  const n = getI(CAP_ROWS);
  rowJob = column(COL_ROW_JOB, 4, n);
  rowSubmit = column(COL_ROW_SUBMIT, 8, n);
  rowFirstStart = column(COL_ROW_FIRST_START, 8, n);
  rowFinish = column(COL_ROW_FINISH, 8, n);
  rowHeld = column(COL_ROW_HELD, 8, n);
  rowLost = column(COL_ROW_LOST, 8, n);
  rowGpuMilli = column(COL_ROW_GPU_MILLI, 4, n);
  rowRestarts = column(COL_ROW_RESTARTS, 4, n);
  rowStatus = column(COL_ROW_STATUS, 1, n);
  rowTenant = column(COL_ROW_TENANT, 4, n);
  rowPool = column(COL_ROW_POOL, 4, n);
}

export function startMeasures(): void {
  setF(FIRST_SUBMIT, -1);
}

@inline function writeRow(
  job: i32, submit: f64, firstStart: f64, finish: f64, held: f64, lost: f64, gpuMilli: i32, restarts: i32, status: i32, tenant: i32,
  pool: i32,
): void {
  const n = getI(ROW_COUNT);
  setI32(rowJob, n, job);
  setF64(rowSubmit, n, submit);
  setF64(rowFirstStart, n, firstStart);
  setF64(rowFinish, n, finish);
  setF64(rowHeld, n, held);
  setF64(rowLost, n, lost == 0 ? 0 : lost / 1000); // GPU-µs
  setI32(rowGpuMilli, n, gpuMilli);
  setI32(rowRestarts, n, restarts);
  setU8(rowStatus, n, status);
  setI32(rowTenant, n, tenant);
  setI32(rowPool, n, pool);
  setI(ROW_COUNT, n + 1);
}

/** Times in µs; `lost` in GPU-milli x µs. */
export function recordJob(
  job: i32, submit: f64, firstStart: f64, held: f64, lost: f64, gpuMilli: i32, restarts: i32, status: i32, tenant: i32, pool: i32,
): void {
  const now = getF(NOW);
  writeRow(job, submit, firstStart, now, held, lost, gpuMilli, restarts, status, tenant, pool);
  addF(FINISHED, 1);
  addF(SUM_WAIT, firstStart - submit);
  addF(SUM_JCT, now - submit);
  addF(SUM_RUN, held);
  addF(LOST_GPU, lost);
  addF(HELD_GPU, held * <f64>gpuMilli);
  setF(LAST_FINISH, now);
}

/** A job that never ran: a row without start and finish. */
export function recordDropped(job: i32, submit: f64, gpuMilli: i32, status: i32, tenant: i32): void {
  writeRow(job, submit, NaN, NaN, 0, 0, gpuMilli, 0, status, tenant, -1);
}

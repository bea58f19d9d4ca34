// One row for each request that ended, for hosts that want them all (tests, small runs, traces of a timeline).

import {
  CAP_REQUEST_ROWS, COL_DONE_AT, COL_DONE_CLASS, COL_DONE_FINISH, COL_DONE_FIRST, COL_DONE_ID, COL_DONE_OUTPUT,
  COL_DONE_PREEMPTED, COL_DONE_PROMPT, COL_DONE_REPLICA, COL_DONE_SCHEDULED, COL_DONE_SERVICE, COL_DONE_STATUS, REQUEST_ROWS,
} from "../../abi";
import { column, getI, setF64, setI, setI32, setU8 } from "../../memory";

let rowId: usize = 0;
let rowAt: usize = 0;
let rowScheduled: usize = 0;
let rowFirst: usize = 0;
let rowFinish: usize = 0;
let rowPrompt: usize = 0;
let rowOutput: usize = 0;
let rowReplica: usize = 0;
let rowStatus: usize = 0;
let rowClass: usize = 0;
let rowPreempted: usize = 0;
let rowService: usize = 0;

export function layoutRequestRows(): void {
  const n = getI(CAP_REQUEST_ROWS);
  rowId = column(COL_DONE_ID, 8, n);
  rowAt = column(COL_DONE_AT, 8, n);
  rowScheduled = column(COL_DONE_SCHEDULED, 8, n);
  rowFirst = column(COL_DONE_FIRST, 8, n);
  rowFinish = column(COL_DONE_FINISH, 8, n);
  rowPrompt = column(COL_DONE_PROMPT, 4, n);
  rowOutput = column(COL_DONE_OUTPUT, 4, n);
  rowReplica = column(COL_DONE_REPLICA, 4, n);
  rowStatus = column(COL_DONE_STATUS, 1, n);
  rowClass = column(COL_DONE_CLASS, 4, n);
  rowPreempted = column(COL_DONE_PREEMPTED, 4, n);
  rowService = column(COL_DONE_SERVICE, 4, n);
}

/** Times in µs; NaN = never. Room was made sure of before the instant. */
export function writeRequestRow(
  id: f64, at: f64, scheduled: f64, first: f64, finish: f64, prompt: i32, output: i32, replica: i32, status: i32,
  serviceClass: i32, preempted: i32, service: i32,
): void {
  const n = getI(REQUEST_ROWS);
  setF64(rowId, n, id);
  setF64(rowAt, n, at);
  setF64(rowScheduled, n, scheduled);
  setF64(rowFirst, n, first);
  setF64(rowFinish, n, finish);
  setI32(rowPrompt, n, prompt);
  setI32(rowOutput, n, output);
  setI32(rowReplica, n, replica);
  setU8(rowStatus, n, status);
  setI32(rowClass, n, serviceClass);
  setI32(rowPreempted, n, preempted);
  setI32(rowService, n, service);
  setI(REQUEST_ROWS, n + 1);
}

// What is kept of requests to ensembles: counts, a sketch of latencies, series over time by the moment of asking, and, where
// the host asks for them, rows.

import {
  CAP_ENSEMBLE_BINS, CAP_ENSEMBLE_ROWS, CAP_ENSEMBLES, COL_ENSEMBLE_BINS, COL_ENSEMBLE_COUNTS, COL_ENSEMBLE_ROWS,
  COL_ENSEMBLE_SKETCH, ENDED_AT, ENDED_CLASS, ENDED_ENSEMBLE, ENDED_FIELDS, ENDED_FINISH, ENDED_ID, ENDED_MEMBERS, ENDED_SAMPLE,
  ENDED_STAGE, ENSEMBLE_BIN_MICROS, ENSEMBLE_DONE, FAIL_ENSEMBLE, SKETCH_BUCKETS, SPAN_ANSWERED, SPAN_ASKED, SPAN_COUNT,
  SPAN_LATENCY, SPAN_MEMBERS, SPAN_RIGHT, TALLY_ANSWERED, TALLY_ASKED, TALLY_BY_MEMBERS, TALLY_COUNT, TALLY_DEADLINE,
  TALLY_LATENCY, TALLY_MEMBERS, TALLY_RIGHT, TALLY_RIGHT_BY_MEMBERS, TALLY_STAGES,
} from "../abi";
import { column, f64At, fail, getF, getI, setF64, setI } from "../memory";
import { bucketOf, countIn } from "./requests/sketch";

let counts: usize = 0;
let sketches: usize = 0;
let bins: usize = 0;
let rows: usize = 0;

export function layoutEnsembleMeasures(): void {
  const n = getI(CAP_ENSEMBLES);
  counts = column(COL_ENSEMBLE_COUNTS, 8, n * TALLY_COUNT);
  sketches = column(COL_ENSEMBLE_SKETCH, 8, n * SKETCH_BUCKETS);
  bins = column(COL_ENSEMBLE_BINS, 8, n * SPAN_COUNT * getI(CAP_ENSEMBLE_BINS));
  rows = column(COL_ENSEMBLE_ROWS, 8, getI(CAP_ENSEMBLE_ROWS) * ENDED_FIELDS);
}

@inline function add(e: i32, tally: i32, value: f64): void {
  const at = e * TALLY_COUNT + tally;
  setF64(counts, at, f64At(counts, at) + value);
}

function addSpan(e: i32, series: i32, at: f64, value: f64): void {
  const n = getI(CAP_ENSEMBLE_BINS);
  if (n == 0) return;
  const bin = min(n - 1, <i32>(at / getF(ENSEMBLE_BIN_MICROS)));
  const i = (e * SPAN_COUNT + series) * n + bin;
  setF64(bins, i, f64At(bins, i) + value);
}

/** An answer, or (nobody answered) class -1; times in µs. */
export function recordEnsemble(
  e: i32, id: f64, at: f64, now: f64, sample: i32, mask: i32, answer: i32, right: bool, stage: i32, late: bool,
): void {
  const members = popcnt(mask);
  const latency = now - at;
  add(e, TALLY_ASKED, 1);
  add(e, TALLY_STAGES, <f64>(stage + 1));
  if (late) add(e, TALLY_DEADLINE, 1);
  add(e, TALLY_BY_MEMBERS + members, 1);
  addSpan(e, SPAN_ASKED, at, 1);
  addSpan(e, SPAN_LATENCY, at, latency);
  add(e, TALLY_LATENCY, latency);
  countIn(sketches + (<usize>(e * SKETCH_BUCKETS) << 3), bucketOf(latency), 1);
  if (answer >= 0) {
    add(e, TALLY_ANSWERED, 1);
    add(e, TALLY_MEMBERS, <f64>members);
    addSpan(e, SPAN_ANSWERED, at, 1);
    addSpan(e, SPAN_MEMBERS, at, <f64>members);
  }
  if (right) {
    add(e, TALLY_RIGHT, 1);
    add(e, TALLY_RIGHT_BY_MEMBERS + members, 1);
    addSpan(e, SPAN_RIGHT, at, 1);
  }
  if (getI(CAP_ENSEMBLE_ROWS) == 0) return;
  const row = getI(ENSEMBLE_DONE);
  if (row == getI(CAP_ENSEMBLE_ROWS)) fail(FAIL_ENSEMBLE, <f64>row);
  setI(ENSEMBLE_DONE, row + 1);
  const to = row * ENDED_FIELDS;
  setF64(rows, to + ENDED_ID, id);
  setF64(rows, to + ENDED_AT, at);
  setF64(rows, to + ENDED_FINISH, now);
  setF64(rows, to + ENDED_SAMPLE, <f64>sample);
  setF64(rows, to + ENDED_MEMBERS, <f64>mask);
  setF64(rows, to + ENDED_CLASS, <f64>answer);
  setF64(rows, to + ENDED_ENSEMBLE, <f64>e);
  setF64(rows, to + ENDED_STAGE, <f64>stage);
}

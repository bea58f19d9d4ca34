// What is kept of requests: by class counts, sums and sketches; by service the gaps between tokens and a series over time;
// and, where the host asks for them, rows.

import {
  CAP_SERVE_BINS, CAP_SERVE_CLASSES, CAP_SERVICES, COL_CLASS_E2E, COL_CLASS_TPOT, COL_CLASS_TTFT, COL_OUTCOMES,
  COL_SERVE_BINS, COL_SKETCHES, OUTCOME_ARRIVED, OUTCOME_COUNT, OUTCOME_DONE, OUTCOME_MET, OUTCOME_MET_E2E, OUTCOME_MET_TPOT,
  OUTCOME_MET_TTFT, OUTCOME_OUTPUT_TOKENS, OUTCOME_PREEMPTED, OUTCOME_PROMPT_TOKENS, OUTCOME_REFUSED, OUTCOME_SUM_E2E,
  OUTCOME_SUM_TPOT, OUTCOME_SUM_TTFT, OUTCOME_SUM_WAIT, OUTCOME_TOO_LONG, REQUEST_SHED, REQUEST_TOO_LONG, SERIES_ARRIVED, SERIES_COUNT,
  SERIES_DONE, SERIES_LOST, SERIES_MET, SERIES_TOKENS, SERIES_TTFT, SERVE_BIN_END, SERVE_BIN_MICROS, SERVE_BIN_NOW,
  SERVE_BIN_WIDTH, SKETCH_BUCKETS, SKETCH_E2E, SKETCH_TPOT, SKETCH_TTFT, SKETCH_WAIT, SKETCHES_A_CLASS, TENANT_ARRIVED,
  TENANT_DONE, TENANT_MET, TENANT_TOKENS, TICK_SHIFT,
} from "../../abi";
import { column, f64At, getF, getI, setF, setF64, setI } from "../../memory";
import { countLost, layoutGatewayCounts } from "./gateway";
import { bucketEnd, bucketOf, countIn } from "./sketch";
import { countTenant, layoutTenants } from "./tenants";

const MICROS_A_TICK: f64 = 1.0 / <f64>(1 << TICK_SHIFT);
const TICKS_A_MICRO: f64 = <f64>(1 << TICK_SHIFT);

let boundTtft: usize = 0;
let boundTpot: usize = 0;
let boundE2e: usize = 0;
let sketches: usize = 0;
let outcomes: usize = 0;
let bins: usize = 0;

export function layoutOutcomes(): void {
  layoutGatewayCounts();
  layoutTenants();
  const classes = getI(CAP_SERVE_CLASSES);
  boundTtft = column(COL_CLASS_TTFT, 8, classes);
  boundTpot = column(COL_CLASS_TPOT, 8, classes);
  boundE2e = column(COL_CLASS_E2E, 8, classes);
  sketches = column(COL_SKETCHES, 8, (classes * SKETCHES_A_CLASS + getI(CAP_SERVICES)) * SKETCH_BUCKETS);
  outcomes = column(COL_OUTCOMES, 8, classes * OUTCOME_COUNT);
  bins = column(COL_SERVE_BINS, 8, getI(CAP_SERVICES) * SERIES_COUNT * getI(CAP_SERVE_BINS));
}

export function startOutcomes(): void {
  setF(SERVE_BIN_WIDTH, getF(SERVE_BIN_MICROS));
  setF(SERVE_BIN_END, getF(SERVE_BIN_MICROS));
}

@inline function sketchOf(serviceClass: i32, measure: i32): usize {
  return sketches + (<usize>((serviceClass * SKETCHES_A_CLASS + measure) * SKETCH_BUCKETS) << 3);
}

@inline function add(serviceClass: i32, outcome: i32, value: f64): void {
  const at = serviceClass * OUTCOME_COUNT + outcome;
  setF64(outcomes, at, f64At(outcomes, at) + value);
}

// Twice as wide, until `now` has a bin: neighbours are merged, so memory is the same for an hour and a month.
function widen(now: f64): void {
  const count = getI(CAP_SERVE_BINS);
  let width = getF(SERVE_BIN_WIDTH);
  while (now >= width * <f64>count) {
    for (let row = 0, rows = getI(CAP_SERVICES) * SERIES_COUNT; row < rows; row++) {
      const at = bins + (<usize>(row * count) << 3);
      for (let i = 0; i < count; i++) setF64(at, i, i * 2 < count ? f64At(at, i * 2) + f64At(at, i * 2 + 1) : 0);
    }
    width *= 2;
  }
  setF(SERVE_BIN_WIDTH, width);
}

@inline function addSeries(service: i32, series: i32, value: f64): void {
  const at = (service * SERIES_COUNT + series) * getI(CAP_SERVE_BINS) + getI(SERVE_BIN_NOW);
  setF64(bins, at, f64At(bins, at) + value);
}

/** Moves the series on to the bin of `now`, µs; before anything is recorded there. */
@inline export function moveBin(now: f64): void {
  if (now >= getF(SERVE_BIN_END)) nextBin(now);
}

function nextBin(now: f64): void {
  widen(now);
  const width = getF(SERVE_BIN_WIDTH);
  const bin = <i32>(now / width);
  setI(SERVE_BIN_NOW, bin);
  setF(SERVE_BIN_END, <f64>(bin + 1) * width);
}

export function recordArrived(service: i32, serviceClass: i32, tenant: i32): void {
  add(serviceClass, OUTCOME_ARRIVED, 1);
  countTenant(tenant, TENANT_ARRIVED, 1);
  addSeries(service, SERIES_ARRIVED, 1);
}

/** A request that was not served: a miss. */
export function recordLost(service: i32, serviceClass: i32, status: i32): void {
  if (status >= REQUEST_SHED) countLost(serviceClass, status);
  else add(serviceClass, status == REQUEST_TOO_LONG ? OUTCOME_TOO_LONG : OUTCOME_REFUSED, 1);
  addSeries(service, SERIES_LOST, 1);
}

export function recordPreempted(serviceClass: i32): void {
  add(serviceClass, OUTCOME_PREEMPTED, 1);
}

/**
 * A request that was answered. Times in µs from its arrival; `decodeTicks` from its first token to its last. A class's
 * bounds are met when time to first token, time per further token and the whole all are: then it is true.
 */
export function recordAnswered(
  service: i32, serviceClass: i32, tenant: i32, wait: f64, ttft: f64, e2e: f64, decodeTicks: i64, promptTokens: i32, outputTokens: i32,
): bool {
  add(serviceClass, OUTCOME_DONE, 1);
  add(serviceClass, OUTCOME_PROMPT_TOKENS, <f64>promptTokens);
  add(serviceClass, OUTCOME_OUTPUT_TOKENS, <f64>outputTokens);
  add(serviceClass, OUTCOME_SUM_TTFT, ttft);
  add(serviceClass, OUTCOME_SUM_E2E, e2e);
  add(serviceClass, OUTCOME_SUM_WAIT, wait);
  countIn(sketchOf(serviceClass, SKETCH_TTFT), bucketOf(ttft), 1);
  countIn(sketchOf(serviceClass, SKETCH_E2E), bucketOf(e2e), 1);
  countIn(sketchOf(serviceClass, SKETCH_WAIT), bucketOf(wait), 1);
  let tpot: f64 = 0;
  if (outputTokens > 1) {
    tpot = (<f64>decodeTicks * MICROS_A_TICK) / <f64>(outputTokens - 1);
    add(serviceClass, OUTCOME_SUM_TPOT, tpot);
    countIn(sketchOf(serviceClass, SKETCH_TPOT), bucketOf(tpot), 1);
  }
  const inTtft = ttft <= f64At(boundTtft, serviceClass);
  const inTpot = tpot <= f64At(boundTpot, serviceClass);
  const inE2e = e2e <= f64At(boundE2e, serviceClass);
  if (inTtft) add(serviceClass, OUTCOME_MET_TTFT, 1);
  if (inTpot) add(serviceClass, OUTCOME_MET_TPOT, 1);
  if (inE2e) add(serviceClass, OUTCOME_MET_E2E, 1);
  countTenant(tenant, TENANT_DONE, 1);
  countTenant(tenant, TENANT_TOKENS, <f64>(promptTokens + outputTokens));
  addSeries(service, SERIES_DONE, 1);
  addSeries(service, SERIES_TOKENS, <f64>outputTokens);
  addSeries(service, SERIES_TTFT, ttft);
  if (!inTtft || !inTpot || !inE2e) return false;
  add(serviceClass, OUTCOME_MET, 1);
  addSeries(service, SERIES_MET, 1);
  countTenant(tenant, TENANT_MET, 1);
  return true;
}

/**
 * Gaps between tokens: `count` iterations that each gave `tokens` requests one, the first taking `first` ticks and each
 * further one `growth` longer.
 */
export function recordGaps(service: i32, tokens: i32, first: i64, growth: i64, count: i64): void {
  const sketch = sketches + (<usize>((getI(CAP_SERVE_CLASSES) * SKETCHES_A_CLASS + service) * SKETCH_BUCKETS) << 3);
  let gap = first;
  let left = count;
  while (left > 0) {
    const bucket = bucketOf(<f64>gap * MICROS_A_TICK);
    let same = left;
    if (growth > 0) {
      const end = <i64>(bucketEnd(bucket) * TICKS_A_MICRO); // exact: a bucket ends on a multiple of 2^-7 µs or coarser
      const within = (end - gap + growth - 1) / growth;
      if (within < same) same = max<i64>(1, within);
    }
    countIn(sketch, bucket, <f64>(same * tokens));
    gap += same * growth;
    left -= same;
  }
}

// What finished jobs say about the next one of their kind: an exponentially weighted mean of observed run times by
// (tenant, shape), falling back to the tenant's, then everybody's mean. Built from facts alone, so a live cluster can
// keep it too (the idea of QSSF, Hu et al., SC 2021, section 4.2, with shape in the place of job names).

import { CAP_SHAPES, CAP_TENANTS, COL_HISTORY_COUNT, COL_HISTORY_MEAN, FAIL_HISTORY } from "../abi";
import { column, f64At, fail, getI, i32At, setF64, setI32 } from "../memory";

const WEIGHT: f64 = 0.2; // of the newest observation, once five have been seen
const UNKNOWN_MICROS: f64 = 3_600_000_000.0; // before anything has finished: one hour

let means: usize = 0;
let counts: usize = 0;
let shapes: i32 = 0;
let tenants: i32 = 0;

export function layoutHistory(): void {
  shapes = getI(CAP_SHAPES);
  tenants = getI(CAP_TENANTS);
  if (<i64>shapes * <i64>tenants > 16_000_000) fail(FAIL_HISTORY, <f64>shapes * <f64>tenants);
  // row t: shapes, then the tenant's own mean; row `tenants` holds the mean of all in its last place
  means = column(COL_HISTORY_MEAN, 8, (tenants + 1) * (shapes + 1));
  counts = column(COL_HISTORY_COUNT, 4, (tenants + 1) * (shapes + 1));
}

function learn(i: i32, micros: f64): void {
  const n = i32At(counts, i) + 1;
  const weight = n < 5 ? 1.0 / <f64>n : WEIGHT;
  const mean = f64At(means, i);
  setF64(means, i, mean + (micros - mean) * weight);
  setI32(counts, i, n);
}

export function observeRunTime(tenant: i32, shape: i32, micros: f64): void {
  learn(tenant * (shapes + 1) + shape, micros);
  learn(tenant * (shapes + 1) + shapes, micros);
  learn(tenants * (shapes + 1) + shapes, micros);
}

/** Predicted run time, µs. */
export function predictRunTime(tenant: i32, shape: i32): f64 {
  const own = tenant * (shapes + 1) + shape;
  if (i32At(counts, own) > 0) return f64At(means, own);
  const tenantMean = tenant * (shapes + 1) + shapes;
  if (i32At(counts, tenantMean) > 0) return f64At(means, tenantMean);
  const all = tenants * (shapes + 1) + shapes;
  if (i32At(counts, all) > 0) return f64At(means, all);
  return UNKNOWN_MICROS;
}

// What gateways are counted by: attempts, retries, what was turned away or given up, hits of caches, work for nobody.

import {
  CAP_SERVE_CLASSES, COL_GATEWAY_COUNTS, GATEWAY_COUNT, GATEWAY_EXPIRED, GATEWAY_FAILED, GATEWAY_SHED, REQUEST_EXPIRED,
  REQUEST_SHED,
} from "../../abi";
import { column, f64At, getI, setF64 } from "../../memory";

let counts: usize = 0;

export function layoutGatewayCounts(): void {
  counts = column(COL_GATEWAY_COUNTS, 8, getI(CAP_SERVE_CLASSES) * GATEWAY_COUNT);
}

export function count(serviceClass: i32, what: i32, by: f64): void {
  const at = serviceClass * GATEWAY_COUNT + what;
  setF64(counts, at, f64At(counts, at) + by);
}

/** A request that ended unanswered, for a reason that only services with a gateway, or that crash, know. */
export function countLost(serviceClass: i32, status: i32): void {
  count(serviceClass, status == REQUEST_SHED ? GATEWAY_SHED : status == REQUEST_EXPIRED ? GATEWAY_EXPIRED : GATEWAY_FAILED, 1);
}

// Gateways of services: what the host says of each, and its state.

import {
  CAP_CALLS, CAP_REPLICAS, CAP_SERVE_CLASSES, CAP_SERVICES, COL_CLASS_ADMIT, COL_CLASS_DEADLINE, COL_CLASS_WEIGHT,
  COL_GATEWAY,
  GATEWAY_BUDGET, GATEWAY_BUDGET_MAX, GATEWAY_BUDGET_RATE, GATEWAY_CACHE_NEW, GATEWAY_CACHE_OLD,
  GATEWAY_DENIED, GATEWAY_FIELDS, GATEWAY_ON, GATEWAY_TOKENS, GATEWAY_TOKENS_AT, SERVICE_COUNT,
} from "../../abi";
import { count } from "../../measure/requests/gateway";
import { column, f64At, getI, setF64, setI32 } from "../../memory";

let gateways: usize = 0;
export let classDeadline: usize = 0;
export let classAdmit: usize = 0;
export let classWeight: usize = 0;
export let failuresInRow: usize = 0; // by replica
export let ejectionsOf: usize = 0;

export function layoutGateways(): void {
  const classes = getI(CAP_SERVE_CLASSES);
  gateways = column(COL_GATEWAY, 8, getI(CAP_SERVICES) * GATEWAY_FIELDS);
  classDeadline = column(COL_CLASS_DEADLINE, 8, classes);
  classAdmit = column(COL_CLASS_ADMIT, 8, classes);
  classWeight = column(COL_CLASS_WEIGHT, 8, classes);
  const replicas = getI(CAP_CALLS) > 0 ? getI(CAP_REPLICAS) : 0;
  failuresInRow = column(-1, 4, replicas);
  ejectionsOf = column(-1, 4, replicas);
}

export function startGateways(): void {
  for (let s = 0, n = getI(SERVICE_COUNT); s < n; s++) {
    setGateway(s, GATEWAY_TOKENS, gateway(s, GATEWAY_BUDGET_MAX));
    setGateway(s, GATEWAY_CACHE_OLD, -1);
    setGateway(s, GATEWAY_CACHE_NEW, -1);
  }
}

@inline export function gateway(service: i32, field: i32): f64 {
  return f64At(gateways, service * GATEWAY_FIELDS + field);
}

@inline export function gatewayI(service: i32, field: i32): i32 {
  return <i32>gateway(service, field);
}

@inline export function setGateway(service: i32, field: i32, value: f64): void {
  setF64(gateways, service * GATEWAY_FIELDS + field, value);
}

@inline export function hasGateway(service: i32): bool {
  return getI(CAP_CALLS) > 0 && gateway(service, GATEWAY_ON) != 0;
}

/** A replica has done its part well. */
export function pardon(place: i32): void {
  setI32(failuresInRow, place, 0);
}

/** A request of the service earns its share of a retry. */
export function earn(service: i32): void {
  const share = gateway(service, GATEWAY_BUDGET);
  if (share == Infinity) return;
  const tokens = Math.min(gateway(service, GATEWAY_BUDGET_MAX), gateway(service, GATEWAY_TOKENS) + share);
  setGateway(service, GATEWAY_TOKENS, tokens);
}

/** Takes a retry or a hedge from the service's budget at `now`; false if there is none left. */
export function spend(service: i32, serviceClass: i32, now: f64): bool {
  if (gateway(service, GATEWAY_BUDGET) == Infinity) return true;
  const earned = (now - gateway(service, GATEWAY_TOKENS_AT)) * gateway(service, GATEWAY_BUDGET_RATE);
  const tokens = Math.min(gateway(service, GATEWAY_BUDGET_MAX), gateway(service, GATEWAY_TOKENS) + earned);
  const enough = tokens >= 1;
  setGateway(service, GATEWAY_TOKENS, enough ? tokens - 1 : tokens);
  setGateway(service, GATEWAY_TOKENS_AT, now);
  if (!enough) count(serviceClass, GATEWAY_DENIED, 1);
  return enough;
}

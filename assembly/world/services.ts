// What can be observed of inference services: which replicas take requests, and what each has in hand. The router is ours,
// so what it sent out and has not seen come back is known exactly; lengths of answers are not.

import {
  CAP_REPLICAS, CAP_SERVICES, COL_REPLICA_CLAIM, COL_REPLICA_CLOUD, COL_REPLICA_OUTSTANDING, COL_REPLICA_STATE,
  COL_REPLICA_TOKENS, COL_REPLICA_WEIGHT, COL_SERVICE_CURSOR, COL_SERVICE_FIRST, COL_SERVICE_LOAD_AT, COL_SERVICE_LOAD_MICROS,
  COL_SERVICE_OUTSTANDING, COL_SERVICE_PLACES, COL_SERVICE_PROFILE, COL_SERVICE_READY, COL_SERVICE_ROUTE,
  COL_SERVICE_TOKENS, REPLICA_READY, ROUTE_LEAST_REQUESTS, ROUTE_LEAST_TOKENS, ROUTE_PREFIX, ROUTE_RESIDENT, SERVICE_COUNT,
} from "../abi";
import { column, f64At, getI, i32At, setF64, setI32 } from "../memory";
import { changeLoad, layoutLeast, NO_LOAD, startTree } from "./derived/least";

export let serviceFirst: usize = 0;
export let servicePlaces: usize = 0;
export let serviceReady: usize = 0;
export let serviceRoute: usize = 0;
export let serviceCursor: usize = 0;
export let serviceProfile: usize = 0;
export let serviceOutstanding: usize = 0;
export let serviceTokens: usize = 0; // prompt tokens of requests present
let serviceLoad: usize = 0; // f64
let serviceLoadAt: usize = 0; // f64
export let replicaState: usize = 0;
export let replicaOutstanding: usize = 0;
export let replicaTokens: usize = 0;
export let replicaWeight: usize = 0;
export let replicaCloud: usize = 0;
export let replicaClaim: usize = 0;

export function layoutServices(): void {
  const services = getI(CAP_SERVICES);
  serviceFirst = column(COL_SERVICE_FIRST, 4, services);
  servicePlaces = column(COL_SERVICE_PLACES, 4, services);
  serviceReady = column(COL_SERVICE_READY, 4, services);
  serviceRoute = column(COL_SERVICE_ROUTE, 4, services);
  serviceCursor = column(COL_SERVICE_CURSOR, 4, services);
  serviceProfile = column(COL_SERVICE_PROFILE, 4, services);
  serviceOutstanding = column(COL_SERVICE_OUTSTANDING, 4, services);
  serviceTokens = column(COL_SERVICE_TOKENS, 4, services);
  serviceLoad = column(COL_SERVICE_LOAD_MICROS, 8, services);
  serviceLoadAt = column(COL_SERVICE_LOAD_AT, 8, services);
  const replicas = getI(CAP_REPLICAS);
  replicaState = column(COL_REPLICA_STATE, 4, replicas);
  replicaOutstanding = column(COL_REPLICA_OUTSTANDING, 4, replicas);
  replicaTokens = column(COL_REPLICA_TOKENS, 4, replicas);
  replicaWeight = column(COL_REPLICA_WEIGHT, 4, replicas);
  replicaCloud = column(COL_REPLICA_CLOUD, 4, replicas);
  replicaClaim = column(COL_REPLICA_CLAIM, 4, replicas);
  layoutLeast();
}

/** Trees are as large as the places of each service; states are as the host wrote them. */
export function startServices(): void {
  let tree = 0;
  for (let s = 0, n = getI(SERVICE_COUNT); s < n; s++) {
    tree = startTree(s, tree, i32At(serviceFirst, s), i32At(servicePlaces, s));
  }
}

@inline function loadOf(service: i32, place: i32): u32 {
  if (i32At(replicaState, place) != REPLICA_READY) return NO_LOAD;
  return i32At(serviceRoute, service) == ROUTE_LEAST_TOKENS ? i32At(replicaTokens, place) : i32At(replicaOutstanding, place);
}

@inline function index(service: i32, place: i32): void {
  const rule = i32At(serviceRoute, service);
  if (rule != ROUTE_LEAST_REQUESTS && rule != ROUTE_LEAST_TOKENS && rule != ROUTE_PREFIX && rule != ROUTE_RESIDENT) return;
  changeLoad(service, place, loadOf(service, place));
}

/** A replica is in this state from now on. */
export function applyReplica(service: i32, place: i32, state: i32): void {
  const was = i32At(replicaState, place);
  if (was == state) return;
  setI32(replicaState, place, state);
  const change = (state == REPLICA_READY ? 1 : 0) - (was == REPLICA_READY ? 1 : 0);
  setI32(serviceReady, service, i32At(serviceReady, service) + change);
  index(service, place);
}

function changePresent(service: i32, by: i32, tokens: i32, now: f64): void {
  const present = i32At(serviceOutstanding, service);
  const since = f64At(serviceLoadAt, service);
  setF64(serviceLoad, service, f64At(serviceLoad, service) + (now - since) * <f64>present);
  setF64(serviceLoadAt, service, now);
  setI32(serviceOutstanding, service, present + by);
  setI32(serviceTokens, service, i32At(serviceTokens, service) + tokens);
}

/** A request was sent to a replica. */
export function applyRouted(service: i32, place: i32, promptTokens: i32, now: f64): void {
  setI32(replicaOutstanding, place, i32At(replicaOutstanding, place) + 1);
  setI32(replicaTokens, place, i32At(replicaTokens, place) + promptTokens);
  changePresent(service, 1, promptTokens, now);
  index(service, place);
}

/** A request came back from a replica, answered or not. */
export function applyAnswered(service: i32, place: i32, promptTokens: i32, now: f64): void {
  setI32(replicaOutstanding, place, i32At(replicaOutstanding, place) - 1);
  setI32(replicaTokens, place, i32At(replicaTokens, place) - promptTokens);
  changePresent(service, -1, -promptTokens, now);
  index(service, place);
}

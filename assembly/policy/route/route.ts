// Which replica gets a request: one decision at each arrival. Sees what the router itself sent and got back, the length of
// the prompt, the session and the origin; never the length of the answer.

import {
  REPLICA_READY, ROUTE_LEAST_REQUESTS, ROUTE_LEAST_TOKENS, ROUTE_PREFIX, ROUTE_RANDOM, ROUTE_RESIDENT, ROUTE_ROUND_ROBIN, ROUTE_SESSION,
  ROUTE_TWO_CHOICES, ROUTE_WEIGHTED,
} from "../../abi";
import { bits, mix64, STREAM_ROUTE } from "../../kernel/random";
import { i32At, setI32 } from "../../memory";
import { leastLoaded } from "../../world/derived/least";
import {
  replicaCloud, replicaOutstanding, replicaState, replicaWeight, serviceCursor, serviceFirst, servicePlaces, serviceReady,
  serviceRoute,
} from "../../world/services";
import { byPrefix } from "./prefix";
import { byResident } from "./resident";

/** A whole number below n, drawn: the high half of a product, so that no modulus favours small ones. */
@inline function drawn(n: i32): i32 {
  return <i32>(((bits(STREAM_ROUTE) >> 32) * <u64>n) >> 32);
}

/** The k-th replica, from 0, that takes requests. */
function ready(service: i32, k: i32): i32 {
  let place = i32At(serviceFirst, service);
  while (true) {
    if (i32At(replicaState, place) == REPLICA_READY && k-- == 0) return place;
    place++;
  }
}

/** The next place after the cursor that takes requests. */
function roundRobin(service: i32): i32 {
  const first = i32At(serviceFirst, service);
  const places = i32At(servicePlaces, service);
  let at = i32At(serviceCursor, service);
  while (true) {
    if (at >= places) at = 0;
    if (i32At(replicaState, first + at) == REPLICA_READY) break;
    at++;
  }
  setI32(serviceCursor, service, at + 1);
  return first + at;
}

function lessBusy(a: i32, b: i32): i32 {
  const busyA = i32At(replicaOutstanding, a);
  const busyB = i32At(replicaOutstanding, b);
  return busyB < busyA || (busyB == busyA && b < a) ? b : a;
}

/** Two different replicas, drawn; the one with fewer requests (Mitzenmacher, 2001). */
function twoChoices(service: i32, count: i32): i32 {
  const one = drawn(count);
  if (count == 1) return ready(service, one);
  const other = (one + 1 + drawn(count - 1)) % count;
  return lessBusy(ready(service, one), ready(service, other));
}

/** In proportion to the weights of replicas. */
function weighted(service: i32): i32 {
  const first = i32At(serviceFirst, service);
  const end = first + i32At(servicePlaces, service);
  let sum = 0;
  for (let p = first; p < end; p++) if (i32At(replicaState, p) == REPLICA_READY) sum += i32At(replicaWeight, p);
  let k = drawn(max(1, sum));
  for (let p = first; p < end; p++) {
    if (i32At(replicaState, p) != REPLICA_READY) continue;
    k -= i32At(replicaWeight, p);
    if (k < 0) return p;
  }
  return leastOf(service, -1);
}

/** The least busy of a cloud, or of all (-1); -1 if there is none. */
function leastOf(service: i32, cloud: i32): i32 {
  const first = i32At(serviceFirst, service);
  let best = -1;
  for (let p = first, end = first + i32At(servicePlaces, service); p < end; p++) {
    if (i32At(replicaState, p) != REPLICA_READY || (cloud >= 0 && i32At(replicaCloud, p) != cloud)) continue;
    best = best < 0 ? p : lessBusy(best, p);
  }
  return best;
}

/** The least busy replica but one; only where two take requests. */
export function leastBut(service: i32, but: i32): i32 {
  const first = i32At(serviceFirst, service);
  let best = -1;
  for (let p = first, end = first + i32At(servicePlaces, service); p < end; p++) {
    if (p == but || i32At(replicaState, p) != REPLICA_READY) continue;
    best = best < 0 ? p : lessBusy(best, p);
  }
  return best;
}

function nearest(service: i32, origin: i32): i32 {
  const near = leastOf(service, origin);
  return near >= 0 ? near : leastOf(service, -1);
}

/**
 * The same replica for all requests of a session, while the set of replicas stays: the highest of hashes of (session,
 * replica), so that a replica that leaves moves only its own sessions (Thaler and Ravishankar, 1998).
 */
function sticky(service: i32, session: i32): i32 {
  const first = i32At(serviceFirst, service);
  let best = -1;
  let highest: u64 = 0;
  for (let p = first, end = first + i32At(servicePlaces, service); p < end; p++) {
    if (i32At(replicaState, p) != REPLICA_READY) continue;
    const score = mix64((<u64>session << 32 | <u64>p) * 0x9e3779b97f4a7c15 + 1);
    if (best < 0 || score > highest) {
      best = p;
      highest = score;
    }
  }
  return best;
}

/** The replica for a request with this list of blocks that needs these weights; -1 if none takes requests. */
export function route(service: i32, session: i32, origin: i32, prefix: i32, weights: i32): i32 {
  const count = i32At(serviceReady, service);
  if (count == 0) return -1;
  const rule = i32At(serviceRoute, service);
  if (rule == ROUTE_LEAST_REQUESTS || rule == ROUTE_LEAST_TOKENS) return leastLoaded(service);
  if (rule == ROUTE_ROUND_ROBIN) return roundRobin(service);
  if (rule == ROUTE_RANDOM) return ready(service, drawn(count));
  if (rule == ROUTE_TWO_CHOICES) return twoChoices(service, count);
  if (rule == ROUTE_WEIGHTED) return weighted(service);
  if (rule == ROUTE_PREFIX) return byPrefix(service, prefix);
  if (rule == ROUTE_RESIDENT) return byResident(service, weights);
  if (rule == ROUTE_SESSION) return sticky(service, session);
  return nearest(service, origin);
}

// Requests behind a gateway: a record each while they are open, the attempts of each at replicas (two at once with a hedge),
// and one timer each, for whatever comes next: the end of an attempt, its time limit, a retry, a hedge, the deadline.

import {
  CALL_FREE, CALL_HELD, CALL_HELD_LAST, CALL_LIVE, CAP_CALLS, CAP_REPLICAS, CAP_SERVE_CLASSES, FAIL_CALLS,
  GATEWAY_EJECT, GATEWAY_EJECT_AFTER, GATEWAY_EJECT_SHARE,
  GATEWAY_EJECTED, GATEWAY_EJECTIONS, GATEWAY_HEDGE_WON, GATEWAY_HELD, GATEWAY_WASTED_TOKENS, REPLICA_EJECTED, REPLICA_READY, REQUEST_DONE,
} from "../../abi";
import { cancel, Heap, layoutHeap, putRanked, startHeap } from "../../kernel/heap";
import { count } from "../../measure/requests/gateway";
import { column, f64At, fail, getF, getI, i32At, setF, setI, setI32 } from "../../memory";
import { changeComing } from "../../world/places";
import { dropPrefix } from "../../world/prefixes";
import { applyReplica, replicaState, serviceReady } from "../../world/services";
import { Asked } from "../services/asked";
import { requestOf } from "../services/requests";
import { classPriority } from "../services/tables";
import { classWeight, ejectionsOf, failuresInRow, gateway, gatewayI, setGateway } from "./tables";

const CALL_SHIFT: usize = 8;
/** Ends of ejections come after the timers of all calls at one instant. */
const EJECTION_RANK: f64 = 1073741824.0;

@unmanaged
export class Call extends Asked {
  deadlineAt: f64; // µs; all times that are not set are Infinity
  timeoutAt: f64;
  hedgeAt: f64;
  retryAt: f64;
  holdUntil: f64;
  arriveAt: f64; // when it is at the replicas, if it is on its way there
  heldOrder: f64; // of all that ever waited
  way: f64; // µs from where the request is to the service that is asked now, and back
  tried: u64; // places that had it, of the service in front of the one that is asked now
  current: i32; // service that is asked now, after falling back
  firstPlace: i32; // that was its first choice; -1 = it is at no place
  attempts: i32;
  first: i32; // attempts under way: slots of requests; 0 = none
  second: i32;
  failed: i32; // how an attempt ended that has not been dealt with; 0 = none has
  done: i32;
  held: i32;
  next: i32;
  prev: i32;
}

let calls: usize = 0;
let heads: usize = 0; // of held calls, by service and class
let tails: usize = 0;
let timers: Heap = changetype<Heap>(0);

export function layoutCalls(services: i32): void {
  const n = getI(CAP_CALLS);
  calls = column(-1, 1 << <i32>CALL_SHIFT, n > 0 ? n + 1 : 0);
  const lists = n > 0 ? services * getI(CAP_SERVE_CLASSES) : 0;
  heads = column(-1, 4, lists);
  tails = column(-1, 4, lists);
  timers = layoutHeap(n > 0 ? n + 1 + getI(CAP_REPLICAS) : 1);
}

export function startCalls(): void {
  startHeap(timers);
  const n = getI(CAP_CALLS);
  for (let i = 1; i <= n; i++) callOf(i).next = i < n ? i + 1 : 0;
  setI(CALL_FREE, n > 0 ? 1 : 0);
}

@inline export function callOf(slot: i32): Call { return changetype<Call>(calls + (<usize>slot << CALL_SHIFT)); }
@inline export function callTimers(): Heap { return timers; }
/** Place of the replica whose ejection this timer ends; -1: it is a call's. */
@inline export function ejectedPlace(timer: i32): i32 { return timer > getI(CAP_CALLS) ? timer - getI(CAP_CALLS) - 1 : -1; }

export function takeCall(): i32 {
  const slot = getI(CALL_FREE);
  if (slot == 0) fail(FAIL_CALLS, <f64>getI(CAP_CALLS));
  setI(CALL_FREE, callOf(slot).next);
  setI(CALL_LIVE, getI(CALL_LIVE) + 1);
  const c = callOf(slot);
  memory.fill(changetype<usize>(c), 0, 1 << CALL_SHIFT);
  c.deadlineAt = c.timeoutAt = c.hedgeAt = c.retryAt = c.holdUntil = c.arriveAt = Infinity;
  return slot;
}

/** A call sets out for the replicas and is there after its way. */
export function setOut(c: Call, now: f64): void {
  c.arriveAt = now + c.way;
  changeComing(c.current, 1, c.prompt);
}

/** A call is on its way no more; true if it was. */
export function stopComing(c: Call): bool {
  if (c.arriveAt == Infinity) return false;
  c.arriveAt = Infinity;
  changeComing(c.current, -1, c.prompt);
  return true;
}

export function freeCall(slot: i32): void {
  cancel(timers, slot);
  stopComing(callOf(slot));
  const prefix = callOf(slot).prefix;
  if (prefix) dropPrefix(prefix);
  callOf(slot).next = getI(CALL_FREE);
  setI(CALL_FREE, slot);
  setI(CALL_LIVE, getI(CALL_LIVE) - 1);
}

/** The call's timer fires at `time`; at one time the older call comes first, never the lower slot. */
export function scheduleCall(slot: i32, time: f64): void {
  cancel(timers, slot);
  if (time < Infinity) putRanked(timers, slot, time, callOf(slot).id);
}

/** When the first of what is to come is due; at once, if an attempt has just ended it. */
export function nextOf(c: Call, now: f64): f64 {
  if (c.done || (c.failed && c.first == 0 && c.second == 0)) return now;
  let time = c.deadlineAt;
  if (c.timeoutAt < time) time = c.timeoutAt;
  if (c.hedgeAt < time) time = c.hedgeAt;
  if (c.retryAt < time) time = c.retryAt;
  if (c.holdUntil < time) time = c.holdUntil;
  if (c.arriveAt < time) time = c.arriveAt;
  return time;
}

/**
 * An attempt has left its replica, or (-1) reached none, at `now`; what follows from that is done by the call's timer, at the
 * same instant. True if it is the answer; another attempt's answer may have come before.
 */
export function attemptEnded(slot: i32, attempt: i32, place: i32, status: i32, now: f64): bool {
  const c = callOf(slot);
  const hedged = c.second == attempt;
  if (hedged) c.second = 0;
  else c.first = 0;
  // who only decodes is not judged: the router did not choose it
  if (place >= 0 && requestOf(attempt).service == c.current) judge(c.current, c.serviceClass, place, status == REQUEST_DONE, now);
  scheduleCall(slot, now);
  if (status != REQUEST_DONE) {
    c.failed = status;
    return false;
  }
  if (c.done) return false;
  c.done = 1;
  if (hedged) count(c.serviceClass, GATEWAY_HEDGE_WON, 1);
  return true;
}

/** What nobody waited for any more was computed all the same. */
@inline export function recordWasted(serviceClass: i32, tokens: i32): void {
  count(serviceClass, GATEWAY_WASTED_TOKENS, <f64>tokens);
}

/** Counts failures in a row; after enough of them the router leaves a replica out for a while (outlier ejection). */
export function judge(service: i32, serviceClass: i32, place: i32, good: bool, now: f64): void {
  if (good) {
    setI32(failuresInRow, place, 0);
    return;
  }
  const failures = i32At(failuresInRow, place) + 1;
  setI32(failuresInRow, place, failures);
  const after = gatewayI(service, GATEWAY_EJECT_AFTER);
  if (after == 0 || failures < after || i32At(replicaState, place) != REPLICA_READY) return;
  const ejected = gatewayI(service, GATEWAY_EJECTED);
  const all = i32At(serviceReady, service) + ejected;
  if (ejected >= max(1, <i32>(gateway(service, GATEWAY_EJECT_SHARE) * <f64>all))) return;
  const times = i32At(ejectionsOf, place) + 1;
  setI32(ejectionsOf, place, times);
  setGateway(service, GATEWAY_EJECTED, <f64>(ejected + 1));
  count(serviceClass, GATEWAY_EJECTIONS, 1);
  applyReplica(service, place, REPLICA_EJECTED);
  const timer = getI(CAP_CALLS) + 1 + place;
  cancel(timers, timer);
  putRanked(timers, timer, now + gateway(service, GATEWAY_EJECT) * <f64>times, EJECTION_RANK + <f64>place);
}

/** The router tries a replica again; nothing happens if it was taken away meanwhile. */
export function endEjection(service: i32, place: i32): void {
  if (i32At(replicaState, place) == REPLICA_EJECTED) {
    setI32(failuresInRow, place, 0);
    forgetEjection(service, place);
    applyReplica(service, place, REPLICA_READY);
  }
}

/** A replica that was left out is so no more, whatever becomes of it. */
export function forgetEjection(service: i32, place: i32): void {
  setGateway(service, GATEWAY_EJECTED, gateway(service, GATEWAY_EJECTED) - 1);
  cancel(timers, getI(CAP_CALLS) + 1 + place);
}

/** A new replica at this place has no record. */
export function forgetPlace(place: i32): void {
  setI32(failuresInRow, place, 0);
  setI32(ejectionsOf, place, 0);
}

// --- calls that wait at the gateway: a list for each class, in order of their coming ---

@inline function listOf(c: Call): i32 {
  return c.current * getI(CAP_SERVE_CLASSES) + c.serviceClass;
}

export function hold(slot: i32, until: f64): void {
  const c = callOf(slot);
  const list = listOf(c);
  const tail = i32At(tails, list);
  c.held = 1;
  c.holdUntil = until;
  c.heldOrder = getF(CALL_HELD_LAST);
  setF(CALL_HELD_LAST, c.heldOrder + 1);
  c.next = 0;
  c.prev = tail;
  if (tail) callOf(tail).next = slot;
  else setI32(heads, list, slot);
  setI32(tails, list, slot);
  setGateway(c.current, GATEWAY_HELD, gateway(c.current, GATEWAY_HELD) + 1);
  setI(CALL_HELD, getI(CALL_HELD) + 1);
}

export function unhold(slot: i32): void {
  const c = callOf(slot);
  const list = listOf(c);
  if (c.prev) callOf(c.prev).next = c.next;
  else setI32(heads, list, c.next);
  if (c.next) callOf(c.next).prev = c.prev;
  else setI32(tails, list, c.prev);
  c.held = 0;
  c.holdUntil = Infinity;
  setGateway(c.current, GATEWAY_HELD, gateway(c.current, GATEWAY_HELD) - 1);
  setI(CALL_HELD, getI(CALL_HELD) - 1);
}

/** The first that waits at a gateway: of the highest priority whoever has waited longest; 0 = nobody. */
export function firstHeld(service: i32): i32 {
  const classes = getI(CAP_SERVE_CLASSES);
  let best = 0;
  let priority = 0;
  for (let k = 0; k < classes; k++) {
    const head = i32At(heads, service * classes + k);
    if (head == 0) continue;
    const own = i32At(classPriority, k);
    if (best && (own > priority || (own == priority && callOf(head).heldOrder > callOf(best).heldOrder))) continue;
    best = head;
    priority = own;
  }
  return best;
}

/** Of those that wait and weigh less than `weight` the lightest, of these whoever came last; 0 = nobody weighs less. */
export function lightestHeld(service: i32, weight: f64): i32 {
  const classes = getI(CAP_SERVE_CLASSES);
  let best = 0;
  let least = weight;
  for (let k = 0; k < classes; k++) {
    const tail = i32At(tails, service * classes + k);
    if (tail == 0) continue;
    const own = f64At(classWeight, k);
    if (own >= weight || own > least) continue;
    if (best && own == least && callOf(tail).heldOrder < callOf(best).heldOrder) continue;
    best = tail;
    least = own;
  }
  return best;
}

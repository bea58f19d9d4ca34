// A gateway in front of a service's replicas (M26): each request is a call that lasts until it is answered or given up, with
// attempts at replicas. One timer a call does what is due, in this order: the answer, the deadline, the end of waiting, the
// time limit of an attempt, a failure, a retry, a hedge.

import {
  CALL_HELD, GATEWAY_ATTEMPTS, GATEWAY_BACKOFF, GATEWAY_CACHE_ASKED, GATEWAY_CACHE_HITS, GATEWAY_CACHE_MICROS,
  GATEWAY_CACHE_SIZE, GATEWAY_CACHE_TOKENS, GATEWAY_CANCELS, GATEWAY_DISPLACED, GATEWAY_FALLBACK, GATEWAY_FELL_BACK,
  GATEWAY_HEDGE, GATEWAY_HEDGED,
  GATEWAY_HELD, GATEWAY_HELD_COUNT, GATEWAY_HOLD, GATEWAY_HOLD_MAX, GATEWAY_LIMIT, GATEWAY_RETRIED, GATEWAY_RETRIES,
  GATEWAY_ANSWER_TOKENS, GATEWAY_TIMEOUT, GATEWAY_TOKEN_LIMIT,
  GATEWAY_WAY, PLACE_CHOSEN, REQUEST_DONE, REQUEST_EXPIRED, REQUEST_FAILED, REQUEST_REFUSED, REQUEST_SHED, REQUEST_TOO_LONG, SERVICE_COUNT,
} from "./abi";
import { Heap, take } from "./kernel/heap";
import { STREAM_ROUTE, uniformOf } from "./kernel/random";
import { count } from "./measure/requests/gateway";
import { f64At, getI, i32At } from "./memory";
import { cached, keep } from "./plant/gateway/cache";
import {
  Call, callOf, callTimers, ejectedPlace, endEjection, firstHeld, freeCall, hold, judge, lightestHeld, nextOf, scheduleCall,
  setOut, stopComing, takeCall, unhold,
} from "./plant/gateway/calls";
import { classAdmit, classDeadline, classWeight, earn, gateway, gatewayI, spend } from "./plant/gateway/tables";
import { abortRequest } from "./plant/services/abort";
import { Asked } from "./plant/services/asked";
import { endCall, endRequest } from "./plant/services/endings";
import { enqueue, holds } from "./plant/services/llm";
import { replicaOf } from "./plant/services/replica";
import { openRequest, requestOf } from "./plant/services/requests";
import { anyLeft, choosePlace } from "./policy/route/places";
import { leastBut, route } from "./policy/route/route";
import { bitOf, comingTo, countPlace, frontOf, isFront, tokensComingTo, wayFrom } from "./world/places";
import { holdPrefix, rememberSent } from "./world/prefixes";
import { applyRouted, serviceOutstanding, serviceReady, serviceTokens } from "./world/services";

/** A request is at its gateway at `now`, µs; it arrived at the same moment, or has passed stages since. */
export function openCall(replicas: Heap, asked: Asked, now: f64): void {
  const service = asked.service;
  const serviceClass = asked.serviceClass;
  const content = asked.content;
  const slot = takeCall();
  const c = callOf(slot);
  memory.copy(changetype<usize>(c), changetype<usize>(asked), offsetof<Asked>());
  if (content != 0 && gateway(service, GATEWAY_CACHE_SIZE) > 0) {
    count(serviceClass, GATEWAY_CACHE_ASKED, 1);
    if (cached(service, content, now)) {
      count(serviceClass, GATEWAY_CACHE_HITS, 1);
      count(serviceClass, GATEWAY_CACHE_TOKENS, <f64>(c.prompt + c.output));
      c.content = 0; // it is there already
      endCall(slot, -1, REQUEST_DONE, now, now + gateway(service, GATEWAY_CACHE_MICROS));
      freeCall(slot);
      return;
    }
  }
  c.deadlineAt = c.at + f64At(classDeadline, serviceClass);
  if (c.deadlineAt <= now && c.at < now) {
    endCall(slot, -1, REQUEST_EXPIRED, now, now); // stages before took all its time
    freeCall(slot);
    return;
  }
  earn(service);
  if (enter(c, service)) ask(replicas, slot, now);
  else goOn(replicas, slot, REQUEST_REFUSED, now);
}

@inline function goTo(c: Call, service: i32): void {
  c.current = service;
  c.way = gateway(service, GATEWAY_WAY) + wayFrom(c.origin, service);
  c.attempts = 0;
}

/** A call comes to a service, and where that stands in places to the best of them; false if none may have it. */
function enter(c: Call, service: i32): bool {
  goTo(c, service);
  c.tried = 0;
  c.firstPlace = -1;
  if (!isFront(service)) return true;
  const place = choosePlace(service, c.origin, 0);
  if (place < 0) return false;
  countPlace(c.origin, place, PLACE_CHOSEN, 1);
  c.firstPlace = place;
  goTo(c, place);
  return true;
}

/** Places of the same service that a call has not been to, with the one where it is among those it has. */
function otherPlaces(c: Call): bool {
  const front = frontOf(c.current);
  return front >= 0 && anyLeft(front, c.origin, c.tried | bitOf(front, c.current));
}

/** Service whose budget pays for retries and hedges: that in front of places. */
@inline function payerOf(service: i32): i32 {
  const front = frontOf(service);
  return front >= 0 ? front : service;
}

/** May this call come into the service where it is: not too many requests, nor too many tokens, for its class? */
function admits(c: Call): bool {
  const service = c.current;
  const ready = i32At(serviceReady, service);
  if (ready == 0) return false;
  const share = <f64>ready * f64At(classAdmit, c.serviceClass);
  // one that can go elsewhere must know who is on the way there
  const isPlace = frontOf(service) >= 0;
  const present = <f64>i32At(serviceOutstanding, service) + (isPlace ? comingTo(service) : 0);
  if (present >= gateway(service, GATEWAY_LIMIT) * share) return false;
  const limit = gateway(service, GATEWAY_TOKEN_LIMIT);
  if (limit == Infinity || present == 0) return true; // one that is larger than all there may be is served alone
  const answers = (present + 1) * gateway(service, GATEWAY_ANSWER_TOKENS);
  const prompts = <f64>(i32At(serviceTokens, service) + c.prompt) + (isPlace ? tokensComingTo(service) : 0);
  return prompts + answers <= limit * share;
}

/** Sends a call to a replica of the service that is its turn, or lets it wait, or goes on to the next service. */
function ask(replicas: Heap, slot: i32, now: f64): void {
  const c = callOf(slot);
  const service = c.current;
  if (admits(c)) {
    if (c.way == 0) {
      arrive(replicas, slot, now);
      return;
    }
    setOut(c, now);
    c.timeoutAt = now + gateway(service, GATEWAY_TIMEOUT);
  } else if (!otherPlaces(c) && hasRoomToWait(replicas, c, now)) {
    count(c.serviceClass, GATEWAY_HELD_COUNT, 1);
    hold(slot, now + gateway(c.current, GATEWAY_HOLD));
  } else {
    goOn(replicas, slot, i32At(serviceReady, service) == 0 ? REQUEST_REFUSED : REQUEST_SHED, now);
    return;
  }
  scheduleCall(slot, nextOf(c, now));
}

/**
 * May a call wait at the gateway, that of its first choice where it is at a place? Where no more may, whoever waits and weighs
 * less than it is turned away for it.
 */
function hasRoomToWait(replicas: Heap, c: Call, now: f64): bool {
  if (frontOf(c.current) >= 0 && c.current != c.firstPlace) {
    c.tried |= bitOf(frontOf(c.current), c.current);
    goTo(c, c.firstPlace);
  }
  const service = c.current;
  if (gateway(service, GATEWAY_HELD) < gateway(service, GATEWAY_HOLD_MAX)) return true;
  const other = lightestHeld(service, f64At(classWeight, c.serviceClass));
  if (other == 0) return false;
  unhold(other);
  count(callOf(other).serviceClass, GATEWAY_DISPLACED, 1);
  goOn(replicas, other, i32At(serviceReady, service) == 0 ? REQUEST_REFUSED : REQUEST_SHED, now);
  return true;
}

/** A call is where the replicas are, and goes to one of them. */
function arrive(replicas: Heap, slot: i32, now: f64): void {
  const c = callOf(slot);
  if (stopComing(c) && i32At(serviceReady, c.current) == 0) {
    c.attempts++; // it came for nothing
    again(replicas, slot, REQUEST_REFUSED, now);
    return;
  }
  if (!attempt(replicas, slot, now, -1)) {
    goOn(replicas, slot, REQUEST_TOO_LONG, now);
    return;
  }
  scheduleCall(slot, nextOf(c, now));
}

/** Tries the next place, or the next service of the chain; without one the call has ended like this. */
function goOn(replicas: Heap, slot: i32, status: i32, now: f64): void {
  const c = callOf(slot);
  giveUp(replicas, slot, now);
  stopComing(c);
  const front = frontOf(c.current);
  if (otherPlaces(c)) {
    c.tried |= bitOf(front, c.current);
    goTo(c, choosePlace(front, c.origin, c.tried));
    count(c.serviceClass, GATEWAY_FELL_BACK, 1);
    ask(replicas, slot, now);
    return;
  }
  for (let next = fallbackOf(c.current); next >= 0; next = fallbackOf(c.current)) {
    count(c.serviceClass, GATEWAY_FELL_BACK, 1);
    if (!enter(c, next)) continue;
    ask(replicas, slot, now);
    return;
  }
  endCall(slot, -1, status, now, now);
  freeCall(slot);
}

/** The next service of the chain; -1 = none. */
@inline function fallbackOf(service: i32): i32 {
  return gatewayI(payerOf(service), GATEWAY_FALLBACK);
}

/** An attempt at a replica, for a hedge (`but` not -1) at the least busy other one; false if none could ever hold the request. */
function attempt(replicas: Heap, slot: i32, now: f64, but: i32): bool {
  const c = callOf(slot);
  const service = c.current;
  const place = but < 0 ? route(service, c.session, c.origin, c.prefix, c.weights) : leastBut(service, but);
  if (!holds(place, c.prompt, c.output)) return false;
  const request = openRequest(c, service, holdPrefix(c.prefix), now);
  const q = requestOf(request);
  q.call = slot;
  q.place = place;
  if (c.first == 0) c.first = request;
  else c.second = request;
  c.attempts++;
  count(c.serviceClass, GATEWAY_ATTEMPTS, 1);
  if (but < 0) {
    // the time limit counts from the gateway
    c.timeoutAt = now + gateway(service, GATEWAY_TIMEOUT) - c.way;
    c.hedgeAt = now + gateway(service, GATEWAY_HEDGE);
  }
  deliver(replicas, place, request, now);
  return true;
}

/** A request reaches the replica that it was routed to; a crashed one refuses the connection. */
export function deliver(replicas: Heap, place: i32, slot: i32, now: f64): void {
  const q = requestOf(slot);
  applyRouted(q.service, place, q.prompt, now);
  if (q.prefix) rememberSent(q.service, q.prefix, place);
  if (replicaOf(place).broken) endRequest(slot, place, REQUEST_FAILED, now, 0);
  else enqueue(replicas, place, slot, now);
}

/** Attempts under way are nobody's any more. */
function giveUp(replicas: Heap, slot: i32, now: f64): void {
  const c = callOf(slot);
  const cancels = gateway(c.current, GATEWAY_CANCELS) != 0;
  for (let i = 0; i < 2; i++) {
    const request = i == 0 ? c.first : c.second;
    if (request == 0) continue;
    const q = requestOf(request);
    q.call = -1;
    if (cancels) abortRequest(replicas, q.place, request, now);
  }
  c.first = 0;
  c.second = 0;
}

/** The next timer of a gateway has fired at `now`. */
export function callTimer(replicas: Heap, now: f64): void {
  const slot = take(callTimers());
  const ejected = ejectedPlace(slot);
  if (ejected >= 0) {
    endEjection(replicaOf(ejected).service, ejected);
    releaseHeld(replicas, now);
    return;
  }
  const c = callOf(slot);
  if (c.done) {
    if (c.content != 0 && gateway(c.service, GATEWAY_CACHE_SIZE) > 0) keep(c.service, c.content, now);
    giveUp(replicas, slot, now);
    freeCall(slot);
  } else if (c.deadlineAt <= now) {
    if (c.held) unhold(slot);
    endCall(slot, -1, REQUEST_EXPIRED, now, now);
    giveUp(replicas, slot, now);
    freeCall(slot);
  } else if (c.held && c.holdUntil <= now) {
    unhold(slot);
    goOn(replicas, slot, i32At(serviceReady, c.current) == 0 ? REQUEST_REFUSED : REQUEST_SHED, now);
  } else if (c.arriveAt <= now) {
    arrive(replicas, slot, now);
  } else if (c.timeoutAt <= now) {
    for (let i = 0; i < 2; i++) {
      const request = i == 0 ? c.first : c.second;
      if (request && requestOf(request).service == c.current) judge(c.current, c.serviceClass, requestOf(request).place, false, now);
    }
    giveUp(replicas, slot, now);
    again(replicas, slot, REQUEST_EXPIRED, now);
  } else if (c.failed && c.first == 0 && c.second == 0) {
    again(replicas, slot, c.failed, now);
  } else if (c.retryAt <= now) {
    c.retryAt = Infinity;
    ask(replicas, slot, now);
  } else {
    if (c.hedgeAt <= now) hedge(replicas, slot, now);
    c.failed = 0; // one of two attempts has failed: the other goes on
    scheduleCall(slot, nextOf(c, now));
  }
}

/** The attempts of a call have failed like this: it tries again after a while, if it may, or goes on. */
function again(replicas: Heap, slot: i32, status: i32, now: f64): void {
  const c = callOf(slot);
  const service = c.current;
  c.failed = 0;
  stopComing(c);
  c.timeoutAt = Infinity;
  c.hedgeAt = Infinity;
  if (c.attempts > gatewayI(service, GATEWAY_RETRIES) || !spend(payerOf(service), c.serviceClass, now)) {
    goOn(replicas, slot, status, now);
    return;
  }
  count(c.serviceClass, GATEWAY_RETRIED, 1);
  // full jitter: anywhere up to the wait, which doubles
  let wait = gateway(service, GATEWAY_BACKOFF);
  for (let i = 1; i < c.attempts; i++) wait *= 2;
  c.retryAt = now + Math.max(1, Math.floor(wait * uniformOf(STREAM_ROUTE, <i32>c.id, c.attempts)));
  scheduleCall(slot, nextOf(c, now));
}

/** A second attempt beside the first that takes long. */
function hedge(replicas: Heap, slot: i32, now: f64): void {
  const c = callOf(slot);
  c.hedgeAt = Infinity;
  if (c.first == 0 || c.second != 0 || i32At(serviceReady, c.current) < 2) return;
  if (!admits(c) || !spend(payerOf(c.current), c.serviceClass, now)) return;
  if (attempt(replicas, slot, now, requestOf(c.first).place)) count(c.serviceClass, GATEWAY_HEDGED, 1);
}

/** Whoever waits at a gateway goes in, as far as there is room now. */
export function releaseHeld(replicas: Heap, now: f64): void {
  for (let s = 0, n = getI(SERVICE_COUNT); s < n && getI(CALL_HELD) > 0; s++) {
    for (let slot = firstHeld(s); slot != 0; slot = firstHeld(s)) {
      if (!admits(callOf(slot))) break;
      unhold(slot);
      ask(replicas, slot, now);
    }
  }
}

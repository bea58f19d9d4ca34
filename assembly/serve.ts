// The clock of services: arrivals of requests, stages on CPUs, messages of ensembles, timers of gateways and ends of runs of
// iterations, by time; at one instant runs end before messages arrive, these before timers of gateways, those before stages, and
// these before requests. Routing is one decision at each arrival. Stops between events only.

import {
  AGAIN, CALL_HELD, CALL_LIVE, CAP_CALLS, CAP_HANDOFFS, CAP_REPLICAS, CAP_REQUEST_ROWS, CAP_SERVICES, CAP_STAGES, CAP_WEIGHTS, DONE,
  ENSEMBLE_LIVE, FAIL_INPUT, FAIL_ROWS, NEED_DRAIN, NEED_INPUT, PASSAGE_LIVE, REACHED, REPLICA_ABSENT, REPLICA_DRAINING,
  REPLICA_EJECTED, REPLICA_READY, REPLICA_STARTING, REQUEST_COUNT, REQUEST_ID, REQUEST_LIVE, REQUEST_MORE, REQUEST_NEXT,
  REQUEST_REFUSED, REQUEST_ROWS, REQUEST_TOO_LONG, SERVE_AT, SERVE_EVENTS, SERVICE_COUNT,
} from "./abi";
import { callTimer, deliver, openCall, releaseHeld } from "./gateway";
import { Heap, layoutHeap, nextTime, startHeap, take } from "./kernel/heap";
import { layoutEnsembleMeasures } from "./measure/ensembles";
import { layoutOutcomes, moveBin, recordArrived, startOutcomes } from "./measure/requests/outcomes";
import { layoutServerCounts } from "./measure/requests/servers";
import { layoutRequestRows } from "./measure/requests/rows";
import { addF, f64At, fail, getF, getI, i32At, setF, setI } from "./memory";
import { layoutAnswers } from "./plant/ensembles/answer";
import { askEnsemble, ensembleTimer } from "./plant/ensembles/join";
import { ensembleTimers, layoutEnsembleRows, startEnsembleRows } from "./plant/ensembles/rows";
import { layoutEnsembleTables } from "./plant/ensembles/tables";
import { layoutCaches } from "./plant/gateway/cache";
import { callTimers, forgetEjection, forgetPlace, layoutCalls, startCalls } from "./plant/gateway/calls";
import { hasGateway, layoutGateways, startGateways } from "./plant/gateway/tables";
import { breakReplica } from "./plant/services/abort";
import { arriving, Asked } from "./plant/services/asked";
import { endPassage, endRequest } from "./plant/services/endings";
import { arriveHanded, holds, openReplica, serveTimer, wake } from "./plant/services/llm";
import { layoutPrefixCache, startPrefixCache } from "./plant/services/prefix-cache";
import {
  decoderOf, handedSince, handoffTimers, layoutHandoffs, leaveBehind, startHandoffs, takeHandedOver,
} from "./plant/services/handoff";
import { layoutGauges, readGauges } from "./plant/services/gauges";
import { layoutReplicas, replicaOf } from "./plant/services/replica";
import { layoutRequests, openRequest, requestOf, startRequests } from "./plant/services/requests";
import {
  layoutServiceTables, requestAt, requestClass, requestContent, requestOrigin, requestOutput, requestPrompt, requestService, requestSession,
  requestItems, requestTenant, requestWeights,
} from "./plant/services/tables";
import {
  closePassage, enter, hasBefore, layoutStages, passageOf, passBefore, stageTimer, stageTimers, startStages,
} from "./plant/services/stages";
import { layoutPrefixRoutes } from "./policy/route/prefix";
import { route } from "./policy/route/route";
import { layoutPlaces } from "./world/places";
import { layoutPrefixes, prefixesKept, readPrefix, startPrefixes } from "./world/prefixes";
import {
  applyReplica, layoutServices, replicaOutstanding, replicaState, serviceFirst, servicePlaces, serviceProfile,
  startServices,
} from "./world/services";
import { layoutWeights } from "./world/weights";

const EVENTS_A_SLICE: i32 = 16384;

let timers: Heap = changetype<Heap>(0);

export function layoutServe(): void {
  layoutServices();
  layoutServiceTables();
  layoutRequests();
  layoutReplicas();
  layoutGauges();
  layoutGateways();
  layoutCalls(getI(CAP_SERVICES));
  layoutPlaces();
  layoutCaches();
  layoutOutcomes();
  layoutRequestRows();
  layoutEnsembleTables();
  layoutEnsembleRows();
  layoutPrefixes();
  layoutPrefixCache();
  layoutWeights();
  layoutServerCounts();
  layoutHandoffs();
  layoutStages();
  layoutPrefixRoutes();
  layoutAnswers();
  layoutEnsembleMeasures();
  timers = layoutHeap(getI(CAP_REPLICAS) + 1);
}

export function startServe(): void {
  startHeap(timers);
  startRequests();
  startServices();
  startPrefixes();
  startPrefixCache();
  startHandoffs();
  startStages();
  startOutcomes();
  startEnsembleRows();
  startGateways();
  startCalls();
}

/** Replicas of a service that take requests from now on: the first `count` of its places. */
export function openReplicas(service: i32, count: i32): void {
  const first = i32At(serviceFirst, service);
  for (let i = 0, n = min(count, i32At(servicePlaces, service)); i < n; i++) {
    openReplica(first + i, service, i32At(serviceProfile, service));
    applyReplica(service, first + i, REPLICA_READY);
  }
}

/**
 * A place of a service changes its state: absent to starting or ready, starting to ready, ready to draining (it takes no more
 * requests and ends those it has), anything without requests to absent. False, and nothing changes, if it cannot be.
 */
export function changeReplica(service: i32, place: i32, state: i32): bool {
  const was = i32At(replicaState, place);
  if (state == REPLICA_ABSENT && i32At(replicaOutstanding, place) > 0) return false;
  if (state == REPLICA_STARTING && was != REPLICA_ABSENT) return false;
  if (state == REPLICA_DRAINING && was != REPLICA_READY && was != REPLICA_EJECTED) return false;
  if (state == REPLICA_READY && (was == REPLICA_READY || was == REPLICA_EJECTED)) return false;
  if (was == REPLICA_EJECTED) forgetEjection(service, place);
  if (state == REPLICA_READY) {
    if (getI(CAP_CALLS) > 0) forgetPlace(place);
    if (was != REPLICA_DRAINING) openReplica(place, service, i32At(serviceProfile, service));
  }
  applyReplica(service, place, state);
  return true;
}

/**
 * A replica crashes at `now`, µs, after all else that happens up to then; nobody is told, and requests sent there fail until its
 * place changes its state.
 */
export function crashReplica(place: i32, now: f64): void {
  breakReplica(timers, place, now);
  if (getI(CALL_HELD) > 0) releaseHeld(timers, now);
}

/** Requests that wait at gateways go in as far as there is room at `now`, µs: after replicas have become ready. */
export function release(now: f64): void {
  if (getI(CALL_HELD) > 0) releaseHeld(timers, now);
}

/** Writes what each replica would report of itself at the later of `now` and the last event of services, µs. */
export function gaugeReplicas(now: f64): void {
  readGauges(getI(CAP_REPLICAS), Math.max(now, getF(SERVE_AT)));
}

@inline function arrivalTime(): f64 {
  const next = getI(REQUEST_NEXT);
  return next < getI(REQUEST_COUNT) ? f64At(requestAt, next) : Infinity;
}

/** True when no request is in the system and none will come. */
export function serveOver(): bool {
  if (getI(REQUEST_LIVE) + getI(CALL_LIVE) + getI(ENSEMBLE_LIVE) + getI(PASSAGE_LIVE) > 0) return false;
  return getI(REQUEST_NEXT) >= getI(REQUEST_COUNT) && !getI(REQUEST_MORE);
}

// Rows of one event: all requests of a replica may end at once.
function mustDrain(): bool {
  const rows = getI(REQUEST_ROWS);
  if (rows + getI(REQUEST_LIVE) + getI(CALL_LIVE) + getI(PASSAGE_LIVE) + 1 <= getI(CAP_REQUEST_ROWS)) return false;
  if (rows == 0) fail(FAIL_ROWS, <f64>getI(CAP_REQUEST_ROWS));
  return true;
}

/** Everything that happens to services up to and including `until`: REACHED or DONE, or what stands in the way. */
export function serve(until: f64): i32 {
  const keepsRows = getI(CAP_REQUEST_ROWS) > 0;
  const parts = getI(CAP_HANDOFFS) > 0;
  const stages = getI(CAP_STAGES) > 0;
  for (let i = 0; i < EVENTS_A_SLICE; i++) {
    if (getI(REQUEST_NEXT) >= getI(REQUEST_COUNT) && getI(REQUEST_MORE)) return NEED_INPUT;
    if (keepsRows && mustDrain()) return NEED_DRAIN;
    const timer = nextTime(timers);
    const message = nextTime(ensembleTimers());
    const call = nextTime(callTimers());
    const arrival = arrivalTime();
    let now = timer <= arrival ? timer : arrival;
    let parted: f64 = Infinity;
    let handed: f64 = Infinity;
    if (parts) {
      parted = handedSince();
      handed = nextTime(handoffTimers());
      now = Math.min(now, Math.min(parted, handed));
    }
    let staged: f64 = Infinity;
    if (stages) {
      staged = nextTime(stageTimers());
      now = Math.min(now, staged);
    }
    if (message < now) now = message;
    if (call < now) now = call;
    if (now > until) return REACHED;
    if (now == Infinity) return DONE;
    moveBin(now);
    setF(SERVE_AT, now);
    if (timer == now) {
      serveTimer(timers, take(timers), now);
    } else if (parted == now) {
      passOn(takeHandedOver(), now); // after all runs that end at this instant, so that it does not matter which ended first
    } else if (handed == now) {
      arriveHanded(timers, take(handoffTimers()), now);
    } else if (message == now) {
      const slot = ensembleTimer(take(ensembleTimers()), now);
      if (slot) {
        recordArrived(requestOf(slot).service, requestOf(slot).serviceClass, requestOf(slot).tenant);
        send(slot, 0, now);
      }
    } else if (call == now) {
      callTimer(timers, now);
    } else if (staged == now) {
      const slot = stageTimer(now);
      if (slot) passed(slot, now);
    } else {
      arrive(now);
    }
    // once no replica has anything left to end at this instant: whoever goes in finds their next iterations begun, in runs as
    // in single steps
    if (getI(CALL_HELD) > 0 && nextTime(timers) > now) releaseHeld(timers, now);
    addF(SERVE_EVENTS, 1);
  }
  return AGAIN;
}

/** The next request of the input arrives and is sent somewhere, or turned away. */
function arrive(now: f64): void {
  const row = getI(REQUEST_NEXT);
  setI(REQUEST_NEXT, row + 1);
  if (row + 1 < getI(REQUEST_COUNT) && f64At(requestAt, row + 1) < now) fail(FAIL_INPUT, f64At(requestAt, row + 1));
  const asked = arriving();
  const service = i32At(requestService, row);
  asked.service = service;
  asked.at = now;
  asked.id = getF(REQUEST_ID);
  setF(REQUEST_ID, asked.id + 1);
  asked.serviceClass = i32At(requestClass, row);
  asked.tenant = i32At(requestTenant, row);
  asked.session = i32At(requestSession, row);
  asked.prompt = i32At(requestPrompt, row);
  asked.output = i32At(requestOutput, row);
  asked.origin = i32At(requestOrigin, row);
  asked.items = i32At(requestItems, row);
  // beyond the services are the ensembles of them; a session is then a sample
  const ensemble = service - getI(SERVICE_COUNT);
  if (ensemble >= 0) {
    askEnsemble(ensemble, asked.session, asked.prompt, asked.output, asked.id, now);
    return;
  }
  asked.content = i32At(requestContent, row);
  asked.weights = getI(CAP_WEIGHTS) > 0 ? i32At(requestWeights, row) : 0;
  asked.prefix = prefixesKept() ? readPrefix(row) : 0;
  recordArrived(service, asked.serviceClass, asked.tenant);
  if (hasBefore(service)) enter(passBefore(asked), now);
  else begin(asked, now);
}

/** A request has passed the last of its stages: before its replica it goes on, after it is answered. */
function passed(slot: i32, now: f64): void {
  const p = passageOf(slot);
  if (p.answered) {
    endPassage(slot, now);
    return;
  }
  begin(p, now);
  closePassage(slot);
}

/** A request goes to the gateway of its service, or to a replica. */
function begin(asked: Asked, now: f64): void {
  if (hasGateway(asked.service)) openCall(timers, asked, now);
  else send(openRequest(asked, asked.service, asked.prefix, asked.at), asked.origin, now);
}

/** A request whose prompt is computed is sent to a replica that decodes; its memory follows when there is room. */
function passOn(slot: i32, now: f64): void {
  const q = requestOf(slot);
  const decoder = decoderOf(q.service);
  const place = route(decoder, q.session, 0, 0, q.weights);
  if (place < 0 || !holds(place, q.prompt, q.output)) {
    const sender = leaveBehind(slot, now);
    wake(timers, sender, now);
    endRequest(slot, -1, place < 0 ? REQUEST_REFUSED : REQUEST_TOO_LONG, now, 0);
    return;
  }
  if (replicaOf(place).broken) wake(timers, leaveBehind(slot, now), now);
  q.service = decoder;
  q.place = place;
  deliver(timers, place, slot, now);
}

/** A request is sent to a replica of its service, or turned away. */
function send(slot: i32, origin: i32, now: f64): void {
  const q = requestOf(slot);
  const place = route(q.service, q.session, origin, q.prefix, q.weights);
  if (place < 0) {
    endRequest(slot, -1, REQUEST_REFUSED, now, 0);
  } else if (!holds(place, q.prompt, q.output)) {
    endRequest(slot, -1, REQUEST_TOO_LONG, now, 0);
  } else {
    deliver(timers, place, slot, now);
  }
}

// Prompts and decodes on different replicas (Splitwise, Patel et al. 2024; DistServe, Zhong et al. 2024): a replica that has
// computed a prompt gives the first token and keeps keys and values until another one, which decodes, has room for them and has
// pulled them over. Each replica sends over a link of its own, one request at a time, in the order in which they were asked for.

import {
  CAP_HANDOFFS, CAP_REPLICAS, CAP_REQUESTS, CAP_SERVICES, COL_SERVICE_DECODER, COL_SERVICE_LINK_LATENCY, COL_SERVICE_LINK_MICROS,
  HANDED_AT, HANDED_BLOCKS, HANDED_FIRST, HANDED_LAST, HANDED_MICROS, HANDED_OVER,
} from "../../abi";
import { cancel, Heap, layoutHeap, moveTimer, startHeap } from "../../kernel/heap";
import { countServer } from "../../measure/requests/servers";
import { column, f64At, getF, getI, i32At, setF, setF64, setI, setI32 } from "../../memory";
import { applyAnswered } from "../../world/services";
import { pardon } from "../gateway/tables";
import { ownOf, unshare } from "./prefix-cache";
import { blocksFor, removeRunning, Replica, replicaOf } from "./replica";
import { Request, requestOf } from "./requests";
import { microsAt } from "./segments";
import { dropWeights } from "./weights";

let decoders: usize = 0;
let linkMicros: usize = 0; // f64
let linkLatency: usize = 0; // f64
let linkFree: usize = 0; // f64, by replica that sends: when its link is free
export const ON_ITS_WAY: i32 = -2; // in place of the chunk of a request whose memory is fetched

let first: usize = 0; // by replica that sends: requests on their way
let last: usize = 0;
let from: usize = 0; // by request: its replica before, plus 1; 0 = none
let following: usize = 0;
let arrives: usize = 0; // f64
let arrived: usize = 0; // by replica that decodes: requests that have arrived and wait for the next iteration
let arrivedLast: usize = 0;
let timers: Heap = changetype<Heap>(0);

export function layoutHandoffs(): void {
  const services = getI(CAP_SERVICES);
  decoders = column(COL_SERVICE_DECODER, 4, services);
  linkMicros = column(COL_SERVICE_LINK_MICROS, 8, services);
  linkLatency = column(COL_SERVICE_LINK_LATENCY, 8, services);
  const on = getI(CAP_HANDOFFS) > 0;
  const replicas = on ? getI(CAP_REPLICAS) : 0;
  const requests = on ? getI(CAP_REQUESTS) + 1 : 0;
  linkFree = column(-1, 8, replicas);
  first = column(-1, 4, replicas);
  last = column(-1, 4, replicas);
  arrived = column(-1, 4, replicas);
  arrivedLast = column(-1, 4, replicas);
  from = column(-1, 4, requests);
  following = column(-1, 4, requests);
  arrives = column(-1, 8, requests);
  timers = layoutHeap(replicas + 1);
}

export function startHandoffs(): void {
  startHeap(timers);
}

@inline export function handoffTimers(): Heap { return timers; }
/** The service that decodes for this one; -1: it does so itself. */
@inline export function decoderOf(service: i32): i32 { return i32At(decoders, service) - 1; }
/** True if a request that waits has its memory on another replica. */
@inline export function isHanded(slot: i32): bool { return getI(CAP_HANDOFFS) > 0 && i32At(from, slot) > 0; }

/** A request has its first token and goes on elsewhere: it leaves the batch, and its memory stays until it is fetched. */
export function handOver(place: i32, r: Replica, q: Request, slot: i32): void {
  dropWeights(place, r, q);
  removeRunning(r, q);
  r.parked++;
  q.answered++;
  q.lastTick = r.clock;
  q.computed = q.target;
  if (q.call) pardon(place);
  setI32(from, slot, place + 1);
  setI32(following, slot, 0);
  if (getI(HANDED_FIRST)) setI32(following, getI(HANDED_LAST), slot);
  else setI(HANDED_FIRST, slot);
  setI(HANDED_LAST, slot);
  setF(HANDED_AT, microsAt(r.clock));
}

/** Since when a request wants a replica to decode it, µs; Infinity if none does. All do since one instant. */
@inline export function handedSince(): f64 {
  return getI(HANDED_FIRST) ? getF(HANDED_AT) : Infinity;
}

/** The next of them; only if there is one. */
export function takeHandedOver(): i32 {
  const slot = getI(HANDED_FIRST);
  setI(HANDED_FIRST, i32At(following, slot));
  return slot;
}

/** The memory of a request at the replica that computed its prompt becomes free at `now`, µs; its place. */
export function leaveBehind(slot: i32, now: f64): i32 {
  const place = i32At(from, slot) - 1;
  const r = replicaOf(place);
  const q = requestOf(slot);
  r.blocksUsed -= ownOf(r, slot, blocksFor(r, q.target));
  if (r.prefixShift) unshare(r, slot);
  r.parked--;
  setI32(from, slot, 0);
  applyAnswered(r.service, place, q.prompt, now);
  return place;
}

/** The replica that computed a request's prompt and has its memory; -1 = none. */
@inline export function senderOf(slot: i32): i32 { return i32At(from, slot) - 1; }

/** Requests on their way from `place`, in the order in which they are sent; 0 = none. */
@inline export function firstSent(place: i32): i32 { return i32At(first, place); }
@inline export function nextSent(slot: i32): i32 { return i32At(following, slot); }

/** A request is on its way from `place` no more; the others come when they would have. */
export function stopTransfer(place: i32, slot: i32): void {
  let before = 0;
  let at = i32At(first, place);
  while (at != slot) {
    before = at;
    at = i32At(following, at);
  }
  const next = i32At(following, slot);
  if (before) {
    setI32(following, before, next);
  } else {
    setI32(first, place, next);
    if (next) moveTimer(timers, place, f64At(arrives, next));
    else cancel(timers, place);
  }
  if (next == 0) setI32(last, place, before);
  setI32(following, slot, 0);
}

/** A replica crashes: its link has nothing more to send. */
export function freeLink(place: i32): void {
  setF64(linkFree, place, 0);
}

/** A replica that decodes has room for a request and fetches its memory. */
export function fetch(r: Replica, q: Request, slot: i32): void {
  const place = i32At(from, slot) - 1;
  const sender = replicaOf(place);
  const now = microsAt(r.clock);
  const blocks = blocksFor(sender, q.computed);
  const begin = Math.max(now, f64At(linkFree, place));
  const free = begin + Math.ceil(<f64>blocks * f64At(linkMicros, sender.service));
  setF64(linkFree, place, free);
  const at = free + f64At(linkLatency, sender.service);
  setF64(arrives, slot, at);
  setI32(following, slot, 0);
  const before = i32At(last, place);
  if (before) {
    setI32(following, before, slot);
  } else {
    setI32(first, place, slot);
    moveTimer(timers, place, at);
  }
  setI32(last, place, slot);
  r.pulling++;
  countServer(sender.service, HANDED_OVER, 1);
  countServer(sender.service, HANDED_BLOCKS, <f64>blocks);
  countServer(sender.service, HANDED_MICROS, at - microsAt(q.firstTick));
}

/** The first request on its way from `place` has arrived; its slot. */
export function takeArrived(place: i32): i32 {
  const slot = i32At(first, place);
  const next = i32At(following, slot);
  setI32(first, place, next);
  setI32(following, slot, 0);
  if (next) {
    moveTimer(timers, place, f64At(arrives, next));
  } else {
    setI32(last, place, 0);
    cancel(timers, place);
  }
  return slot;
}

/** It joins the batch of `place` with the next iteration. */
export function appendArrived(place: i32, slot: i32): void {
  const before = i32At(arrivedLast, place);
  if (before) setI32(following, before, slot);
  else setI32(arrived, place, slot);
  setI32(arrivedLast, place, slot);
}

/** The next request that has arrived at `place`; 0 = none. */
export function nextArrived(place: i32): i32 {
  const slot = i32At(arrived, place);
  if (slot == 0) return 0;
  const next = i32At(following, slot);
  setI32(arrived, place, next);
  if (!next) setI32(arrivedLast, place, 0);
  return slot;
}

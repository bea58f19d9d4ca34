// Requests in the system: one record each, from a free list.

import { CAP_REQUESTS, FAIL_REQUESTS, REQUEST_FREE, REQUEST_LIVE, REQUEST_PEAK } from "../../abi";
import { column, fail, getI, setI } from "../../memory";
import { dropPrefix } from "../../world/prefixes";
import { Asked } from "./asked";

const REQUEST_SHIFT: usize = 7; // 128 bytes: two cache lines

@unmanaged
export class Request {
  // what a finish and a step through the list read
  finishAt: i64; // iteration of its replica whose end gives the last token, once it decodes
  firstTick: i64; // of the first token
  lastTick: i64; // of the last token before a preemption
  target: i32; // tokens to compute before the next token comes: the prompt, after a preemption also what was answered
  computed: i32;
  chunk: i32; // of these, in the iteration under way
  phase: i32; // residue of the iterations that need a new block
  prompt: i32;
  output: i32;
  answered: i32; // tokens given before the last preemption
  decodes: u8; // 1: its prompt is computed
  member: u8; // of the ensemble
  // what only its begin and end read
  at: f64;
  scheduled: f64; // µs; NaN = not yet
  id: f64;
  service: i32;
  serviceClass: i32;
  session: i32;
  preempted: i32;
  parent: i32; // a request to an ensemble that this is a part of; 0 = none
  weights: i32; // set of weights that it needs; 0 = the replica's own
  call: i32; // behind a gateway that this is an attempt of; 0 = none, -1 = one that nobody waits for
  place: i32; // of its replica, if behind a gateway
  // lists: waiting or running
  next: i32;
  prev: i32;
  runs: u8; // 1: in the batch, not waiting
  aborted: u8; // 1: leaves at the end of the iteration under way
  tenant: u16; // 0 = nobody in particular
  prefix: i32; // its list of blocks; 0 = none
}

let requests: usize = 0;

export function layoutRequests(): void {
  requests = column(-1, 1 << <i32>REQUEST_SHIFT, getI(CAP_REQUESTS) + 1);
}

export function startRequests(): void {
  const n = getI(CAP_REQUESTS);
  for (let i = 1; i <= n; i++) requestOf(i).next = i < n ? i + 1 : 0;
  setI(REQUEST_FREE, n > 0 ? 1 : 0);
}

@inline export function requestOf(slot: i32): Request {
  return changetype<Request>(requests + (<usize>slot << REQUEST_SHIFT));
}

/** A slot for a request; fails, naming the limit, when all are in use. */
@inline export function takeRequest(): i32 {
  const slot = getI(REQUEST_FREE);
  if (slot == 0) fail(FAIL_REQUESTS, <f64>getI(CAP_REQUESTS));
  setI(REQUEST_FREE, requestOf(slot).next);
  const live = getI(REQUEST_LIVE) + 1;
  setI(REQUEST_LIVE, live);
  if (live > getI(REQUEST_PEAK)) setI(REQUEST_PEAK, live);
  return slot;
}

/** A request of what was asked, at `service` with a list of blocks of its own, now, µs; it has not been sent to a replica yet. */
export function openRequest(asked: Asked, service: i32, prefix: i32, now: f64): i32 {
  const slot = takeRequest();
  const q = requestOf(slot);
  q.service = service;
  q.serviceClass = asked.serviceClass;
  q.tenant = <u16>asked.tenant;
  q.session = asked.session;
  q.prompt = asked.prompt;
  q.output = asked.output;
  q.prefix = prefix;
  q.weights = asked.weights;
  q.target = asked.prompt;
  q.computed = 0;
  q.chunk = 0;
  q.answered = 0;
  q.decodes = 0;
  q.preempted = 0;
  q.at = now;
  q.scheduled = NaN;
  q.id = asked.id;
  q.parent = 0;
  q.member = 0;
  q.call = 0;
  q.runs = 0;
  q.aborted = 0;
  return slot;
}

@inline export function freeRequest(slot: i32): void {
  const q = requestOf(slot);
  if (q.prefix) dropPrefix(q.prefix);
  q.next = getI(REQUEST_FREE);
  setI(REQUEST_FREE, slot);
  setI(REQUEST_LIVE, getI(REQUEST_LIVE) - 1);
}

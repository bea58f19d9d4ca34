// How a request ends: it is measured, its replica has one less in hand, and it goes into the digest as a sum, so that the
// order of requests that end at one instant is not part of it.

import { CAP_REQUEST_ROWS, REQUEST_DONE, SERVE_DIGEST } from "../../abi";
import { mix64 } from "../../kernel/random";
import { recordAnswered, recordLost } from "../../measure/requests/outcomes";
import { writeRequestRow } from "../../measure/requests/rows";
import { getI, getU64, setU64 } from "../../memory";
import { countAnswer, frontOf } from "../../world/places";
import { applyAnswered } from "../../world/services";
import { memberEnded } from "../ensembles/rows";
import { attemptEnded, callOf, recordWasted } from "../gateway/calls";
import { freeRequest, Request, requestOf } from "./requests";
import { microsAt } from "./segments";
import { closePassage, enter, hasAfter, hidesFirst, openPassage, passageOf } from "./stages";

function mixRequest(id: f64, place: i32, status: i32, first: f64, finish: f64): void {
  let h = mix64(reinterpret<u64>(id) * 0x9e3779b97f4a7c15 + <u64>(place + 1));
  h = mix64(h ^ (reinterpret<u64>(first) * 0xd6e8feb86659fd93));
  h = mix64(h ^ (reinterpret<u64>(finish) * 0x9e3779b97f4a7c15 + <u64>status));
  setU64(SERVE_DIGEST, getU64(SERVE_DIGEST) + h);
}

/** A request leaves its replica (-1: it never had one) at `now`, µs; `tick` is the exact moment of its last token. */
export function endRequest(slot: i32, place: i32, status: i32, now: f64, tick: i64): void {
  const q = requestOf(slot);
  let first: f64 = NaN;
  if (place >= 0) applyAnswered(q.service, place, q.prompt, now);
  if (q.call) {
    endAttempt(slot, q, place, status, now, tick);
    return;
  }
  if (status == REQUEST_DONE) {
    first = microsAt(q.firstTick);
    answer(q, q.service, q.at, first, now, tick - q.firstTick, place);
  } else {
    recordLost(q.service, q.serviceClass, status);
    if (getI(CAP_REQUEST_ROWS) > 0) {
      writeRequestRow(q.id, q.at, q.scheduled, first, now, q.prompt, q.output, place, status, q.serviceClass, q.preempted, q.service);
    }
  }
  mixRequest(q.id, place, status, first, now);
  if (q.parent) memberEnded(q.parent, q.member, status != REQUEST_DONE, now);
  freeRequest(slot);
}

/** A request that arrived at `at` has its answer at `end`, µs; whole unless it has stages to pass. True if within its bounds. */
function answer(q: Request, service: i32, at: f64, first: f64, end: f64, ticks: i64, place: i32): bool {
  if (hasAfter(service)) {
    const slot = openPassage(service, q.id, at, true);
    const p = passageOf(slot);
    p.serviceClass = q.serviceClass;
    p.tenant = q.tenant;
    p.scheduled = q.scheduled;
    p.first = first;
    p.ticks = ticks;
    p.prompt = q.prompt;
    p.output = q.output;
    p.place = place;
    p.preempted = q.preempted;
    enter(slot, end);
    return false; // not known yet
  }
  const wait = q.scheduled - at;
  const met = recordAnswered(service, q.serviceClass, q.tenant, wait, first - at, end - at, ticks, q.prompt, q.output);
  if (getI(CAP_REQUEST_ROWS) > 0) {
    writeRequestRow(
      q.id, at, q.scheduled, first, end, q.prompt, q.output, place, REQUEST_DONE, q.serviceClass, q.preempted, service,
    );
  }
  return met;
}

/** An answer has passed the stages after its replica at `end`, µs. */
export function endPassage(slot: i32, end: f64): void {
  const p = passageOf(slot);
  const first = hidesFirst(p.service) ? end : p.first;
  recordAnswered(p.service, p.serviceClass, p.tenant, p.scheduled - p.at, first - p.at, end - p.at, p.ticks, p.prompt, p.output);
  mixRequest(p.id, p.place, REQUEST_DONE, first, end);
  if (getI(CAP_REQUEST_ROWS) > 0) {
    writeRequestRow(
      p.id, p.at, p.scheduled, first, end, p.prompt, p.output, p.place, REQUEST_DONE, p.serviceClass, p.preempted, p.service,
    );
  }
  closePassage(slot);
}

/** An attempt of a call has ended: the first answer is the call's, everything else was in vain. */
function endAttempt(slot: i32, q: Request, place: i32, status: i32, now: f64, tick: i64): void {
  const first = status == REQUEST_DONE ? microsAt(q.firstTick) : NaN;
  mixRequest(q.id, place, status, first, now);
  if (q.call > 0 && attemptEnded(q.call, slot, place, status, now)) {
    const c = callOf(q.call);
    const end = now + c.way;
    const met = answer(q, c.service, c.at, first + c.way, end, tick - q.firstTick, place);
    if (frontOf(c.current) >= 0) countAnswer(c.origin, c.current, met, end - c.at);
  } else {
    // what it had computed, as far as the request says: a prompt counts from its first token on
    const answered = status == REQUEST_DONE ? q.output : q.answered;
    recordWasted(q.serviceClass, answered > 0 ? q.prompt + answered : q.computed);
  }
  freeRequest(slot);
}

/** A call ends at `now` without an attempt's answer: given up, or answered from the cache, which it has at `finish`, µs. */
export function endCall(slot: i32, place: i32, status: i32, now: f64, finish: f64): void {
  const c = callOf(slot);
  const first: f64 = status == REQUEST_DONE ? finish : NaN;
  const took = finish - c.at;
  if (status == REQUEST_DONE) recordAnswered(c.service, c.serviceClass, c.tenant, 0, took, took, 0, c.prompt, c.output);
  else recordLost(c.service, c.serviceClass, status);
  mixRequest(c.id, place, status, first, finish);
  if (getI(CAP_REQUEST_ROWS) > 0) {
    writeRequestRow(c.id, c.at, NaN, first, finish, c.prompt, c.output, place, status, c.serviceClass, 0, c.service);
  }
}

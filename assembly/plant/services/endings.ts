// How a request ends: it is measured, its replica has one less in hand, and it goes into the digest as a sum, so that the
// order of requests that end at one instant is not part of it.

import { CAP_REQUEST_ROWS, GATEWAY_WAY, REQUEST_DONE, SERVE_DIGEST } from "../../abi";
import { mix64 } from "../../kernel/random";
import { recordAnswered, recordLost } from "../../measure/requests/outcomes";
import { writeRequestRow } from "../../measure/requests/rows";
import { getI, getU64, setU64 } from "../../memory";
import { applyAnswered } from "../../world/services";
import { memberEnded } from "../ensembles/rows";
import { attemptEnded, callOf, recordWasted } from "../gateway/calls";
import { gateway } from "../gateway/tables";
import { freeRequest, Request, requestOf } from "./requests";
import { microsAt } from "./segments";

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
    recordAnswered(
      q.service, q.serviceClass, q.tenant, q.scheduled - q.at, first - q.at, now - q.at, tick - q.firstTick, q.prompt, q.output,
    );
  } else {
    recordLost(q.service, q.serviceClass, status);
  }
  mixRequest(q.id, place, status, first, now);
  if (getI(CAP_REQUEST_ROWS) > 0) {
    writeRequestRow(q.id, q.at, q.scheduled, first, now, q.prompt, q.output, place, status, q.serviceClass, q.preempted, q.service);
  }
  if (q.parent) memberEnded(q.parent, q.member, status != REQUEST_DONE, now);
  freeRequest(slot);
}

/** An attempt of a call has ended: the first answer is the call's, everything else was in vain. */
function endAttempt(slot: i32, q: Request, place: i32, status: i32, now: f64, tick: i64): void {
  const first = status == REQUEST_DONE ? microsAt(q.firstTick) : NaN;
  mixRequest(q.id, place, status, first, now);
  if (q.call > 0 && attemptEnded(q.call, slot, place, status, now)) {
    const c = callOf(q.call);
    const back = gateway(c.current, GATEWAY_WAY);
    const here = first + back;
    const end = now + back;
    const wait = q.scheduled - c.at;
    recordAnswered(c.service, c.serviceClass, c.tenant, wait, here - c.at, end - c.at, tick - q.firstTick, q.prompt, q.output);
    if (getI(CAP_REQUEST_ROWS) > 0) {
      writeRequestRow(q.id, c.at, q.scheduled, here, end, q.prompt, q.output, place, status, c.serviceClass, q.preempted, c.service);
    }
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

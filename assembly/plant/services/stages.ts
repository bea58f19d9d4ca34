// Stages on CPUs that a request passes on its way to the replicas of its service (tokens of a text, pictures, retrieval) and from
// them (what becomes of an answer): stations of equal servers with one line each, first come, first served, one after the other.
// How long a request takes at a stage depends on the run's seed, the request and the stage alone: the same under every policy.

import {
  AFTER_COUNT, AFTER_FIRST, AFTER_FIRST_TOKEN, BEFORE_COUNT, BEFORE_FIRST, CAP_PASSAGES, CAP_SERVICES, CAP_STAGES, COL_SERVICE_STAGES,
  COL_STAGE, FAIL_REQUESTS, PASSAGE_FREE, PASSAGE_LIVE, SERVICE_STAGE_FIELDS, STAGE_BUSY, STAGE_BY_ITEM,
  STAGE_EXPONENTIAL, STAGE_FIELDS, STAGE_KIND,
  STAGE_LOGNORMAL, STAGE_MICROS, STAGE_SERVED, STAGE_SERVERS, STAGE_SIGMA, STAGE_WAIT_MICROS, STAGE_WORK_MICROS,
} from "../../abi";
import { Heap, layoutHeap, putRanked, startHeap, take } from "../../kernel/heap";
import { exponentialOf, normalOf, STREAM_STAGE } from "../../kernel/random";
import { column, f64At, fail, getI, i32At, setF64, setI, setI32 } from "../../memory";
import { Asked } from "./asked";

const PASSAGE_SHIFT: usize = 7;
const COMING: u8 = 0; // it is not yet at its first stage

/** A request while it is in stages: on its way to a replica, or answered. */
@unmanaged
export class Passage extends Asked {
  since: f64; // in the line of its stage
  // what is known of an answered one
  scheduled: f64;
  first: f64; // µs of the first token, as the client sees it
  ticks: i64; // from the first token to the last
  place: i32;
  preempted: i32;
  next: i32; // in the line
  stage: i32; // of those of all services
  end: i32; // the first stage that is none of its own
  answered: u8;
  served: u8; // 0: on its way to the first stage
}

let stages: usize = 0; // f64
let ofService: usize = 0;
let heads: usize = 0; // lines, by stage
let tails: usize = 0;
let passages: usize = 0;
let timers: Heap = changetype<Heap>(0);

export function layoutStages(): void {
  const n = getI(CAP_PASSAGES);
  stages = column(COL_STAGE, 8, getI(CAP_STAGES) * STAGE_FIELDS);
  ofService = column(COL_SERVICE_STAGES, 4, getI(CAP_SERVICES) * SERVICE_STAGE_FIELDS);
  heads = column(-1, 4, getI(CAP_STAGES));
  tails = column(-1, 4, getI(CAP_STAGES));
  passages = column(-1, 1 << <i32>PASSAGE_SHIFT, n > 0 ? n + 1 : 0);
  timers = layoutHeap(n + 1);
}

export function startStages(): void {
  startHeap(timers);
  const n = getI(CAP_PASSAGES);
  for (let i = 1; i <= n; i++) passageOf(i).next = i < n ? i + 1 : 0;
  setI(PASSAGE_FREE, n > 0 ? 1 : 0);
}

@inline export function stageTimers(): Heap { return timers; }
@inline export function passageOf(slot: i32): Passage { return changetype<Passage>(passages + (<usize>slot << PASSAGE_SHIFT)); }

@inline function serviceField(service: i32, which: i32): i32 {
  return i32At(ofService, service * SERVICE_STAGE_FIELDS + which);
}

@inline function stageField(stage: i32, which: i32): f64 {
  return f64At(stages, stage * STAGE_FIELDS + which);
}

@inline function add(stage: i32, which: i32, by: f64): void {
  setF64(stages, stage * STAGE_FIELDS + which, stageField(stage, which) + by);
}

@inline export function hasBefore(service: i32): bool { return getI(CAP_STAGES) > 0 && serviceField(service, BEFORE_COUNT) > 0; }
@inline export function hasAfter(service: i32): bool { return getI(CAP_STAGES) > 0 && serviceField(service, AFTER_COUNT) > 0; }

/** A passage that `enter` is called of next. */
export function openPassage(service: i32, id: f64, at: f64, answered: bool): i32 {
  const slot = getI(PASSAGE_FREE);
  if (slot == 0) fail(FAIL_REQUESTS, <f64>getI(CAP_PASSAGES));
  const p = passageOf(slot);
  setI(PASSAGE_FREE, p.next);
  setI(PASSAGE_LIVE, getI(PASSAGE_LIVE) + 1);
  p.service = service;
  p.id = id;
  p.at = at;
  p.answered = answered ? 1 : 0;
  p.stage = serviceField(service, answered ? AFTER_FIRST : BEFORE_FIRST);
  p.end = p.stage + serviceField(service, answered ? AFTER_COUNT : BEFORE_COUNT);
  return slot;
}

/** A passage of what was asked, through the stages before its replica. */
export function passBefore(asked: Asked): i32 {
  const slot = openPassage(asked.service, asked.id, asked.at, false);
  memory.copy(changetype<usize>(passageOf(slot)), changetype<usize>(asked), offsetof<Asked>());
  return slot;
}

export function closePassage(slot: i32): void {
  passageOf(slot).next = getI(PASSAGE_FREE);
  setI(PASSAGE_FREE, slot);
  setI(PASSAGE_LIVE, getI(PASSAGE_LIVE) - 1);
}

/** It is at its first stage at `when`, µs, which may be later than now. */
export function enter(slot: i32, when: f64): void {
  passageOf(slot).served = COMING;
  putRanked(timers, slot, when, passageOf(slot).id);
}

function micros(stage: i32, id: f64): f64 {
  const kind = stageField(stage, STAGE_KIND);
  const mean = stageField(stage, STAGE_MICROS);
  let time = mean;
  if (kind == STAGE_EXPONENTIAL) {
    time = mean * exponentialOf(STREAM_STAGE, <i32>id, stage);
  } else if (kind == STAGE_LOGNORMAL) {
    const sigma = stageField(stage, STAGE_SIGMA);
    time = mean * Math.exp(sigma * normalOf(STREAM_STAGE, <i32>id, stage) - sigma * sigma * 0.5);
  }
  return Math.floor(time + 0.5);
}

/** A server of its stage takes a request. */
function begin(slot: i32, p: Passage, now: f64): void {
  const each = micros(p.stage, p.id);
  const time = stageField(p.stage, STAGE_BY_ITEM) != 0 ? each * <f64>p.items : each;
  add(p.stage, STAGE_WAIT_MICROS, now - p.since);
  add(p.stage, STAGE_WORK_MICROS, time);
  p.served = 1;
  putRanked(timers, slot, now + time, p.id);
}

function join(slot: i32, p: Passage, now: f64): void {
  const stage = p.stage;
  p.since = now;
  if (stageField(stage, STAGE_BUSY) < stageField(stage, STAGE_SERVERS)) {
    add(stage, STAGE_BUSY, 1);
    begin(slot, p, now);
    return;
  }
  p.next = 0;
  const tail = i32At(tails, stage);
  if (tail) passageOf(tail).next = slot;
  else setI32(heads, stage, slot);
  setI32(tails, stage, slot);
}

/** The server that a request has left takes the next of the line. */
function leave(stage: i32, now: f64): void {
  add(stage, STAGE_SERVED, 1);
  const head = i32At(heads, stage);
  if (head == 0) {
    add(stage, STAGE_BUSY, -1);
    return;
  }
  const p = passageOf(head);
  setI32(heads, stage, p.next);
  if (p.next == 0) setI32(tails, stage, 0);
  begin(head, p, now);
}

/** The next timer of stages has fired at `now`; the slot of a request that has passed its last one, or 0. */
export function stageTimer(now: f64): i32 {
  const slot = take(timers);
  const p = passageOf(slot);
  if (p.served) {
    leave(p.stage, now);
    p.stage++;
    p.served = COMING;
  }
  // a stage by item is not for requests without any
  while (p.stage != p.end && p.items == 0 && stageField(p.stage, STAGE_BY_ITEM) != 0) p.stage++;
  if (p.stage == p.end) return slot;
  join(slot, p, now);
  return 0;
}

/** True if the client sees nothing of an answer before it has passed the stages. */
@inline export function hidesFirst(service: i32): bool { return serviceField(service, AFTER_FIRST_TOKEN) != 0; }

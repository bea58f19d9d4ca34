// Requests to ensembles while they are open, and the timers of each: messages on their way to members or back, the deadline,
// and the end of grace.

import { CAP_ENSEMBLE_LIVE, ENSEMBLE_FREE, ENSEMBLE_LIVE, FAIL_ENSEMBLE, MEMBER_BACK, MEMBERS_MAX } from "../../abi";
import { Heap, layoutHeap, putRanked, startHeap } from "../../kernel/heap";
import { column, fail, getI, setI } from "../../memory";
import { memberF, memberOf } from "./tables";

const ROW_SHIFT: usize = 7;
export const DEADLINE: i32 = MEMBERS_MAX;
export const GRACE: i32 = MEMBERS_MAX + 1;
const TIMERS_A_ROW: i32 = MEMBERS_MAX + 2;

@unmanaged
export class Row {
  id: f64;
  at: f64;
  ensemble: i32;
  sample: i32;
  prompt: i32;
  output: i32;
  asked: i32; // bits of members
  going: i32; // whose message has not arrived there
  answered: i32;
  refused: i32;
  stage: i32;
  pending: i32; // members that were reached and have not come back
  done: i32;
  grace: i32; // 1: it has begun in this stage
  next: i32;
  live: i32;
}

let rows: usize = 0;
let timers: Heap = changetype<Heap>(0);

export function layoutEnsembleRows(): void {
  const n = getI(CAP_ENSEMBLE_LIVE);
  rows = column(-1, 1 << <i32>ROW_SHIFT, n + 1);
  timers = layoutHeap((n + 1) * TIMERS_A_ROW);
}

/** Slots from 1 on; 0 is none. */
export function startEnsembleRows(): void {
  startHeap(timers);
  const n = getI(CAP_ENSEMBLE_LIVE);
  for (let i = 1; i <= n; i++) rowOf(i).next = i < n ? i + 1 : 0;
  setI(ENSEMBLE_FREE, n > 0 ? 1 : 0);
}

@inline export function rowOf(slot: i32): Row { return changetype<Row>(rows + (<usize>slot << ROW_SHIFT)); }
@inline export function ensembleTimers(): Heap { return timers; }
@inline export function timerOf(slot: i32, which: i32): i32 { return slot * TIMERS_A_ROW + which; }
@inline export function slotOf(timer: i32): i32 { return timer / TIMERS_A_ROW; }
@inline export function whichOf(timer: i32): i32 { return timer % TIMERS_A_ROW; }

/** At one time the older request comes first, then the lower member: never by slot. */
export function schedule(slot: i32, which: i32, time: f64): void {
  putRanked(timers, timerOf(slot, which), time, rowOf(slot).id);
}

export function takeRow(): i32 {
  const slot = getI(ENSEMBLE_FREE);
  if (slot == 0) fail(FAIL_ENSEMBLE, <f64>getI(CAP_ENSEMBLE_LIVE));
  const row = rowOf(slot);
  setI(ENSEMBLE_FREE, row.next);
  setI(ENSEMBLE_LIVE, getI(ENSEMBLE_LIVE) + 1);
  memory.fill(changetype<usize>(row), 0, 1 << ROW_SHIFT);
  row.live = 1;
  return slot;
}

export function freeRow(slot: i32): void {
  const row = rowOf(slot);
  row.live = 0;
  row.next = getI(ENSEMBLE_FREE);
  setI(ENSEMBLE_FREE, slot);
  setI(ENSEMBLE_LIVE, getI(ENSEMBLE_LIVE) - 1);
}

/** A member's service has done with a request: its answer, or refusal, is on its way back. */
export function memberEnded(slot: i32, member: i32, refused: bool, now: f64): void {
  const row = rowOf(slot);
  if (refused) row.refused |= 1 << member;
  schedule(slot, member, now + memberF(memberOf(row.ensemble, member), MEMBER_BACK));
}

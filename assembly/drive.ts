// The simulator's clock: facts of an instant in the order of their class, then one pass, then the plant obeys; again at
// the same instant while stops put claims back into the queue. Stops between instants only, so that a host may drain,
// refill, snapshot and fork at any return.

import {
  AGAIN, CAP_CLAIMS, CAP_LOG, CAP_MARKS, CAP_ROWS, DECIDE_DROP, DECIDE_MOVE, DECIDE_START, DECISION_COUNT, DONE, EVENT_COUNT,
  FAIL_INPUT, FAIL_PASSES, FAIL_ROWS, FIRST_SUBMIT, INPUT_COUNT, INPUT_DONE, INPUT_NEXT, INSTANT_OPEN, LOG_COUNT,
  LOG_ON, NEED_DRAIN, NEED_INPUT, NOW, PRICE_COUNT, REACHED, ROW_COUNT, RUNNING, SERVICE_COUNT, WAITING, WAKE_AT,
} from "./abi";
import { Heap, layoutHeap, nextTime, startHeap, take } from "./kernel/heap";
import { mark } from "./measure/marks";
import { integrate } from "./measure/series";
import { addF, f64At, fail, getF, getI, setF, setI } from "./memory";
import { jobTimer, dropJob, moveJob, preemptJob, startJob, submitJob } from "./plant/jobs";
import { changePrices, nextPriceTime, settleCosts } from "./plant/prices";
import { inputSubmit } from "./plant/tables";
import { decisionKind, decisionSlot } from "./policy/decide";
import { pass } from "./policy/queue/rules";
import { serve, serveOver } from "./serve";

const PASSES_PER_INSTANT: i32 = 1000;
const INSTANTS_A_SLICE: i32 = 4096;

let timers: Heap = changetype<Heap>(0);

export function layoutDrive(): void {
  timers = layoutHeap(getI(CAP_CLAIMS) + 1);
}

export function startDrive(): void {
  startHeap(timers);
}

@inline function arrivalTime(): f64 {
  const next = getI(INPUT_NEXT);
  return next < getI(INPUT_COUNT) ? f64At(inputSubmit, next) : Infinity;
}

@inline function inputMissing(): bool {
  return getI(INPUT_NEXT) >= getI(INPUT_COUNT) && !getI(INPUT_DONE);
}

// Room for what one instant may produce at most: every running job ends, every waiting one starts.
@inline function mustDrain(): bool {
  const rows = getI(ROW_COUNT);
  if (rows + getI(RUNNING) > getI(CAP_ROWS)) {
    if (rows == 0) fail(FAIL_ROWS, <f64>getI(CAP_ROWS));
    return true;
  }
  return getI(LOG_ON) != 0 && getI(LOG_COUNT) > 0 && getI(LOG_COUNT) > (getI(CAP_LOG) >> 1);
}

/**
 * Runs until everything that happens before `until` has happened, a slice at a time: a call that never returns would
 * stay in the compiler's baseline tier to its end, since WASM has no on-stack replacement.
 */
export function advance(until: f64): i32 {
  for (let slice = 0; slice < INSTANTS_A_SLICE; slice++) {
    if (inputMissing()) return NEED_INPUT;
    let now: f64;
    if (getI(INSTANT_OPEN)) {
      now = getF(NOW);
    } else {
      if (mustDrain()) return NEED_DRAIN;
      now = earliest();
      const over = now == Infinity || (getI(WAITING) == 0 && getI(RUNNING) == 0 && arrivalTime() == Infinity);
      if (getI(SERVICE_COUNT) > 0) {
        // what happens to services up to this instant comes before it
        const state = serve(!over && now < until ? now : before(until));
        if (state != REACHED && state != DONE) return state;
        if (over && !serveOver()) return REACHED;
      }
      if (over) return DONE;
      if (now >= until) return REACHED;
      if (now < getF(NOW)) fail(FAIL_INPUT, now);
      integrate(now);
      if (getI(PRICE_COUNT) > 0) settleCosts(now);
      setF(NOW, now);
      setI(INSTANT_OPEN, 1);
      while (nextTime(timers) == now) {
        jobTimer(timers, take(timers));
        addF(EVENT_COUNT, 1);
      }
      changePrices();
    }
    if (!arrivals(now)) return NEED_INPUT;
    if (getF(WAKE_AT) == now) {
      addF(EVENT_COUNT, 1);
      setF(WAKE_AT, Infinity); // a policy with a clock sets it again in its pass
    }
    settleInstant();
    setI(INSTANT_OPEN, 0);
  }
  return AGAIN;
}

/** The last microsecond before `until`. */
@inline function before(until: f64): f64 {
  return until == Infinity ? until : Math.ceil(until) - 1;
}

/** A controller's moment between instants: time and costs are brought up to it, and the policy is asked there again. */
export function tick(now: f64): void {
  if (now < getF(NOW) || getI(INSTANT_OPEN)) fail(FAIL_INPUT, now);
  integrate(now);
  if (getI(PRICE_COUNT) > 0) settleCosts(now);
  setF(NOW, now);
  setF(WAKE_AT, now);
}

// Comparisons, not Math.min: its rules for NaN and -0 cost ten instructions a call.
@inline function earliest(): f64 {
  let now = nextTime(timers);
  const arrival = arrivalTime();
  if (arrival < now) now = arrival;
  const price = nextPriceTime();
  if (price < now) now = price;
  const wake = getF(WAKE_AT);
  return wake < now ? wake : now;
}

// All arrivals of this instant; false when the chunk ends before it is certain that there are no more.
function arrivals(now: f64): bool {
  while (arrivalTime() == now) {
    const row = getI(INPUT_NEXT);
    if (getF(FIRST_SUBMIT) < 0) setF(FIRST_SUBMIT, now);
    setI(INPUT_NEXT, row + 1);
    submitJob(row);
    addF(EVENT_COUNT, 1);
  }
  return !inputMissing();
}

function settleInstant(): void {
  for (let i = 0; i < PASSES_PER_INSTANT; i++) {
    pass(1);
    if (!obey()) {
      if (getI(CAP_MARKS) > 0) mark();
      return;
    }
  }
  fail(FAIL_PASSES, getF(NOW));
}

// The plant carries out what was decided; true if somebody is back in the queue or was moved, so that another pass is due.
function obey(): bool {
  let stopped = false;
  for (let i = 0, n = getI(DECISION_COUNT); i < n; i++) {
    const slot = decisionSlot(i);
    if (decisionKind(i) == DECIDE_START) {
      startJob(timers, slot);
    } else if (decisionKind(i) == DECIDE_DROP) {
      dropJob(slot);
    } else if (decisionKind(i) == DECIDE_MOVE) {
      moveJob(timers, slot);
      stopped = true; // whom room was made for is asked of again
    } else {
      preemptJob(timers, slot);
      stopped = true;
    }
  }
  return stopped;
}

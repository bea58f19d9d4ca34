// A replica that answers whole batches, one after the other: vision, embeddings, ranking; with batches of one a server of given
// times. It takes as many as wait, up to the largest batch; if they are fewer, the oldest waits up to a delay for others, as in
// Triton's dynamic batcher. A batch takes table[requests] + context·(tokens of its prompts), and all its answers come at its end.

import { PROFILE_DELAY, REQUEST_CANCELLED, REQUEST_DONE, SERVE_ITERATIONS } from "../../abi";
import { cancel, Heap, moveTimer } from "../../kernel/heap";
import { addF, i32At, u64At } from "../../memory";
import { endRequest } from "./endings";
import {
  appendRunning, appendWaiting, dropWaiting, headWaiting, PRIORITIES, removeRunning, Replica, waitingPriority,
} from "./replica";
import { requestOf } from "./requests";
import { microsAt, ticksAt } from "./segments";
import { classPriority, profileField } from "./tables";
import { dropWeights, takeWeights, weightTicks } from "./weights";

const HOLDS: i64 = -1; // in place of the length of a run: it waits for others

/** A request arrives at `now`, µs. */
export function enqueueBatch(timers: Heap, place: i32, r: Replica, slot: i32, now: f64): void {
  requestOf(slot).lastTick = ticksAt(now); // since when it waits for others
  appendWaiting(r, slot, i32At(classPriority, requestOf(slot).serviceClass));
  if (r.length > 0) return;
  r.clock = ticksAt(now);
  next(timers, place, r);
}

/** A batch has ended, or a delay has. */
export function batchTimer(timers: Heap, place: i32, r: Replica, now: f64): void {
  if (r.length == HOLDS) {
    r.clock = ticksAt(now);
  } else {
    r.clock += r.first;
    r.busy += r.first;
    r.iteration++;
    addF(SERVE_ITERATIONS, 1);
    for (let slot = r.runHead; slot; ) {
      const q = requestOf(slot);
      const after = q.next;
      q.firstTick = r.clock;
      dropWeights(place, r, q);
      removeRunning(r, q);
      endRequest(slot, place, q.aborted ? REQUEST_CANCELLED : REQUEST_DONE, microsAt(r.clock), r.clock);
      slot = after;
    }
    r.aborts = 0;
  }
  next(timers, place, r);
}

/** When whoever waits longest came, µs. */
function oldest(r: Replica): f64 {
  let at: f64 = Infinity;
  for (let p = 0; p < PRIORITIES; p++) {
    const slot = headWaiting(r, p);
    if (slot) at = Math.min(at, microsAt(requestOf(slot).lastTick));
  }
  return at;
}

/** Requests that wait for a batch with these weights: a batch is of one model. */
function waitingFor(r: Replica, weights: i32): i32 {
  if (!r.resident) return r.waiting;
  let count = 0;
  for (let p = 0; p < PRIORITIES; p++)
    for (let slot = headWaiting(r, p); slot; slot = requestOf(slot).next) if (requestOf(slot).weights == weights) count++;
  return count;
}

/** The next batch begins at the clock, or waits to be filled; nothing happens if nobody is there. */
function next(timers: Heap, place: i32, r: Replica): void {
  if (r.waiting == 0) {
    r.length = 0;
    cancel(timers, place);
    return;
  }
  const until = oldest(r) + profileField(r.profile, PROFILE_DELAY);
  const weights = r.resident ? requestOf(headWaiting(r, waitingPriority(r))).weights : 0;
  if (waitingFor(r, weights) < r.batchMax && until > microsAt(r.clock)) {
    r.length = HOLDS;
    moveTimer(timers, place, until);
    return;
  }
  let tokens: i64 = 0;
  for (let p = 0; p < PRIORITIES; p++) {
    for (let slot = headWaiting(r, p); slot && r.running < r.batchMax; ) {
      const q = requestOf(slot);
      const after = q.next;
      if (!r.resident || q.weights == weights) {
        dropWaiting(r, slot, p);
        appendRunning(r, slot);
        if (r.resident) takeWeights(place, r, q);
        q.scheduled = microsAt(r.clock);
        tokens += q.prompt;
      }
      slot = after;
    }
  }
  r.first = <i64>u64At(r.table, r.running) + r.contextTicks * tokens;
  if (r.resident) r.first += weightTicks(place, r);
  r.growth = 0;
  r.length = 1;
  moveTimer(timers, place, microsAt(r.clock + r.first));
}

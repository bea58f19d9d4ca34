// Requests that leave a replica before their end: those that nobody waits for any more, and all of one that crashes.

import { REQUEST_CANCELLED, REQUEST_FAILED } from "../../abi";
import { cancel, Heap } from "../../kernel/heap";
import { i32At } from "../../memory";
import { endRequest } from "./endings";
import { leftOf } from "./batch";
import { cutRun } from "./llm";
import { emptyCache, unshare } from "./prefix-cache";
import { dropWaiting, headWaiting, PRIORITIES, replicaOf, waitingPriority } from "./replica";
import { requestOf } from "./requests";
import { iterationsIn, ticksAt } from "./segments";
import { dropSwapped } from "./swap";
import { classPriority } from "./tables";

/** Nobody waits for a request: it leaves at once if it has not begun, else at the end of the iteration under way. */
export function abortRequest(timers: Heap, place: i32, slot: i32, now: f64): void {
  const r = replicaOf(place);
  const q = requestOf(slot);
  if (!q.runs) {
    const first = r.resident > 0 || headWaiting(r, waitingPriority(r)) == slot;
    if (q.computed > 0) dropSwapped(r, q);
    dropWaiting(r, slot, i32At(classPriority, q.serviceClass));
    // who waited behind it may fit where it did not
    if (first && r.waiting > 0) cutRun(timers, place, r, now);
    endRequest(slot, place, REQUEST_CANCELLED, now, 0);
  } else if (!q.aborted) {
    q.aborted = 1;
    r.aborts++;
    cutRun(timers, place, r, now);
  }
}

/** A replica crashes at `now`: all its requests fail, and so do those that are still sent there. */
export function breakReplica(timers: Heap, place: i32, now: f64): void {
  const r = replicaOf(place);
  if (r.length > 0) r.iteration += min(r.length, iterationsIn(r.first, r.growth, ticksAt(now) - r.clock));
  r.broken = 1;
  r.length = 0;
  cancel(timers, place);
  for (let slot = r.runHead; slot; ) {
    const q = requestOf(slot);
    const next = q.next;
    if (r.prefixShift) unshare(r, slot);
    if (q.decodes) q.answered = q.output - max(0, leftOf(r, q));
    endRequest(slot, place, REQUEST_FAILED, now, 0);
    slot = next;
  }
  emptyCache(r);
  for (let p = 0; p < PRIORITIES; p++) {
    for (let slot = headWaiting(r, p); slot; ) {
      const next = requestOf(slot).next;
      endRequest(slot, place, REQUEST_FAILED, now, 0);
      slot = next;
    }
  }
}

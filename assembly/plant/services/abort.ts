// Requests that leave a replica before their end: those that nobody waits for any more, and all of one that crashes, with those
// whose memory it has or was to get.

import { CAP_HANDOFFS, CAP_REPLICAS, REQUEST_CANCELLED, REQUEST_FAILED } from "../../abi";
import { cancel, Heap } from "../../kernel/heap";
import { getI, i32At } from "../../memory";
import { giveRoomBack, leftOf } from "./batch";
import { endRequest } from "./endings";
import { firstSent, freeLink, isHanded, leaveBehind, nextArrived, nextSent, ON_ITS_WAY, senderOf, stopTransfer } from "./handoff";
import { cutRun, wake } from "./llm";
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
  if (!q.runs && q.chunk == ON_ITS_WAY) {
    q.aborted = 1; // it leaves when it would join the batch
  } else if (!q.runs) {
    const first = r.resident > 0 || headWaiting(r, waitingPriority(r)) == slot;
    const sender = isHanded(slot) ? senderOf(slot) : -1;
    if (sender < 0 && q.computed > 0) dropSwapped(r, q);
    dropWaiting(r, slot, i32At(classPriority, q.serviceClass));
    if (sender >= 0) {
      leaveBehind(slot, now);
      wake(timers, sender, now);
    }
    // who waited behind it may fit where it did not
    if (first && r.waiting > 0) wake(timers, place, now);
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
  for (let p = 0; p < PRIORITIES; p++) {
    for (let slot = headWaiting(r, p); slot; ) {
      const next = requestOf(slot).next;
      if (isHanded(slot)) leaveBehind(slot, now);
      endRequest(slot, place, REQUEST_FAILED, now, 0);
      slot = next;
    }
  }
  if (getI(CAP_HANDOFFS) > 0) breakHandoffs(timers, place, now);
  emptyCache(r);
}

/** Whoever has memory on a replica that crashes, or is on the way there, fails; what it held elsewhere is free. */
function breakHandoffs(timers: Heap, place: i32, now: f64): void {
  for (let slot = nextArrived(place); slot; slot = nextArrived(place)) endRequest(slot, place, REQUEST_FAILED, now, 0);
  const places = getI(CAP_REPLICAS);
  for (let sender = 0; sender < places; sender++) {
    for (let slot = firstSent(sender); slot; ) {
      const q = requestOf(slot);
      const next = nextSent(slot);
      if (sender == place || q.place == place) {
        const to = replicaOf(q.place);
        stopTransfer(sender, slot);
        to.pulling--;
        giveRoomBack(q.place, to, q);
        leaveBehind(slot, now);
        endRequest(slot, q.place, REQUEST_FAILED, now, 0);
      }
      slot = next;
    }
  }
  for (let other = 0; other < places; other++) if (other != place) failWaiting(other, place, now);
  freeLink(place);
  // only once all of them are gone, so that nobody fetches from what is no more
  for (let other = 0; other < places; other++) if (other != place) wake(timers, other, now);
}

/** Who waits at a replica and has its memory on one that crashes fails. */
function failWaiting(at: i32, lost: i32, now: f64): void {
  const r = replicaOf(at);
  for (let p = 0; p < PRIORITIES; p++) {
    for (let slot = headWaiting(r, p); slot; ) {
      const next = requestOf(slot).next;
      if (senderOf(slot) == lost) {
        dropWaiting(r, slot, p);
        leaveBehind(slot, now);
        endRequest(slot, at, REQUEST_FAILED, now, 0);
      }
      slot = next;
    }
  }
}

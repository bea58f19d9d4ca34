// Who is in the batch of a replica, and with what memory: admission, coming back from the host or from another replica,
// preemption, last admitted first.

import { REQUEST_CANCELLED } from "../../abi";
import { recordPreempted } from "../../measure/requests/outcomes";
import { i32At } from "../../memory";
import { endRequest } from "./endings";
import { draftGrowth, wantedBlocks } from "./draft";
import { fetch, isHanded, nextArrived, ON_ITS_WAY } from "./handoff";
import { evict, idleOf, matched, ownOf, unshare, useMatched } from "./prefix-cache";
import {
  appendRunning, blocksAt, blocksFor, changePhase, dropFinish, dropWaiting, headWaiting, insertRunning, mask,
  prependWaiting, pushFinish, removeRunning, Replica, waitingPriority,
} from "./replica";
import { Request, requestOf } from "./requests";
import { microsAt } from "./segments";
import { swapIn, swapOut } from "./swap";
import { classPriority } from "./tables";
import { dropWeights, firstServable, takeWeights } from "./weights";

/** Requests that have arrived join the batch. */
export function joinArrived(place: i32, r: Replica): void {
  for (let slot = nextArrived(place); slot; slot = nextArrived(place)) {
    const q = requestOf(slot);
    const tokens = q.computed;
    q.computed = 0;
    r.pulling--;
    if (q.aborted) {
      giveRoomBack(place, r, q);
      endRequest(slot, place, REQUEST_CANCELLED, microsAt(r.clock), r.clock);
      continue;
    }
    insertRunning(r, slot);
    q.chunk = -1;
    r.joined++;
    decode(r, q, slot, tokens, q.output - q.answered);
  }
}

/** Room that was taken for a request on its way is free. */
export function giveRoomBack(place: i32, r: Replica, q: Request): void {
  r.blocksUsed -= q.phase;
  dropWeights(place, r, q);
}

/** A request decodes from the next iteration on, with `tokens` in memory and `left` to come. */
export function decode(r: Replica, q: Request, slot: i32, tokens: i32, left: i32): void {
  q.decodes = 1;
  r.context += tokens;
  if (r.draft) {
    q.finishAt = left;
    r.heapCount++;
    return;
  }
  q.finishAt = r.iteration + left;
  q.phase = <i32>((r.iteration - tokens) & <i64>mask(r));
  changePhase(r, q.phase, 1);
  pushFinish(r, q.finishAt, slot);
}

/** Tokens that a request which decodes has yet to get. */
@inline export function leftOf(r: Replica, q: Request): i32 {
  return <i32>(r.draft ? q.finishAt : q.finishAt - r.iteration);
}

/** The memory blocks that a request holds become free; what others may find there stays until it must go. */
export function giveBack(r: Replica, slot: i32, blocks: i32): void {
  r.blocksUsed -= ownOf(r, slot, blocks);
  if (r.prefixShift) unshare(r, slot);
}

/** Preempts, last admitted first, until every decode has memory for its next token; true if somebody had to go. */
export function makeRoom(place: i32, r: Replica): bool {
  let preempted = false;
  while (r.heapCount > 0 && (r.draft ? draftGrowth(r) : blocksAt(r, r.iteration)) > r.blocks - r.blocksUsed) {
    preempt(place, r, r.runTail);
    preempted = true;
  }
  return preempted;
}

/** Takes a request out of the batch with all that it has in memory. */
export function withdraw(place: i32, r: Replica, q: Request, slot: i32): void {
  if (q.decodes) {
    q.answered = q.output - leftOf(r, q);
    const tokens = q.prompt + q.answered - 1;
    if (r.draft) {
      r.heapCount--;
    } else {
      dropFinish(r, slot);
      changePhase(r, q.phase, -1);
    }
    r.context -= tokens;
    giveBack(r, slot, r.draft ? q.phase : blocksFor(r, tokens));
    if (q.chunk < 0) r.joined--;
    else q.lastTick = r.clock;
    q.decodes = 0;
    q.target = q.prompt + q.answered;
  } else {
    giveBack(r, slot, blocksFor(r, q.target));
    if (r.prefill == slot) r.prefill = q.next;
  }
  dropWeights(place, r, q);
  removeRunning(r, q);
}

function preempt(place: i32, r: Replica, slot: i32): void {
  const q = requestOf(slot);
  const decoded = q.decodes;
  withdraw(place, r, q, slot);
  q.computed = 0;
  q.chunk = 0;
  if (decoded && r.hostBlocks > 0) swapOut(r, q, q.prompt + q.answered - 1);
  q.preempted++;
  recordPreempted(q.serviceClass);
  prependWaiting(r, slot, i32At(classPriority, q.serviceClass));
}

/**
 * Takes the first of those who wait, and whose weights are there or find room, into the batch, if there is memory for its prompt
 * above the watermark.
 */
export function admit(place: i32, r: Replica, budget: i32): Request | null {
  const slot = firstServable(place, r);
  if (slot == 0) return null;
  const q = requestOf(slot);
  const priority = i32At(classPriority, q.serviceClass);
  if (q.computed > 0) return budget > r.draft && comeBack(place, r, q, slot, priority) ? q : null;
  let needed = blocksFor(r, q.target);
  let found = 0;
  if (r.prefixShift) {
    found = matched(r, place, slot, q.target);
    needed += idleOf(r, place, slot, found) - (found << (r.prefixShift - r.blockShift));
  }
  const free = r.blocks - r.blocksUsed - blocksAt(r, r.iteration);
  if (free < needed || (free - needed < r.watermark && r.running > 0)) return null;
  dropWaiting(r, slot, priority);
  if (r.resident) takeWeights(place, r, q);
  appendRunning(r, slot);
  if (!r.prefill) r.prefill = slot;
  if (r.prefixShift) {
    useMatched(r, place, slot, q, found);
    r.blocksUsed += ownOf(r, slot, blocksFor(r, q.target));
    evict(r, blocksAt(r, r.iteration));
  } else {
    r.blocksUsed += needed;
  }
  if (q.scheduled != q.scheduled) q.scheduled = microsAt(r.clock);
  return q;
}

/** The first of those who wait has its memory on the host: it comes back and decodes at once, if there is room. */
function comeBack(place: i32, r: Replica, q: Request, slot: i32, priority: i32): bool {
  const tokens = q.computed;
  const left = q.output - q.answered;
  q.phase = 0;
  q.finishAt = left;
  const needed = r.draft ? wantedBlocks(r, q) : blocksFor(r, tokens + 1);
  const free = r.blocks - r.blocksUsed - blocksAt(r, r.iteration);
  if (free < needed || (free - needed < r.watermark && r.running > 0)) return false;
  dropWaiting(r, slot, priority);
  if (r.resident) takeWeights(place, r, q);
  if (isHanded(slot)) {
    fetch(r, q, slot);
    q.chunk = ON_ITS_WAY;
    q.phase = blocksFor(r, tokens);
    r.blocksUsed += q.phase;
    if (r.prefixShift) evict(r, blocksAt(r, r.iteration));
    return true;
  }
  insertRunning(r, slot);
  swapIn(r, q);
  q.chunk = -1;
  r.joined++;
  r.blocksUsed += r.draft ? needed : blocksFor(r, tokens);
  q.phase = needed;
  decode(r, q, slot, tokens, left);
  if (r.prefixShift) evict(r, blocksAt(r, r.iteration));
  return true;
}

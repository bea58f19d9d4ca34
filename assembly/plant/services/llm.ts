// A replica that serves a language model, iteration by iteration: continuous batching (Orca, Yu et al. 2022) under a token
// budget with prompts computed in chunks beside the decodes (Sarathi-Serve, Agrawal et al. 2024), memory for keys and values
// in blocks with a watermark and preemption by recomputation, last admitted first (vLLM, Kwon et al. 2023).
// Iterations in which nothing changes but the lengths of contexts are one event; SERVE_STEPPED makes each an event of its
// own, with the same result to the last bit. An iteration of p prompt tokens and d decodes takes
// table[p + d] + context·(tokens read by the decodes) + pairs·(pairs of tokens attended by the prompts).

import {
  FAIL_INVARIANT, PAIR_SHIFT, REQUEST_CANCELLED, REQUEST_DONE, SERVE_ITERATIONS, SERVE_STEPPED,
} from "../../abi";
import { cancel, Heap, moveTimer } from "../../kernel/heap";
import { recordGaps, recordPreempted } from "../../measure/requests/outcomes";
import { addF, fail, getI, i32At, u64At } from "../../memory";
import { draftGrowth, draftTicks, giveDrafts, takeDraftMemory, wantedBlocks } from "./draft";
import { endRequest } from "./endings";
import { emptyCache, evict, idleOf, matched, ownOf, share, unshare, useMatched } from "./prefix-cache";
import {
  appendRunning, appendWaiting, blocksAt, blocksFor, changePhase, dropFinish, dropWaiting, headWaiting, insertRunning,
  nextFinish, popFinish,
  prependWaiting, pushFinish, removeRunning, Replica, replicaOf, startReplica, waitingPriority,
} from "./replica";
import { Request, requestOf } from "./requests";
import { iterationsIn, microsAt, ticksAt, ticksOf } from "./segments";
import { swapIn, swapOut, takeMoved } from "./swap";
import { classPriority } from "./tables";

const LONGEST_RUN: i64 = 1 << 20;
const LEAVES: i32 = 2; // in place of a request's `decodes`: it has its last token

@inline function mask(r: Replica): i32 {
  return (1 << r.blockShift) - 1;
}

/** A replica that nobody runs on begins anew, with all its memory free. */
export function openReplica(place: i32, service: i32, profile: i32): void {
  emptyCache(replicaOf(place));
  startReplica(place, service, profile);
}

/** True if a replica could hold this request when it is alone. */
export function holds(place: i32, prompt: i32, output: i32): bool {
  const r = replicaOf(place);
  return blocksFor(r, prompt + output - 1) <= r.blocks;
}

/** A request arrives at a replica, now in µs. */
export function enqueue(timers: Heap, place: i32, slot: i32, now: f64): void {
  const r = replicaOf(place);
  const behind = r.waiting > 0;
  appendWaiting(r, slot, i32At(classPriority, requestOf(slot).serviceClass));
  if (r.length == 0) {
    r.clock = ticksAt(now);
    form(timers, place, r);
  } else if ((!behind || jumps(r, slot)) && r.running < r.batchMax) {
    cutRun(timers, place, r, now); // it may join after the iteration under way
  }
}

/** The run of iterations ends with the one under way at `now`. */
export function cutRun(timers: Heap, place: i32, r: Replica, now: f64): void {
  if (r.length <= 1) return;
  const length = iterationsIn(r.first, r.growth, ticksAt(now) - r.clock) + 1;
  if (length < r.length) {
    r.length = length;
    moveTimer(timers, place, microsAt(r.clock + ticksOf(r.first, r.growth, length)));
  }
}

/** True if this request, just appended, is the first of all that wait. */
@inline function jumps(r: Replica, slot: i32): bool {
  return headWaiting(r, waitingPriority(r)) == slot;
}

/** The run of iterations under way has ended. */
export function serveTimer(timers: Heap, place: i32): void {
  const r = replicaOf(place);
  const length = r.length;
  const ticks = ticksOf(r.first, r.growth, length);
  const decodes = r.heapCount;
  if (r.draft) {
    giveDrafts(r, ticks, r.clock + ticks);
  } else if (decodes > 0) {
    recordGaps(r.service, decodes - r.joined, r.first, r.growth, length);
    if (r.joined) endJoined(r, r.clock + ticks);
    r.context += length * decodes;
    r.blocksUsed += <i32>((length >> r.blockShift) * decodes);
    for (let i = length & ~(<i64>mask(r)); i < length; i++) r.blocksUsed += blocksAt(r, r.iteration + i);
    if (r.prefixShift) evict(r, 0);
  }
  r.iteration += length;
  r.clock += ticks;
  r.busy += ticks;
  addF(SERVE_ITERATIONS, <f64>length);
  if (r.prefill) endChunks(place, r);
  if (r.aborts) dropAborted(place, r);
  if (r.draft) leaveDrafts(place, r);
  else if (r.heapCount > 0 && nextFinish(r) <= r.iteration) leaveAll(place, r);
  form(timers, place, r);
}

/** The chunks of this iteration are computed; a request whose last it was has its next token. */
function endChunks(place: i32, r: Replica): void {
  let slot = r.prefill;
  while (slot) {
    const q = requestOf(slot);
    if (q.chunk == 0) break;
    q.computed += q.chunk;
    q.chunk = 0;
    if (r.prefixShift) share(r, place, slot, q.computed);
    if (q.computed < q.target) break;
    const next = q.next;
    r.prefill = next;
    giveToken(place, r, q, slot);
    slot = next;
  }
}

/** A request whose prompt is computed gets a token and decodes from the next iteration on. */
function giveToken(place: i32, r: Replica, q: Request, slot: i32): void {
  if (q.answered == 0) q.firstTick = r.clock;
  else recordGaps(r.service, 1, r.clock - q.lastTick, 0, 1);
  const left = q.output - q.answered - 1;
  if (r.draft) q.phase = blocksFor(r, q.target);
  decode(r, q, slot, q.target, left);
}

/** A request decodes from the next iteration on, with `tokens` in memory and `left` to come. */
function decode(r: Replica, q: Request, slot: i32, tokens: i32, left: i32): void {
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

/** Requests that came back from the host have waited longer for this token than the others. */
function endJoined(r: Replica, end: i64): void {
  for (let slot = r.runHead; slot && r.joined > 0; slot = requestOf(slot).next) {
    const q = requestOf(slot);
    if (q.chunk >= 0) continue;
    q.chunk = 0;
    r.joined--;
    recordGaps(r.service, 1, end - q.lastTick, 0, 1);
  }
}

/** All whose drafts have brought their last token go, in order of admission. */
function leaveDrafts(place: i32, r: Replica): void {
  for (let slot = r.runHead; slot; ) {
    const q = requestOf(slot);
    const next = q.next;
    if (q.decodes && q.finishAt == 0) {
      r.heapCount--;
      leave(place, r, slot);
    }
    slot = next;
  }
}

/** All who have their last token go: where that decides what a cache loses first, in order of admission. */
function leaveAll(place: i32, r: Replica): void {
  const slot = popFinish(r);
  if (!r.prefixShift || r.heapCount == 0 || nextFinish(r) > r.iteration) {
    leave(place, r, slot);
    while (r.heapCount > 0 && nextFinish(r) <= r.iteration) leave(place, r, popFinish(r));
    return;
  }
  let count = 1;
  requestOf(slot).decodes = LEAVES;
  for (; r.heapCount > 0 && nextFinish(r) <= r.iteration; count++) requestOf(popFinish(r)).decodes = LEAVES;
  for (let at = r.runHead; count > 0; ) {
    const next = requestOf(at).next;
    if (requestOf(at).decodes == LEAVES) {
      leave(place, r, at);
      count--;
    }
    at = next;
  }
}

/** A request has its last token: it was taken out of the heap already. */
function leave(place: i32, r: Replica, slot: i32): void {
  const q = requestOf(slot);
  const tokens = q.prompt + q.output - 1;
  if (!r.draft) changePhase(r, q.phase, -1);
  r.context -= tokens;
  if (r.prefixShift) share(r, place, slot, tokens);
  giveBack(r, slot, r.draft ? q.phase : blocksFor(r, tokens));
  removeRunning(r, q);
  endRequest(slot, place, REQUEST_DONE, microsAt(r.clock), r.clock);
}

/** The memory blocks that a request holds become free; what others may find there stays until it must go. */
function giveBack(r: Replica, slot: i32, blocks: i32): void {
  r.blocksUsed -= ownOf(r, slot, blocks);
  if (r.prefixShift) unshare(r, slot);
}

/** Plans the next run of iterations from the clock on; none if nobody is there. */
function form(timers: Heap, place: i32, r: Replica): void {
  const preempted = makeRoom(r);
  if (r.draft) takeDraftMemory(r);
  if (r.prefixShift) evict(r, blocksAt(r, r.iteration));
  const each = r.draft + 1; // tokens of an iteration that a request which decodes takes
  let budget = r.tokensMax - r.heapCount * each;
  let pairs: i64 = 0;
  for (let slot = r.prefill; slot && budget > 0; slot = requestOf(slot).next) {
    const q = requestOf(slot);
    q.chunk = min(q.target - q.computed, budget);
    budget -= q.chunk;
    pairs += pairsOf(q);
  }
  while (!preempted && budget > 0 && r.waiting > 0 && r.running < r.batchMax) {
    const q = admit(place, r, budget);
    if (q == null) break;
    if (q.decodes) {
      budget -= each;
      continue;
    }
    q.chunk = min(q.target - q.computed, budget);
    budget -= q.chunk;
    pairs += pairsOf(q);
  }
  const tokens = r.tokensMax - budget;
  if (tokens == 0) {
    if (r.waiting > 0) fail(FAIL_INVARIANT, <f64>r.waiting);
    r.length = 0;
    cancel(timers, place);
    return;
  }
  const decodes = r.heapCount;
  r.first =
    <i64>u64At(r.table, tokens) + r.contextTicks * (r.context + decodes * each) + ((r.pairTicks * pairs) >> PAIR_SHIFT);
  r.growth = r.contextTicks * decodes;
  r.length = tokens > decodes || preempted || r.joined || getI(SERVE_STEPPED) ? 1 : unchanged(r);
  if (r.moved) r.first += takeMoved(r);
  if (r.draft) r.first += draftTicks(r, decodes);
  moveTimer(timers, place, microsAt(r.clock + ticksOf(r.first, r.growth, r.length)));
}

/** Pairs of tokens that a chunk attends: each of its tokens sees all before it and itself. */
@inline function pairsOf(q: Request): i64 {
  return <i64>q.chunk * <i64>q.computed + ((<i64>q.chunk * (<i64>q.chunk + 1)) >> 1);
}

/** Preempts, last admitted first, until every decode has memory for its next token; true if somebody had to go. */
function makeRoom(r: Replica): bool {
  let preempted = false;
  while (r.heapCount > 0 && (r.draft ? draftGrowth(r) : blocksAt(r, r.iteration)) > r.blocks - r.blocksUsed) {
    preempt(r, r.runTail);
    preempted = true;
  }
  return preempted;
}

/** Takes a request out of the batch with all that it has in memory. */
function withdraw(r: Replica, q: Request, slot: i32): void {
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
    q.lastTick = r.clock;
    q.decodes = 0;
    q.target = q.prompt + q.answered;
  } else {
    giveBack(r, slot, blocksFor(r, q.target));
    if (r.prefill == slot) r.prefill = q.next;
  }
  removeRunning(r, q);
}

/** Whoever was aborted leaves at the end of an iteration, with or without its last token. */
function dropAborted(place: i32, r: Replica): void {
  for (let slot = r.runHead; slot && r.aborts > 0; ) {
    const q = requestOf(slot);
    const next = q.next;
    if (q.aborted) {
      r.aborts--;
      withdraw(r, q, slot);
      endRequest(slot, place, REQUEST_CANCELLED, microsAt(r.clock), r.clock);
    }
    slot = next;
  }
}

function preempt(r: Replica, slot: i32): void {
  const q = requestOf(slot);
  const decoded = q.decodes;
  withdraw(r, q, slot);
  q.computed = 0;
  q.chunk = 0;
  if (decoded && r.hostBlocks > 0) swapOut(r, q, q.prompt + q.answered - 1);
  q.preempted++;
  recordPreempted(q.serviceClass);
  prependWaiting(r, slot, i32At(classPriority, q.serviceClass));
}

/** Takes the first of those who wait into the batch, if there is memory for its prompt above the watermark. */
function admit(place: i32, r: Replica, budget: i32): Request | null {
  const priority = waitingPriority(r);
  const slot = headWaiting(r, priority);
  const q = requestOf(slot);
  if (q.computed > 0) return budget > r.draft && comeBack(r, q, slot, priority) ? q : null;
  let needed = blocksFor(r, q.target);
  let found = 0;
  if (r.prefixShift) {
    found = matched(r, place, slot, q.target);
    needed += idleOf(r, place, slot, found) - (found << (r.prefixShift - r.blockShift));
  }
  const free = r.blocks - r.blocksUsed - blocksAt(r, r.iteration);
  if (free < needed || (free - needed < r.watermark && r.running > 0)) return null;
  dropWaiting(r, slot, priority);
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
function comeBack(r: Replica, q: Request, slot: i32, priority: i32): bool {
  const tokens = q.computed;
  const left = q.output - q.answered;
  q.phase = 0;
  q.finishAt = left;
  const needed = r.draft ? wantedBlocks(r, q) : blocksFor(r, tokens + 1);
  const free = r.blocks - r.blocksUsed - blocksAt(r, r.iteration);
  if (free < needed || (free - needed < r.watermark && r.running > 0)) return false;
  dropWaiting(r, slot, priority);
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

/** Iterations until something changes: somebody has its last token, or memory may run out. */
function unchanged(r: Replica): i64 {
  const finish = min(nextFinish(r) - r.iteration, LONGEST_RUN);
  const decodes = <i64>r.heapCount;
  const free = <i64>(r.blocks - r.blocksUsed);
  // every decode needs a block in each stretch of as many iterations as a block has tokens
  if (((finish + mask(r)) >> r.blockShift) * decodes <= free) return finish;
  let needed: i64 = 0;
  let k: i64 = 0;
  while (k < finish) {
    needed += blocksAt(r, r.iteration + k);
    if (needed > free) break;
    k++;
  }
  return k;
}

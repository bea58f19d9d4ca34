// A replica that serves a language model, iteration by iteration: continuous batching (Orca, Yu et al. 2022) under a token
// budget with prompts computed in chunks beside the decodes (Sarathi-Serve, Agrawal et al. 2024), memory for keys and values
// in blocks with a watermark and preemption by recomputation, last admitted first (vLLM, Kwon et al. 2023).
// Iterations in which nothing changes but the lengths of contexts are one event; SERVE_STEPPED makes each an event of its
// own, with the same result to the last bit. An iteration of p prompt tokens and d decodes takes
// table[p + d] + context·(tokens read by the decodes) + pairs·(pairs of tokens attended by the prompts).

import { CAP_WEIGHTS, FAIL_INVARIANT, PAIR_SHIFT, REQUEST_CANCELLED, REQUEST_DONE, SERVE_ITERATIONS, SERVE_STEPPED } from "../../abi";
import { cancel, Heap, moveTimer } from "../../kernel/heap";
import { recordGaps } from "../../measure/requests/outcomes";
import { addF, fail, getI, i32At, u64At } from "../../memory";
import { emptyWeights } from "../../world/weights";
import { admit, decode, giveBack, joinArrived, makeRoom, withdraw } from "./batch";
import { batchTimer, enqueueBatch } from "./batches";
import { draftTicks, giveDrafts, takeDraftMemory } from "./draft";
import { endRequest } from "./endings";
import { appendArrived, decoderOf, handOver, leaveBehind, ON_ITS_WAY, takeArrived } from "./handoff";
import { emptyCache, evict, share } from "./prefix-cache";
import {
  appendWaiting, blocksAt, blocksFor, changePhase, headWaiting, mask, nextFinish, popFinish, removeRunning, Replica,
  replicaOf, startReplica, waitingPriority,
} from "./replica";
import { Request, requestOf } from "./requests";
import { iterationsIn, microsAt, ticksAt, ticksOf } from "./segments";
import { takeMoved } from "./swap";
import { classPriority } from "./tables";
import { dropWeights, weightTicks } from "./weights";

const LONGEST_RUN: i64 = 1 << 20;
const LEAVES: u8 = 2; // in place of a request's `decodes`: it has its last token

/** A replica that nobody runs on begins anew, with all its memory free. */
export function openReplica(place: i32, service: i32, profile: i32): void {
  emptyCache(replicaOf(place));
  if (getI(CAP_WEIGHTS) > 0) emptyWeights(place);
  startReplica(place, service, profile);
  replicaOf(place).handsOver = decoderOf(service) >= 0 ? 1 : 0;
}

/** True if a replica could hold this request when it is alone. */
export function holds(place: i32, prompt: i32, output: i32): bool {
  const r = replicaOf(place);
  return blocksFor(r, prompt + output - 1) <= r.blocks;
}

/** A request arrives at a replica, now in µs. */
export function enqueue(timers: Heap, place: i32, slot: i32, now: f64): void {
  const r = replicaOf(place);
  if (r.batches) {
    enqueueBatch(timers, place, r, slot, now);
    return;
  }
  const behind = r.waiting > 0;
  appendWaiting(r, slot, i32At(classPriority, requestOf(slot).serviceClass));
  if (r.length == 0) {
    r.clock = ticksAt(now);
    form(timers, place, r);
  } else if ((!behind || r.resident || jumps(r, slot)) && r.running + r.pulling < r.batchMax) {
    cutRun(timers, place, r, now); // it may join after the iteration under way
  }
}

/** A request that was handed over has arrived from `sender` at `now`, µs, and decodes from the next iteration on. */
export function arriveHanded(timers: Heap, sender: i32, now: f64): void {
  const slot = takeArrived(sender);
  leaveBehind(slot, now);
  const s = replicaOf(sender);
  if (s.length == 0 && s.waiting > 0) {
    s.clock = ticksAt(now);
    form(timers, sender, s);
  }
  const place = requestOf(slot).place;
  const r = replicaOf(place);
  appendArrived(place, slot);
  if (r.length == 0) {
    r.clock = ticksAt(now);
    form(timers, place, r);
  } else {
    cutRun(timers, place, r, now);
  }
}

/** Memory or a place in a line has become free at a replica at `now`, µs: who waits there may fit. */
export function wake(timers: Heap, place: i32, now: f64): void {
  const r = replicaOf(place);
  if (r.broken) return;
  if (r.length > 0) {
    cutRun(timers, place, r, now);
  } else if (r.waiting > 0) {
    r.clock = ticksAt(now);
    form(timers, place, r);
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
export function serveTimer(timers: Heap, place: i32, now: f64): void {
  const r = replicaOf(place);
  if (r.batches) {
    batchTimer(timers, place, r, now);
    return;
  }
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
  if (r.handsOver && left > 0 && !q.aborted) {
    handOver(place, r, q, slot);
    return;
  }
  if (r.draft) q.phase = blocksFor(r, q.target);
  decode(r, q, slot, q.target, left);
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

/** All who have their last token go: where that decides what makes room first, in order of admission. */
function leaveAll(place: i32, r: Replica): void {
  const slot = popFinish(r);
  if ((!r.prefixShift && !r.resident) || r.heapCount == 0 || nextFinish(r) > r.iteration) {
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
  dropWeights(place, r, q);
  removeRunning(r, q);
  endRequest(slot, place, REQUEST_DONE, microsAt(r.clock), r.clock);
}

/** Plans the next run of iterations from the clock on; none if nobody is there. */
function form(timers: Heap, place: i32, r: Replica): void {
  if (r.pulling) joinArrived(place, r);
  const preempted = makeRoom(place, r);
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
  while (!preempted && budget > 0 && r.waiting > 0 && r.running + r.pulling < r.batchMax) {
    const q = admit(place, r, budget);
    if (q == null) break;
    if (q.chunk == ON_ITS_WAY) continue; // it is fetched from where its prompt was computed
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
    if (r.waiting > 0 && r.pulling + r.parked == 0) fail(FAIL_INVARIANT, <f64>r.waiting);
    r.length = 0;
    cancel(timers, place);
    return;
  }
  const decodes = r.heapCount;
  r.first =
    <i64>u64At(r.table, tokens) + r.contextTicks * (r.context + decodes * each) + ((r.pairTicks * pairs) >> PAIR_SHIFT);
  r.growth = r.contextTicks * decodes;
  r.length = tokens > decodes || preempted || r.joined || r.loading || getI(SERVE_STEPPED) ? 1 : unchanged(r);
  if (r.moved) r.first += takeMoved(r);
  if (r.resident) r.first += weightTicks(place, r);
  if (r.draft) r.first += draftTicks(r, decodes);
  moveTimer(timers, place, microsAt(r.clock + ticksOf(r.first, r.growth, r.length)));
}

/** Pairs of tokens that a chunk attends: each of its tokens sees all before it and itself. */
@inline function pairsOf(q: Request): i64 {
  return <i64>q.chunk * <i64>q.computed + ((<i64>q.chunk * (<i64>q.chunk + 1)) >> 1);
}

/** Whoever was aborted leaves at the end of an iteration, with or without its last token. */
function dropAborted(place: i32, r: Replica): void {
  for (let slot = r.runHead; slot && r.aborts > 0; ) {
    const q = requestOf(slot);
    const next = q.next;
    if (q.aborted) {
      r.aborts--;
      withdraw(place, r, q, slot);
      endRequest(slot, place, REQUEST_CANCELLED, microsAt(r.clock), r.clock);
    }
    slot = next;
  }
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

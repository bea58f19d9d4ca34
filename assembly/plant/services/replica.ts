// The truth about one replica of an LLM service: a record, its heap of requests by last iteration, its counts of requests by
// the iterations that need a new block of memory, and its lists of running and waiting requests.

import { CAP_BATCH, CAP_REPLICAS, PROFILE_BATCHES, PROFILE_DRAFT, PROFILE_HOST_BLOCKS, PROFILE_RESIDENT } from "../../abi";
import { column, getI, i32At, setI32, setU64At, u64At } from "../../memory";
import {
  profileBatch, profileBlocks, profileBlockShift, profileContext, profileField, profileFirst, profilePairs, profilePrefixShift,
  profileTokens,
  profileWatermark, table,
} from "./tables";
import { Request, requestOf } from "./requests";

export const PRIORITIES: i32 = 4;
const PHASES: i32 = 64; // tokens a block, at most
const REPLICA_SHIFT: usize = 8;

@unmanaged
export class Replica {
  // the run of iterations under way: `length` of them, from `clock` on, the first of `first` ticks, each next `growth` longer
  clock: i64;
  first: i64;
  growth: i64;
  length: i64; // 0 = idle
  iteration: i64; // iterations that have ended
  context: i64; // tokens that decoding requests have in memory
  contextTicks: i64;
  pairTicks: i64;
  busy: i64; // ticks
  loading: i64; // ticks that weights take of the iteration that is formed
  table: u32;
  heap: u32;
  phases: u32;
  heapCount: i32; // requests that decode
  running: i32;
  waiting: i32;
  blocksUsed: i32;
  blocks: i32;
  watermark: i32;
  blockShift: i32;
  tokensMax: i32;
  batchMax: i32;
  service: i32;
  runHead: i32; // running requests in order of admission
  runTail: i32;
  prefill: i32; // the first of them whose prompt is not yet computed; they are the last of the list
  waitHead0: i32; // PRIORITIES heads, then PRIORITIES tails
  waitHead1: i32;
  waitHead2: i32;
  waitHead3: i32;
  waitTail0: i32;
  waitTail1: i32;
  waitTail2: i32;
  waitTail3: i32;
  aborts: i32; // running requests that leave at the end of the iteration under way
  broken: i32; // 1: it has crashed
  // cache of prefixes: blocks of it that nobody uses, in the order in which they may go
  prefixShift: i32; // tokens of a block = 1 << shift; 0 = no cache
  idle: i32;
  idleOldest: i32;
  idleNewest: i32;
  profile: i32;
  // memory of the host: blocks that fit, are there, move in the iteration that is formed; requests that came back for it
  hostBlocks: i32;
  hostUsed: i32;
  moved: i32;
  joined: i32;
  // prompts and decodes on different replicas
  batches: i32; // 1: it answers whole batches
  handsOver: i32; // 1: others decode what it has begun
  parked: i32; // requests whose memory is here until another replica has fetched it
  pulling: i32; // requests that have room here and have not joined the batch
  draft: i32; // tokens drafted for each request and iteration; 0 = none
  resident: i32; // units of weights that it has room for; 0 = no request needs any
}

let replicas: usize = 0;
let heaps: usize = 0; // u64: last iteration << 24 | slot
let phases: usize = 0;

export function layoutReplicas(): void {
  const n = getI(CAP_REPLICAS);
  replicas = column(-1, 1 << <i32>REPLICA_SHIFT, n);
  heaps = column(-1, 8, n * getI(CAP_BATCH));
  phases = column(-1, 4, n * PHASES);
}

@inline export function replicaOf(place: i32): Replica {
  return changetype<Replica>(replicas + (<usize>place << REPLICA_SHIFT));
}

/** An empty replica of a profile. */
export function startReplica(place: i32, service: i32, profile: i32): void {
  const at = replicas + (<usize>place << REPLICA_SHIFT);
  memory.fill(at, 0, 1 << REPLICA_SHIFT);
  const r = changetype<Replica>(at);
  r.service = service;
  r.table = <u32>(table + (<usize>i32At(profileFirst, profile) << 3));
  r.heap = <u32>(heaps + (<usize>(place * getI(CAP_BATCH)) << 3));
  r.phases = <u32>(phases + (<usize>(place * PHASES) << 2));
  memory.fill(r.phases, 0, PHASES << 2);
  r.contextTicks = <i64>u64At(profileContext, profile);
  r.pairTicks = <i64>u64At(profilePairs, profile);
  r.blocks = i32At(profileBlocks, profile);
  r.watermark = i32At(profileWatermark, profile);
  r.blockShift = i32At(profileBlockShift, profile);
  r.tokensMax = i32At(profileTokens, profile);
  r.batchMax = i32At(profileBatch, profile);
  r.profile = profile;
  r.hostBlocks = <i32>profileField(profile, PROFILE_HOST_BLOCKS);
  r.draft = <i32>profileField(profile, PROFILE_DRAFT);
  r.batches = <i32>profileField(profile, PROFILE_BATCHES);
  r.resident = <i32>profileField(profile, PROFILE_RESIDENT);
  r.prefixShift = i32At(profilePrefixShift, profile);
}

/** Tokens of a block less one: bits of the iteration that say who needs a block. */
@inline export function mask(r: Replica): i32 {
  return (1 << r.blockShift) - 1;
}

@inline export function blocksFor(r: Replica, tokens: i32): i32 {
  return (tokens + (1 << r.blockShift) - 1) >> r.blockShift;
}

/** Requests that need a new block for the token of iteration `iteration`. */
@inline export function blocksAt(r: Replica, iteration: i64): i32 {
  return i32At(r.phases, <i32>iteration & ((1 << r.blockShift) - 1));
}

@inline export function changePhase(r: Replica, phase: i32, by: i32): void {
  setI32(r.phases, phase, i32At(r.phases, phase) + by);
}

// --- requests that decode, by the iteration that gives their last token ---

@inline export function nextFinish(r: Replica): i64 {
  return <i64>(u64At(r.heap, 0) >> 24);
}

export function pushFinish(r: Replica, finishAt: i64, slot: i32): void {
  const key = (<u64>finishAt << 24) | <u64>slot;
  const heap: usize = r.heap;
  let i = r.heapCount;
  r.heapCount = i + 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    const above = u64At(heap, parent);
    if (above < key) break;
    setU64At(heap, i, above);
    i = parent;
  }
  setU64At(heap, i, key);
}

function siftDown(r: Replica, from: i32, key: u64): void {
  const heap: usize = r.heap;
  const count = r.heapCount;
  let i = from;
  let child = i * 2 + 1;
  while (child < count) {
    let least = u64At(heap, child);
    if (child + 1 < count && u64At(heap, child + 1) < least) least = u64At(heap, ++child);
    if (key < least) break;
    setU64At(heap, i, least);
    i = child;
    child = i * 2 + 1;
  }
  setU64At(heap, i, key);
}

/** Takes the request that ends first; its slot. */
export function popFinish(r: Replica): i32 {
  const heap: usize = r.heap;
  const slot = <i32>(u64At(heap, 0) & 0xffffff);
  const last = --r.heapCount;
  if (last > 0) siftDown(r, 0, u64At(heap, last));
  return slot;
}

/** Takes a certain request out: one that is preempted, which is rare. */
export function dropFinish(r: Replica, slot: i32): void {
  const heap: usize = r.heap;
  let at = 0;
  while (<i32>(u64At(heap, at) & 0xffffff) != slot) at++;
  const count = --r.heapCount;
  const moved = u64At(heap, count);
  r.heapCount = 0;
  // the rest is a heap up to `at`: put the others back one by one
  for (let i = 0; i <= count; i++) {
    const key = i == at ? moved : u64At(heap, i);
    if (i == count) break;
    pushFinish(r, <i64>(key >> 24), <i32>(key & 0xffffff));
  }
}

// --- lists ---

export function appendRunning(r: Replica, slot: i32): void {
  const q = requestOf(slot);
  q.next = 0;
  q.prev = r.runTail;
  if (r.runTail) requestOf(r.runTail).next = slot;
  else r.runHead = slot;
  r.runTail = slot;
  r.running++;
  q.runs = 1;
}

/** Before those whose prompts are not yet computed: it has its prompt in memory. */
export function insertRunning(r: Replica, slot: i32): void {
  const before = r.prefill;
  if (!before) {
    appendRunning(r, slot);
    return;
  }
  const q = requestOf(slot);
  const next = requestOf(before);
  q.next = before;
  q.prev = next.prev;
  if (next.prev) requestOf(next.prev).next = slot;
  else r.runHead = slot;
  next.prev = slot;
  q.runs = 1;
  r.running++;
}

export function removeRunning(r: Replica, q: Request): void {
  if (q.prev) requestOf(q.prev).next = q.next;
  else r.runHead = q.next;
  if (q.next) requestOf(q.next).prev = q.prev;
  else r.runTail = q.prev;
  r.running--;
  q.runs = 0;
}

@inline function headAt(r: Replica, priority: i32): usize {
  return changetype<usize>(r) + offsetof<Replica>("waitHead0") + (<usize>priority << 2);
}

@inline function tailAt(r: Replica, priority: i32): usize {
  return changetype<usize>(r) + offsetof<Replica>("waitTail0") + (<usize>priority << 2);
}

export function appendWaiting(r: Replica, slot: i32, priority: i32): void {
  const tail = load<i32>(tailAt(r, priority));
  requestOf(slot).next = 0;
  requestOf(slot).prev = tail;
  if (tail) requestOf(tail).next = slot;
  else store<i32>(headAt(r, priority), slot);
  store<i32>(tailAt(r, priority), slot);
  r.waiting++;
}

/** Before all others of its priority: it was preempted. */
export function prependWaiting(r: Replica, slot: i32, priority: i32): void {
  const head = load<i32>(headAt(r, priority));
  requestOf(slot).next = head;
  requestOf(slot).prev = 0;
  store<i32>(headAt(r, priority), slot);
  if (head) requestOf(head).prev = slot;
  else store<i32>(tailAt(r, priority), slot);
  r.waiting++;
}

/** Highest priority at which somebody waits; only if somebody does. */
@inline export function waitingPriority(r: Replica): i32 {
  for (let p = 0; p < PRIORITIES - 1; p++) if (load<i32>(headAt(r, p))) return p;
  return PRIORITIES - 1;
}

@inline export function headWaiting(r: Replica, priority: i32): i32 {
  return load<i32>(headAt(r, priority));
}

/** Takes a request that waits, the first or any other, out of the line. */
export function dropWaiting(r: Replica, slot: i32, priority: i32): void {
  const q = requestOf(slot);
  if (q.prev) requestOf(q.prev).next = q.next;
  else store<i32>(headAt(r, priority), q.next);
  if (q.next) requestOf(q.next).prev = q.prev;
  else store<i32>(tailAt(r, priority), q.prev);
  r.waiting--;
}

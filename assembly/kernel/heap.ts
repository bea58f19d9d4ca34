// The event list: a 4-ary heap of timers ordered by (time, class, sequence). A timer is an id that is pending at most
// once, so it can be moved and cancelled. Chosen by measurement (docs/decisions, event list).
//
// Layout: times[i], orders[i] for heap index i; the four children of i start at 4i + 1 and lie on one 32-byte line,
// because element 0 is stored 24 bytes into an aligned block. times[count .. count + 3] are always +Infinity, so four
// children can be compared without asking how many there are.
// An order is class << 60 | sequence << 24 | id: one comparison breaks every tie and carries the id.
// A timer taken leaves a hole at the root, which the next put fills with one walk down; most events schedule their
// own successor, so most takes cost nothing extra.

import { FAIL_INVARIANT, FAIL_SEQUENCE } from "../abi";
import { column, f64At, fail, i32At, setF64, setI32, setU64At, u64At } from "../memory";

const SEQUENCE_LIMIT: u64 = 1 << 36;
const ID_MASK: u64 = 0xffffff;

@unmanaged
export class Heap {
  count: i32;
  hole: i32;
  sequence: u64;
  // pointers, set by layoutHeap
  times: u32;
  orders: u32;
  positions: u32;
  capacity: i32;
}

/** A heap for ids 0 .. capacity - 1. */
export function layoutHeap(capacity: i32): Heap {
  const heap = changetype<Heap>(column(-1, 32, 1));
  const times = column(-1, 8, capacity + 16) + 24;
  const orders = column(-1, 8, capacity + 16) + 24;
  heap.times = <u32>times;
  heap.orders = <u32>orders;
  heap.positions = <u32>column(-1, 4, capacity);
  heap.capacity = capacity;
  return heap;
}

export function startHeap(heap: Heap): void {
  heap.count = 0;
  heap.hole = 0;
  heap.sequence = 0;
  for (let i = 0; i < heap.capacity + 8; i++) setF64(heap.times, i, Infinity);
  memory.fill(heap.positions, 0xff, <usize>heap.capacity << 2);
}

@inline function place(heap: Heap, i: i32, time: f64, order: u64): void {
  setF64(heap.times, i, time);
  setU64At(heap.orders, i, order);
  setI32(heap.positions, <i32>(order & ID_MASK), i);
}

function siftUp(heap: Heap, from: i32, time: f64, order: u64): void {
  const times: usize = heap.times;
  const orders: usize = heap.orders;
  let i = from;
  while (i > 0) {
    const parent = (i - 1) >> 2;
    const above = f64At(times, parent);
    if (above < time) break;
    const aboveOrder = u64At(orders, parent);
    if (above == time && aboveOrder < order) break;
    place(heap, i, above, aboveOrder);
    i = parent;
  }
  place(heap, i, time, order);
}

function siftDown(heap: Heap, from: i32, time: f64, order: u64): void {
  const times: usize = heap.times;
  const orders: usize = heap.orders;
  const positions: usize = heap.positions;
  const count = heap.count;
  let i = from;
  let child = (i << 2) + 1;
  while (child < count) {
    const line = times + (<usize>child << 3);
    const a = v128.load(line);
    const b = v128.load(line, 16);
    let least = f64x2.pmin(a, b);
    least = f64x2.pmin(least, v128.shuffle<u64>(least, least, 1, 0));
    const leastTime = f64x2.extract_lane(least, 0);
    if (time < leastTime) break;
    let mask = i64x2.bitmask(f64x2.eq(a, least)) | (i64x2.bitmask(f64x2.eq(b, least)) << 2);
    let pick = child + ctz(mask);
    let pickOrder = u64At(orders, pick);
    mask &= mask - 1;
    while (mask != 0) {
      const other = child + ctz(mask);
      const otherOrder = u64At(orders, other);
      if (otherOrder < pickOrder) {
        pick = other;
        pickOrder = otherOrder;
      }
      mask &= mask - 1;
    }
    if (time == leastTime && order < pickOrder) break;
    setF64(times, i, leastTime);
    setU64At(orders, i, pickOrder);
    setI32(positions, <i32>(pickOrder & ID_MASK), i);
    i = pick;
    child = (i << 2) + 1;
  }
  place(heap, i, time, order);
}

/** Moves the last element into the hole at the root. */
function closeHole(heap: Heap): void {
  heap.hole = 0;
  const last = heap.count - 1;
  heap.count = last;
  const time = f64At(heap.times, last);
  setF64(heap.times, last, Infinity);
  if (last > 0) siftDown(heap, 0, time, u64At(heap.orders, last));
}

/** Time of the next timer; +Infinity if none is pending. */
@inline export function nextTime(heap: Heap): f64 {
  if (heap.hole) closeHole(heap);
  return f64At(heap.times, 0);
}

/** Class of the next timer; only with one pending. */
@inline export function nextClass(heap: Heap): i32 {
  return <i32>(u64At(heap.orders, 0) >> 60);
}

/** Takes the next timer and returns its id; only after nextTime() said that one is pending. */
@inline export function take(heap: Heap): i32 {
  const id = <i32>(u64At(heap.orders, 0) & ID_MASK);
  setI32(heap.positions, id, -1);
  heap.hole = 1;
  return id;
}

/** Schedules a timer that is not pending. */
@inline export function put(heap: Heap, id: i32, time: f64, eventClass: i32): void {
  const sequence = heap.sequence;
  heap.sequence = sequence + 1;
  const order = (<u64>eventClass << 60) | (sequence << 24) | <u64>id;
  if (sequence >= SEQUENCE_LIMIT) fail(FAIL_SEQUENCE, <f64>sequence);
  if (heap.hole) {
    heap.hole = 0;
    siftDown(heap, 0, time, order);
  } else {
    const last = heap.count;
    heap.count = last + 1;
    siftUp(heap, last, time, order);
  }
}

/** Schedules a timer that is not pending; at one time the lower rank, below 2^36, comes first, whoever was scheduled first. */
export function putRanked(heap: Heap, id: i32, time: f64, rank: f64): void {
  if (!(rank < <f64>SEQUENCE_LIMIT)) fail(FAIL_SEQUENCE, rank);
  const order = (<u64>rank << 24) | <u64>id;
  if (heap.hole) {
    heap.hole = 0;
    siftDown(heap, 0, time, order);
  } else {
    const last = heap.count;
    heap.count = last + 1;
    siftUp(heap, last, time, order);
  }
}

@inline export function isPending(heap: Heap, id: i32): bool {
  return i32At(heap.positions, id) >= 0;
}

/** Takes a timer out, wherever it is; nothing happens if it is not pending. */
export function cancel(heap: Heap, id: i32): void {
  if (heap.hole) closeHole(heap);
  const i = i32At(heap.positions, id);
  if (i < 0) return;
  if (<i32>(u64At(heap.orders, i) & ID_MASK) != id) fail(FAIL_INVARIANT, <f64>id);
  setI32(heap.positions, id, -1);
  const last = heap.count - 1;
  heap.count = last;
  const time = f64At(heap.times, last);
  const order = u64At(heap.orders, last);
  setF64(heap.times, last, Infinity);
  if (i == last) return;
  if (i > 0) {
    const parent = (i - 1) >> 2;
    const above = f64At(heap.times, parent);
    if (time < above || (time == above && order < u64At(heap.orders, parent))) {
      siftUp(heap, i, time, order);
      return;
    }
  }
  siftDown(heap, i, time, order);
}

/**
 * Schedules a timer, pending or not, among others of its kind: ties are broken by id alone, so that the order does not depend
 * on how often each was moved before. Not to be mixed with `put` in one heap.
 */
export function moveTimer(heap: Heap, id: i32, time: f64): void {
  const order = <u64>id;
  if (heap.hole) {
    const at = i32At(heap.positions, id);
    if (at < 0) {
      heap.hole = 0;
      siftDown(heap, 0, time, order);
      return;
    }
    closeHole(heap);
  }
  const i = i32At(heap.positions, id);
  if (i < 0) {
    const last = heap.count;
    heap.count = last + 1;
    siftUp(heap, last, time, order);
    return;
  }
  const before = f64At(heap.times, i);
  if (time < before) siftUp(heap, i, time, order);
  else if (time > before) siftDown(heap, i, time, order);
}

// An ordered index of claims: a treap by (key, arrival sequence) that knows the smallest and the total GPU request of
// every subtree. A claim is in at most one index at a time (it waits or it runs), so all indexes share the node columns.
// Derived: nothing here is part of a digest; node columns keep their own copy of the key, so that a claim can be taken
// out after its row was reused.

import { CAP_CLAIMS } from "../../abi";
import { mix64 } from "../../kernel/random";
import { column, f64At, getI, i32At, rowF64, rowI32, setF64, setI32 } from "../../memory";
import { claimGpuMilli, claimSequence } from "../claims";

export const WAIT: i32 = 0; // roots
export const RUN: i32 = 1;

let roots: usize = 0;
let left: usize = 0;
let right: usize = 0;
let keys: usize = 0; // f64
let sequences: usize = 0; // f64
let gpus: usize = 0; // own request, milli; -1: in no index
let rootOf: usize = 0;
let least: usize = 0; // smallest request of the subtree, milli
let total: usize = 0; // f64: sum of requests of the subtree, milli

export function layoutOrder(): void {
  const n = getI(CAP_CLAIMS) + 1;
  roots = column(-1, 4, 4);
  left = column(-1, 4, n);
  right = column(-1, 4, n);
  keys = column(-1, 8, n);
  sequences = column(-1, 8, n);
  gpus = column(-1, 4, n);
  rootOf = column(-1, 4, n);
  least = column(-1, 4, n);
  total = column(-1, 8, n);
}

export function clearOrder(): void {
  setI32(roots, WAIT, 0);
  setI32(roots, RUN, 0);
  for (let i = 0, n = getI(CAP_CLAIMS); i <= n; i++) setI32(gpus, i, -1);
  setI32(least, 0, i32.MAX_VALUE);
  setF64(total, 0, 0);
}

@inline function before(a: i32, b: i32): bool {
  const x = f64At(keys, a);
  const y = f64At(keys, b);
  return x < y || (x == y && f64At(sequences, a) < f64At(sequences, b));
}

@inline function weight(slot: i32): u32 {
  return <u32>mix64(<u64>slot + 0x9e3779b97f4a7c15);
}

@inline function update(t: i32): void {
  const l = i32At(left, t);
  const r = i32At(right, t);
  setI32(least, t, min(i32At(gpus, t), min(i32At(least, l), i32At(least, r))));
  setF64(total, t, <f64>i32At(gpus, t) + f64At(total, l) + f64At(total, r));
}

function insert(t: i32, x: i32): i32 {
  if (t == 0) return x;
  if (before(x, t)) {
    const l = insert(i32At(left, t), x);
    if (weight(l) > weight(t)) {
      setI32(left, t, i32At(right, l));
      update(t);
      setI32(right, l, t);
      update(l);
      return l;
    }
    setI32(left, t, l);
  } else {
    const r = insert(i32At(right, t), x);
    if (weight(r) > weight(t)) {
      setI32(right, t, i32At(left, r));
      update(t);
      setI32(left, r, t);
      update(r);
      return r;
    }
    setI32(right, t, r);
  }
  update(t);
  return t;
}

function merge(a: i32, b: i32): i32 {
  if (a == 0) return b;
  if (b == 0) return a;
  if (weight(a) > weight(b)) {
    setI32(right, a, merge(i32At(right, a), b));
    update(a);
    return a;
  }
  setI32(left, b, merge(a, i32At(left, b)));
  update(b);
  return b;
}

function remove(t: i32, x: i32): i32 {
  if (t == x) return merge(i32At(left, t), i32At(right, t));
  if (before(x, t)) setI32(left, t, remove(i32At(left, t), x));
  else setI32(right, t, remove(i32At(right, t), x));
  update(t);
  return t;
}

export function addOrdered(root: i32, slot: i32, key: f64): void {
  setF64(keys, slot, key);
  setF64(sequences, slot, rowF64(claimSequence, slot));
  setI32(gpus, slot, rowI32(claimGpuMilli, slot));
  setI32(rootOf, slot, root);
  setI32(left, slot, 0);
  setI32(right, slot, 0);
  update(slot);
  setI32(roots, root, insert(i32At(roots, root), slot));
}

export function removeOrdered(slot: i32): void {
  const root = i32At(rootOf, slot);
  setI32(roots, root, remove(i32At(roots, root), slot));
  setI32(gpus, slot, -1);
}

@inline export function isOrdered(slot: i32): bool {
  return i32At(gpus, slot) >= 0;
}

@inline export function orderKey(slot: i32): f64 {
  return f64At(keys, slot);
}

export function firstOrdered(root: i32): i32 {
  let t = i32At(roots, root);
  if (t == 0) return 0;
  while (i32At(left, t) > 0) t = i32At(left, t);
  return t;
}

export function lastOrdered(root: i32): i32 {
  let t = i32At(roots, root);
  if (t == 0) return 0;
  while (i32At(right, t) > 0) t = i32At(right, t);
  return t;
}

/** Smallest request in the index, milli; i32.MAX_VALUE when empty. */
@inline export function leastOrdered(root: i32): i32 {
  return i32At(least, i32At(roots, root));
}

/** First claim after `slot` (0: from the start) whose request is at most `limit`; 0 if none. */
export function nextOrdered(root: i32, slot: i32, limit: i32): i32 {
  return slot == 0 ? firstWithin(i32At(roots, root), limit) : after(i32At(roots, root), slot, limit);
}

function firstWithin(t: i32, limit: i32): i32 {
  while (t != 0 && i32At(least, t) <= limit) {
    if (i32At(least, i32At(left, t)) <= limit) t = i32At(left, t);
    else if (i32At(gpus, t) <= limit) return t;
    else t = i32At(right, t);
  }
  return 0;
}

function after(t: i32, slot: i32, limit: i32): i32 {
  if (t == 0 || i32At(least, t) > limit) return 0;
  if (t == slot) return firstWithin(i32At(right, t), limit);
  if (!before(slot, t)) return after(i32At(right, t), slot, limit);
  const found = after(i32At(left, t), slot, limit);
  if (found > 0) return found;
  return i32At(gpus, t) <= limit ? t : firstWithin(i32At(right, t), limit);
}

/** Last claim before `slot` (0: from the end); 0 if none. */
export function previousOrdered(root: i32, slot: i32): i32 {
  if (slot == 0) return lastOrdered(root);
  let t = i32At(roots, root);
  let best = 0;
  while (t != 0) {
    if (before(t, slot)) {
      best = t;
      t = i32At(right, t);
    } else {
      t = i32At(left, t);
    }
  }
  return best;
}

/** Sum of requests of all claims with a key greater than `key`, milli. */
export function totalAbove(root: i32, key: f64): f64 {
  let t = i32At(roots, root);
  let sum: f64 = 0;
  while (t != 0) {
    if (f64At(keys, t) > key) {
      sum += <f64>i32At(gpus, t) + f64At(total, i32At(right, t));
      t = i32At(left, t);
    } else {
      t = i32At(right, t);
    }
  }
  return sum;
}

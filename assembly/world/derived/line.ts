// The waiting line in order of arrival: positions that only grow, with the smallest request and the shortest estimate
// of every block of sixteen and a binary tree over the blocks, so that "the next one behind here that could be
// backfilled" skips whole stretches. When the end of the table is reached the line is moved to its front.

import { CAP_CLAIMS, CAP_LINE } from "../../abi";
import { column, f64At, getI, i32At, rowI32, setF64, setI32 } from "../../memory";
import { claimGpuMilli } from "../claims";

const BLOCK: i32 = 16;

let state: usize = 0; // head, tail, waiting, 1 = blocks are summarised
let slots: usize = 0; // by position; 0 = left
let gpus: usize = 0; // by position, milli
let estimates: usize = 0; // f64 by position, µs
let positions: usize = 0; // by slot; -1 = not in the line
let treeGpus: usize = 0; // node 1 = root, leaves from `blocks`
let treeEstimates: usize = 0;
let capacity: i32 = 0;
let blocks: i32 = 0;

export function layoutLine(): void {
  capacity = getI(CAP_LINE);
  blocks = capacity / BLOCK;
  state = column(-1, 4, 4);
  slots = column(-1, 4, capacity);
  gpus = column(-1, 4, capacity);
  estimates = column(-1, 8, capacity);
  positions = column(-1, 4, getI(CAP_CLAIMS) + 1);
  treeGpus = column(-1, 4, blocks * 2);
  treeEstimates = column(-1, 8, blocks * 2);
}

/** `summarise` false leaves blocks and tree alone: nobody will ask for a backfill. */
export function clearLine(summarise: bool): void {
  setI32(state, 3, summarise ? 1 : 0);
  setI32(state, 0, 0);
  setI32(state, 1, 0);
  setI32(state, 2, 0);
  memory.fill(positions, 0xff, <usize>(getI(CAP_CLAIMS) + 1) << 2);
  clearTree();
}

function clearTree(): void {
  if (!i32At(state, 3)) return;
  for (let i = 0; i < blocks * 2; i++) {
    setI32(treeGpus, i, i32.MAX_VALUE);
    setF64(treeEstimates, i, Infinity);
  }
}

function lower(block: i32, milli: i32, estimate: f64): void {
  if (!i32At(state, 3)) return;
  let i = block + blocks;
  while (i > 0) {
    let changed = false;
    if (milli < i32At(treeGpus, i)) {
      setI32(treeGpus, i, milli);
      changed = true;
    }
    if (estimate < f64At(treeEstimates, i)) {
      setF64(treeEstimates, i, estimate);
      changed = true;
    }
    if (!changed) return;
    i >>= 1;
  }
}

function raise(block: i32): void {
  if (!i32At(state, 3)) return;
  let milli = i32.MAX_VALUE;
  let estimate = Infinity;
  const first = block * BLOCK;
  const end = min(first + BLOCK, i32At(state, 1));
  for (let p = first; p < end; p++) {
    if (i32At(slots, p) == 0) continue;
    milli = min(milli, i32At(gpus, p));
    estimate = min(estimate, f64At(estimates, p));
  }
  let i = block + blocks;
  while (true) {
    if (i32At(treeGpus, i) == milli && f64At(treeEstimates, i) == estimate) return;
    setI32(treeGpus, i, milli);
    setF64(treeEstimates, i, estimate);
    if (i == 1) return;
    milli = min(milli, i32At(treeGpus, i ^ 1));
    estimate = min(estimate, f64At(treeEstimates, i ^ 1));
    i >>= 1;
  }
}

function compact(): void {
  const tail = i32At(state, 1);
  let to = 0;
  for (let p = i32At(state, 0); p < tail; p++) {
    const slot = i32At(slots, p);
    if (slot == 0) continue;
    setI32(slots, to, slot);
    setI32(gpus, to, i32At(gpus, p));
    setF64(estimates, to, f64At(estimates, p));
    setI32(positions, slot, to);
    to++;
  }
  setI32(state, 0, 0);
  setI32(state, 1, to);
  clearTree();
  for (let p = 0; p < to; p++) lower(p / BLOCK, i32At(gpus, p), f64At(estimates, p));
}

export function addToLine(slot: i32, estimate: f64): void {
  if (i32At(state, 1) == capacity) compact();
  const p = i32At(state, 1);
  setI32(state, 1, p + 1);
  setI32(state, 2, i32At(state, 2) + 1);
  const milli = rowI32(claimGpuMilli, slot);
  setI32(slots, p, slot);
  setI32(gpus, p, milli);
  setF64(estimates, p, estimate);
  setI32(positions, slot, p);
  lower(p / BLOCK, milli, estimate);
}

export function removeFromLine(slot: i32): void {
  const p = i32At(positions, slot);
  setI32(positions, slot, -1);
  setI32(slots, p, 0);
  setI32(state, 2, i32At(state, 2) - 1);
  if (i32At(state, 2) == 0) setI32(state, 0, i32At(state, 1));
  raise(p / BLOCK);
}

@inline export function isInLine(slot: i32): bool {
  return i32At(positions, slot) >= 0;
}

@inline export function lineLength(): i32 {
  return i32At(state, 2);
}

/** First of the line; 0 if nobody waits. */
export function lineHead(): i32 {
  const tail = i32At(state, 1);
  let p = i32At(state, 0);
  while (p < tail && i32At(slots, p) == 0) p++;
  setI32(state, 0, p);
  return p < tail ? i32At(slots, p) : 0;
}

/** What the first in line asks for, milli; only after lineHead() has said that there is one. */
@inline export function headMilli(): i32 {
  return i32At(gpus, i32At(state, 0));
}

@inline export function linePosition(slot: i32): i32 {
  return i32At(positions, slot);
}

/** The first one behind a position; 0 if there is none. */
export function lineAfter(position: i32): i32 {
  const tail = i32At(state, 1);
  let p = position + 1;
  while (p < tail && i32At(slots, p) == 0) p++;
  return p < tail ? i32At(slots, p) : 0;
}

/** Smallest request in the line, milli. */
@inline export function leastInLine(): i32 {
  return i32At(treeGpus, 1);
}

/**
 * The next one behind a position that asks for at most `free` milli and either is over within `window` µs or asks for at
 * most `extra` milli; 0 if none.
 */
export function nextBackfill(position: i32, free: i32, window: f64, extra: i32): i32 {
  const tail = i32At(state, 1);
  const from = position + 1;
  let block = from / BLOCK;
  let found = scan(from, min((block + 1) * BLOCK, tail), free, window, extra);
  while (found == 0) {
    block = nextBlock(block + 1, free, window, extra);
    if (block < 0) return 0;
    found = scan(block * BLOCK, min((block + 1) * BLOCK, tail), free, window, extra);
  }
  return found;
}

@inline function scan(from: i32, end: i32, free: i32, window: f64, extra: i32): i32 {
  for (let p = from; p < end; p++) {
    const milli = i32At(gpus, p);
    if (milli > free) continue;
    if (f64At(estimates, p) > window && milli > extra) continue;
    const slot = i32At(slots, p);
    if (slot != 0) return slot;
  }
  return 0;
}

function nextBlock(block: i32, free: i32, window: f64, extra: i32): i32 {
  if (block >= blocks) return -1;
  let i = block + blocks;
  while (true) {
    const milli = i32At(treeGpus, i);
    if (milli <= free && (milli <= extra || f64At(treeEstimates, i) <= window)) {
      if (i >= blocks) return i - blocks;
      i <<= 1;
    } else {
      while (i & 1) i >>= 1;
      if (i == 0) return -1;
      i++;
    }
  }
}

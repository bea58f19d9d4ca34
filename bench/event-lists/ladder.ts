// A ladder queue (Tang, Goh and Thng, TOMACS 2005): far events in an unsorted top, nearer ones in rungs of buckets that
// are only split when they come near, and the nearest few in a sorted bottom.

import { exponential } from "../../assembly/kernel/random";
import { column, f64At, i32At, setF64, setI32, setU64At, u64At } from "../../assembly/memory";

const RUNGS: i32 = 8;
const THRESHOLD: i32 = 50; // a bucket of at most so many is sorted into the bottom

let times: usize = 0; // by id
let sequences: usize = 0;
let next: usize = 0;
let heads: usize = 0; // rung x bucket
let counts: usize = 0;
let rungStart: usize = 0; // f64 by rung
let rungWidth: usize = 0;
let rungCurrent: usize = 0; // bucket now looked at
let rungBuckets: usize = 0;
let bucketLimit: i32 = 0;
let rungs: i32 = 0;
let top: i32 = -1;
let topCount: i32 = 0;
let topMin: f64 = Infinity;
let topMax: f64 = 0;
let topStart: f64 = 0;
let bottom: i32 = -1;

@inline function before(a: i32, b: i32): bool {
  const x = f64At(times, a);
  const y = f64At(times, b);
  return x < y || (x == y && u64At(sequences, a) < u64At(sequences, b));
}

function sortIntoBottom(id: i32): void {
  if (bottom < 0 || before(id, bottom)) {
    setI32(next, id, bottom);
    bottom = id;
    return;
  }
  let at = bottom;
  while (i32At(next, at) >= 0 && !before(id, i32At(next, at))) at = i32At(next, at);
  setI32(next, id, i32At(next, at));
  setI32(next, at, id);
}

function addToRung(rung: i32, id: i32): void {
  let b = <i32>((f64At(times, id) - f64At(rungStart, rung)) / f64At(rungWidth, rung));
  const limit = i32At(rungBuckets, rung) - 1;
  if (b > limit) b = limit;
  const current = i32At(rungCurrent, rung);
  if (b < current) b = current;
  const at = rung * bucketLimit + b;
  setI32(next, id, i32At(heads, at));
  setI32(heads, at, id);
  setI32(counts, at, i32At(counts, at) + 1);
}

function makeRung(start: f64, width: f64, size: i32): i32 {
  const rung = rungs++;
  const n = min(size + 1, bucketLimit);
  setF64(rungStart, rung, start);
  setF64(rungWidth, rung, width);
  setI32(rungCurrent, rung, 0);
  setI32(rungBuckets, rung, n);
  for (let b = 0; b < n; b++) {
    setI32(heads, rung * bucketLimit + b, -1);
    setI32(counts, rung * bucketLimit + b, 0);
  }
  return rung;
}

function spread(list: i32, rung: i32): void {
  let id = list;
  while (id >= 0) {
    const after = i32At(next, id);
    addToRung(rung, id);
    id = after;
  }
}

function insert(id: i32, t: f64, s: u64): void {
  setF64(times, id, t);
  setU64At(sequences, id, s);
  if (t >= topStart) {
    setI32(next, id, top);
    top = id;
    topCount++;
    topMin = Math.min(topMin, t);
    topMax = Math.max(topMax, t);
    return;
  }
  for (let r = 0; r < rungs; r++) {
    const reached = f64At(rungStart, r) + <f64>i32At(rungCurrent, r) * f64At(rungWidth, r);
    if (t >= reached) {
      addToRung(r, id);
      return;
    }
  }
  sortIntoBottom(id);
}

function refill(): void {
  while (bottom < 0) {
    if (rungs == 0) {
      const width = Math.max((topMax - topMin) / <f64>topCount, 1e-12);
      const rung = makeRung(topMin, width, topCount);
      spread(top, rung);
      top = -1;
      topCount = 0;
      topStart = topMax + width;
      topMin = Infinity;
      topMax = 0;
    }
    const rung = rungs - 1;
    const n = i32At(rungBuckets, rung);
    let b = i32At(rungCurrent, rung);
    while (b < n && i32At(counts, rung * bucketLimit + b) == 0) b++;
    if (b >= n) {
      rungs--;
      continue;
    }
    const at = rung * bucketLimit + b;
    const size = i32At(counts, at);
    const list = i32At(heads, at);
    const start = f64At(rungStart, rung) + <f64>b * f64At(rungWidth, rung);
    setI32(rungCurrent, rung, b + 1);
    setI32(heads, at, -1);
    setI32(counts, at, 0);
    if (size > THRESHOLD && rungs < RUNGS) {
      const finer = makeRung(start, f64At(rungWidth, rung) / <f64>size, size);
      spread(list, finer);
    } else {
      let id = list;
      while (id >= 0) {
        const after = i32At(next, id);
        sortIntoBottom(id);
        id = after;
      }
    }
  }
}

export function ladderHold(pending: i32, steps: i32): f64 {
  bucketLimit = pending + 64;
  times = column(-1, 8, pending);
  sequences = column(-1, 8, pending);
  next = column(-1, 4, pending);
  heads = column(-1, 4, bucketLimit * RUNGS);
  counts = column(-1, 4, bucketLimit * RUNGS);
  rungStart = column(-1, 8, RUNGS);
  rungWidth = column(-1, 8, RUNGS);
  rungCurrent = column(-1, 4, RUNGS);
  rungBuckets = column(-1, 4, RUNGS);
  rungs = 0;
  top = -1;
  bottom = -1;
  topCount = 0;
  topMin = Infinity;
  topMax = 0;
  topStart = 0;
  let sequence: u64 = 0;
  for (let id = 0; id < pending; id++) insert(id, exponential(0), sequence++);
  let now: f64 = 0;
  for (let i = 0; i < steps; i++) {
    if (bottom < 0) refill();
    const id = bottom;
    bottom = i32At(next, id);
    now = f64At(times, id);
    insert(id, now + exponential(0), sequence++);
  }
  return now;
}

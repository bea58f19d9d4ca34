// A calendar queue (Brown, CACM 1988): buckets of one "day", each a list sorted by (time, sequence); the number of days
// doubles or halves with the number of events, and a day's length follows the mean gap of the next few events.

import { exponential } from "../../assembly/kernel/random";
import { column, f64At, i32At, setF64, setI32, setU64At, u64At } from "../../assembly/memory";

let times: usize = 0; // by id
let sequences: usize = 0;
let next: usize = 0;
let heads: usize = 0; // by bucket; -1 = empty
let buckets: i32 = 0;
let width: f64 = 1;
let inverse: f64 = 1;
let current: i32 = 0; // bucket of today
let today: i64 = 0; // the current bucket's day; days are compared as integers, or rounding would reorder neighbours
let last: f64 = 0; // time of the event taken last
let count: i32 = 0;

function link(id: i32): void {
  const t = f64At(times, id);
  const s = u64At(sequences, id);
  const day = <i64>(t * inverse);
  const bucket = <i32>(day & (buckets - 1));
  let at = i32At(heads, bucket);
  let before = -1;
  while (at >= 0) {
    const other = f64At(times, at);
    if (t < other || (t == other && s < u64At(sequences, at))) break;
    before = at;
    at = i32At(next, at);
  }
  setI32(next, id, at);
  if (before < 0) setI32(heads, bucket, id);
  else setI32(next, before, id);
}

function seek(t: f64): void {
  today = <i64>(t * inverse);
  current = <i32>(today & (buckets - 1));
}

/** Spreads all events over `n` buckets anew. */
function resize(n: i32, pending: i32): void {
  // mean gap by the spread of all pending events: steady in the hold model, and cheap
  let least = Infinity;
  let most: f64 = 0;
  let all = -1;
  for (let b = 0; b < buckets; b++) {
    let id = i32At(heads, b);
    while (id >= 0) {
      const after = i32At(next, id);
      const t = f64At(times, id);
      least = Math.min(least, t);
      most = Math.max(most, t);
      setI32(next, id, all);
      all = id;
      id = after;
    }
  }
  buckets = n;
  for (let b = 0; b < n; b++) setI32(heads, b, -1);
  if (count > 1 && most > least) {
    // exponential steps: the dense end is about six times denser than the mean over the spread of many events
    width = Math.max(1e-12, ((most - least) / <f64>count) * 0.5);
    inverse = 1 / width;
  }
  while (all >= 0) {
    const after = i32At(next, all);
    link(all);
    all = after;
  }
  seek(last);
}

function insert(id: i32, t: f64, s: u64, pending: i32): void {
  setF64(times, id, t);
  setU64At(sequences, id, s);
  link(id);
  count++;
  if (count > buckets * 2 && buckets < pending * 2) resize(buckets * 2, pending);
}

function remove(): i32 {
  while (true) {
    for (let i = 0; i < buckets; i++) {
      const id = i32At(heads, current);
      if (id >= 0 && <i64>(f64At(times, id) * inverse) <= today) {
        setI32(heads, current, i32At(next, id));
        last = f64At(times, id);
        count--;
        return id;
      }
      current = (current + 1) & (buckets - 1);
      today++;
    }
    // nothing within a year: go to the earliest
    let least = Infinity;
    for (let b = 0; b < buckets; b++) {
      const id = i32At(heads, b);
      if (id >= 0) least = Math.min(least, f64At(times, id));
    }
    seek(least);
  }
}

export function calendarHold(pending: i32, steps: i32): f64 {
  let most = 2;
  while (most < pending * 2) most *= 2;
  times = column(-1, 8, pending);
  sequences = column(-1, 8, pending);
  next = column(-1, 4, pending);
  heads = column(-1, 4, most * 2);
  buckets = 2;
  width = 1;
  inverse = 1;
  last = 0;
  count = 0;
  setI32(heads, 0, -1);
  setI32(heads, 1, -1);
  seek(0);
  let sequence: u64 = 0;
  for (let id = 0; id < pending; id++) insert(id, exponential(0), sequence++, pending);
  for (let i = 0; i < steps; i++) {
    const id = remove();
    insert(id, last + exponential(0), sequence++, pending);
  }
  return last;
}

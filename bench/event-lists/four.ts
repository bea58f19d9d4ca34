// A 4-ary heap of (time, sequence, id) without SIMD or positions, sift by moving a hole.

import { exponential } from "../../assembly/kernel/random";
import { column, f64At, i32At, setF64, setI32, setU64At, u64At } from "../../assembly/memory";

let times: usize = 0;
let sequences: usize = 0;
let ids: usize = 0;
let count: i32 = 0;

@inline function before(t: f64, s: u64, i: i32): bool {
  const other = f64At(times, i);
  return t < other || (t == other && s < u64At(sequences, i));
}

@inline function set(i: i32, t: f64, s: u64, id: i32): void {
  setF64(times, i, t);
  setU64At(sequences, i, s);
  setI32(ids, i, id);
}

@inline function copy(to: i32, from: i32): void {
  set(to, f64At(times, from), u64At(sequences, from), i32At(ids, from));
}

function up(from: i32, t: f64, s: u64, id: i32): void {
  let i = from;
  while (i > 0) {
    const parent = (i - 1) >> 2;
    if (!before(t, s, parent)) break;
    copy(i, parent);
    i = parent;
  }
  set(i, t, s, id);
}

/** Replaces the root. */
function down(t: f64, s: u64, id: i32): void {
  let i = 0;
  let first = 1;
  while (first < count) {
    let child = first;
    const end = min(first + 4, count);
    for (let c = first + 1; c < end; c++) {
      if (before(f64At(times, c), u64At(sequences, c), child)) child = c;
    }
    if (before(t, s, child)) break;
    copy(i, child);
    i = child;
    first = i * 4 + 1;
  }
  set(i, t, s, id);
}

export function fourHold(pending: i32, steps: i32): f64 {
  times = column(-1, 8, pending + 1);
  sequences = column(-1, 8, pending + 1);
  ids = column(-1, 4, pending + 1);
  count = 0;
  let sequence: u64 = 0;
  for (let id = 0; id < pending; id++) up(count++, exponential(0), sequence++, id);
  let now: f64 = 0;
  for (let i = 0; i < steps; i++) {
    now = f64At(times, 0);
    down(now + exponential(0), sequence++, i32At(ids, 0));
  }
  return now;
}

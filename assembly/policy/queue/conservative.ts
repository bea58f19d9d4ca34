// Conservative backfilling (Mu'alem and Feitelson 2001, section 2): every waiting job, in order of arrival and down to
// a depth, is given the earliest time at which it fits around all reservations before it; whoever's time is now starts.
//
// Reservations are made anew, in that order, whenever somebody could start. They count free GPUs of a pool; where a
// placement fails although the count allows it, the job keeps its reservation and waits.

import {
  CAP_CLAIMS, CAP_POOLS, FREE_MILLI, NOW, POOL_COUNT, RESERVATION_DEPTH,
} from "../../abi";
import { column, f64At, getF, getI, i32At, rowI32, setF64, setI32 } from "../../memory";
import { claimGpuMilli, claimPool, claimShape } from "../../world/claims";
import { poolFreeMilli } from "../../world/clusters";
import { endCount, endSlot, endTime } from "../../world/derived/ends";
import { leastInLine, lineAfter, lineHead, linePosition } from "../../world/derived/line";
import { remaining } from "../features";
import { couldEver, plan } from "../place/plan";
import { backfillStart } from "./easy";

// The profile of a pool: from times[i] on, frees[i] milli are free and unreserved. Every pool has `stride` steps of its
// own: one for now, one for each claim that runs or starts, two for each reservation.
let times: usize = 0; // f64
let frees: usize = 0;
let lengths: usize = 0; // steps by pool
let stride: i32 = 0;

export function layoutConservative(): void {
  const pools = getI(CAP_POOLS);
  stride = getI(CAP_CLAIMS) + 2 * getI(RESERVATION_DEPTH) + 4;
  times = column(-1, 8, pools * stride);
  frees = column(-1, 4, pools * stride);
  lengths = column(-1, 4, pools);
}

export function conservativePass(): void {
  let slot = lineHead();
  if (slot == 0 || getF(FREE_MILLI) < <f64>leastInLine()) return;
  buildProfiles();
  const now = getF(NOW);
  let depth = getI(RESERVATION_DEPTH);
  while (slot != 0 && depth > 0) {
    const position = linePosition(slot);
    const need = rowI32(claimGpuMilli, slot);
    const span = remaining(slot);
    const shape = rowI32(claimShape, slot);
    let best = -1;
    let bestAt = Infinity;
    for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
      if (!couldEver(p, shape)) continue;
      const at = earliest(p, need, span);
      const fits = at == now && plan(p, shape);
      if (fits || at < bestAt) {
        best = p;
        bestAt = at;
      }
      if (fits) break;
    }
    if (bestAt < Infinity) {
      const starts = bestAt == now && plan(best, shape);
      reserve(best, bestAt, bestAt + span, need);
      if (starts) {
        backfillStart(slot, best);
        if (getF(FREE_MILLI) < <f64>leastInLine()) return;
      } else {
        depth--;
      }
    }
    slot = lineAfter(position);
  }
}

function buildProfiles(): void {
  const now = getF(NOW);
  const ends = endCount();
  for (let p = 0, pools = getI(POOL_COUNT); p < pools; p++) {
    const base = p * stride;
    let n = 0;
    let free = i32At(poolFreeMilli, p);
    setF64(times, base, now);
    setI32(frees, base, free);
    for (let i = 0; i < ends; i++) {
      const slot = endSlot(i);
      if (rowI32(claimPool, slot) != p) continue;
      const end = Math.max(endTime(i), now + 1);
      free += rowI32(claimGpuMilli, slot);
      if (f64At(times, base + n) != end) {
        n++;
        setF64(times, base + n, end);
      }
      setI32(frees, base + n, free);
    }
    setI32(lengths, p, n + 1);
  }
}

/** First time at which `need` milli stay free for `span` µs. */
function earliest(pool: i32, need: i32, span: f64): f64 {
  const base = pool * stride;
  const end = base + i32At(lengths, pool);
  let i = base;
  while (i < end) {
    if (i32At(frees, i) < need) {
      i++;
      continue;
    }
    const at = f64At(times, i);
    let j = i + 1;
    while (j < end && f64At(times, j) < at + span && i32At(frees, j) >= need) j++;
    if (j >= end || f64At(times, j) >= at + span) return at;
    i = j + 1;
  }
  return Infinity;
}

/** Makes sure that a step begins at `time`; returns its index. */
function split(pool: i32, time: f64): i32 {
  const base = pool * stride;
  const n = i32At(lengths, pool);
  let i = base + n;
  while (i > base && f64At(times, i - 1) >= time) i--;
  if (i < base + n && f64At(times, i) == time) return i;
  const moved = <usize>(base + n - i);
  memory.copy(times + (<usize>(i + 1) << 3), times + (<usize>i << 3), moved << 3);
  memory.copy(frees + (<usize>(i + 1) << 2), frees + (<usize>i << 2), moved << 2);
  setF64(times, i, time);
  setI32(frees, i, i32At(frees, i - 1));
  setI32(lengths, pool, n + 1);
  return i;
}

function reserve(pool: i32, from: f64, to: f64, need: i32): void {
  const first = split(pool, from);
  const last = split(pool, to);
  for (let i = first; i < last; i++) setI32(frees, i, i32At(frees, i) - need);
}

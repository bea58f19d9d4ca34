// Candidates for the event list under the hold model (take the earliest, schedule one exponential step later), compiled
// and timed by bench/event-lists.ts. The engine's own heap is imported as it is; the others live only here.

import { SEED } from "../../assembly/abi";
import { exponential, layoutRandom, startRandom } from "../../assembly/kernel/random";
import { layoutHeap, nextTime, put, startHeap, take } from "../../assembly/kernel/heap";
import { beginLayout, setF } from "../../assembly/memory";
import { binaryHold } from "./binary";
import { calendarHold } from "./calendar";
import { fourHold } from "./four";
import { ladderHold } from "./ladder";

export const ENGINE: i32 = 0;
export const BINARY: i32 = 1;
export const FOUR: i32 = 2;
export const CALENDAR: i32 = 3;
export const LADDER: i32 = 4;

/** Runs `steps` holds on `pending` events; returns the time reached, which is the same for every list. */
export function hold(list: i32, pending: i32, steps: i32): f64 {
  setF(SEED, 1);
  beginLayout(true);
  layoutRandom();
  startRandom();
  if (list == BINARY) return binaryHold(pending, steps);
  if (list == FOUR) return fourHold(pending, steps);
  if (list == CALENDAR) return calendarHold(pending, steps);
  if (list == LADDER) return ladderHold(pending, steps);
  const heap = layoutHeap(pending);
  startHeap(heap);
  for (let id = 0; id < pending; id++) put(heap, id, exponential(0), 0);
  let now: f64 = 0;
  for (let i = 0; i < steps; i++) {
    now = nextTime(heap);
    put(heap, take(heap), now + exponential(0), 0);
  }
  return now;
}

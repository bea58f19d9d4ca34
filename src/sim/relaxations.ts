// Two schedules on one machine with release dates, both optimal and both found by one pass over the arrivals with a
// heap: what the bounds are made of. Sizes are in µs on that machine; arrivals in order of submission.

import { MinHeap } from "./heap.js";

/**
 * Sum over jobs of completion - submission under shortest remaining processing time, µs.
 * Integrates the number of jobs in the system instead of adding completions: no cancellation of large times.
 */
export function srptFlowMicros(submit: ArrayLike<number>, sizes: ArrayLike<number>): number {
  const remaining = new MinHeap(submit.length);
  let flow = 0;
  let now = 0;
  for (let j = 0; j <= submit.length; j++) {
    const until = j < submit.length ? submit[j]! : Number.POSITIVE_INFINITY;
    while (remaining.size > 0 && now < until) {
      const left = remaining.minKey();
      if (now + left <= until) {
        flow += remaining.size * left;
        now += left;
        remaining.pop();
      } else {
        flow += remaining.size * (until - now);
        remaining.replaceMinKey(left - (until - now));
        now = until;
      }
    }
    if (j < submit.length) {
      now = until;
      remaining.push(sizes[j]!, j);
    }
  }
  return flow;
}

/**
 * Sum over jobs of (mean moment at which its work is done) - submission, µs, under preemptive smallest-total-size
 * first. A job of size zero is done when it arrives.
 */
export function meanBusyMicros(submit: ArrayLike<number>, sizes: ArrayLike<number>): number {
  const waiting = new MinHeap(submit.length);
  const left = Float64Array.from(sizes);
  let total = 0;
  let now = 0;
  for (let j = 0; j <= submit.length; j++) {
    const until = j < submit.length ? submit[j]! : Number.POSITIVE_INFINITY;
    while (waiting.size > 0 && now < until) {
      const job = waiting.minId();
      const done = Math.min(left[job]!, until - now);
      // The share of the job done in [now, now + done] counts at the middle of that time.
      total += (done / sizes[job]!) * (now - submit[job]! + done / 2);
      left[job]! -= done;
      now += done;
      if (left[job]! <= 0) waiting.pop();
    }
    if (j < submit.length) {
      now = until;
      if (sizes[j]! > 0) waiting.push(sizes[j]!, j);
    }
  }
  return total;
}

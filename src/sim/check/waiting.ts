// Who waits, in the order of a queue policy. Entries are dropped when they come to the front and are out of date.

import { believedLeft, type Claim } from "./claim.js";

interface Entry {
  claim: Claim;
  /** The entry into the queue that this stands for. */
  queued: number;
  key: number;
  tie: number;
}

/** Key (smallest first) and tie-breaker of a claim that has just been queued. */
export type KeyOf = (claim: Claim) => readonly [key: number, tie: number];

/** Orders of the strict policies; las has levels instead and is not here. */
export const KEYS: Readonly<Record<string, KeyOf>> = {
  fifo: (claim) => [claim.queued, 0],
  easy: (claim) => [claim.queued, 0],
  conservative: (claim) => [claim.queued, 0],
  sjf: (claim) => [Number.isNaN(claim.estimateMicros) ? 1e18 : claim.estimateMicros, claim.sequence],
  srtf: (claim) => [believedLeft(claim), claim.sequence],
  priority: (claim) => [-claim.priority, claim.sequence],
};

export class WaitingLine {
  readonly #keyOf: KeyOf;
  readonly #heap: Entry[] = [];

  constructor(keyOf: KeyOf) {
    this.#keyOf = keyOf;
  }

  add(claim: Claim): void {
    const [key, tie] = this.#keyOf(claim);
    const heap = this.#heap;
    heap.push({ claim, queued: claim.queued, key, tie });
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i]!, heap[parent]!)) break;
      swap(heap, i, parent);
      i = parent;
    }
  }

  /** The first that waits; `starter` counts as waiting, though its start has just been read. */
  head(starter?: Claim): Claim | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (!top) return undefined;
      const { claim } = top;
      if (claim.queued === top.queued && (claim.state === "waiting" || claim === starter)) return claim;
      this.#dropTop();
    }
  }

  #dropTop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
      if (least === i) return;
      swap(heap, i, least);
      i = least;
    }
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.key < b.key || (a.key === b.key && a.tie < b.tie);
}

function swap(heap: Entry[], i: number, j: number): void {
  const kept = heap[i]!;
  heap[i] = heap[j]!;
  heap[j] = kept;
}

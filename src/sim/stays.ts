// Who was on which node from when to when, read off the decision log: for the Gantt chart.

import * as abi from "../engine/abi.js";
import { LogReader } from "../engine/log.js";
import type { Stay } from "../model/results.js";

interface OpenStay {
  node: number;
  gpus: number;
  startMicros: number;
}

/** Collects at most `limit` stays, in order of their end. Feed it the log in chunks. */
export class StayCollector {
  readonly stays: Stay[] = [];
  readonly #limit: number;
  readonly #open = new Map<number, OpenStay[]>();
  readonly #jobs = new Map<number, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(bytes: Uint8Array): void {
    if (this.stays.length >= this.#limit) return;
    const log = new LogReader(bytes);
    for (let i = 0; i < log.count; i++) {
      const kind = log.kind(i);
      if (kind === abi.FACT_SUBMITTED) {
        const r = log.record(i);
        this.#jobs.set(r.slot, r.a);
      } else if (kind === abi.DECIDE_PART) {
        const r = log.record(i);
        const gpus = r.a < 0 ? r.c / 1000 : (r.c * popcount(r.mask)) / 1000;
        const parts = this.#open.get(r.slot) ?? [];
        parts.push({ node: r.a, gpus, startMicros: r.timeMicros });
        this.#open.set(r.slot, parts);
      } else if (kind === abi.DECIDE_MOVE) {
        this.#close(log.record(i).slot, log.timeMicros(i));
      } else if (kind === abi.FACT_STOPPED || kind === abi.FACT_FINISHED) {
        this.#close(log.record(i).slot, log.timeMicros(i));
      }
    }
  }

  #close(slot: number, endMicros: number): void {
    const job = this.#jobs.get(slot) ?? -1;
    for (const part of this.#open.get(slot) ?? []) {
      if (this.stays.length < this.#limit) this.stays.push({ job, ...part, endMicros });
    }
    this.#open.delete(slot);
  }
}

function popcount(mask: bigint): number {
  let n = 0;
  for (let rest = mask; rest > 0n; rest &= rest - 1n) n++;
  return n;
}

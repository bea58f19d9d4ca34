// Rows of jobs that ended, gathered from the engine's drains into one table.

import type { JobRows } from "../model/results.js";
import { createRows } from "./store-rows.js";

const COLUMNS = [
  "job",
  "submitMicros",
  "firstStartMicros",
  "finishMicros",
  "heldMicros",
  "lostGpuMicros",
  "gpuMilli",
  "restarts",
  "endStatus",
  "tenant",
  "pool",
] as const satisfies readonly Exclude<keyof JobRows, "count">[];

export class RowCollector {
  #rows: JobRows;
  #count = 0;

  /** @param expected rows that there will be; more make the table grow. */
  constructor(expected = 1024) {
    this.#rows = createRows(expected);
  }

  /** Copies a drain: its arrays are views that the next verb overwrites. */
  add(rows: JobRows): void {
    const end = this.#count + rows.count;
    if (end > this.#rows.count) this.#grow(Math.max(end, 2 * this.#rows.count));
    for (const column of COLUMNS) this.#rows[column].set(rows[column], this.#count);
    // the engine counts lost work in GPU-milli x µs; rows say GPU-µs
    for (let i = this.#count; i < end; i++) this.#rows.lostGpuMicros[i]! /= 1000;
    this.#count = end;
  }

  /** The table so far; its arrays are the collector's own. */
  table(): JobRows {
    if (this.#count === this.#rows.count) return this.#rows;
    const out = { count: this.#count } as Record<string, unknown>;
    for (const column of COLUMNS) out[column] = this.#rows[column].subarray(0, this.#count);
    return out as unknown as JobRows;
  }

  #grow(size: number): void {
    const larger = createRows(size);
    for (const column of COLUMNS) larger[column].set(this.#rows[column].subarray(0, this.#count));
    this.#rows = larger;
  }
}

// Rows of jobs that ended, gathered from the engine's drains into one table in memory.

import type { JobRows } from "../model/results.js";
import { createRows, ROW_HEADS } from "./row-columns.js";

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
    for (const { name } of ROW_HEADS) this.#rows[name].set(rows[name], this.#count);
    this.#count = end;
  }

  /** The table so far; its arrays are the collector's own. */
  table(): JobRows {
    if (this.#count === this.#rows.count) return this.#rows;
    const out = { count: this.#count } as Record<string, unknown>;
    for (const { name } of ROW_HEADS) out[name] = this.#rows[name].subarray(0, this.#count);
    return out as unknown as JobRows;
  }

  #grow(size: number): void {
    const larger = createRows(size);
    for (const { name } of ROW_HEADS) larger[name].set(this.#rows[name].subarray(0, this.#count));
    this.#rows = larger;
  }
}

// Rows of jobs that ended, gathered from the engine's drains into one table.

import type { JobRows } from "../model/results.js";

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
  readonly #chunks: JobRows[] = [];
  #count = 0;

  /** Copies a drain: its arrays are views that the next verb overwrites. */
  add(rows: JobRows): void {
    const copy = { count: rows.count } as Record<string, unknown>;
    for (const column of COLUMNS) copy[column] = rows[column].slice();
    this.#chunks.push(copy as unknown as JobRows);
    this.#count += rows.count;
  }

  table(): JobRows {
    const [first] = this.#chunks;
    if (first && this.#chunks.length === 1) return normalise(first);
    const out: JobRows = {
      count: this.#count,
      job: new Int32Array(this.#count),
      submitMicros: new Float64Array(this.#count),
      firstStartMicros: new Float64Array(this.#count),
      finishMicros: new Float64Array(this.#count),
      heldMicros: new Float64Array(this.#count),
      lostGpuMicros: new Float64Array(this.#count),
      gpuMilli: new Int32Array(this.#count),
      restarts: new Int32Array(this.#count),
      endStatus: new Uint8Array(this.#count),
      tenant: new Int32Array(this.#count),
      pool: new Int32Array(this.#count),
    };
    let at = 0;
    for (const chunk of this.#chunks) {
      for (const column of COLUMNS) out[column].set(chunk[column], at);
      at += chunk.count;
    }
    return normalise(out);
  }
}

/** The engine counts lost work in GPU-milli x µs; rows say GPU-µs. */
function normalise(rows: JobRows): JobRows {
  for (let i = 0; i < rows.count; i++) rows.lostGpuMicros[i] = rows.lostGpuMicros[i]! / 1000;
  return rows;
}

// What the metrics are computed from: columns of derived times, sorted once and shared by every metric of a run.

import type { JobRows } from "../model/results.js";
import { MICROS_PER_SECOND, MILLI_PER_GPU } from "../model/units.js";
import { mean, sum } from "./statistics.js";

/** The threshold tau of bounded slowdown: shorter jobs count as this long (Feitelson and Rudolph, JSSPP 1998). */
const SLOWDOWN_FLOOR_MICROS = 10 * MICROS_PER_SECOND;

export class JobColumns {
  readonly count: number;
  readonly finishedCount: number;
  readonly startedCount: number;
  readonly makespanMicros: number;
  /** GPU-µs. */
  readonly heldGpuMicros: number;
  readonly lostGpuMicros: number;
  readonly restarts: number;
  /** Each sorted ascending. */
  readonly jctSeconds: Float64Array;
  readonly waitSeconds: Float64Array;
  readonly totalWaitSeconds: Float64Array;
  readonly boundedSlowdown: Float64Array;
  readonly #rows: JobRows;
  /** Rows that finished. */
  readonly #finished: Int32Array;

  constructor(rows: JobRows) {
    const { count, submitMicros, firstStartMicros, finishMicros, heldMicros, gpuMilli } = rows;
    this.#rows = rows;
    this.count = count;
    this.#finished = rowsWith(finishMicros, count);
    const started = rowsWith(firstStartMicros, count);
    this.finishedCount = this.#finished.length;
    this.startedCount = started.length;

    let firstSubmit = Number.POSITIVE_INFINITY;
    let lastFinish = Number.NEGATIVE_INFINITY;
    const held = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      firstSubmit = Math.min(firstSubmit, submitMicros[i]!);
      held[i] = (heldMicros[i]! * gpuMilli[i]!) / MILLI_PER_GPU;
    }
    for (const i of this.#finished) lastFinish = Math.max(lastFinish, finishMicros[i]!);
    this.makespanMicros = this.finishedCount === 0 ? Number.NaN : lastFinish - firstSubmit;
    this.heldGpuMicros = sum(held);
    this.lostGpuMicros = sum(rows.lostGpuMicros.subarray(0, count));
    this.restarts = sum(rows.restarts.subarray(0, count));

    const jct = (i: number) => finishMicros[i]! - submitMicros[i]!;
    this.jctSeconds = ascending(this.#finished, (i) => jct(i) / MICROS_PER_SECOND);
    this.waitSeconds = ascending(started, (i) => (firstStartMicros[i]! - submitMicros[i]!) / MICROS_PER_SECOND);
    this.totalWaitSeconds = ascending(this.#finished, (i) => (jct(i) - heldMicros[i]!) / MICROS_PER_SECOND);
    this.boundedSlowdown = ascending(this.#finished, (i) =>
      Math.max(1, jct(i) / Math.max(heldMicros[i]!, SLOWDOWN_FLOOR_MICROS)),
    );
  }

  /** Finished jobs whose record ends with this END_STATUS. */
  countFinished(endStatus: number): number {
    return this.#finished.reduce((count, i) => count + (this.#rows.endStatus[i] === endStatus ? 1 : 0), 0);
  }

  /** For each tenant with a finished job: mean of time holding resources over JCT, 0..1; in order of tenant. */
  serviceByTenant(): number[] {
    const { tenant, heldMicros, finishMicros, submitMicros } = this.#rows;
    const byTenant = new Map<number, number[]>();
    for (const i of this.#finished) {
      const service = heldMicros[i]! / (finishMicros[i]! - submitMicros[i]!);
      const list = byTenant.get(tenant[i]!);
      if (list) list.push(service);
      else byTenant.set(tenant[i]!, [service]);
    }
    return [...byTenant].sort((a, b) => a[0] - b[0]).map(([, services]) => mean(services));
  }
}

/** Rows whose value is there. */
function rowsWith(column: Float64Array, count: number): Int32Array {
  const found = new Int32Array(count);
  let size = 0;
  for (let i = 0; i < count; i++) if (!Number.isNaN(column[i]!)) found[size++] = i;
  return found.subarray(0, size);
}

function ascending(rows: Int32Array, value: (row: number) => number): Float64Array {
  // Not Float64Array.from(rows, value): the iterator makes it several times slower.
  const values = new Float64Array(rows.length);
  for (let k = 0; k < rows.length; k++) values[k] = value(rows[k]!);
  return values.sort();
}

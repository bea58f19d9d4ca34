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
    this.#rows = rows;
    this.count = rows.count;
    const indexes = Int32Array.from({ length: rows.count }, (_, i) => i);
    this.#finished = indexes.filter((i) => !Number.isNaN(rows.finishMicros[i]!));
    const started = indexes.filter((i) => !Number.isNaN(rows.firstStartMicros[i]!));
    this.finishedCount = this.#finished.length;
    this.startedCount = started.length;

    const submit = rows.submitMicros.subarray(0, rows.count);
    const firstSubmit = submit.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const lastFinish = this.#finished.reduce(
      (last, i) => Math.max(last, rows.finishMicros[i]!),
      Number.NEGATIVE_INFINITY,
    );
    this.makespanMicros = this.finishedCount === 0 ? Number.NaN : lastFinish - firstSubmit;

    const held = Float64Array.from(indexes, (i) => (rows.heldMicros[i]! * rows.gpuMilli[i]!) / MILLI_PER_GPU);
    this.heldGpuMicros = sum(held);
    this.lostGpuMicros = sum(rows.lostGpuMicros.subarray(0, rows.count));
    this.restarts = sum(rows.restarts.subarray(0, rows.count));

    const { firstStartMicros, finishMicros, heldMicros } = rows;
    const ascending = (of: Int32Array, value: (i: number) => number) => Float64Array.from(of, value).sort();
    const jct = (i: number) => finishMicros[i]! - submit[i]!;
    this.jctSeconds = ascending(this.#finished, (i) => jct(i) / MICROS_PER_SECOND);
    this.waitSeconds = ascending(started, (i) => (firstStartMicros[i]! - submit[i]!) / MICROS_PER_SECOND);
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

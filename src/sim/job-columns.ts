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
  readonly #rows: JobRows;
  /** Rows that finished. */
  readonly #finished: Int32Array;
  readonly #started: Int32Array;
  readonly #columns = new Map<string, Float64Array>();

  constructor(rows: JobRows) {
    const { count, submitMicros, firstStartMicros, finishMicros, heldMicros, gpuMilli } = rows;
    this.#rows = rows;
    this.count = count;
    this.#finished = rowsWith(finishMicros, count);
    this.#started = rowsWith(firstStartMicros, count);
    this.finishedCount = this.#finished.length;
    this.startedCount = this.#started.length;

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
  }

  /** Each of the next four sorted ascending, when first asked for. */
  get jctSeconds(): Float64Array {
    return this.#sorted("jct", this.#finished, (i) => this.#jct(i) / MICROS_PER_SECOND);
  }
  get waitSeconds(): Float64Array {
    const { firstStartMicros, submitMicros } = this.#rows;
    return this.#sorted("wait", this.#started, (i) => (firstStartMicros[i]! - submitMicros[i]!) / MICROS_PER_SECOND);
  }
  get totalWaitSeconds(): Float64Array {
    const { heldMicros } = this.#rows;
    return this.#sorted("totalWait", this.#finished, (i) => (this.#jct(i) - heldMicros[i]!) / MICROS_PER_SECOND);
  }
  get boundedSlowdown(): Float64Array {
    const { heldMicros } = this.#rows;
    return this.#sorted("slowdown", this.#finished, (i) =>
      Math.max(1, this.#jct(i) / Math.max(heldMicros[i]!, SLOWDOWN_FLOOR_MICROS)),
    );
  }

  #jct(i: number): number {
    return this.#rows.finishMicros[i]! - this.#rows.submitMicros[i]!;
  }

  #sorted(name: string, rows: Int32Array, value: (row: number) => number): Float64Array {
    let found = this.#columns.get(name);
    if (!found) {
      found = ascending(rows, value);
      this.#columns.set(name, found);
    }
    return found;
  }

  /** JCT of every job of the table in order of submission, seconds; NaN where one did not finish. */
  jctBySubmission(): Float64Array {
    return this.#bySubmission((i) => this.#jct(i) / MICROS_PER_SECOND);
  }

  /** Wait of every job in order of submission, seconds; NaN where one did not start. */
  waitBySubmission(): Float64Array {
    return this.#bySubmission(
      (i) => (this.#rows.firstStartMicros[i]! - this.#rows.submitMicros[i]!) / MICROS_PER_SECOND,
    );
  }

  /** Share of jobs with a deadline that had not finished by then; undefined where none has one. */
  deadlineMissShare(deadlineMicros: Float64Array): number | undefined {
    let jobs = 0;
    let missed = 0;
    const { count, job, finishMicros } = this.#rows;
    for (let i = 0; i < count; i++) {
      const deadline = deadlineMicros[job[i]!]!;
      if (Number.isNaN(deadline)) continue;
      jobs++;
      // an unfinished job has NaN, which is not in time
      if (!(finishMicros[i]! <= deadline)) missed++;
    }
    return jobs === 0 ? undefined : missed / jobs;
  }

  /**
   * Finish-time fairness of each finished job, ascending: its JCT over what it would take on a share of the GPUs of its
   * own, one in `jobsAtOnce`. A gang larger than that share runs slower there in proportion.
   * @param runMicros true run time by row of the trace.
   */
  finishTimeRho(runMicros: Float64Array, gpusTotal: number, jobsAtOnce: number): Float64Array {
    const { job, gpuMilli, finishMicros, submitMicros } = this.#rows;
    return ascending(this.#finished, (i) => {
      const gpus = gpuMilli[i]! / MILLI_PER_GPU;
      const alone = runMicros[job[i]!]! * Math.max(1, (gpus * jobsAtOnce) / gpusTotal);
      return (finishMicros[i]! - submitMicros[i]!) / alone;
    });
  }

  /** Values by row of the trace: of two rows, the one with the lower number was submitted first. */
  #bySubmission(value: (row: number) => number): Float64Array {
    const { count, job } = this.#rows;
    const last = job.subarray(0, count).reduce((most, id) => Math.max(most, id), -1);
    // by number of the job, as counting sorts do: numbers are unique
    const rowOf = new Int32Array(last + 1).fill(-1);
    for (let i = 0; i < count; i++) rowOf[job[i]!] = i;
    const order = rowOf.filter((row) => row >= 0);
    return Float64Array.from(order, value);
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

/** The given rows as a new table. */
export function pickRows(rows: JobRows, picked: ArrayLike<number>): JobRows {
  const out = { count: picked.length } as Record<string, unknown>;
  for (const [name, column] of Object.entries(rows)) {
    if (name === "count") continue;
    const from = column as Float64Array;
    const to = new (from.constructor as Float64ArrayConstructor)(picked.length);
    for (let i = 0; i < picked.length; i++) to[i] = from[picked[i]!]!;
    out[name] = to;
  }
  return out as unknown as JobRows;
}

/** Rows of jobs from `firstJob` of the trace on; the table itself where that is all of them. */
export function rowsFrom(rows: JobRows, firstJob: number): JobRows {
  if (firstJob <= 0) return rows;
  const picked: number[] = [];
  for (let i = 0; i < rows.count; i++) if (rows.job[i]! >= firstJob) picked.push(i);
  return pickRows(rows, picked);
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

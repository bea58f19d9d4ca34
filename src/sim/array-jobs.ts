// A run's jobs in arrays: what measuring asks of them in a few passes and four sorts. Holds some 100 bytes a job beside
// the rows.

import { END_STATUS } from "../model/jobs.js";
import type { JobRows } from "../model/results.js";
import { MICROS_PER_SECOND } from "../model/units.js";
import { ascending } from "./ascending.js";
import {
  alike,
  DISTRIBUTIONS,
  type DistributionName,
  evenRanks,
  type Fairness,
  type Grouping,
  type JobSummary,
  PERCENTILE_SHARES,
  quantileOf,
  type RunJobs,
  type Truth,
  timesOf,
  type WholeRun,
} from "./summarise.js";

/** A run of more jobs is kept and measured in a database, on disk if need be. */
export const ARRAY_JOBS_MAX = 1_000_000;

/** Jobs that hold resources for less count as this long in a slow-down (Feitelson's bound), µs. */
const BOUND_MICROS = 10e6;
const MILLI = 1000;

export class ArrayJobs implements RunJobs {
  readonly #rows: JobRows;
  readonly #values: Record<DistributionName, Float64Array>;
  /** Rows with a value, in its ascending order; made when first asked for. */
  readonly #orders = new Map<DistributionName, Int32Array>();

  constructor(rows: JobRows) {
    this.#rows = rows;
    this.#values = derive(rows);
  }

  get count(): number {
    return this.#rows.count;
  }

  async summarise(cutJobs: number, grouping?: Grouping): Promise<{ group: number; summary: JobSummary }[]> {
    const { parts, count } = this.#partsOf(cutJobs, grouping);
    const jobs = new Float64Array(count);
    const restarts = new Float64Array(count);
    for (let i = 0; i < parts.length; i++) {
      if (parts[i]! < 0) continue;
      jobs[parts[i]!]! += 1;
      restarts[parts[i]!]! += this.#rows.restarts[i]!;
    }
    const found = DISTRIBUTIONS.map((name) => [name, this.#distribution(name, parts, count)] as const);
    const of = Object.fromEntries(found) as Record<DistributionName, (typeof found)[number][1]>;
    return Array.from(jobs, (_, group) => group).flatMap((group) => {
      if (jobs[group] === 0) return [];
      const means = alike(0);
      const percentiles = alike<number[]>([]);
      for (const name of DISTRIBUTIONS) {
        means[name] = of[name].means[group]!;
        percentiles[name] = of[name].percentiles[group]!;
      }
      const times = timesOf(means, percentiles);
      const startedCount = of.wait.counts[group]!;
      return [{ group, summary: { jobs: jobs[group]!, startedCount, restarts: restarts[group]!, times } }];
    });
  }

  /** Counts, means and percentiles of a distribution by part. */
  #distribution(name: DistributionName, parts: Int32Array, partCount: number) {
    const values = this.#values[name];
    const sums = new Sums(partCount);
    const counts = new Int32Array(partCount);
    for (let i = 0; i < values.length; i++) {
      const part = parts[i]!;
      if (part < 0 || Number.isNaN(values[i]!)) continue;
      counts[part]!++;
      sums.add(part, values[i]!);
    }
    // values part by part, each part ascending
    const sorted = new Float64Array(values.length);
    const next = Int32Array.from(counts);
    for (let part = 0, before = 0; part < partCount; part++) {
      next[part] = before;
      before += counts[part]!;
    }
    const first = Int32Array.from(next);
    for (const row of this.#order(name)) {
      const part = parts[row]!;
      if (part >= 0) sorted[next[part]!++] = values[row]!;
    }
    const percentiles = Array.from(counts, (count, part) => {
      const shares = count > 0 ? PERCENTILE_SHARES : [];
      return shares.map((share) => quantileOf(count, share, (rank) => sorted[first[part]! + rank]!));
    });
    return { counts, means: Array.from(counts, (count, part) => sums.of(part) / count), percentiles };
  }

  #order(name: DistributionName): Int32Array {
    let order = this.#orders.get(name);
    if (!order) {
      order = ascending(this.#values[name]);
      this.#orders.set(name, order);
    }
    return order;
  }

  /** Part of each row, -1 for none, and how many parts there may be. */
  #partsOf(cutJobs: number, grouping: Grouping | undefined): { parts: Int32Array; count: number } {
    const { job, gpuMilli, pool, tenant } = this.#rows;
    const parts = new Int32Array(this.#rows.count);
    let count = 1;
    if (grouping?.by === "gpus") {
      const { bounds } = grouping;
      count = bounds.length + 1;
      for (let i = 0; i < parts.length; i++) {
        const gpus = gpuMilli[i]! / MILLI;
        const part = bounds.findIndex((most) => gpus <= most);
        parts[i] = part < 0 ? bounds.length : part;
      }
    } else if (grouping?.by === "pool") {
      count = Math.max(...grouping.parts) + 1;
      for (let i = 0; i < parts.length; i++) parts[i] = grouping.parts[pool[i]!] ?? -1;
    } else if (grouping?.by === "tenant") {
      const { tenants } = grouping;
      count = tenants.length + 1;
      const rank = new Map(tenants.map((t, i) => [t, i]));
      for (let i = 0; i < parts.length; i++) parts[i] = rank.get(tenant[i]!) ?? tenants.length;
    }
    for (let i = 0; cutJobs > 0 && i < parts.length; i++) if (job[i]! < cutJobs) parts[i] = -1;
    return { parts, count };
  }

  async whole(): Promise<WholeRun> {
    const { count, submitMicros, finishMicros, endStatus, heldMicros, gpuMilli, lostGpuMicros } = this.#rows;
    const { jct } = this.#values;
    const [HELD, LOST, JCT] = [0, 1, 2];
    const sums = new Sums(3);
    let [finished, failed, killed] = [0, 0, 0];
    let last = Number.NEGATIVE_INFINITY;
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      sums.add(HELD, (heldMicros[i]! * gpuMilli[i]!) / MILLI);
      sums.add(LOST, lostGpuMicros[i]!);
      if (submitMicros[i]! < first) first = submitMicros[i]!;
      if (Number.isNaN(jct[i]!)) continue;
      finished++;
      if (endStatus[i] === END_STATUS.failed) failed++;
      if (endStatus[i] === END_STATUS.killed) killed++;
      if (finishMicros[i]! > last) last = finishMicros[i]!;
      sums.add(JCT, jct[i]!);
    }
    return {
      count,
      finishedCount: finished,
      failedCount: failed,
      killedCount: killed,
      makespanMicros: finished === 0 ? Number.NaN : last - first,
      heldGpuMicros: sums.of(HELD),
      lostGpuMicros: sums.of(LOST),
      jctSeconds: sums.of(JCT),
    };
  }

  async serviceByTenant(cutJobs: number): Promise<number[]> {
    const { count, job, tenant, heldMicros, submitMicros, finishMicros } = this.#rows;
    const most = tenant.reduce((a, b) => Math.max(a, b), -1) + 1;
    const sums = new Sums(most);
    const counts = new Int32Array(most);
    for (let i = 0; i < count; i++) {
      if (job[i]! < cutJobs || Number.isNaN(finishMicros[i]!)) continue;
      counts[tenant[i]!]!++;
      sums.add(tenant[i]!, heldMicros[i]! / (finishMicros[i]! - submitMicros[i]!));
    }
    return Array.from(counts, (jobs, t) => [jobs, sums.of(t) / jobs] as const).flatMap(([jobs, service]) =>
      jobs > 0 ? [service] : [],
    );
  }

  async tenantsByJobs(cutJobs: number, most: number): Promise<number[]> {
    const { count, job, tenant } = this.#rows;
    const jobs = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      if (job[i]! >= cutJobs) jobs.set(tenant[i]!, (jobs.get(tenant[i]!) ?? 0) + 1);
    }
    const ordered = [...jobs].sort(([a, jobsA], [b, jobsB]) => jobsB - jobsA || a - b);
    return ordered.slice(0, most).map(([t]) => t);
  }

  async fairness(cutJobs: number, { runMicros }: Truth, jobsPerGpu: number): Promise<Fairness> {
    const { count, job, gpuMilli, submitMicros, finishMicros } = this.#rows;
    let [worst, unfair, jobs] = [Number.NEGATIVE_INFINITY, 0, 0];
    for (let i = 0; i < count; i++) {
      if (job[i]! < cutJobs || Number.isNaN(finishMicros[i]!)) continue;
      const share = Math.max(1, (gpuMilli[i]! / MILLI) * jobsPerGpu);
      const rho = (finishMicros[i]! - submitMicros[i]!) / (runMicros[job[i]!]! * share);
      jobs++;
      if (rho > 1) unfair++;
      if (rho > worst) worst = rho;
    }
    return { rhoWorst: jobs === 0 ? undefined : worst, unfairShare: unfair / jobs };
  }

  async deadlineMisses(cutJobs: number, { deadlineMicros }: Truth): Promise<number | undefined> {
    const { count, job, finishMicros } = this.#rows;
    let [missed, dated] = [0, 0];
    for (let i = 0; i < count; i++) {
      const deadline = deadlineMicros[job[i]!]!;
      if (job[i]! < cutJobs || Number.isNaN(deadline)) continue;
      dated++;
      if (!(finishMicros[i]! <= deadline)) missed++;
    }
    return dated === 0 ? undefined : missed / dated;
  }

  async bySubmission(
    _whole: boolean,
    visit: (jctSeconds: number, job: number, waitSeconds: number) => void,
  ): Promise<void> {
    const { job } = this.#rows;
    const { jct, wait } = this.#values;
    for (const row of ascending(Float64Array.from(job))) visit(jct[row]!, job[row]!, wait[row]!);
  }

  async evenQuantiles(cutJobs: number, column: DistributionName, points: number): Promise<Float64Array> {
    const { job } = this.#rows;
    const counted = this.#order(column).filter((row) => job[row]! >= cutJobs);
    return Float64Array.from(evenRanks(counted.length, points), (rank) => this.#values[column][counted[rank]!]!);
  }
}

/** Derived times, seconds, NaN where they did not happen. */
function derive(rows: JobRows): Record<DistributionName, Float64Array> {
  const { count, submitMicros, firstStartMicros, finishMicros, heldMicros } = rows;
  const column = () => new Float64Array(count);
  const values = { jct: column(), wait: column(), totalWait: column(), slowdown: column() };
  for (let i = 0; i < count; i++) {
    const jctMicros = finishMicros[i]! - submitMicros[i]!;
    values.jct[i] = jctMicros / MICROS_PER_SECOND;
    values.wait[i] = (firstStartMicros[i]! - submitMicros[i]!) / MICROS_PER_SECOND;
    values.totalWait[i] = (jctMicros - heldMicros[i]!) / MICROS_PER_SECOND;
    values.slowdown[i] = Math.max(1, jctMicros / Math.max(heldMicros[i]!, BOUND_MICROS));
  }
  return values;
}

/** Sums of many values, kept apart by number: what each addition rounds away is added to the next (Kahan 1965). */
class Sums {
  readonly #sums: Float64Array;
  readonly #errors: Float64Array;

  constructor(count: number) {
    this.#sums = new Float64Array(count);
    this.#errors = new Float64Array(count);
  }

  add(which: number, value: number): void {
    const difference = value - this.#errors[which]!;
    const sum = this.#sums[which]! + difference;
    this.#errors[which] = sum - this.#sums[which]! - difference;
    this.#sums[which] = sum;
  }

  of(which: number): number {
    return this.#sums[which]!;
  }
}

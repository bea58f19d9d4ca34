// GPU-time is conserved: every job holds its GPUs for exactly as long as its start-ups, its work at the speed of its
// placement and its lost work take; and what the run reports is the sum of that.

import type { JobClassSetup } from "../../engine/plant.js";
import type { JobTable } from "../../model/jobs.js";
import type { JobRows } from "../../model/results.js";
import { type Claim, nameOf, type Rule } from "./claim.js";
import type { Room } from "./room.js";
import { SharedSpeed } from "./shared-speed.js";
import { Tally } from "./tally.js";

export const NO_COSTS: JobClassSetup = {
  startupMicros: 0,
  restartMicros: 0,
  migrationMicros: 0,
  checkpointMicros: 0,
  slowdownSameRack: 1,
  slowdownAcrossRacks: 1,
  failuresPerGpuHour: 0,
  inputGib: 0,
  inputCloud: 0,
};

/** Sums that the engine keeps of a run, as far as they are checked. */
export interface ReportedTotals {
  finished: number;
  heldGpuMicros: number;
  lostGpuMicros: number;
  preemptions: number;
  failures: number;
  moves: number;
}

export class GpuTime implements Rule {
  readonly tallies: readonly Tally[];
  readonly #jobs: JobTable;
  readonly #classes: readonly JobClassSetup[];
  readonly #room: Room;
  readonly #reportedBy: { rows?: JobRows; totals?: ReportedTotals };
  readonly #shared: SharedSpeed | undefined;
  readonly #work = new Tally("a job holds its GPUs for its start-ups, its work and its lost work");
  readonly #reported = new Tally("GPU-time, waits and counts in the result are those of the log");
  // by job, µs
  readonly #left: Float64Array;
  readonly #saved: Float64Array;
  readonly #lost: Float64Array;
  /** How far rounding of shared work may put the lost work off, GPU-µs. */
  readonly #lostSlack: Float64Array;
  readonly #held: Float64Array;
  readonly #firstStart: Float64Array;
  readonly #finish: Float64Array;
  readonly #starts: Int32Array;
  readonly #sums = { finished: 0, heldGpuMicros: 0, lostGpuMicros: 0, preemptions: 0, failures: 0, moves: 0 };

  /**
   * @param reported what the run says of itself; read when the log is over.
   * @param pairRates speed beside another on one device, where sharing costs speed.
   */
  constructor(
    jobs: JobTable,
    classes: readonly JobClassSetup[],
    room: Room,
    reported: { rows?: JobRows; totals?: ReportedTotals },
    pairRates?: Float64Array,
  ) {
    this.#jobs = jobs;
    this.#classes = classes;
    this.#room = room;
    this.#reportedBy = reported;
    this.#shared =
      pairRates &&
      new SharedSpeed(
        pairRates,
        (job) => jobs.jobClass[job]!,
        (claim) => this.#slowdown(claim),
      );
    this.tallies = [this.#work, this.#reported];
    this.#left = jobs.runMicros.slice();
    this.#saved = new Float64Array(jobs.count);
    this.#lost = new Float64Array(jobs.count);
    this.#lostSlack = new Float64Array(jobs.count);
    this.#held = new Float64Array(jobs.count);
    this.#firstStart = new Float64Array(jobs.count).fill(Number.NaN);
    this.#finish = new Float64Array(jobs.count).fill(Number.NaN);
    this.#starts = new Int32Array(jobs.count);
  }

  #classOf(claim: Claim): JobClassSetup {
    return this.#classes[this.#jobs.jobClass[claim.job]!] ?? NO_COSTS;
  }

  started(claim: Claim, now: number): void {
    if (this.#starts[claim.job]!++ === 0) this.#firstStart[claim.job] = now;
  }

  running(claim: Claim, now: number): void {
    const c = this.#classOf(claim);
    const startup = claim.moved ? c.migrationMicros : c.startupMicros + (claim.starts > 1 ? c.restartMicros : 0);
    const took = now - claim.startMicros;
    const fetches = !claim.moved && c.inputGib > 0 && c.inputCloud !== this.#room.pools[claim.pool]?.cloud;
    const ok = fetches ? took >= startup : took === startup;
    this.#work.check(ok, now, () => `${nameOf(claim)} began work ${took} µs after its start, ${startup} µs were due`);
    this.#shared?.begins(claim, now);
  }

  /** All work is saved, and the pause that follows is none. */
  leaves(claim: Claim, now: number): void {
    const { job } = claim;
    const work = Math.floor((now - claim.workMicros) / this.#slowdown(claim));
    this.#work.check(work <= this.#left[job]!, now, () => `${nameOf(claim)} is moved after its end`);
    this.#held[job]! += now - claim.startMicros;
    this.#saved[job]! += work;
    this.#left[job] = Math.max(1, this.#left[job]! - work);
    this.#sums.moves++;
  }

  released(claim: Claim, now: number, why: "preempted" | "failed" | "finished"): void {
    const { job } = claim;
    const worked = now - claim.workMicros; // NaN before work began
    this.#held[job]! += now - claim.startMicros;
    const alone = this.#slowdown(claim);
    const shared = Number.isNaN(worked) ? undefined : this.#shared?.ends(claim, now);
    // time that a unit of work took, in the mean
    const slow = shared && shared.work > 0 ? worked / shared.work : alone;
    const due = shared ? this.#left[job]! * slow : Math.ceil(this.#left[job]! * slow);
    const slack = shared ? shared.slack * slow : 0;
    if (why === "finished") {
      this.#work.check(
        Math.abs(worked - due) <= slack,
        now,
        () => `${nameOf(claim)} finishes after ${worked} µs of work, ${due} were due`,
      );
      this.#finish[job] = now;
      this.#sums.finished++;
      this.#sums.heldGpuMicros += (this.#held[job]! * claim.gangMilli) / 1000;
      this.#sums.lostGpuMicros += this.#lost[job]!;
      return;
    }
    this.#sums[why === "failed" ? "failures" : "preemptions"]++;
    if (Number.isNaN(worked)) return;
    this.#work.check(
      worked <= due + slack,
      now,
      () => `${nameOf(claim)} worked ${worked} µs before a stop, ${due} were due`,
    );
    const interval = this.#classOf(claim).checkpointMicros;
    const done = this.#saved[job]! + Math.floor(worked / slow);
    const kept = interval > 0 ? Math.max(this.#saved[job]!, Math.floor(done / interval) * interval) : done;
    this.#left[job] = Math.max(1, this.#left[job]! - (kept - this.#saved[job]!));
    this.#lost[job]! += ((done - kept) * slow * claim.gangMilli) / 1000;
    this.#lostSlack[job]! += (slack * claim.gangMilli) / 1000;
    this.#saved[job] = kept;
  }

  /** Factor on run times of the claim's placement. */
  #slowdown(claim: Claim): number {
    const c = this.#classOf(claim);
    const nodes = [...new Set(claim.parts.map((part) => part.node))];
    if (nodes.length < 2) return 1;
    const pool = this.#room.pools[claim.pool];
    const first = this.#room.firstNode[claim.pool];
    if (!pool || first === undefined) return 1;
    const racks = nodes.map((n) => (pool.nodesPerRack > 0 ? Math.floor((n - first) / pool.nodesPerRack) : 0));
    return new Set(racks).size > 1 ? c.slowdownAcrossRacks : c.slowdownSameRack;
  }

  ends(now: number): void {
    const { rows, totals } = this.#reportedBy;
    for (let i = 0; rows && i < rows.count; i++) {
      const job = rows.job[i]!;
      const ok =
        rows.submitMicros[i] === this.#jobs.submitMicros[job] &&
        rows.firstStartMicros[i] === this.#firstStart[job] &&
        rows.finishMicros[i] === this.#finish[job] &&
        rows.heldMicros[i] === this.#held[job] &&
        rows.restarts[i] === this.#starts[job]! - 1 &&
        (isClose(rows.lostGpuMicros[i]!, this.#lost[job]!) ||
          Math.abs(rows.lostGpuMicros[i]! - this.#lost[job]!) <= this.#lostSlack[job]!);
      this.#reported.check(ok, rows.finishMicros[i]!, () => `the row of job ${job} is not what the log says of it`);
    }
    if (rows) this.#reported.check(rows.count === this.#sums.finished, now, () => `${rows.count} rows`);
    if (!totals) return;
    for (const name of Object.keys(this.#sums) as (keyof ReportedTotals)[]) {
      const [said, is] = [totals[name], this.#sums[name]];
      this.#reported.check(isClose(said, is), now, () => `${name} is reported as ${said}, the log says ${is}`);
    }
  }
}

/** Equal but for the rounding of sums. */
export function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

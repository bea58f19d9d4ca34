// Lower bounds that hold for every schedule of a job table on G GPUs: clairvoyant, preemptive, migrating ones too.
// They put a number on what is left to gain. Start-up, restarts, placement, GPU models and fragmentation only make real
// schedules longer, so the bounds stay bounds; they are proved in the comments and tested against exhaustive search.
// They are exact up to rounding of doubles (relative 1e-12). The result must have finished every job of the table:
// a mean over the jobs that finished may lie below a bound over all.

import type { JobTable } from "../model/jobs.js";
import { MICROS_PER_SECOND, MILLI_PER_GPU } from "../model/units.js";
import { meanBusyMicros, srptFlowMicros } from "./relaxations.js";
import { mean } from "./statistics.js";

/** Time that each job would take on one machine as fast as the whole cluster, µs: GPU-time divided by GPUs. */
function clusterMicros(jobs: JobTable, gpusTotal: number): Float64Array {
  const sizes = new Float64Array(jobs.count);
  const milliTotal = gpusTotal * MILLI_PER_GPU;
  for (let j = 0; j < jobs.count; j++) {
    sizes[j] = (jobs.runMicros[j]! * (jobs.tasks[j]! * jobs.gpuMilli[j]!)) / milliTotal;
  }
  return sizes;
}

/**
 * Lower bound of the mean JCT over all jobs, seconds; the largest of three.
 *
 * 1. Mean run time: no job finishes sooner after its submission than it runs.
 * 2. SRPT on one machine of speed G: any schedule on G GPUs does at every moment an amount of work that the machine
 *    could do too, so its completion times are feasible there, preemption allowed; and shortest remaining processing
 *    time minimises the sum of completion times on one machine with release dates (Schrage, Operations Research 16, 1968).
 * 3. Mean busy times: let M be the mean moment at which a job's work is done. A job progresses at most at rate 1 / run,
 *    so it finishes at least run / 2 after M; and on the machine of speed G the sum of M is least when the job of
 *    the smallest total size goes first, preempting (Goemans et al., SIAM J. Discrete Math. 15, 2002, section 2).
 */
export function jctSecondsMeanBound(jobs: JobTable, gpusTotal: number): number {
  if (jobs.count === 0) return Number.NaN;
  assertCapacity(gpusTotal);
  const submit = jobs.submitMicros.subarray(0, jobs.count);
  const sizes = clusterMicros(jobs, gpusTotal);
  const run = mean(jobs.runMicros.subarray(0, jobs.count));
  const srpt = srptFlowMicros(submit, sizes) / jobs.count;
  const busy = meanBusyMicros(submit, sizes) / jobs.count + run / 2;
  return Math.max(run, srpt, busy) / MICROS_PER_SECOND;
}

/**
 * Lower bound of the makespan (last finish - first submission), seconds; the largest of two.
 *
 * 1. The job that would finish last if each started at once: none can finish before its submission plus its run time.
 * 2. For any moment r, the work submitted at or after r has to be done after r and G GPUs need at least work / G for it.
 */
export function makespanSecondsBound(jobs: JobTable, gpusTotal: number): number {
  if (jobs.count === 0) return Number.NaN;
  assertCapacity(gpusTotal);
  const sizes = clusterMicros(jobs, gpusTotal);
  const first = jobs.submitMicros[0]!;
  let released = 0;
  let last = 0;
  // Backwards, so that `released` is the work of all jobs from j on.
  for (let j = jobs.count - 1; j >= 0; j--) {
    const since = jobs.submitMicros[j]! - first;
    released += sizes[j]!;
    last = Math.max(last, since + jobs.runMicros[j]!, since + released);
  }
  return last / MICROS_PER_SECOND;
}

function assertCapacity(gpusTotal: number): void {
  if (!(gpusTotal > 0)) throw new Error(`bounds need at least a share of a GPU, got ${gpusTotal}`);
}

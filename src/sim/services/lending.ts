// One pool of GPUs for services and training. Services come first: what their replicas hold they have at once, and training
// has the rest, which it loses the moment a replica is ordered. So a run of services does not depend on training, and is
// made first; its GPUs over time are then what training cannot have.

import type { Trace } from "../../model/jobs.js";
import type { Scenario } from "../../model/scenario.js";
import { runControlledCapacity } from "./lending-run.js";
import type { ServiceTrail } from "./replicas.js";

/** GPUs that services hold from a moment on. */
export interface HeldStep {
  atMicros: number;
  gpus: number;
}

/**
 * What all services hold together between their ticks: of the counts at two neighbouring ticks the larger, since an order
 * takes its GPU at the tick it is made, and a replica that drains gives its back at a tick.
 * @param gpusPerReplica by service.
 */
export function heldSteps(trails: readonly ServiceTrail[], gpusPerReplica: readonly number[]): HeldStep[] {
  const ticks = Math.min(...trails.map((trail) => trail.ticks.length));
  const countAt = (tick: number) =>
    trails.reduce((sum, trail, s) => {
      const { ready, starting, draining } = trail.ticks[tick]!;
      return sum + (ready + starting + draining) * gpusPerReplica[s]!;
    }, 0);
  const steps: HeldStep[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const gpus = Math.max(countAt(tick), tick + 1 < ticks ? countAt(tick + 1) : 0);
    if (steps.at(-1)?.gpus !== gpus) steps.push({ atMicros: trails[0]!.ticks[tick]!.atMicros, gpus });
  }
  return steps;
}

/** What training got done beside the services. */
export interface TrainingResult {
  jobs: number;
  jctHoursMean: number;
  /** Of all jobs, those done by the end of the services' run. */
  doneShare: number;
  /** GPU-hours of work that was kept, until all jobs were done. */
  usefulGpuHours: number;
  lostGpuHours: number;
  /** Stops by services that took their GPUs back, a job. */
  stopsPerJob: number;
  digest: string;
}

export interface LendingSetup {
  scenario: Scenario;
  trace: Trace;
  queue: string;
  /** GPUs of the whole pool. */
  gpusTotal: number;
  /** Length of the services' run, µs; afterwards it begins again, so that all jobs can end. */
  spanMicros: number;
  seed: number;
}

/** Runs the jobs on what the services leave; with `steps` of one entry, on a fixed rest. */
export function runTraining(setup: LendingSetup, steps: readonly HeldStep[]): TrainingResult {
  const { trace, gpusTotal, spanMicros } = setup;
  const { totals, finishMicros } = runControlledCapacity(
    setup,
    steps.map(({ atMicros, gpus }) => ({ atMicros, gpus: Math.max(0, gpusTotal - gpus) })),
  );
  const done = finishMicros.filter((at) => at <= spanMicros).length;
  return {
    jobs: trace.jobs.count,
    jctHoursMean: totals.jctMicrosMean / 3_600e6,
    doneShare: done / trace.jobs.count,
    usefulGpuHours: (totals.heldGpuMicros - totals.lostGpuMicros) / 3_600e6,
    lostGpuHours: totals.lostGpuMicros / 3_600e6,
    stopsPerJob: totals.preemptions / trace.jobs.count,
    digest: totals.digest,
  };
}

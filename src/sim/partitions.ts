// Pools of partitioned devices (NVIDIA MIG): what a job asks for is rounded up to a profile.

import { type Trace, takeJobs } from "../model/jobs.js";
import type { Scenario } from "../model/scenario.js";

/** Profiles by their share of a device's memory, milli-GPU: one, two or four of eight slices, or all. */
export const MIG_PROFILES_MILLI = [125, 250, 500, 1000] as const;

/** The trace with every share as the smallest profile that holds it, where some pool has partitioned devices. */
export function roundToProfiles(trace: Trace, scenario: Scenario): Trace {
  if (!scenario.pools.some((pool) => pool.mig)) return trace;
  const jobs = takeJobs(
    trace.jobs,
    Int32Array.from({ length: trace.jobs.count }, (_, i) => i),
  );
  let shares = 0;
  let asked = 0;
  let given = 0;
  for (let i = 0; i < jobs.count; i++) {
    const milli = jobs.gpuMilli[i]!;
    if (milli <= 0 || milli >= 1000) continue;
    const profile = MIG_PROFILES_MILLI.find((most) => milli <= most)!;
    jobs.gpuMilli[i] = profile;
    shares += jobs.tasks[i]!;
    asked += milli * jobs.tasks[i]!;
    given += profile * jobs.tasks[i]!;
  }
  const more = asked === 0 ? 0 : (100 * (given - asked)) / asked;
  const sentence = `Partitioned devices (MIG): shares are profiles of 1, 2 or 4 of a device's 8 memory slices, or all of it; ${shares} shares were rounded up and take ${more.toFixed(0)} % more than was asked for, in every pool of the study. A device is cut anew whenever a profile comes or goes, at once and for nothing.`;
  const { provenance } = trace;
  return { ...trace, jobs, provenance: { ...provenance, assumptions: [...provenance.assumptions, sentence] } };
}

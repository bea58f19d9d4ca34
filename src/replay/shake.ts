// Shaking: the same record with every arrival and run time moved a little. A ranking that small changes turn over was
// luck of the exact moments (Tsafrir, Ouaknine and Feitelson, "Reducing performance evaluation sensitivity and
// variability by input shaking", MASCOTS 2007).

import { createDraws } from "../engine/draws.js";
import { type Trace, takeJobs } from "../model/jobs.js";
import { MICROS_PER_SECOND } from "../model/units.js";

export interface Shaking {
  /** Submissions move by up to this much, uniformly, earlier or later; never before the first of the record. */
  arrivalSeconds: number;
  /** Run times are multiplied by a factor between 1 / (1 + share) and 1 + share, its excess uniform, up or down alike. */
  runTimeShare: number;
}

/** A shaken copy of a trace, in order of submission. Estimates and deadlines move along with what they belong to. */
export function shakeTrace(trace: Trace, { arrivalSeconds, runTimeShare }: Shaking, seed: number): Trace {
  const { jobs, provenance } = trace;
  const draws = createDraws(seed, "replay/shake");
  const first = jobs.count > 0 ? jobs.submitMicros[0]! : 0;
  const submit = new Float64Array(jobs.count);
  const factor = new Float64Array(jobs.count);
  for (let i = 0; i < jobs.count; i++) {
    const move = Math.round((2 * draws.uniform() - 1) * arrivalSeconds * MICROS_PER_SECOND);
    submit[i] = Math.max(first, jobs.submitMicros[i]! + move);
    const longer = 1 + runTimeShare * draws.uniform();
    factor[i] = draws.uniform() < 0.5 ? longer : 1 / longer;
  }
  const order = Int32Array.from({ length: jobs.count }, (_, i) => i).sort((a, b) => submit[a]! - submit[b]! || a - b);
  const shaken = takeJobs(jobs, order);
  order.forEach((from, i) => {
    shaken.submitMicros[i] = submit[from]!;
    shaken.deadlineMicros[i]! += submit[from]! - jobs.submitMicros[from]!;
    shaken.runMicros[i] = Math.max(1, Math.round(shaken.runMicros[i]! * factor[from]!));
    shaken.estimateMicros[i] = Math.max(1, Math.round(shaken.estimateMicros[i]! * factor[from]!));
  });
  const assumption = `Shaken copy (seed ${seed}): submissions moved by up to ${arrivalSeconds} s, run times by a factor of up to ${1 + runTimeShare}.`;
  return {
    ...trace,
    jobs: shaken,
    provenance: { ...provenance, assumptions: [...provenance.assumptions, assumption] },
  };
}

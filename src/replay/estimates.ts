import { createDraws } from "../engine/draws.js";
import { WindtunnelError } from "../model/errors.js";
import type { Trace } from "../model/jobs.js";

/**
 * The trace with an estimate for every job: where the record has none, the run time times a factor drawn uniformly from
 * [low, high], rounded to whole µs, at least 1. One draw is taken for every row, so that a row's factor does not depend
 * on which other estimates are missing. Users overestimate: Mu'alem and Feitelson, TPDS 2001, section 5, describe the
 * "f-model" this follows. Throws SCENARIO_INVALID unless 0 < low <= high.
 */
export function fillEstimates(trace: Trace, [low, high]: readonly [number, number], seed: number): Trace {
  if (!(low > 0 && low <= high && Number.isFinite(high))) {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `The factors of the estimates are [${low}, ${high}]; expected 0 < low <= high.`,
      "Correct workload.estimateFactor.",
    );
  }
  const { jobs, provenance } = trace;
  const draws = createDraws(seed, "replay/estimates");
  const estimateMicros = new Float64Array(jobs.count);
  let filled = 0;
  for (let i = 0; i < jobs.count; i++) {
    const factor = low + (high - low) * draws.uniform();
    const recorded = jobs.estimateMicros[i]!;
    if (Number.isNaN(recorded)) filled++;
    estimateMicros[i] = Number.isNaN(recorded) ? Math.max(1, Math.round(jobs.runMicros[i]! * factor)) : recorded;
  }
  if (filled === 0) return trace;
  const assumption = `${filled} of ${jobs.count} jobs have no run time estimate: the true run time times a factor drawn uniformly from [${low}, ${high}] stands in (seed ${seed}).`;
  return {
    ...trace,
    jobs: { ...jobs, estimateMicros },
    provenance: { ...provenance, assumptions: [...provenance.assumptions, assumption] },
  };
}

// Rates and batch shares are corrected by what the generator does with them. While a batch runs no other begins, which
// costs more arrivals in busy times than in calm ones; and copied sizes pull the shares away from those drawn.

import type { JobTable } from "../../model/jobs.js";
import { generateTrace } from "./generate.js";
import type { SizeClass, SynthParams } from "./schema.js";

/** One long generated trace of a fixed seed, so that the fit stays deterministic. */
const LONG = { seed: 20_260_101, jobs: 100_000 };
const ROUNDS = 4;

/** The parameters such that a long generated trace has as many jobs a day as `jobs`, and as many of each size. */
export function calibrate(params: SynthParams, jobs: JobTable): SynthParams {
  const target = jobs.count / jobs.submitMicros[jobs.count - 1]!;
  let { arrivals, sizes } = params;
  for (let round = 0; round < ROUNDS; round++) {
    const generated = generateTrace({ ...params, arrivals, sizes }, LONG).jobs;
    const scale = (target * generated.submitMicros[generated.count - 1]!) / generated.count;
    arrivals = { ...arrivals, batchesPerHour: arrivals.batchesPerHour.map((rate) => rate * scale) };
    sizes = shiftShares(sizes, generated);
  }
  return { ...params, arrivals, sizes };
}

/** Batch shares moved by the square root of what is missing: the whole of it would chase the trace's own chance. */
function shiftShares(sizes: readonly SizeClass[], generated: JobTable): SizeClass[] {
  const counts = new Map<number, number>();
  for (const gpus of generated.tasks) counts.set(gpus, (counts.get(gpus) ?? 0) + 1);
  const weights = sizes.map((size) => {
    const observed = (counts.get(size.gpus) ?? 0) / generated.count;
    return observed > 0 ? size.batchShare * Math.sqrt(size.share / observed) : size.batchShare;
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return sizes.map((size, i) => ({ ...size, batchShare: weights[i]! / total }));
}

// The optimum by trying everything, for the tests of the bounds: whole GPUs, whole time steps, preemption and migration
// allowed and free. Shares no code with what it checks.

export interface SmallJob {
  submit: number;
  run: number;
  gpus: number;
}

export interface Optimum {
  /** Least possible sum of finish - submit, time steps. */
  flow: number;
  /** Least possible last finish - first submit, time steps. */
  makespan: number;
}

/**
 * Least flow and least makespan over all preemptive schedules that change only at whole time steps. With whole submit
 * and run times a bound over all schedules must not exceed either.
 */
export function searchOptimum(jobs: readonly SmallJob[], gpus: number): Optimum {
  const firstSubmit = Math.min(...jobs.map((job) => job.submit));
  const seen = new Map<string, Optimum>();

  function search(now: number, left: readonly number[]): Optimum {
    if (left.every((steps) => steps === 0)) return { flow: 0, makespan: now - firstSubmit };
    const key = `${now}|${left}`;
    const known = seen.get(key);
    if (known) return known;
    const present = jobs.flatMap((job, j) => (job.submit <= now && left[j]! > 0 ? [j] : []));
    const best = { flow: Number.POSITIVE_INFINITY, makespan: Number.POSITIVE_INFINITY };
    for (let choice = 0; choice < 1 << present.length; choice++) {
      const chosen = present.filter((_, bit) => (choice >> bit) & 1);
      if (chosen.reduce((used, j) => used + jobs[j]!.gpus, 0) > gpus) continue;
      // Idling is only useful while something is still to arrive.
      if (chosen.length === 0 && jobs.every((job) => job.submit <= now)) continue;
      const next = search(
        now + 1,
        left.map((steps, j) => (chosen.includes(j) ? steps - 1 : steps)),
      );
      // Every job in the system spends this step there.
      best.flow = Math.min(best.flow, next.flow + present.length);
      best.makespan = Math.min(best.makespan, next.makespan);
    }
    seen.set(key, best);
    return best;
  }

  return search(
    firstSubmit,
    jobs.map((job) => job.run),
  );
}

/** Every permutation of 0..count-1. */
export function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_, at) => [...rest.slice(0, at), count - 1, ...rest.slice(at)]),
  );
}

/** Jobs started in the given order, each as soon as its GPUs are free and not before the one ahead of it. */
export function listSchedule(jobs: readonly SmallJob[], order: readonly number[], gpus: number): Optimum {
  const freeAt = new Array<number>(gpus).fill(0);
  let ahead = 0;
  let flow = 0;
  let last = 0;
  for (const j of order) {
    const job = jobs[j]!;
    freeAt.sort((a, b) => a - b);
    const start = Math.max(job.submit, ahead, freeAt[job.gpus - 1]!);
    freeAt.fill(start + job.run, 0, job.gpus);
    ahead = start;
    flow += start + job.run - job.submit;
    last = Math.max(last, start + job.run);
  }
  return { flow, makespan: last - Math.min(...jobs.map((job) => job.submit)) };
}

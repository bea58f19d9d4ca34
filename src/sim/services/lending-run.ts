// Jobs on one counted pool whose size follows a list of steps, again and again until all jobs are done.

import * as abi from "../../engine/abi.js";
import { WindtunnelError } from "../../model/errors.js";
import { stateCapacity } from "../controlled.js";
import { measureDemand, sizePools } from "../pools.js";
import { buildSetup } from "../setup.js";
import { Simulation, type Totals } from "../simulation.js";
import type { LendingSetup } from "./lending.js";

/** GPUs of the pool from a moment on. */
export interface CapacityStep {
  atMicros: number;
  gpus: number;
}

/** Times round the list after which jobs that are still there are taken for stuck. */
const ROUNDS_MAX = 1000;

/** @throws WindtunnelError RUN_STUCK if some job asks for more than the pool ever has. */
export function runControlledCapacity(
  { scenario, trace, queue, spanMicros, seed }: LendingSetup,
  steps: readonly CapacityStep[],
): { totals: Totals; finishMicros: number[] } {
  const pools = sizePools(scenario, measureDemand(trace.jobs), null, trace.names.gpuModels);
  const setup = buildSetup(scenario, pools, trace, { queue, place: "first-fit", seed, records: false });
  const capacities = { ...setup.world.capacities, facts: 4, input: Math.max(1, trace.jobs.count) };
  const finishMicros: number[] = [];
  const simulation = new Simulation(
    { ...setup, world: { ...setup.world, capacities } },
    { rows: (rows) => finishMicros.push(...rows.finishMicros.subarray(0, rows.count)) },
  );
  const { engine } = simulation;
  simulation.load(trace.jobs);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    for (const { atMicros, gpus } of steps) {
      const at = round * spanMicros + atMicros;
      const done = simulation.runUntil(at);
      if (done && engine.getI(abi.WAITING) === 0) {
        simulation.finish();
        return { totals: simulation.totals(), finishMicros };
      }
      engine.call((e) => e.tick(at));
      stateCapacity(engine, at, 0, gpus);
    }
  }
  throw new WindtunnelError(
    "RUN_STUCK",
    `${engine.getI(abi.WAITING)} jobs wait after ${ROUNDS_MAX} times the services' run: they never find as many GPUs free.`,
    "Give the pool more GPUs (training.gpus), or take smaller jobs.",
  );
}

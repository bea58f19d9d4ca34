// Could every job run at all? Asked before an experiment begins, so that nobody waits an hour to hear no.

import type { Engine } from "../engine/engine.js";
import type { PoolSetup } from "../engine/world.js";
import type { JobTable, Trace } from "../model/jobs.js";
import { policyName } from "../model/policies.js";
import type { Scenario } from "../model/scenario.js";
import { buildSetup } from "./setup.js";
import { Simulation } from "./simulation.js";

/**
 * @param engine used and left in any state.
 * @throws WindtunnelError JOB_INFEASIBLE for the first job that some placement of the scenario could never place.
 */
export function refuseInfeasible(scenario: Scenario, pools: readonly PoolSetup[], trace: Trace, engine: Engine): void {
  const queue = policyName(scenario.policies.queue[0]!);
  const first = { names: trace.names, jobs: { ...trace.jobs, count: 1 } };
  const rows = firstOfEachShape(trace.jobs);
  for (const place of scenario.policies.place.map(policyName)) {
    const setup = buildSetup(scenario, pools, first, { queue, place, seed: 1, records: false });
    const simulation = new Simulation(setup, { rows: () => undefined }, engine);
    for (const row of rows) simulation.shapeOf(trace.jobs, row);
  }
}

function firstOfEachShape({ count, tasks, gpuMilli, cpuMilli, memoryMib, modelMask }: JobTable): number[] {
  const seen = new Set<string>();
  const rows: number[] = [];
  for (let i = 0; i < count; i++) {
    const key = `${tasks[i]} ${gpuMilli[i]} ${cpuMilli[i]} ${memoryMib[i]} ${modelMask[i]}`;
    if (seen.has(key)) continue;
    seen.add(key);
    rows.push(i);
  }
  return rows;
}

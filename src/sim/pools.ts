// Pools as they are simulated: sizes settled, clouds and GPU models numbered.

import type { PoolSetup } from "../engine/world.js";
import { WindtunnelError } from "../model/errors.js";
import type { JobTable } from "../model/jobs.js";
import type { PoolSpec, Scenario } from "../model/scenario.js";
import { MICROS_PER_HOUR } from "../model/units.js";

/** Bit of a pool whose GPU model no job names. */
const UNNAMED_MODEL_BIT = 1 << 30;

/** Demand that a pool is sized for. */
export interface Demand {
  gpuHours: number;
  /** First to last submission. */
  spanHours: number;
  /** Largest gang, GPUs. */
  gpusMax: number;
}

export function measureDemand(jobs: JobTable): Demand {
  let gpuMicros = 0;
  let gpusMax = 0;
  for (let i = 0; i < jobs.count; i++) {
    const gpus = (jobs.tasks[i]! * jobs.gpuMilli[i]!) / 1000;
    gpuMicros += gpus * jobs.runMicros[i]!;
    if (gpus > gpusMax) gpusMax = gpus;
  }
  const span = jobs.count > 0 ? jobs.submitMicros[jobs.count - 1]! - jobs.submitMicros[0]! : 0;
  return { gpuHours: gpuMicros / MICROS_PER_HOUR, spanHours: span / MICROS_PER_HOUR, gpusMax };
}

function nodesForLoad(pool: PoolSpec, load: number, demand: Demand, sharers: number): number {
  if (!(demand.spanHours > 0)) {
    throw new WindtunnelError(
      "SCENARIO_INVALID",
      `Pool "${pool.name}" is to be sized by offered load, but all jobs of the trace are submitted at one moment.`,
      "Give size.nodes instead of size.offeredLoad.",
    );
  }
  const gpus = demand.gpuHours / demand.spanHours / load / sharers;
  return Math.max(1, Math.ceil(Math.max(gpus, demand.gpusMax) / pool.gpusPerNode));
}

/** Numbers clouds by first appearance in pools, links and classes. */
export function cloudNames(scenario: Scenario): string[] {
  const names = new Set<string>();
  for (const pool of scenario.pools) names.add(pool.cloud);
  for (const link of scenario.links) names.add(link.from).add(link.to);
  for (const c of scenario.jobClasses) names.add(c.inputCloud);
  return [...names];
}

/** Sizes and numbers the pools. `load` replaces every size.offeredLoad; null takes the scenario's own. */
export function sizePools(
  scenario: Scenario,
  demand: Demand,
  load: number | null,
  gpuModels: readonly string[],
): PoolSetup[] {
  const clouds = cloudNames(scenario);
  const sharers = scenario.pools.filter((p) => "offeredLoad" in p.size).length;
  return scenario.pools.map((pool): PoolSetup => {
    const model = gpuModels.indexOf(pool.gpuModel);
    return {
      name: pool.name,
      cloud: clouds.indexOf(pool.cloud),
      modelBit: model >= 0 ? 1 << model : UNNAMED_MODEL_BIT,
      counted: pool.topology === "counted",
      nodes:
        "nodes" in pool.size ? pool.size.nodes : nodesForLoad(pool, load ?? pool.size.offeredLoad, demand, sharers),
      gpusPerNode: pool.gpusPerNode,
      cpuMilliPerNode: Math.round(pool.cpuCoresPerNode * 1000),
      memoryMibPerNode: Math.round(pool.memoryGibPerNode * 1024),
      nodesPerRack: pool.nodesPerRack,
      ...(pool.mig ? { mig: true } : {}),
    };
  });
}

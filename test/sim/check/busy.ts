// A made-up busy cluster: gangs, shares, CPU and memory, priorities, failures, start-up, checkpoints, slow-down.

import { createDraws } from "../../../src/engine/draws.js";
import type { Trace } from "../../../src/model/jobs.js";
import type { Scenario } from "../../../src/model/scenario.js";
import { type SmallJob, scenarioOf, traceOf } from "../schedules/small.js";

/** Jobs of an overloaded hour; `mixed` adds shares of devices, CPU only, and several GPUs a task. */
export function busyTrace(count: number, seed: number, gpuModels: string[] = [], mixed = true): Trace {
  const draws = createDraws(seed, "test/busy");
  const pick = <T>(items: readonly T[]): T => items[Math.floor(draws.uniform() * items.length)]!;
  const jobs: SmallJob[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    // several at one moment, then a gap
    if (draws.uniform() < 0.7) at += Math.floor(draws.uniform() * 60);
    const run = 1 + Math.floor(600 * draws.uniform() ** 3);
    const kind = mixed ? draws.uniform() : 1;
    const size: Partial<SmallJob> =
      kind < 0.1
        ? { tasks: pick([1, 2]), gpuMilli: pick([250, 400, 600]) }
        : kind < 0.15
          ? { gpuMilli: 0, cpuMilli: 4000 }
          : kind < 0.25
            ? { tasks: pick([1, 2]), gpuMilli: pick([2000, 4000]) }
            : kind < 0.35
              ? { gpus: pick([1, 2]), cpuMilli: 3000, memoryMib: 8192 }
              : { gpus: pick([1, 1, 1, 2, 4, 8]) };
    jobs.push({
      at,
      run,
      estimate: run * (1 + 2 * draws.uniform()),
      priority: pick([0, 0, 1, 2]),
      tenant: pick([0, 1, 2]),
      ...(gpuModels.length > 0 ? { modelMask: pick([0, 0, 1, 2, 3]) } : {}),
      ...size,
    });
  }
  return traceOf(jobs, gpuModels);
}

/** Four nodes of four GPUs in two racks. */
export function busyScenario(costs = true): Scenario {
  const classes = {
    name: "default",
    startupSeconds: 5,
    restartSeconds: 3,
    checkpointSeconds: 60,
    slowdownSameRack: 1.05,
    slowdownAcrossRacks: 1.15,
    failuresPerGpuHour: 2,
  };
  return scenarioOf(
    [{ gpusPerNode: 4, nodesPerRack: 2, size: { nodes: 4 }, cpuCoresPerNode: 16, memoryGibPerNode: 64 }],
    costs ? { jobClasses: [classes] } : {},
    { lasThresholdsGpuSeconds: [60, 300] },
  );
}

/** Two pools in two clouds; input crosses a link; prices change. */
export function pricedScenario(): Scenario {
  const prices = [
    { fromHour: 0, usdPerGpuHour: 2 },
    { fromHour: 0.25, usdPerGpuHour: 3.5 },
    { fromHour: 0.5, usdPerGpuHour: 0 },
    { fromHour: 1, usdPerGpuHour: 1 },
  ];
  return scenarioOf(
    [
      {
        cloud: "west",
        gpuModel: "A",
        gpusPerNode: 4,
        size: { nodes: 3 },
        cpuCoresPerNode: 16,
        memoryGibPerNode: 64,
        prices,
      },
      {
        cloud: "east",
        gpuModel: "B",
        gpusPerNode: 8,
        size: { nodes: 1 },
        cpuCoresPerNode: 16,
        memoryGibPerNode: 64,
        prices: prices.slice(1),
      },
    ],
    {
      links: [{ from: "west", to: "east", gigabitsPerSecond: 10, latencyMilliseconds: 20, usdPerGb: 0.05 }],
      jobClasses: [
        {
          name: "default",
          startupSeconds: 2,
          checkpointSeconds: 30,
          failuresPerGpuHour: 1,
          inputGib: 3,
          inputCloud: "west",
        },
      ],
    },
    { lasThresholdsGpuSeconds: [60, 300] },
  );
}

// Metrics by kind of job: who pays for a good mean. By size, by GPU model it ran on, by tenant.

import type { GroupRow } from "../model/results.js";
import { GROUP_METRICS } from "./metrics.js";
import type { Grouping, RunJobs } from "./summarise.js";

/** Upper bounds of size classes, GPUs of the whole gang, and their names. */
const SIZES: readonly [gpus: number, name: string][] = [
  [0, "no GPU"],
  [0.999, "under 1 GPU"],
  [1, "1 GPU"],
  [4, "2 to 4 GPUs"],
  [8, "5 to 8 GPUs"],
  [16, "9 to 16 GPUs"],
  [64, "17 to 64 GPUs"],
  [Number.POSITIVE_INFINITY, "over 64 GPUs"],
];
const BY_SIZE = { by: "gpus", bounds: SIZES.slice(0, -1).map(([most]) => most) } as const;

/** Tenants beyond these, by number of jobs, are taken together. */
const TENANTS_MAX = 100;
const OTHERS = "all others";

/**
 * @param cutJobs jobs at the start of the trace that do not count.
 * @param poolModels GPU model of each pool.
 * @param tenants names behind rows.tenant.
 * @returns sizes ascending, models in order of the pools, tenants by number of jobs; a dimension of one group is left out.
 */
export async function groupJobs(
  jobs: RunJobs,
  cutJobs: number,
  poolModels: readonly string[],
  tenants: readonly string[],
): Promise<GroupRow[]> {
  const models = [...new Set(poolModels)];
  const byModel = { by: "pool", parts: poolModels.map((model) => models.indexOf(model)) } as const;
  const sizeNames = SIZES.map(([, name]) => name);
  return [
    ...(await dimension("size", jobs, cutJobs, BY_SIZE, sizeNames)),
    ...(models.length < 2 ? [] : await dimension("gpuModel", jobs, cutJobs, byModel, models)),
    ...(await byTenant(jobs, cutJobs, tenants)),
  ];
}

async function byTenant(jobs: RunJobs, cutJobs: number, tenants: readonly string[]): Promise<GroupRow[]> {
  const shown = await jobs.tenantsByJobs(cutJobs, TENANTS_MAX);
  if (shown.length < 2) return [];
  const names = shown.map((tenant) => tenants[tenant] ?? `tenant ${tenant}`);
  return dimension("tenant", jobs, cutJobs, { by: "tenant", tenants: shown }, [...names, OTHERS]);
}

async function dimension(
  name: GroupRow["dimension"],
  jobs: RunJobs,
  cutJobs: number,
  grouping: Grouping,
  names: readonly string[],
): Promise<GroupRow[]> {
  const groups = await jobs.summarise(cutJobs, grouping);
  if (groups.length < 2) return [];
  return groups.map(({ group: part, summary }) => {
    const metrics = Object.fromEntries(GROUP_METRICS.map((metric) => [metric.name, metric.ofJobs(summary)]));
    return { dimension: name, group: names[part]!, jobs: summary.jobs, metrics };
  });
}

// Metrics by kind of job: who pays for a good mean. By size, by GPU model it ran on, by tenant.

import type { GroupRow } from "../model/results.js";
import { GROUP_METRICS } from "./metrics.js";
import type { RunTable } from "./run-table.js";
import { summariseGroups } from "./summarise.js";

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
const SIZE_OF = `CASE ${SIZES.slice(0, -1)
  .map(([most], i) => `WHEN gpus <= ${most} THEN ${i}`)
  .join(" ")} ELSE ${SIZES.length - 1} END`;

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
  table: RunTable,
  cutJobs: number,
  poolModels: readonly string[],
  tenants: readonly string[],
): Promise<GroupRow[]> {
  const models = [...new Set(poolModels)];
  // a job that never started has no pool, and an index outside of the list gives nothing
  const modelOf = `[${poolModels.map((model) => models.indexOf(model)).join(", ")}][pool + 1]`;
  const sizeNames = SIZES.map(([, name]) => name);
  return [
    ...(await dimension("size", table, cutJobs, SIZE_OF, sizeNames)),
    ...(models.length < 2 ? [] : await dimension("gpuModel", table, cutJobs, modelOf, models)),
    ...(await byTenant(table, cutJobs, tenants)),
  ];
}

async function byTenant(table: RunTable, cutJobs: number, tenants: readonly string[]): Promise<GroupRow[]> {
  const shown = await table.query(
    `SELECT tenant FROM jobs WHERE job >= ${cutJobs} GROUP BY tenant ORDER BY count(*) DESC, tenant LIMIT ${TENANTS_MAX}`,
  );
  const numbers = shown.map(({ tenant }) => Number(tenant));
  if (numbers.length < 2) return [];
  const names = numbers.map((tenant) => tenants[tenant] ?? `tenant ${tenant}`);
  // the position of a tenant in the list, or the number after its end
  const rank = `coalesce(list_position([${numbers.join(", ")}], tenant) - 1, ${numbers.length})`;
  return dimension("tenant", table, cutJobs, rank, [...names, OTHERS]);
}

async function dimension(
  name: GroupRow["dimension"],
  table: RunTable,
  cutJobs: number,
  group: string,
  names: readonly string[],
): Promise<GroupRow[]> {
  const groups = await summariseGroups(table, cutJobs, group);
  if (groups.length < 2) return [];
  return groups.map(({ group: part, summary }) => {
    const metrics = Object.fromEntries(GROUP_METRICS.map((metric) => [metric.name, metric.ofJobs(summary)]));
    return { dimension: name, group: names[part]!, jobs: summary.jobs, metrics };
  });
}

// Metrics by kind of job: who pays for a good mean. By size, by GPU model it ran on, by tenant.

import type { GroupRow, JobRows } from "../model/results.js";
import { MILLI_PER_GPU } from "../model/units.js";
import { JobColumns, pickRows } from "./job-columns.js";
import { GROUP_METRICS } from "./metrics.js";

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

/** Tenants beyond these, by number of jobs, are taken together. */
const TENANTS_MAX = 100;
const OTHERS = "all others";

/**
 * @param rows the jobs that count.
 * @param poolModels GPU model of each pool.
 * @param tenants names behind rows.tenant.
 * @returns sizes ascending, models in order of the pools, tenants by number of jobs; a dimension of one group is left out.
 */
export function groupJobs(rows: JobRows, poolModels: readonly string[], tenants: readonly string[]): GroupRow[] {
  const sizeOf = (i: number) => SIZES.findIndex(([most]) => rows.gpuMilli[i]! / MILLI_PER_GPU <= most);
  const models = [...new Set(poolModels)];
  const modelOf = (i: number) => models.indexOf(poolModels[rows.pool[i]!]!);
  return [
    ...dimension(
      "size",
      rows,
      sizeOf,
      SIZES.map(([, name]) => name),
    ),
    ...dimension("gpuModel", rows, modelOf, models),
    ...dimension("tenant", rows, ...tenantGroups(rows, tenants)),
  ];
}

function tenantGroups(rows: JobRows, tenants: readonly string[]): [(i: number) => number, string[]] {
  const jobs = new Map<number, number>();
  for (let i = 0; i < rows.count; i++) jobs.set(rows.tenant[i]!, (jobs.get(rows.tenant[i]!) ?? 0) + 1);
  const order = [...jobs].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([tenant]) => tenant);
  const shown = order.length > TENANTS_MAX ? order.slice(0, TENANTS_MAX) : order;
  const groupOf = new Map(shown.map((tenant, g) => [tenant, g]));
  const names = shown.map((tenant) => tenants[tenant] ?? `tenant ${tenant}`);
  return [(i) => groupOf.get(rows.tenant[i]!) ?? shown.length, [...names, OTHERS]];
}

function dimension(
  name: GroupRow["dimension"],
  rows: JobRows,
  groupOf: (i: number) => number,
  names: readonly string[],
): GroupRow[] {
  const members = names.map((): number[] => []);
  for (let i = 0; i < rows.count; i++) members[groupOf(i)]?.push(i);
  const groups = names.flatMap((group, g) => (members[g]!.length > 0 ? [{ group, rows: members[g]! }] : []));
  if (groups.length < 2) return [];
  return groups.map(({ group, rows: own }) => {
    const columns = new JobColumns(pickRows(rows, own));
    const metrics = Object.fromEntries(GROUP_METRICS.map((metric) => [metric.name, metric.ofJobs(columns)]));
    return { dimension: name, group, jobs: own.length, metrics };
  });
}

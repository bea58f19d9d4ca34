// Who pays for a good mean: the same metrics by size of job, GPU model and tenant, under the best pair and the others.

import type { Experiment, GroupRow, RankingRow } from "../model/results.js";
import { escapeHtml as text } from "./escape.js";
import { formatNumber, timeUnitFor } from "./numbers.js";
import { pairName } from "./pairs.js";

const DIMENSIONS: Record<GroupRow["dimension"], string> = {
  size: "By size of job",
  gpuModel: "By GPU model that they ran on",
  tenant: "By tenant",
};
/** More rows than this are folded into the file groups.csv. */
const ROWS_MAX = 12;
const METRICS: [name: string, head: string][] = [
  ["jctSecondsMean", "mean JCT"],
  ["jctSecondsP99", "P99 JCT"],
  ["totalWaitSecondsMean", "total wait"],
];

/** Means over the replications of each pair, one table a dimension; nothing where no run has groups. */
export function groupsSection(
  experiment: Experiment,
  pairs: readonly RankingRow[],
  load: number | null,
  where: string,
): string {
  const tables = (Object.keys(DIMENSIONS) as GroupRow["dimension"][]).map((dimension) => {
    const found = groupMeans(experiment, pairs, load, dimension);
    return found.groups.length < 2 ? "" : groupTable(DIMENSIONS[dimension], found, pairs);
  });
  if (tables.every((table) => table === "")) return "";
  return `<section><h2>Whose jobs wait, ${text(where)}</h2>
<p class="note">Means over replications, of mean JCT, P99 JCT and total wait within each group; jobs: of the first replication. All groups are in groups.csv.</p>
${tables.filter(Boolean).join("\n")}</section>`;
}

interface Means {
  groups: { name: string; jobs: number }[];
  /** pair, group, metric to mean. */
  values: Map<string, number>;
}

function groupMeans(
  experiment: Experiment,
  pairs: readonly RankingRow[],
  load: number | null,
  dimension: GroupRow["dimension"],
): Means {
  const names = new Set(pairs.map(pairName));
  const sums = new Map<string, { total: number; count: number }>();
  const groups = new Map<string, number>();
  for (const { spec, groups: rows } of experiment.runs) {
    if (spec.load !== load || spec.shake !== null || !names.has(pairName(spec))) continue;
    for (const row of rows.filter((other) => other.dimension === dimension)) {
      if (!groups.has(row.group)) groups.set(row.group, row.jobs);
      for (const [metric] of METRICS) {
        const value = row.metrics[metric];
        if (value === undefined || Number.isNaN(value)) continue;
        const key = JSON.stringify([pairName(spec), row.group, metric]);
        const sum = sums.get(key) ?? { total: 0, count: 0 };
        sums.set(key, { total: sum.total + value, count: sum.count + 1 });
      }
    }
  }
  return {
    groups: [...groups].map(([name, jobs]) => ({ name, jobs })),
    values: new Map([...sums].map(([key, { total, count }]) => [key, total / count])),
  };
}

function groupTable(title: string, found: Means, pairs: readonly RankingRow[]): string {
  const unit = timeUnitFor([...found.values.values()]);
  const shown = found.groups.slice(0, ROWS_MAX);
  const head = pairs.map((pair) => `<th scope="colgroup" colspan="${METRICS.length}">${text(pairName(pair))}</th>`);
  const sub = pairs.flatMap(() => METRICS.map(([, label]) => `<th scope="col" class="right">${label}</th>`));
  const body = shown.map(({ name, jobs }) => {
    const cells = pairs.flatMap((pair) =>
      METRICS.map(([metric]) => {
        const value = found.values.get(JSON.stringify([pairName(pair), name, metric])) ?? Number.NaN;
        return `<td class="right">${formatNumber(value / unit.seconds)}</td>`;
      }),
    );
    return `<tr><th scope="row">${text(name)}</th><td class="right">${jobs}</td>${cells.join("")}</tr>`;
  });
  const rest = found.groups.length - shown.length;
  const note = rest > 0 ? `<p class="note">${rest} more are in groups.csv.</p>` : "";
  return `<h3>${text(title)}, ${unit.word}</h3><div class="scroll"><table><thead><tr><th></th><th></th>${head.join("")}</tr>
<tr><th scope="col"></th><th scope="col" class="right">jobs</th>${sub.join("")}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>${note}`;
}

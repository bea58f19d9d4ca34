// The table of `compare`: before, after, and whether the change is one.

import Table from "cli-table3";
import type { ComparedMetric } from "../model/results.js";
import { formatNumber, formatShare, formatTime, timeUnitFor } from "./numbers.js";
import { loadName, pairName } from "./pairs.js";
import type { MetricText } from "./sections.js";

/** @param failed rows that a condition failed, marked in the table. */
export function renderComparison(
  rows: readonly ComparedMetric[],
  metrics: readonly MetricText[],
  failed: readonly ComparedMetric[],
): string {
  const parts = [...new Set(rows.map((row) => row.metric))].map((name) => {
    const metric = metrics.find((other) => other.name === name);
    const of = rows.filter((row) => row.metric === name);
    const table = new Table({
      head: ["policy pair", "load", "A", "B", "change", "95 % interval", "verdict"],
      colAligns: ["left", "left", "right", "right", "right", "right", "left"],
      style: { head: [], border: [], compact: true },
    });
    for (const row of of) {
      const pair = pairName(row.a) === pairName(row.b) ? pairName(row.a) : `${pairName(row.a)} -> ${pairName(row.b)}`;
      const number = (value: number) => withUnit(value, metric?.unit, [row.meanA, row.meanB]);
      const share = (value: number) => `${value > 0 ? "+" : ""}${formatShare(value / Math.abs(row.meanA))}`;
      const { mean, low, high } = row.difference;
      table.push([
        pair,
        row.load === null ? "–" : loadName(row.load).replace("load ", ""),
        number(row.meanA),
        number(row.meanB),
        mean === 0 ? "the same" : row.meanA === 0 ? number(mean) : share(mean),
        Number.isFinite(low) && row.meanA !== 0 && mean !== 0 ? `${share(low)} to ${share(high)}` : "–",
        `${verdict(row, metric?.better)}${failed.includes(row) ? ", FAILED" : ""}`,
      ]);
    }
    return `${metric?.title ?? name} (${name}${metric ? `, ${metric.better === "neither" ? "neither way is better" : `${metric.better} is better`}` : ""})\n${table.toString()}`;
  });
  const how = rows.every((row) => row.paired)
    ? "Paired by replication: data and seeds are the same on both sides."
    : rows.some((row) => row.paired)
      ? "Paired by replication where data and seeds are the same, else Welch's test."
      : "Data or seeds differ between the sides: Welch's test of independent samples.";
  return `${parts.join("\n\n")}\n\n${how} "may be chance": p above 5 % once all comparisons of the metric are counted (Holm).`;
}

function withUnit(value: number, unit: string | undefined, column: readonly number[]): string {
  if (unit === "s") return formatTime(value, timeUnitFor(column));
  if (unit === "share") return formatShare(value);
  return formatNumber(value);
}

function verdict(row: ComparedMetric, better: string | undefined): string {
  const { mean, halfWidth } = row.difference;
  if (mean === 0 && !(halfWidth > 0)) return "the same";
  if (Number.isNaN(row.pAdjusted)) return "one run a side: not judged";
  if (!(row.pAdjusted <= 0.05)) return "may be chance";
  if (better === "lower") return mean < 0 ? "better" : "worse";
  if (better === "higher") return mean > 0 ? "better" : "worse";
  return "different";
}

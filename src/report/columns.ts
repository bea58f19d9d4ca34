// The columns of the ranking, for the page and for the terminal: the same numbers in both.

import type { Interval, RankingRow } from "../model/results.js";
import { mayBeChance } from "./answer.js";
import { formatInterval, formatNumber, formatRatio, formatShare, type TimeUnit, timeUnitFor } from "./numbers.js";
import { bestOf, pairName, rowsAt } from "./pairs.js";

export interface RankingColumn {
  head: string;
  align: "left" | "right";
  text(row: RankingRow): string;
}

/** Metrics in seconds and what they are called in a head. */
const TIMES: [metric: string, head: string, withInterval: boolean][] = [
  ["jctSecondsMean", "mean JCT", true],
  ["jctSecondsMedian", "median JCT", false],
  ["jctSecondsP99", "P99 JCT", false],
  ["totalWaitSecondsMean", "total wait", false],
  ["waitSecondsP90", "P90 wait", false],
  ["waitSecondsP99", "P99 wait", false],
];
const SHORT = new Set(["jctSecondsMean", "totalWaitSecondsMean"]);

/**
 * Columns for a ranking; those that no row has a value for are left out, and restarts where there was none.
 * @param width short: what fits a terminal of about 110 characters.
 */
export function rankingColumns(ranking: readonly RankingRow[], width: "short" | "full" = "full"): RankingColumn[] {
  const has = (metric: string) => ranking.some((row) => row.metrics[metric] !== undefined);
  const restarts = ranking.some((row) => (row.metrics.restartsPerJob?.mean ?? 0) > 0);
  const columns: RankingColumn[] = [
    { head: "policy pair", align: "left", text: (row) => `${pairName(row)}${row.oracle ? " (oracle)" : ""}` },
  ];
  for (const [metric, head, withInterval] of TIMES) {
    if (!has(metric) || (width === "short" && !SHORT.has(metric))) continue;
    const unit = timeUnitFor(ranking.map((row) => row.metrics[metric]?.mean ?? Number.NaN));
    columns.push(timeColumn(metric, `${head}, ${unit.symbol}`, withInterval, unit));
    if (metric === "jctSecondsMean") columns.push(...comparisonColumns(ranking));
  }
  const plain: [metric: string, head: string, text: (value: Interval) => string][] = [
    ["gpuAllocationRate", "GPUs allocated", (value) => formatShare(value.mean)],
    ["restartsPerJob", "restarts per job", (value) => formatNumber(value.mean)],
    ["costUsd", "cost, USD", (value) => formatInterval(value)],
  ];
  for (const [metric, head, text] of plain) {
    if (metric === "restartsPerJob" && !restarts) continue;
    if (has(metric)) columns.push({ head, align: "right", text: (row) => orDash(row.metrics[metric], text) });
  }
  return columns;
}

function timeColumn(metric: string, head: string, withInterval: boolean, unit: TimeUnit): RankingColumn {
  const text = (value: Interval) =>
    withInterval ? formatInterval(value, unit.seconds) : formatNumber(value.mean / unit.seconds);
  return { head, align: "right", text: (row) => orDash(row.metrics[metric], text) };
}

function comparisonColumns(ranking: readonly RankingRow[]): RankingColumn[] {
  const best = (row: RankingRow) => bestOf(rowsAt(ranking, row.load));
  const difference = (row: RankingRow): string => {
    if (row === best(row)) return "best";
    const { mean, halfWidth } = row.jctSecondsMeanVsBest;
    if (mean === 0 && !(halfWidth > 0)) return "the same";
    const text = formatRatio(row.jctRatioToBest);
    return mayBeChance(row) && Number.isFinite(mean) ? `${text} (?)` : text;
  };
  const wins = (row: RankingRow) => {
    const { count } = row.jctSecondsMeanVsBest;
    return row === best(row) || count === 0 ? "–" : `${Math.round(row.probabilityBetter * count)} of ${count}`;
  };
  return [
    { head: "against the best", align: "right", text: difference },
    { head: "won", align: "right", text: wins },
  ];
}

function orDash(value: Interval | undefined, text: (value: Interval) => string): string {
  return value === undefined ? "–" : text(value);
}

/** What the short heads and marks mean; printed below the table. */
export const COLUMNS_LEGEND = [
  "± is half the two-sided 95 % Student-t interval over replications (where there is one: over equal stretches of it).",
  "JCT: job completion time, from submission to finish. Wait: from submission to first start; total wait: the mean of all time without GPUs, after a stop too.",
  "Against the best: how many times the best pair's mean JCT, on the same jobs, or how much more in percent: geometric mean over replications with its 95 % interval.",
  "(?): may be chance once all comparisons with the best, and the choice of the best itself, are counted (Holm; Gupta; adjusted p above 5 %).",
  "Won: in how many replications the mean JCT is below the best pair's.",
  "(oracle): is told true run times, which no real cluster knows; never counted as the best.",
] as const;

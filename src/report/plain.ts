// The ranking for machines: one row a policy pair and load as CSV, everything as JSON.

import type { Experiment, RankingRow } from "../model/results.js";

const COLUMNS: [name: string, value: (row: RankingRow) => string | number | boolean | null][] = [
  ["queue", (row) => row.queue],
  ["place", (row) => row.place],
  ["load", (row) => row.load],
  ["oracle", (row) => row.oracle],
  ["ratioToBest", (row) => row.jctRatioToBest.mean],
  ["ratioToBestLow", (row) => row.jctRatioToBest.low],
  ["ratioToBestHigh", (row) => row.jctRatioToBest.high],
  ["differenceToBestSeconds", (row) => row.jctSecondsMeanVsBest.mean],
  ["differenceToBestSecondsLow", (row) => row.jctSecondsMeanVsBest.low],
  ["differenceToBestSecondsHigh", (row) => row.jctSecondsMeanVsBest.high],
  ["pAdjusted", (row) => row.pAdjusted],
  ["probabilityBetter", (row) => row.probabilityBetter],
  ["intervalsFrom", (row) => row.from],
];

/** RFC 4180, one line a row of the ranking; each metric has its mean and the ends of its interval; empty: no value. */
export function rankingCsv({ ranking }: Experiment): string {
  const metrics = [...new Set(ranking.flatMap((row) => Object.keys(row.metrics)))];
  const head = [...COLUMNS.map(([name]) => name), ...metrics.flatMap((name) => [name, `${name}Low`, `${name}High`])];
  const lines = ranking.map((row) => {
    const values = metrics.flatMap((name) => {
      const found = row.metrics[name];
      return found ? [found.mean, found.low, found.high] : [null, null, null];
    });
    return [...COLUMNS.map(([, value]) => value(row)), ...values].map(cell).join(",");
  });
  return `${[head.join(","), ...lines].join("\n")}\n`;
}

function cell(value: string | number | boolean | null): string {
  if (value === null || (typeof value === "number" && !Number.isFinite(value))) return "";
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Manifest, ranking, robustness and bounds; numbers that are not there are null. */
export function experimentJson({ manifest, ranking, robustness, bounds }: Experiment): string {
  return `${JSON.stringify({ manifest, ranking, robustness, bounds }, null, 2)}\n`;
}

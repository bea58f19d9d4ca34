// docs/metrics.md: every metric of a run, from the table that computes it.

import { METRICS } from "../../sim/metrics.js";
import { buildPage, buildTable, code } from "./page.js";

export const UNITS: Readonly<Record<string, string>> = {
  s: "seconds of simulated time",
  h: "hours of simulated time",
  "GPU h": "GPU-hours",
  jobs: "a count of jobs",
  USD: "US dollars",
  "1/h": "a rate an hour",
  "1": "a plain number",
  share: "a share from 0 to 1",
};

export function renderMetricsPage(): string {
  const units = new Set(METRICS.map((metric) => metric.unit));
  return buildPage("Metrics", [
    "Computed for every run from its rows of jobs and its time series, written to `metrics.csv` and `metrics.parquet` of a " +
      "result folder (one row a run) and averaged over replications in the report. Times are simulated. A percentile " +
      "interpolates between order statistics (Hyndman and Fan's type 7, as NumPy, R and DuckDB's `quantile_cont` do).",
    buildTable(
      ["metric", "title", "unit", "better", "formula", "counted"],
      METRICS.map((m) => [code(m.name), m.title, m.unit, m.better, m.formula, m.counted]),
    ),
    "## Units",
    buildTable(
      ["unit", "meaning"],
      [...units].map((unit) => [unit, UNITS[unit] ?? ""]),
    ),
    "Means over replications carry a two-sided 95 % Student-t interval: see [statistics](models/statistics.md).",
  ]);
}

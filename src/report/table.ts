// The ranking as plain text for a terminal.

import Table from "cli-table3";
import type { Experiment } from "../model/results.js";
import { buildAnswer } from "./answer.js";
import { COLUMNS_LEGEND, rankingColumns } from "./columns.js";
import { formatTime } from "./numbers.js";
import { loadName, loadsOf, rowsAt } from "./pairs.js";

/** The answer, one table a load (highest first) with its lower bound, and what the marks mean. No colours, no trailing newline. */
export function renderTable(experiment: Experiment): string {
  const answer = buildAnswer(experiment);
  const parts = [experiment.manifest.title, "", answer.headline, ...answer.details];
  for (const load of loadsOf(experiment.ranking).reverse()) {
    const rows = rowsAt(experiment.ranking, load);
    const columns = rankingColumns(rows, "short");
    const table = new Table({
      head: columns.map((column) => column.head),
      colAligns: columns.map((column) => column.align),
      style: { head: [], border: [], compact: true },
    });
    for (const row of rows) table.push(columns.map((column) => column.text(row)));
    const bound = experiment.bounds.find((other) => other.load === load)?.jctSecondsMean.mean;
    const beside = bound === undefined ? "" : `; lower bound of the mean JCT: ${formatTime(bound)}`;
    parts.push("", `${capital(loadName(load))}${beside}`, table.toString());
  }
  return [...parts, "", ...COLUMNS_LEGEND].join("\n");
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

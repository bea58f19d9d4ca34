import type { CommandSpec } from "../command.js";

export const metricsCommand: CommandSpec = {
  name: "metrics",
  summary: "List metrics with unit, formula and what is counted",
  description: "The same table that computes them, and that the report explains.",
  options: [{ flags: "--json", description: "print as JSON" }],
  examples: [{ command: "windtunnel metrics", does: "names for `compare --metric` and `--fail-if`" }],
  async run(context, _args, options) {
    const { METRICS } = await import("../../sim/metrics.js");
    const rows = METRICS.map(({ name, title, unit, better, formula, counted }) => {
      return { name, title, unit, better, formula, counted };
    });
    if (options.json === true) {
      context.out(JSON.stringify(rows, null, 2));
      return;
    }
    const { default: Table } = await import("cli-table3");
    const table = new Table({
      head: ["metric", "unit", "better", "formula", "counted"],
      colWidths: [26, 8, 9, 54, 40],
      wordWrap: true,
      style: { head: [], border: [] },
    });
    for (const row of rows) table.push([row.name, row.unit, row.better, row.formula, row.counted]);
    context.out(table.toString());
  },
};

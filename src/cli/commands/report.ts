import type { CommandSpec } from "../command.js";
import { parseChoice } from "../parse.js";

export const reportCommand: CommandSpec = {
  name: "report",
  summary: "Write the report of an experiment anew, or its charts and tables",
  description:
    "Reads a result folder and writes one HTML file that needs no network to open; or every chart as a picture, or the " +
    "ranking for other programs.",
  arguments: [{ name: "<results>", description: "folder that `run` wrote" }],
  options: [
    {
      flags: "--format <format>",
      description: "html, png or svg (a picture a chart), csv (the ranking), json (ranking, bounds, manifest) or table",
      parse: parseChoice(["html", "png", "svg", "csv", "json", "table"]),
      default: "html",
    },
    {
      flags: "--out <path>",
      description: "the file; for png and svg the folder",
      default: "RESULTS/report.html, RESULTS/charts; csv, json and table are printed",
    },
  ],
  examples: [
    { command: "windtunnel report results/first-study --out report.html", does: "writes report.html" },
    { command: "windtunnel report results/first-study --format png --out charts", does: "a PNG a chart" },
    { command: "windtunnel report results/first-study --format csv > ranking.csv", does: "for a spreadsheet" },
  ],
  async run(context, [folder], options) {
    const { writeReport } = await import("../write-report.js");
    await writeReport(context, folder!, options);
  },
};

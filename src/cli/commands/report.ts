import { join, resolve } from "node:path";
import type { CommandSpec } from "../command.js";

export const reportCommand: CommandSpec = {
  name: "report",
  summary: "Write the report of an experiment anew",
  description: "Reads a result folder and writes one HTML file that needs no network to open.",
  arguments: [{ name: "<results>", description: "folder that `run` wrote" }],
  options: [
    { flags: "--out <file>", description: "the HTML file", default: "RESULTS/report.html" },
    { flags: "--table", description: "print the ranking instead" },
    { flags: "--svg <folder>", description: "write every chart as a picture (SVG) instead" },
  ],
  examples: [{ command: "windtunnel report results/first-study --out report.html", does: "writes report.html" }],
  async run(context, [folder], options) {
    const { readExperiment } = await import("../../sim/store.js");
    const { METRICS } = await import("../../sim/metrics.js");
    const { renderReport, renderTable } = await import("../../report/index.js");
    const { writeWholeText } = await import("../../sim/store-files.js");
    const experiment = await readExperiment(resolve(folder!));
    if (options.table) {
      context.out(renderTable(experiment));
      return;
    }
    if (options.svg !== undefined) {
      const { buildCharts, chartSvg } = await import("../../report/index.js");
      const pictures = resolve(String(options.svg));
      for (const { id, spec } of buildCharts(experiment).flatMap((group) => group.charts)) {
        const path = join(pictures, `${id}.svg`);
        await writeWholeText(path, await chartSvg(spec));
        context.out(path);
      }
      return;
    }
    const file = resolve(String(options.out ?? `${folder}/report.html`));
    await writeWholeText(file, await renderReport(experiment, { metrics: METRICS }));
    context.out(file);
  },
};

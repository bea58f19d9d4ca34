// What `report` does: one experiment, six forms.

import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  buildCharts,
  experimentJson,
  picturePng,
  pictureSvg,
  rankingCsv,
  renderReport,
  renderTable,
} from "../report/index.js";
import { METRICS } from "../sim/metrics.js";
import { readExperiment } from "../sim/store.js";
import { writeWhole, writeWholeText } from "../sim/store-files.js";
import type { CommandContext } from "./context.js";

export async function writeReport(
  context: CommandContext,
  folder: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const experiment = await readExperiment(resolve(folder));
  const format = String(options.format ?? "html");
  const out = options.out === undefined ? undefined : resolve(String(options.out));
  if (format === "html") {
    const file = out ?? join(resolve(folder), "report.html");
    await writeWholeText(file, await renderReport(experiment, { metrics: METRICS }));
    context.out(file);
    return;
  }
  if (format === "png" || format === "svg") {
    const target = out ?? join(resolve(folder), "charts");
    for (const chart of buildCharts(experiment).flatMap((group) => group.charts)) {
      const path = join(target, `${chart.id}.${format}`);
      const content = format === "png" ? await picturePng(chart) : await pictureSvg(chart);
      await writeWhole(path, (temporary) => writeFile(temporary, content));
      context.out(path);
    }
    return;
  }
  const text =
    format === "csv"
      ? rankingCsv(experiment)
      : format === "json"
        ? experimentJson(experiment)
        : renderTable(experiment);
  if (out === undefined) context.out(text);
  else await writeWholeText(out, text);
}

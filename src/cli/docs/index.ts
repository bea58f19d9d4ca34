// All generated pages. Adding one: a file beside this one, and a line here.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWholeText } from "../../sim/store-files.js";
import { COMMANDS } from "../commands/index.js";
import { renderCliPage } from "./cli.js";
import { renderErrorsPage } from "./errors.js";
import { renderLiveConfigPage, renderLiveConfigSchema, renderLiveMetricsPage } from "./live.js";
import { renderMetricsPage } from "./metrics.js";
import type { Page } from "./page.js";
import { renderPoliciesPage } from "./policies.js";
import { renderScenarioPage, renderScenarioSchema } from "./scenario.js";
import { renderServicesPage, renderServicesSchema } from "./services.js";
import { renderTraceFilePage, renderTraceFileSchema } from "./trace-file.js";

export function renderPages(): Page[] {
  return [
    { file: "cli.md", text: renderCliPage(COMMANDS) },
    { file: "scenario.md", text: renderScenarioPage() },
    { file: "scenario.schema.json", text: renderScenarioSchema() },
    { file: "services.md", text: renderServicesPage() },
    { file: "services.schema.json", text: renderServicesSchema() },
    { file: "trace-file.md", text: renderTraceFilePage() },
    { file: "trace-file.schema.json", text: renderTraceFileSchema() },
    { file: "live-config.md", text: renderLiveConfigPage() },
    { file: "live-config.schema.json", text: renderLiveConfigSchema() },
    { file: "live-metrics.md", text: renderLiveMetricsPage() },
    { file: "metrics.md", text: renderMetricsPage() },
    { file: "errors.md", text: renderErrorsPage() },
    { file: "policies.md", text: renderPoliciesPage() },
  ];
}

/** Pages whose file in `folder` is missing or says something else. */
export async function findStalePages(folder: string): Promise<Page[]> {
  const pages = renderPages();
  const texts = await Promise.all(
    pages.map((page) => readFile(join(folder, page.file), "utf8").catch(() => undefined)),
  );
  return pages.filter((page, i) => page.text !== texts[i]);
}

/** Writes the pages that are not fresh; their files. */
export async function writePages(folder: string): Promise<string[]> {
  const stale = await findStalePages(folder);
  const files = stale.map((page) => join(folder, page.file));
  for (const [i, page] of stale.entries()) await writeWholeText(files[i]!, page.text);
  return files;
}

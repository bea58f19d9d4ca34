// docs/live-config.md, its schema, and docs/live-metrics.md: every key and every metric of live mode, from their tables.

import { z } from "zod";
import { liveConfigSchema } from "../../live/config.js";
import { LIVE_METRICS } from "../../live/metrics.js";
import { buildPage, buildTable, code } from "./page.js";
import { listSections, renderSection, type Schema } from "./scenario.js";

function configJsonSchema(): Schema {
  const schema = z.toJSONSchema(liveConfigSchema, { io: "input" }) as Schema & Record<string, unknown>;
  const description = "Clusters, the policy, and what may be done to whom.";
  return { ...schema, title: "Windtunnel live configuration", description } as Schema;
}

export function renderLiveConfigSchema(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

export function renderLiveConfigPage(): string {
  return buildPage("Live configuration", [
    "One YAML file says which clusters there are, which policy decides, and what may be done to whom. Whatever is not granted is only observed. Unknown keys are errors. " +
      "How to begin: [live mode](live.md). For editors: [live-config.schema.json](live-config.schema.json).",
    ...listSections(configJsonSchema()).flatMap(renderSection),
  ]);
}

export function renderLiveMetricsPage(): string {
  return buildPage("Metrics of live mode", [
    "Served by `windtunnel live watch` at `/metrics` in Prometheus' text form. Labels are bounded: no pod, no plan. Counters are there from the start, with 0.",
    buildTable(
      ["metric", "kind", "labels", "meaning"],
      Object.values(LIVE_METRICS).map((m) => [code(m.name), m.kind, m.labels.map(code).join(", "), m.help]),
    ),
  ]);
}

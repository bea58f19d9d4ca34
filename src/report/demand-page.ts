// One page about a trace: facts, pictures, where it is from. Static: SVG and no script.

import { type Block, blocksHtml } from "./blocks.js";
import type { Chart } from "./charts/chart.js";
import { escapeHtml } from "./escape.js";
import { chartSvg } from "./render-chart.js";
import { STYLE } from "./style.js";

export interface DemandPage {
  title: string;
  /** A text is printed as it is, in lines. */
  facts: string | readonly Block[];
  charts: readonly Chart[];
  notes: readonly string[];
}

export async function renderDemandPage({ title, facts, charts, notes }: DemandPage): Promise<string> {
  const figures = await Promise.all(
    charts.map(
      async (chart) =>
        `<figure><h3>${escapeHtml(chart.title)}</h3><div class="chart">${await chartSvg(chart.spec)}</div><figcaption>${escapeHtml(chart.caption)}</figcaption></figure>`,
    ),
  );
  const list = notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("\n");
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escapeHtml(title)}</h1>
${typeof facts === "string" ? `<pre>${escapeHtml(facts)}</pre>` : blocksHtml(facts)}
${figures.join("\n")}
<h2>Where it is from, and what is assumed</h2>
<ul class="note">
${list}
</ul>
</body>
</html>
`;
}

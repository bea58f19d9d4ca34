// The parts of the page that are words and tables. Each returns HTML; every text goes through escapeHtml.

import { findQueuePolicy, placeSummary } from "../model/policies.js";
import type { Experiment, RankingRow } from "../model/results.js";
import type { Answer } from "./answer.js";
import { COLUMNS_LEGEND, rankingColumns } from "./columns.js";
import { escapeHtml as text } from "./escape.js";
import { formatTime } from "./numbers.js";
import { bestOf, loadName, loadsOf, rowsAt, shortList } from "./pairs.js";
import { capital } from "./table.js";

/** A metric as the page explains it; the metrics table of the simulator has this shape. */
export interface MetricText {
  name: string;
  title: string;
  unit: string;
  formula: string;
  counted: string;
  better: string;
}

export function answerSection(answer: Answer, experiment: Experiment): string {
  const list = answer.otherLoads.map((sentence) => `<li>${unbroken(sentence)}</li>`).join("");
  const { manifest } = experiment;
  const all = allAssumptions(experiment);
  const short = [
    ...new Set(KEY_ASSUMPTIONS.flatMap(([form, words]) => (all.some((a) => form.test(a)) ? [words] : []))),
  ];
  const summary = `On what assumptions: ${short.length > 0 ? `${short.join("; ")}; ` : ""}${all.length} in all`;
  const data = `Data: ${manifest.provenance.dataset}, ${manifest.provenance.part}. Digest ${manifest.digest}.`;
  return `<section class="answer">
<p class="headline">${unbroken(answer.headline)}</p>
${answer.details.map((sentence) => `<p>${unbroken(sentence)}</p>`).join("\n")}
${list && `<ul>${list}</ul>`}
<details><summary>${text(summary)}</summary><ul>${all.map((line) => `<li>${text(line)}</li>`).join("\n")}</ul></details>
<p class="note">${text(data)}</p>
</section>`;
}

/** Those that change an answer most, in a few words for the first screen. */
const KEY_ASSUMPTIONS: readonly [form: RegExp, words: string][] = [
  [/^The jobs are generated, not recorded/, "jobs are generated"],
  [/its size is not recorded/, "pools are sized by an offered load"],
  [/have no run time estimate/, "run time estimates are made up"],
  [/redraw its whole days/, "replications redraw the days of the record"],
  [/^One replication: intervals come from within/, "one replication only"],
  [/cost nothing, stops lose nothing/, "starts and stops cost nothing"],
];

function allAssumptions({ manifest }: Experiment): string[] {
  return [...new Set([...manifest.assumptions, ...manifest.provenance.assumptions])];
}

export function rankingSection(experiment: Experiment): string {
  const parts = loadsOf(experiment.ranking)
    .reverse()
    .map((load) => {
      const rows = rowsAt(experiment.ranking, load);
      const short = shortList(rows);
      const all =
        short.length < rows.length
          ? `<details><summary>All ${rows.length} pairs</summary>${rankingTable(rows, rows)}</details>`
          : "";
      const bound = experiment.bounds.find((other) => other.load === load);
      const bounds = bound
        ? `<p class="note">Lower bounds for any schedule: mean JCT ${text(formatTime(bound.jctSecondsMean.mean))}, makespan ${text(formatTime(bound.makespanSeconds.mean))}.</p>`
        : "";
      return `<h3>${text(capital(loadName(load)))}</h3>${rankingTable(short, rows)}${all}${bounds}`;
    });
  const legend = COLUMNS_LEGEND.map((line) => `<li>${text(line)}</li>`).join("");
  return `<section><h2>Ranking</h2>${parts.join("\n")}<ul class="note">${legend}</ul></section>`;
}

/** @param all every row at the load: units and columns are the same whether all are shown or not. */
function rankingTable(rows: readonly RankingRow[], all: readonly RankingRow[]): string {
  const columns = rankingColumns(all);
  const best = bestOf(all);
  const head = columns.map(({ head, align }) => `<th scope="col" class="${align}">${unbroken(head)}</th>`).join("");
  const body = rows.map((row) => {
    const cells = columns.map((column, i) =>
      i === 0
        ? `<th scope="row">${text(column.text(row))}</th>`
        : `<td class="${column.align}">${text(column.text(row))}</td>`,
    );
    const mark = row.oracle ? ' class="oracle"' : row === best ? ' class="best"' : "";
    return `<tr${mark}>${cells.join("")}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`;
}

export function policiesSection(experiment: Experiment): string {
  const queues = [...new Set(experiment.ranking.map((row) => row.queue))];
  const places = [...new Set(experiment.ranking.map((row) => row.place))];
  const queueItems = queues.map((name) => {
    const policy = findQueuePolicy(name);
    const about = policy ? `${policy.summary}. Source: ${policy.source}.` : "Not one of Windtunnel's own policies.";
    return `<dt>${text(name)}</dt><dd>${text(about)}</dd>`;
  });
  const placeItems = places.map((name) => {
    return `<dt>${text(name)}</dt><dd>${text(placeSummary(name) ?? "Not one of Windtunnel's own placements")}.</dd>`;
  });
  return `<section><h2>Policies compared</h2>
<p>A queue policy says who goes next, a placement says where; a pair is one of each.</p>
<h3>Queue</h3><dl>${queueItems.join("\n")}</dl><h3>Placement</h3><dl>${placeItems.join("\n")}</dl></section>`;
}

export function assumptionsSection(experiment: Experiment): string {
  const items = allAssumptions(experiment)
    .map((line) => `<li>${text(line)}</li>`)
    .join("\n");
  return `<section><h2>What was assumed</h2>${items ? `<ul>${items}</ul>` : "<p>The manifest lists no assumption.</p>"}</section>`;
}

export function provenanceSection({ manifest }: Experiment): string {
  const { provenance } = manifest;
  return `<section><h2>Data and how to repeat this</h2>
${definitions([
  ["Data set", `${provenance.dataset}, ${provenance.part}`],
  ["Licence", provenance.licence],
  ["Citation", provenance.citation],
])}
<p>This command repeats it, and gives the same digests on any machine:</p>
<pre>${text(manifest.command)}</pre>
${definitions([
  ["Digest of all runs", manifest.digest],
  ["Digest of the data", provenance.digest],
  ["Digest of the scenario", manifest.scenarioSha256],
  ["Digest of the engine", manifest.engineSha256],
  ["Windtunnel", `${manifest.windtunnelVersion}, Node ${manifest.node}`],
  [
    "Machine",
    `${manifest.machine}, ${manifest.workers} workers, ${formatTime(manifest.wallSeconds)}, started ${manifest.startedAt}`,
  ],
])}
<details><summary>The scenario</summary><pre>${text(manifest.scenarioText)}</pre></details>
</section>`;
}

export function metricsSection(experiment: Experiment, metrics: readonly MetricText[]): string {
  const used = new Set(experiment.ranking.flatMap((row) => Object.keys(row.metrics)));
  const rows = metrics
    .filter((metric) => used.has(metric.name))
    .map(
      (metric) =>
        `<tr><th scope="row">${text(metric.title)}<br><code>${text(metric.name)}</code></th><td>${text(unitText(metric.unit))}</td><td>${text(metric.formula)}</td><td>${text(metric.counted)}</td></tr>`,
    );
  return `<section><h2>What the numbers mean</h2>
<div class="scroll"><table class="words"><thead><tr><th scope="col">metric</th><th scope="col">unit</th><th scope="col">formula</th><th scope="col">counted</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

/** Escaped, and with no line break inside a number with its interval and unit. */
function unbroken(words: string): string {
  return text(words).replaceAll(/ (?=[±%]|h\b|min\b|s\b)|(?<=±) /g, "\u00a0");
}

function definitions(pairs: [string, string][]): string {
  return `<dl>${pairs.map(([term, value]) => `<dt>${text(term)}</dt><dd>${text(value)}</dd>`).join("\n")}</dl>`;
}

function unitText(unit: string): string {
  return unit === "1" ? "a plain number" : unit === "share" ? "share, 0 to 1" : unit;
}

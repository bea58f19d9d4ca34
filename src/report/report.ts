// The report: one HTML file that holds everything, so that it can be mailed, archived and opened without a network.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Experiment } from "../model/results.js";
import { atLoad, buildAnswer } from "./answer.js";
import { certaintySection } from "./certainty.js";
import type { Chart } from "./charts/chart.js";
import { differencesChart } from "./charts/differences.js";
import { distributionChart } from "./charts/distribution.js";
import { ganttChart, ganttWindow } from "./charts/gantt.js";
import { allocationChart, waitingChart } from "./charts/over-time.js";
import { rankingChart } from "./charts/ranking.js";
import { settlingChart } from "./charts/settling.js";
import { waitsChart } from "./charts/waits.js";
import { escapeHtml, scriptJson, scriptSource } from "./escape.js";
import { groupsSection } from "./groups.js";
import { PAGE_SCRIPT } from "./page-script.js";
import { bestAndWorst, bestOf, firstRun, headlineLoad, loadsOf, pairName, shownLoads, shownPairs } from "./pairs.js";
import { compileChart } from "./render-chart.js";
import {
  answerSection,
  assumptionsSection,
  type MetricText,
  metricsSection,
  policiesSection,
  provenanceSection,
  rankingSection,
} from "./sections.js";
import { STYLE } from "./style.js";

/** Everything may be inside the page and nothing outside it; Vega builds functions from expressions. */
const CONTENT_POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:";

/**
 * Renders an experiment as one self-contained HTML file (0.6 MB and up: it carries the Vega runtime).
 * @param experiment with per-job rows and stays for replication 0, as far as their charts are wanted.
 * @param options.metrics the table of metrics, for the definitions at the end.
 */
export async function renderReport(
  experiment: Experiment,
  options: { metrics: readonly MetricText[] },
): Promise<string> {
  const { manifest } = experiment;
  const groups = buildCharts(experiment);
  const charts = groups.flatMap((group) => group.charts);
  const specs = Object.fromEntries(charts.map((chart) => [chart.id, compileChart(chart.spec)]));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(CONTENT_POLICY)}">
<title>${escapeHtml(manifest.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(manifest.title)}</h1>${manifest.description && `<p>${escapeHtml(manifest.description)}</p>`}</header>
<main>
${answerSection(buildAnswer(experiment), experiment)}
<noscript><p class="note">The charts need JavaScript; the tables do not.</p></noscript>
${rankingSection(experiment)}
${certaintySection(experiment)}
${groups.map(chartsSection).join("\n")}
${groupsSection(experiment, bestAndWorst(experiment.ranking), headlineLoad(experiment.ranking), atLoad(headlineLoad(experiment.ranking)))}
${policiesSection(experiment)}
${assumptionsSection(experiment)}
${provenanceSection(experiment)}
${metricsSection(experiment, options.metrics)}
</main>
<script type="application/json" id="charts">${scriptJson(specs)}</script>
<script>${scriptSource(await readVega())}</script>
<script>${scriptSource(PAGE_SCRIPT)}</script>
</body>
</html>
`;
}

interface ChartGroup {
  heading: string;
  note: string;
  charts: Chart[];
}

/** Every chart of the page, in its order. */
export function buildCharts(experiment: Experiment): ChartGroup[] {
  const { ranking } = experiment;
  const pairs = shownPairs(ranking);
  const loads = shownLoads(ranking);
  const overLoads = (build: (load: number | null, suffix: string) => (Chart | undefined)[]) =>
    loads.flatMap((load, i) => build(load, `${i}`)).filter((chart) => chart !== undefined);
  const allPairs = new Set(ranking.map(pairName)).size;
  const some =
    pairs.length < allPairs
      ? `Lines: ${pairs.length} of ${allPairs} pairs, each queue policy with its best placement; the tables have all.`
      : "";
  const groups: ChartGroup[] = [
    {
      heading: "How the pairs compare",
      note: "",
      charts: loadsOf(ranking)
        .reverse()
        .flatMap((load, i) => [
          rankingChart(experiment, load, `ranking-${i}`),
          differencesChart(experiment, load, `differences-${i}`),
        ])
        .filter((chart) => chart !== undefined),
    },
    {
      heading: "Over time",
      note: some,
      charts: overLoads((load, i) => [
        allocationChart(experiment, pairs, load, `allocation-${i}`),
        waitingChart(experiment, pairs, load, `waiting-${i}`),
        settlingChart(experiment, pairs, load, `settling-${i}`),
      ]),
    },
    {
      heading: "Beyond the mean",
      note: some,
      charts: overLoads((load, i) => [distributionChart(experiment, pairs, load, `distribution-${i}`)]),
    },
    {
      heading: "Why jobs wait",
      note: "",
      charts: bestAndWorst(ranking)
        .map((pair, i) => waitsChart(experiment, pair, headlineLoad(ranking), `waits-${i}`))
        .filter((chart) => chart !== undefined),
    },
    { heading: "On the nodes", note: "", charts: ganttCharts(experiment) },
  ];
  return groups.filter((group) => group.charts.length > 0);
}

/** The best pair's run, and below it one to pick, at first the worst. */
function ganttCharts(experiment: Experiment): Chart[] {
  const load = headlineLoad(experiment.ranking);
  const pairs = shownPairs(experiment.ranking);
  const runs = pairs.flatMap((pair) => {
    const run = firstRun(experiment, pair, load);
    return run ? [{ pair, run }] : [];
  });
  const window = ganttWindow(runs);
  const best = bestOf(pairs);
  if (!window || !best) return [];
  const others = runs.filter(({ pair }) => pair !== best);
  const worst = others.filter(({ pair }) => !pair.oracle).at(-1) ?? others.at(-1);
  const bestChart = ganttChart(
    runs.filter(({ pair }) => pair === best),
    window,
    "gantt-best",
    pairName(best),
  );
  const otherChart = worst && ganttChart(others, window, "gantt-other", pairName(worst.pair));
  return [bestChart, otherChart].filter((chart) => chart !== undefined);
}

function chartsSection(group: ChartGroup): string {
  const figures = group.charts.map(
    (chart) => `<figure><h3>${escapeHtml(chart.title)}</h3>
<div class="chart" id="${chart.id}" role="img" aria-label="${escapeHtml(`${chart.title}. ${chart.caption}`)}"></div>
<figcaption>${escapeHtml(chart.caption)}</figcaption></figure>`,
  );
  const note = group.note && `<p class="note">${escapeHtml(group.note)}</p>`;
  return `<section><h2>${escapeHtml(group.heading)}</h2>${note}${figures.join("\n")}</section>`;
}

/** The runtime for browsers lies beside the module that Node would load. */
async function readVega(): Promise<string> {
  const folder = dirname(createRequire(import.meta.url).resolve("vega"));
  const runtime = await readFile(join(folder, "vega.min.js"), "utf8");
  // the licence travels with every copy, as it asks
  const licence = await readFile(join(folder, "..", "LICENSE"), "utf8");
  return `/* Vega (https://vega.github.io)\n${licence.replaceAll("*/", "* /")}*/\n${runtime}`;
}

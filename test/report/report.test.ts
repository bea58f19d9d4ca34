import { beforeAll, describe, expect, it } from "vitest";
import { scriptSource } from "../../src/report/escape.js";
import { renderReport } from "../../src/report/report.js";
import { METRICS } from "../../src/sim/metrics.js";
import { buildExperiment } from "./fixture.js";

const experiment = buildExperiment({ replications: 2 });
let html = "";
/** The page without what is inside scripts and styles. */
let markup = "";
beforeAll(async () => {
  html = await renderReport(experiment, { metrics: METRICS });
  markup = html.replaceAll(/(<(script|style)\b[^>]*>)[\s\S]*?(<\/\2>)/g, "$1$3");
});

/** Throws at the first tag that closes what is not open, or is never closed. */
function assertBalanced(text: string): void {
  const open: string[] = [];
  for (const [tag, closing, name] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (["meta", "br", "link", "img", "hr"].includes(name!)) continue;
    if (closing === "") open.push(name!);
    else expect(open.pop(), tag).toBe(name);
  }
  expect(open).toEqual([]);
}

const NO_CURVES = { jctSecondsQuantiles: new Float64Array(0), jctSecondsByStretch: new Float64Array(0), jobs: 0 };

describe("the report", () => {
  it("is one well-formed page with a language, a title and a viewport", () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(markup).toContain(`<meta name="viewport"`);
    assertBalanced(markup);
    const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("fetches nothing: no address in src, href, import or url(), and a policy that forbids it", () => {
    expect(markup).not.toMatch(/\b(src|href|action|poster|srcset)\s*=/i);
    expect(html).not.toMatch(/url\(\s*["']?(https?:)?\/\//i);
    expect(html).not.toMatch(/@import|import\s*\(\s*["']|\bfrom\s*["']https?:/);
    expect(markup).toContain("default-src &#39;none&#39;");
  });

  it("has its scripts end where they should", () => {
    expect(html.match(/<script\b/g)).toHaveLength(html.match(/<\/script>/g)!.length);
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect(scriptSource(`"</script>" + "</SCRIPT>" + "<!--"`)).toBe(`"<\\/script>" + "<\\/script>" + "\\x3c!--"`);
  });

  it("has the answer before everything else, and then what makes it believable", () => {
    const order = [
      experiment.manifest.title,
      "finishes jobs soonest",
      "<h2>Ranking</h2>",
      "<h2>How the pairs compare</h2>",
      "<h2>Over time</h2>",
      "<h2>Beyond the mean</h2>",
      "<h2>On the nodes</h2>",
      "<h2>Policies compared</h2>",
      "<h2>What was assumed</h2>",
      "<h2>Data and how to repeat this</h2>",
      "<h2>What the numbers mean</h2>",
    ];
    const body = markup.slice(markup.indexOf("<body>"));
    const places = order.map((words) => body.indexOf(words));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("prints assumptions, licence, citation, digests and the command", () => {
    const { manifest } = experiment;
    const { provenance } = manifest;
    const texts = [
      manifest.digest,
      manifest.engineSha256,
      manifest.scenarioSha256,
      manifest.command,
      provenance.digest,
    ];
    for (const text of [...texts, provenance.licence, provenance.citation, ...provenance.assumptions]) {
      expect(markup).toContain(text);
    }
    expect(markup).toContain("the trace&#39;s GPU-time");
    expect(markup).toContain("# 3 &lt; 4 &amp;&amp; &quot;quoted&quot;");
  });

  it("explains every metric that it has a value of, and no other", () => {
    expect(markup).toContain("<code>jctSecondsMean</code>");
    expect(markup).not.toContain("<code>costUsd</code>");
  });

  it("has a box and a compiled chart for each figure", () => {
    const boxes = [...markup.matchAll(/<div class="chart" id="([^"]*)"/g)].map((match) => match[1]);
    const specs = JSON.parse(/id="charts">([^<]*)<\/script>/.exec(html)![1]!);
    expect(Object.keys(specs)).toEqual(boxes);
    expect(boxes.length).toBe(16);
  });

  it("shows hostile text as text", async () => {
    const evil = `</script><script>alert(1)</script><img src=x onerror="alert(2)"> & 'quotes' <!--`;
    const hostile = structuredClone(experiment);
    Object.assign(hostile.manifest, { title: evil, description: evil, command: evil, assumptions: [evil] });
    for (const row of hostile.ranking) if (row.queue === "fifo") row.queue = evil;
    for (const { spec } of hostile.runs) if (spec.queue === "fifo") spec.queue = evil;
    const page = await renderReport(hostile, { metrics: METRICS });
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("<img");
    expect(page.match(/<\/script>/g)).toHaveLength(3);
    expect(page).toContain("&lt;/script&gt;&lt;script&gt;alert(1)");
  });

  it("is the same text for the same experiment", async () => {
    expect(await renderReport(experiment, { metrics: METRICS })).toBe(html);
  });

  it("can be made of the least there can be: one pair, one replication, no bound, no rows", async () => {
    const least = buildExperiment({ loads: [null], replications: 1, queues: ["fifo"], places: ["first-fit"] });
    const runs = least.runs.map((run) => ({
      ...run,
      stays: [],
      groups: [],
      waits: null,
      curves: NO_CURVES,
      series: { ...run.series, gpusAllocated: new Float64Array(0), jobsWaiting: new Float64Array(0) },
    }));
    const page = await renderReport({ ...least, runs, bounds: [] }, { metrics: METRICS });
    expect(page).toContain("nothing else was compared");
    expect(page).not.toMatch(/>[^<]*\b(NaN|undefined)\b[^<]*<\/(td|p|li|dd|th)>/);
  });
});

describe("what a report says of its own certainty", () => {
  const experiment = buildExperiment({ replications: 3 });

  it("has the comparisons, the warm-up, whose jobs wait, and why", async () => {
    const page = await renderReport(experiment, { metrics: METRICS });
    expect(page).toMatch(/<h2>How sure is this<\/h2>/);
    expect(page).toMatch(/pairs were compared with .* at a chance of 5 % in all/);
    expect(page).toMatch(
      /MSER-5 puts the end of the warm-up at 100 jobs; the first 100 jobs \(at most 8\.3 %\) count in no metric/,
    );
    expect(page).toMatch(/By size of job, hours/);
    expect(page).toMatch(/Of all waiting, 49 % was for lack of free GPUs/);
  });

  it("says how the ranking takes shaking, first of all in the answer", async () => {
    const robustness = [
      {
        load: 0.95,
        shakes: 10,
        sameBest: 0.7,
        best: [
          { queue: "las", place: "first-fit", count: 7 },
          { queue: "fifo", place: "best-fit", count: 3 },
        ],
        tauMean: 0.91,
        tauLeast: 0.7,
        changeMost: 0.2,
      },
    ];
    const page = await renderReport({ ...experiment, robustness }, { metrics: METRICS });
    expect(page).toMatch(/Shaken 10 times \(arrivals and run times a little different\), it stays the best in 7, /);
    expect(page).toContain("Kendall&#39;s tau with the unshaken order: 0.91 on average, 0.70 at least");
  });

  it("warns where stretches of a single run are alike", async () => {
    const single = buildExperiment({ replications: 1 });
    const within = { jctSecondsBatches: Float64Array.of(1, 2), bands: {}, lagOne: 0.6 };
    const runs = single.runs.map((run) => ({ ...run, within }));
    const page = await renderReport({ ...single, runs }, { metrics: METRICS });
    expect(page).toMatch(
      /neighbouring stretches are alike \(correlation above 0\.37\), so their intervals are too narrow/,
    );
  });
});
